#include "vedette/base/files.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::base {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vedette-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void put(const std::string& name, const std::string& bytes = "") const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name), std::ios::binary) << bytes;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::string folder_;
};

TEST_F(FilesTest, Reads) {
  put("a", std::string("x\0y", 3));
  put("empty");
  EXPECT_EQ(*read_file(at("a")), std::string("x\0y", 3));
  EXPECT_EQ(*read_file(at("a"), 3), std::string("x\0y", 3));
  EXPECT_EQ(*read_file(at("empty"), 0), "");
  EXPECT_FALSE(read_file("/proc/self/status")->empty());  // claims to have no bytes
  EXPECT_EQ(read_file(at("a"), 2).error().code, ErrorCode::limit);
  EXPECT_EQ(read_file("/dev/zero", 100'000).error().code, ErrorCode::limit);
  EXPECT_EQ(read_file(at("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(at("a/b")).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder_).error().code, ErrorCode::io);
}

TEST_F(FilesTest, WritesWholeFilesOnly) {
  EXPECT_TRUE(write_file_atomically(at("new"), "one").ok());
  EXPECT_EQ(*read_file(at("new")), "one");
  EXPECT_TRUE(write_file_atomically(at("new"), "").ok());
  EXPECT_EQ(*read_file(at("new")), "");
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(write_file_atomically(at("none/x"), "").error().code, ErrorCode::not_found);
}

TEST_F(FilesTest, KeepsPermissionsAndLinks) {
  put("secret", "1");
  ASSERT_EQ(::chmod(at("secret").c_str(), 0600), 0);
  fs::create_symlink("secret", at("link"));
  ASSERT_TRUE(write_file_atomically(at("link"), "2").ok());
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(*read_file(at("secret")), "2");
  EXPECT_EQ(fs::status(at("secret")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FilesTest, DoesNotReplaceWhatIsNoFile) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(write_file_atomically(at("pipe"), "x").error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(fs::is_fifo(at("pipe")));
  fs::create_directory(at("folder"));
  EXPECT_FALSE(write_file_atomically(at("folder"), "x").ok());
  EXPECT_EQ(entries(), 2u);
}

TEST_F(FilesTest, Lists) {
  put("b.yml");
  put("a/c.yaml");
  put("a/d.txt");
  put("outside/e.yml");
  fs::create_directory_symlink(at("outside"), at("a/loop"));
  fs::create_symlink(at("nowhere"), at("a/dangling.yml"));
  fs::create_symlink(at("b.yml"), at("a/linked.yml"));
  EXPECT_THAT(*list_files(folder_, {".yml", ".yaml"}),
              ElementsAre(at("a/c.yaml"), at("a/linked.yml"), at("b.yml"), at("outside/e.yml")));
  EXPECT_THAT(*list_files(at("a")), ElementsAre(at("a/c.yaml"), at("a/d.txt"), at("a/linked.yml")));
  EXPECT_THAT(*list_files(at("b.yml"), {".yml"}), ElementsAre(at("b.yml")));
  EXPECT_THAT(*list_files(at("b.yml"), {".txt"}), IsEmpty());
  EXPECT_THAT(*list_files(at("a/loop")), ElementsAre(at("a/loop/e.yml")));
  EXPECT_EQ(list_files(at("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(list_files("/dev/null").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace vedette::base
