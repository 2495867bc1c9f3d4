#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_builder.hpp"
#include "temporary_folder.hpp"
#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {
namespace {

using base::ErrorCode;
using test::archive_of;
using test::compress;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::size_t kMiB = std::size_t{1} << 20;

class ReadInputTest : public test::TemporaryFolder {
 protected:
  void read_path(const std::string& path, std::uint64_t bytes, bool keep = true) {
    streams_.clear();
    infos_.clear();
    problems_.clear();
    total_ = 0;
    consumed_ = 0;
    read_input(
        PlannedInput{path, bytes, 1234}, limits_,
        [&](const InputInfo& info, InputStream& stream) {
          infos_.push_back(info);
          streams_.emplace_back(info.path, drain(stream, keep));
        },
        [&](std::uint64_t now) {
          EXPECT_GE(now, consumed_);
          consumed_ = now;
        },
        problems_);
  }
  // Reads `bytes` as the file "in"; names in streams_ and problems_ are relative to it.
  void read(const std::string& bytes, bool keep = true) {
    const std::string path = put("in", bytes);
    read_path(path, bytes.size(), keep);
    for (auto& [name, content] : streams_) name.erase(0, path.size());
    for (InputProblem& problem : problems_) problem.path.erase(0, path.size());
    EXPECT_EQ(consumed_, bytes.size());
  }
  std::string drain(InputStream& stream, bool keep) {
    std::string all;
    std::string buffer(keep ? 1000 : 1 << 16, '\0');
    for (;;) {
      const base::Result<std::size_t> got = stream.read(buffer.data(), buffer.size());
      if (!got.ok() || *got == 0) break;
      total_ += *got;
      if (keep) all.append(buffer, 0, *got);
    }
    return all;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& stream : streams_) all.push_back(stream.first);
    return all;
  }
  void expect_problem(std::string_view path, ErrorCode code, const std::string& text) const {
    ASSERT_THAT(problems_, SizeIs(1)) << (problems_.size() > 1 ? problems_[1].error.message : "");
    EXPECT_EQ(problems_[0].path, path);
    EXPECT_EQ(problems_[0].error.code, code) << problems_[0].error.message;
    EXPECT_THAT(problems_[0].error.message, HasSubstr(text));
  }

  InputLimits limits_;
  std::vector<std::pair<std::string, std::string>> streams_;
  std::vector<InputInfo> infos_;
  std::vector<InputProblem> problems_;
  std::size_t total_ = 0;
  std::uint64_t consumed_ = 0;
};

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(i * 2654435761u) + "\n";
  return text;
}

TEST_F(ReadInputTest, PlainFiles) {
  read("hello\n");
  EXPECT_THAT(streams_, ElementsAre(Pair("", "hello\n")));
  EXPECT_EQ(infos_[0].path, at("in"));
  EXPECT_EQ(infos_[0].modified, 1234);
  EXPECT_EQ(infos_[0].bytes_hint, 6u);
  read("");
  EXPECT_THAT(streams_, ElementsAre(Pair("", "")));
  const std::string big = lines(100'000);
  read(big);
  EXPECT_THAT(streams_, ElementsAre(Pair("", big)));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(ReadInputTest, TextThatLooksLikeAnArchiveStaysText) {
  std::string text(600, 'x');
  text.replace(257, 8, std::string("ustar  \0", 8));
  for (const std::string& plain :
       {text, std::string("BZh9 is a magic\n"), std::string("PK\n"), std::string("\x1f\x8b")}) {
    read(plain);
    EXPECT_THAT(streams_, ElementsAre(Pair("", plain)));
    EXPECT_THAT(problems_, IsEmpty());
  }
}

TEST_F(ReadInputTest, FilesThatCannotBeOpened) {
  read_path(at("none"), 0);
  expect_problem(at("none"), ErrorCode::not_found, "cannot open: No such file or directory");
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  read_path(at("pipe"), 0);
  expect_problem(at("pipe"), ErrorCode::invalid_argument, "not a regular file");
  EXPECT_THAT(streams_, IsEmpty());
}

class CompressionTest : public ReadInputTest, public testing::WithParamInterface<const char*> {};

TEST_P(CompressionTest, OneFrame) {
  for (const std::string& text : {std::string("a\n"), lines(200'000)}) {
    read(compress(GetParam(), text));
    EXPECT_THAT(streams_, ElementsAre(Pair("", text)));
    EXPECT_THAT(problems_, IsEmpty());
  }
}

TEST_P(CompressionTest, ManyFramesAndPadding) {
  std::string all;
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    const std::string text = lines(static_cast<std::size_t>(1 + i * 100));
    all += text;
    bytes += compress(GetParam(), text);
  }
  bytes.append(1024, '\0');
  read(bytes);
  EXPECT_THAT(streams_, ElementsAre(Pair("", all)));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_P(CompressionTest, TruncatedYieldsWhatCameBefore) {
  const std::string text = lines(300'000);
  const std::string bytes = compress(GetParam(), text);
  read(bytes.substr(0, bytes.size() / 2));
  ASSERT_THAT(streams_, SizeIs(1));
  EXPECT_GT(streams_[0].second.size(), text.size() / 4);
  EXPECT_TRUE(text.starts_with(streams_[0].second));
  expect_problem("", ErrorCode::corrupt, "truncated");
}

TEST_P(CompressionTest, CorruptInTheMiddle) {
  const std::string text = lines(300'000);
  std::string bytes = compress(GetParam(), text);
  // Not all of the formats have checksums, but their blocks have headers.
  bytes.replace(bytes.size() / 2, bytes.size() / 4, bytes.size() / 4, '\xa5');
  read(bytes);
  ASSERT_THAT(streams_, SizeIs(1));
  EXPECT_GT(streams_[0].second.size(), text.size() / 4);
  expect_problem("", ErrorCode::corrupt, "corrupt");
}

TEST_P(CompressionTest, CorruptAtTheStart) {
  std::string bytes = compress(GetParam(), lines(10));
  std::fill(bytes.begin() + 10, bytes.end(), '\xff');
  read(bytes);
  EXPECT_THAT(streams_, IsEmpty());
  EXPECT_THAT(problems_, SizeIs(1));
}

TEST_P(CompressionTest, TrailingGarbageIsReported) {
  const std::string text = lines(10);
  read(compress(GetParam(), text) + "plain text behind it\n");
  EXPECT_THAT(streams_, ElementsAre(Pair("", text)));
  expect_problem("", ErrorCode::corrupt, "followed by bytes");
}

TEST_P(CompressionTest, Tar) {
  read(compress(GetParam(), archive_of("ustar", {{"d/", ""}, {"d/a.log", "a\n"}, {"b.log", "b\n"}})));
  EXPECT_THAT(streams_, ElementsAre(Pair("/d/a.log", "a\n"), Pair("/b.log", "b\n")));
  EXPECT_THAT(problems_, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, CompressionTest, testing::Values("gzip", "zstd", "xz", "bzip2", "lz4"),
                         [](const auto& name) { return std::string(name.param); });

class ArchiveTest : public ReadInputTest, public testing::WithParamInterface<const char*> {};

TEST_P(ArchiveTest, Members) {
  const std::string big = lines(200'000);
  read(archive_of(GetParam(), {{"a.log", "a\n"}, {"folder/", ""}, {"empty", ""}, {"folder/big.log", big}}));
  std::sort(streams_.begin(), streams_.end());
  EXPECT_THAT(streams_, ElementsAre(Pair("/a.log", "a\n"), Pair("/folder/big.log", big)));
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_EQ(infos_[0].modified, 1'700'000'000);
}

TEST_P(ArchiveTest, InsideAZip) {
  const std::string inner = archive_of(GetParam(), {{"a.log", "a\n"}, {"b.gz", compress("gzip", "b\n")}});
  read(archive_of("zip", {{"first", "1\n"}, {"inner", inner}, {"last", "2\n"}}));
  EXPECT_THAT(streams_, ElementsAre(Pair("/first", "1\n"), Pair("/inner/a.log", "a\n"),
                                    Pair("/inner/b.gz", "b\n"), Pair("/last", "2\n")));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_P(ArchiveTest, NamesAreOnlyLabels) {
  read(archive_of(GetParam(), {{"../../etc/passwd", "x\n"}, {"a\x1b[2J\n", "y\n"}}));
  EXPECT_THAT(names(), ElementsAre("/../../etc/passwd", "/a\\x1b[2J\\n"));
}

TEST_P(ArchiveTest, TruncatedIsReported) {
  const std::string big = lines(300'000);
  const std::string bytes = archive_of(GetParam(), {{"a.log", "a\n"}, {"big.log", big}});
  read(bytes.substr(0, bytes.size() / 2));
  ASSERT_THAT(problems_, testing::Not(IsEmpty()));
  if (GetParam() == std::string("7zip")) return;  // its directory is at the end
  ASSERT_THAT(names(), ElementsAre("/a.log", "/big.log"));
  EXPECT_TRUE(big.starts_with(streams_[1].second));
  EXPECT_GT(streams_[1].second.size(), big.size() / 4);
  EXPECT_EQ(problems_[0].path, "/big.log");
}

TEST_P(ArchiveTest, Unread) {
  const std::string path = put("in", archive_of(GetParam(), {{"a", lines(100'000)}, {"b", lines(10)}}));
  std::vector<std::string> seen;
  read_input(
      {path, 0, 0}, limits_, [&](const InputInfo& info, InputStream&) { seen.push_back(info.path); }, nullptr,
      problems_);
  EXPECT_THAT(seen, ElementsAre(path + "/a", path + "/b"));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_P(ArchiveTest, ManyMembersAreBounded) {
  limits_.max_members = 2;
  read(archive_of(GetParam(), {{"a", "a\n"}, {"b", "b\n"}, {"c", "c\n"}}));
  EXPECT_THAT(names(), ElementsAre("/a", "/b"));
  expect_problem("", ErrorCode::limit, "more than 2 members");
}

TEST_P(ArchiveTest, LongMembersAreBounded) {
  limits_.max_member_bytes = 100'000;
  read(archive_of(GetParam(), {{"a", lines(100'000)}, {"b", "b\n"}}));
  ASSERT_FALSE(problems_.empty());
  EXPECT_EQ(problems_[0].path, "/a");
  EXPECT_EQ(problems_[0].error.code, ErrorCode::limit);
}

TEST_P(ArchiveTest, Bomb) {
  read(archive_of(GetParam(), {{"bomb", std::string(100 * kMiB, '\0')}, {"b", "b\n"}}), false);
  if (GetParam() == std::string("ustar")) {
    EXPECT_THAT(problems_, IsEmpty());
    return;
  }
  EXPECT_LT(total_, 90 * kMiB);
  ASSERT_FALSE(problems_.empty());
  EXPECT_EQ(problems_[0].error.code, ErrorCode::limit);
}

INSTANTIATE_TEST_SUITE_P(All, ArchiveTest, testing::Values("zip", "ustar", "7zip"),
                         [](const auto& name) { return std::string(name.param); });

TEST_F(ReadInputTest, EmptyArchives) {
  for (const char* format : {"zip", "7zip"}) {
    read(archive_of(format, {}));
    EXPECT_THAT(streams_, IsEmpty()) << format;
    EXPECT_THAT(problems_, IsEmpty()) << format;
  }
}

TEST_F(ReadInputTest, NamesInUnicode) {
  read(archive_of("zip", {{"\xc3\xa9t\xc3\xa9.log", "x\n"}}));
  EXPECT_THAT(names(), ElementsAre("/\xc3\xa9t\xc3\xa9.log"));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(ReadInputTest, EncryptedMembersAreReported) {
  for (const char* method : {"zip:encryption=traditional", "zip:encryption=aes256"}) {
    read(archive_of("zip", {{"a", "a\n"}, {"b", "b\n"}}, method));
    EXPECT_THAT(streams_, IsEmpty());
    ASSERT_THAT(problems_, SizeIs(2));
    EXPECT_EQ(problems_[0].path, "/a");
    EXPECT_EQ(problems_[0].error.message, "encrypted");
    EXPECT_EQ(problems_[1].path, "/b");
  }
}

TEST_F(ReadInputTest, CorruptMemberDoesNotEndTheOthers) {
  const std::string big = lines(100'000);
  std::string bytes = archive_of("zip", {{"a", "a\n"}, {"big", big}, {"z", "z\n"}});
  bytes.replace(bytes.size() / 2, 64, 64, '\xa5');
  read(bytes);
  EXPECT_THAT(names(), ElementsAre("/a", "/big", "/z"));
  EXPECT_GT(streams_[1].second.size(), big.size() / 4);
  EXPECT_EQ(streams_[2].second, "z\n");
  ASSERT_THAT(problems_, SizeIs(1));
  EXPECT_EQ(problems_[0].path, "/big");
  EXPECT_EQ(problems_[0].error.code, ErrorCode::corrupt);
}

TEST_F(ReadInputTest, BadChecksumKeepsTheBytes) {
  std::string bytes = archive_of("zip", {{"a", "needle\n"}, {"z", "z\n"}}, "zip:compression=store");
  bytes[bytes.find("needle")] = 'N';
  read(bytes);
  EXPECT_THAT(streams_, ElementsAre(Pair("/a", "Needle\n"), Pair("/z", "z\n")));
  expect_problem("/a", ErrorCode::corrupt, "CRC");
}

TEST_F(ReadInputTest, DepthIsBounded) {
  std::string bytes = "deep\n";
  for (int i = 0; i < 4; ++i) bytes = archive_of("zip", {{"z", bytes}});
  read(bytes);
  EXPECT_THAT(streams_, ElementsAre(Pair("/z/z/z/z", "deep\n")));
  EXPECT_THAT(problems_, IsEmpty());
  read(archive_of("zip", {{"other", "o\n"}, {"z", bytes}}));
  EXPECT_THAT(streams_, ElementsAre(Pair("/other", "o\n")));
  expect_problem("/z/z/z/z", ErrorCode::limit, "nested deeper than 4");
  bytes = "x\n";
  for (int i = 0; i < 10; ++i) bytes = compress("gzip", bytes);
  read(bytes);
  EXPECT_THAT(streams_, IsEmpty());
  expect_problem("", ErrorCode::limit, "nested deeper than 4");
}

TEST_F(ReadInputTest, CompressedTarIsOneLevel) {
  limits_.max_depth = 1;
  read(compress("gzip", archive_of("ustar", {{"a", "a\n"}})));
  EXPECT_THAT(streams_, ElementsAre(Pair("/a", "a\n")));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(ReadInputTest, CompressedBombs) {
  for (const char* filter : {"gzip", "zstd", "xz", "bzip2"}) {
    read(compress(filter, std::string(150 * kMiB, '\0')), false);
    EXPECT_LT(total_, 120 * kMiB) << filter;
    EXPECT_GE(total_, 64 * kMiB) << filter;
    ASSERT_THAT(problems_, SizeIs(1)) << filter;
    EXPECT_EQ(problems_[0].error.code, ErrorCode::limit);
  }
}

TEST_F(ReadInputTest, NestedBombIsBoundedAsAWhole) {
  std::string bytes = archive_of("zip", {{"page", std::string(60 * kMiB, '\0')}});
  for (int level = 0; level < 3; ++level) {
    test::Members copies;
    for (int i = 0; i < 16; ++i) copies.emplace_back("lib" + std::to_string(i), bytes);
    bytes = archive_of("zip", copies);
  }
  read(bytes, false);
  EXPECT_LT(total_, bytes.size() * 1001 + 65 * kMiB);
  ASSERT_THAT(problems_, SizeIs(1));
  EXPECT_EQ(problems_[0].error.code, ErrorCode::limit);
}

TEST_F(ReadInputTest, OverlappingMembersAreBoundedAsAWhole) {
  read(test::overlapping_zip(2, 1000));
  EXPECT_THAT(names(), ElementsAre("/m10000", "/m10001"));
  EXPECT_EQ(total_, 2000u);
  EXPECT_THAT(problems_, IsEmpty());
  const std::string bytes = test::overlapping_zip(500, 60 * kMiB);
  ASSERT_LT(bytes.size(), 150'000u);
  read(bytes, false);
  EXPECT_GT(total_, 64 * kMiB);
  EXPECT_LT(total_, 150 * kMiB);
  ASSERT_THAT(problems_, SizeIs(1));
  EXPECT_EQ(problems_[0].error.code, ErrorCode::limit);
}

TEST_F(ReadInputTest, ProblemsAreBounded) {
  test::Members members;
  for (int i = 0; i < 1100; ++i) members.emplace_back("m" + std::to_string(i), "x");
  read(archive_of("zip", members, "zip:encryption=traditional"));
  ASSERT_THAT(problems_, SizeIs(1001));
  EXPECT_THAT(problems_.back().error.message, StartsWith("100 more problems"));
}

class StandardInputTest : public ReadInputTest {
 protected:
  void SetUp() override {
    ReadInputTest::SetUp();
    saved_ = ::dup(STDIN_FILENO);
  }
  void TearDown() override {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
    ReadInputTest::TearDown();
  }
  void feed_file(const std::string& bytes) {
    const int fd = ::open(put("stdin", bytes).c_str(), O_RDONLY);
    ::dup2(fd, STDIN_FILENO);
    ::close(fd);
    read_path("-", 0);
  }
  // At most what a pipe holds.
  void feed_pipe(const std::string& bytes) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::close(ends[1]);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    read_path("-", 0);
  }

 private:
  int saved_ = -1;
};

TEST_F(StandardInputTest, PlainAndCompressed) {
  const std::string zip = archive_of("zip", {{"a", "a\n"}, {"b", "b\n"}});
  const std::string seven_zip = archive_of("7zip", {{"a", "a\n"}, {"b", "b\n"}});
  for (const bool pipe : {false, true}) {
    const auto feed = [&](const std::string& bytes) { pipe ? feed_pipe(bytes) : feed_file(bytes); };
    feed("hello\n");
    EXPECT_THAT(streams_, ElementsAre(Pair("-", "hello\n")));
    feed("");
    EXPECT_THAT(streams_, ElementsAre(Pair("-", "")));
    feed(compress("gzip", "hello\n"));
    EXPECT_THAT(streams_, ElementsAre(Pair("-", "hello\n")));
    feed(zip);
    EXPECT_THAT(streams_, ElementsAre(Pair("-/a", "a\n"), Pair("-/b", "b\n")));
    feed(seven_zip);
    EXPECT_THAT(streams_, ElementsAre(Pair("-/a", "a\n"), Pair("-/b", "b\n")));
    EXPECT_THAT(problems_, IsEmpty());
  }
}

}  // namespace
}  // namespace vedette::ingest
