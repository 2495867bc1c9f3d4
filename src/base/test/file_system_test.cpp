#include "vedette/base/file_system.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vedette::base {
namespace {

using Open = FileSystem::Open;

class FileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/file_system_test_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  FileSystem& files_ = posix_file_system();
  std::string folder_;
};

TEST_F(FileSystemTest, WritesAndReadsAtAnyPlace) {
  auto file = files_.open(path("a"), Open::create);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->write_at(3, "defg").ok());
  ASSERT_TRUE((*file)->write_at(0, "abc").ok());
  ASSERT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*(*file)->size(), 7u);
  char buffer[16];
  const auto got = (*file)->read_at(2, buffer, sizeof(buffer));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(std::string_view(buffer, *got), "cdefg");
  EXPECT_EQ(*(*file)->read_at(7, buffer, sizeof(buffer)), 0u);
  ASSERT_TRUE((*file)->truncate(2).ok());
  EXPECT_EQ(*files_.read_all(path("a"), 100), "ab");
}

TEST_F(FileSystemTest, MapGrowsWithTheFileAndOldViewsStayValid) {
  auto file = files_.open(path("a"), Open::create);
  ASSERT_TRUE((*file)->write_at(0, "abc").ok());
  EXPECT_EQ((*file)->map(4), "");
  const std::string_view first = (*file)->map(3);
  EXPECT_EQ(first, "abc");
  ASSERT_TRUE((*file)->write_at(3, std::string(100'000, 'x')).ok());
  EXPECT_EQ((*file)->map(100'003).size(), 100'003u);
  EXPECT_EQ(first, "abc");
}

TEST_F(FileSystemTest, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(files_.open(path("none"), Open::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.open(path("none"), Open::read_write).error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.remove(path("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.list(path("none")).error().code, ErrorCode::not_found);
  EXPECT_FALSE(files_.exists(path("none")));
  ASSERT_TRUE(files_.replace(path("big"), "12345").ok());
  EXPECT_EQ(files_.read_all(path("big"), 4).error().code, ErrorCode::limit);
  EXPECT_EQ(files_.make_folders(path("big/x")).error().code, ErrorCode::not_found);
}

TEST_F(FileSystemTest, FoldersAreMadeListedAndRemoved) {
  ASSERT_TRUE(files_.make_folders(path("x/y/z")).ok());
  ASSERT_TRUE(files_.make_folders(path("x/y/z/")).ok());
  ASSERT_TRUE(files_.replace(path("x/b"), "").ok());
  ASSERT_TRUE(files_.replace(path("x/a"), "").ok());
  EXPECT_EQ(*files_.list(path("x")), (std::vector<std::string>{"a", "b", "y"}));
  EXPECT_EQ(files_.remove(path("x")).error().code, ErrorCode::io);
  EXPECT_TRUE(files_.remove(path("x/y/z")).ok());
  EXPECT_TRUE(files_.sync_folder(path("x/y")).ok());
  EXPECT_TRUE(files_.exists(path("x/y")));
  EXPECT_FALSE(files_.exists(path("x/y/z")));
}

TEST_F(FileSystemTest, ReplaceLeavesOnlyTheNewContent) {
  ASSERT_TRUE(files_.replace(path("a"), "old and long").ok());
  ASSERT_TRUE(files_.replace(path("a"), "new").ok());
  EXPECT_EQ(*files_.read_all(path("a"), 100), "new");
  EXPECT_EQ(*files_.list(folder_), std::vector<std::string>{"a"});
}

TEST_F(FileSystemTest, OneHolderOfALockAtATime) {
  auto lock = files_.lock(path("lock"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(files_.lock(path("lock")).error().code, ErrorCode::busy);
  *lock = nullptr;
  EXPECT_TRUE(files_.lock(path("lock")).ok());
}

TEST_F(FileSystemTest, FreeSpaceIsKnown) {
  const auto free = files_.free_bytes(folder_);
  ASSERT_TRUE(free.ok());
  EXPECT_GT(*free, 0u);
}

TEST_F(FileSystemTest, FileSizeLimitIsNoSpace) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto file = files_.open(path("a"), Open::create);
    const auto status = (*file)->write_at(0, std::string(2000, 'x'));
    ::_exit(!status.ok() && status.error().code == ErrorCode::no_space ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace vedette::base
