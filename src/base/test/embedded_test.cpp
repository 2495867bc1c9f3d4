#include "vedette/base/embedded.hpp"

#include <cstdio>
#include <cstring>

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

std::string entry(std::string name, char type, std::string_view bytes, bool gnu = true,
                  std::string_view prefix = "") {
  char header[512] = {};
  std::memcpy(header, name.data(), std::min<std::size_t>(name.size(), 100));
  std::snprintf(header + 124, 12, "%011o", static_cast<unsigned>(bytes.size()));
  std::memset(header + 148, ' ', 8);
  header[156] = type;
  std::memcpy(header + 257,
              gnu ? "ustar  "
                  : "ustar\0"
                    "00",
              8);
  std::memcpy(header + 345, prefix.data(), prefix.size());
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(header + 148, 8, "%06o", sum);
  std::string out(header, 512);
  out.append(bytes);
  out.resize((out.size() + 511) / 512 * 512, '\0');
  return out;
}

const std::string kEnd(1024, '\0');

TEST(EmbeddedTar, FilesInPathOrder) {
  const std::string tar = entry("./", '5', "") + entry("./b/two.yml", '0', std::string(513, 'x')) +
                          entry("./a.txt", '\0', "A") + entry("./link", '2', "") + entry("./empty", '0', "") +
                          kEnd;
  const auto files = read_embedded_tar(tar);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].path, "a.txt");
  EXPECT_EQ(files[0].bytes, "A");
  EXPECT_EQ(files[1].path, "b/two.yml");
  EXPECT_EQ(files[1].bytes, std::string(513, 'x'));
  EXPECT_EQ(files[2].path, "empty");
  EXPECT_EQ(files[2].bytes, "");
}

TEST(EmbeddedTar, LongNames) {
  const std::string longer = "./" + std::string(150, 'd') + "/file.yml";
  const std::string full(100, 'n');  // fills its field, no NUL
  const std::string tar = entry("././@LongLink", 'L', longer + '\0') +
                          entry(longer.substr(0, 100), '0', "long") + entry(full, '0', "full") +
                          entry("file", '0', "ustar", false, "pre/fix") + kEnd;
  const auto files = read_embedded_tar(tar);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].path, longer.substr(2));
  EXPECT_EQ(files[0].bytes, "long");
  EXPECT_EQ(files[1].path, full);
  EXPECT_EQ(files[2].path, "pre/fix/file");
}

TEST(EmbeddedTar, LongLinkTargetDoesNotLoseTheLongName) {
  const std::string longer = std::string(150, 'x');
  const std::string tar = entry("././@LongLink", 'L', longer + '\0') + entry("././@LongLink", 'K', "t") +
                          entry("x", '0', "1") + entry("y", '0', "2");
  const auto files = read_embedded_tar(tar);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, longer);
  EXPECT_EQ(files[1].path, "y");
}

TEST(EmbeddedTar, Empty) {
  EXPECT_TRUE(read_embedded_tar("").empty());
  EXPECT_TRUE(read_embedded_tar(kEnd).empty());
}

TEST(EmbeddedTarDeathTest, ChecksItsForm) {
  std::string bad = entry("a", '0', "1");
  bad[0] = 'b';
  EXPECT_DEATH(read_embedded_tar(bad), "CHECK failed");
  EXPECT_DEATH(read_embedded_tar(entry("a", '0', std::string(600, 'x')).substr(0, 1000)), "CHECK failed");
  EXPECT_DEATH(read_embedded_tar(entry("a", 'x', "1")), "CHECK failed");
}

}  // namespace
}  // namespace vedette::base
