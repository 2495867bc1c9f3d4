// The parts of the file listener: patterns, cutting, checkpoints.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "listeners/line_cutter.hpp"
#include "listeners/path_glob.hpp"
#include "listeners/tail_state.hpp"
#include "test/temporary_folder.hpp"

namespace vedette::ingest::streams_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Globs, MatchPaths) {
  EXPECT_TRUE(matches_glob("*.gz", "/var/log/a.gz"));
  EXPECT_FALSE(matches_glob("*.gz", "/var/log.gz/a"));
  EXPECT_TRUE(matches_glob("/var/**/*.log", "/var/log/a/b/c.log"));
  EXPECT_TRUE(matches_glob("/var/**/*.log", "/var/c.log"));
  EXPECT_FALSE(matches_glob("/var/*/c.log", "/var/a/b/c.log"));
  EXPECT_TRUE(matches_glob("/var/log/[ab]?.log", "/var/log/a1.log"));
  std::string many, deep = "/";
  for (int i = 0; i < 200; ++i) {
    many += "/**/a";
    deep += "a/";
  }
  EXPECT_FALSE(matches_glob(many + "/b", deep));
}

class GlobFolder : public test::TemporaryFolder {
 protected:
  std::vector<std::string> found(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& exclude = {}) {
    std::vector<std::string> names;
    std::set<std::string> folders;
    std::vector<std::string> whole;
    for (const auto& pattern : patterns) whole.push_back(at(pattern));
    for (const auto& file : find_files(whole, exclude, GlobLimits{}, folders)) {
      names.push_back(file.path.substr(folder_.size() + 1));
    }
    return names;
  }
};

TEST_F(GlobFolder, FindsFilesOnce) {
  put("a.log", "1");
  put("b/c.log", "2");
  put("b/d/e.log", "3");
  put("b/d/e.txt", "4");
  put(".hidden", "5");
  std::filesystem::create_symlink(at("b/c.log"), at("link.log"));
  std::filesystem::create_directory_symlink(folder_, at("b/loop"));
  EXPECT_THAT(found({"*.log"}), ElementsAre("a.log", "link.log"));
  EXPECT_THAT(found({"**/*.log"}), ElementsAre("a.log", "b/c.log", "b/d/e.log"));
  EXPECT_THAT(found({""}, {"*.txt"}), ElementsAre("a.log", "b/c.log", "b/d/e.log"));
  EXPECT_THAT(found({"b/*/e.*", "b/d"}), ElementsAre("b/d/e.log", "b/d/e.txt"));
  EXPECT_THAT(found({"none/*.log"}), IsEmpty());
}

struct CutCase {
  std::string name, text;
  LineRules rules;
  LineCutter::Flush flush = LineCutter::Flush::nothing;
  std::vector<std::string> records;
  std::string left;
};

LineRules rules_of(LineRules::Join join, std::string pattern = "", std::size_t max_bytes = 1000) {
  LineRules rules;
  rules.join = join;
  rules.pattern = std::move(pattern);
  rules.max_bytes = max_bytes;
  return rules;
}

TEST(LineCutter, Cases) {
  using Flush = LineCutter::Flush;
  using Join = LineRules::Join;
  const LineRules lines = rules_of(Join::none), indent = rules_of(Join::indent),
                  starts = rules_of(Join::pattern, "^\\d");
  const std::vector<CutCase> cases{
      {"lines", "a\nb\r\nc", lines, Flush::nothing, {"a", "b"}, "c"},
      {"blank_lines", "\na\n\n", lines, Flush::nothing, {"a"}, ""},
      {"flush", "a\nb", lines, Flush::all, {"a", "b"}, ""},
      {"joined_keeps_partial", "a\nb", lines, Flush::joined, {"a"}, "b"},
      {"indent", "a\n b\n\tc\nd\ne", indent, Flush::nothing, {"a\n b\n\tc"}, "d\ne"},
      {"indent_waits", "a\n b\n", indent, Flush::nothing, {}, "a\n b\n"},
      {"indent_timeout", "a\n b\n", indent, Flush::joined, {"a\n b"}, ""},
      {"indent_all", "a\n b", indent, Flush::all, {"a\n b"}, ""},
      {"pattern", "1 x\nmore\n2 y\nmore\n3", starts, Flush::nothing, {"1 x\nmore"}, "2 y\nmore\n3"},
      {"pattern_first_does_not_match", "more\n1 x\n2 y\n", starts, Flush::joined, {"more", "1 x", "2 y"}, ""},
  };
  for (const auto& item : cases) {
    SCOPED_TRACE(item.name);
    auto cutter = LineCutter::make(item.rules);
    ASSERT_TRUE(cutter.ok());
    std::vector<CutRecord> records;
    const std::size_t done = (*cutter)->cut(item.text, item.flush, false, records);
    std::vector<std::string> texts;
    for (const auto& record : records)
      texts.push_back(item.text.substr(record.begin, record.end - record.begin));
    EXPECT_EQ(texts, item.records);
    EXPECT_EQ(item.text.substr(done), item.left);
  }
  EXPECT_FALSE(LineCutter::make(rules_of(Join::pattern, "(")).ok());
}

TEST(LineCutter, TheSameInPieces) {
  for (const auto join : {LineRules::Join::none, LineRules::Join::indent}) {
    const LineRules rules = rules_of(join, "", 20);
    std::string text;
    for (int i = 0; i < 200; ++i)
      text += (i % 3 == 1 ? " " : "") + std::string(static_cast<std::size_t>(i * 7 % 31), 'x') +
              std::to_string(i) + "\n";
    std::vector<std::string> whole;
    for (const std::size_t piece : {std::size_t{100'000}, std::size_t{1}, std::size_t{3}, std::size_t{17}}) {
      auto cutter = LineCutter::make(rules);
      std::vector<std::string> texts;
      std::string buffer;
      for (std::size_t at = 0; at < text.size(); at += piece) {
        buffer += text.substr(at, piece);
        const auto flush = at + piece >= text.size() ? LineCutter::Flush::all : LineCutter::Flush::nothing;
        std::vector<CutRecord> records;
        const std::size_t done = (*cutter)->cut(buffer, flush, false, records);
        for (const auto& record : records) {
          EXPECT_LE(record.end - record.begin, 20u);
          texts.push_back(buffer.substr(record.begin, record.end - record.begin));
        }
        buffer.erase(0, done);
      }
      if (whole.empty()) whole = texts;
      EXPECT_EQ(texts, whole) << "in pieces of " << piece;
    }
  }
}

TEST(AckLedger, MovesOnlyPastWhatIsAcknowledged) {
  AckLedger ledger;
  const auto first = ledger.hand_over(1, {10, 0, 0, false});
  const auto second = ledger.hand_over(1, {20, 0, 0, false});
  const auto other = ledger.hand_over(2, {5, 0, 0, false});
  ledger.acknowledged(1, second);
  EXPECT_TRUE(ledger.take().empty());
  ledger.acknowledged(2, other);
  ledger.acknowledged(1, first);
  const auto moved = ledger.take();
  EXPECT_EQ(moved.at(1).offset, 20u);
  EXPECT_EQ(moved.at(2).offset, 5u);
  EXPECT_EQ(ledger.open(1), 0u);
}

class TailStateFolder : public test::TemporaryFolder {};

TEST_F(TailStateFolder, KeepsStates) {
  TailState state;
  state.identity = "abc";
  state.path = "/a \"b\"\n";
  state.device = 7;
  state.inode = ~std::uint64_t{0};
  state.head_size = 3;
  state.head_hash = ~std::uint64_t{1};
  state.mark = {1000, 256, ~std::uint64_t{2}, true};
  state.kind = TailKind::evtx;
  TailStates states(at("state"));
  ASSERT_TRUE(states.load().ok());
  ASSERT_TRUE(states.save({&state}).ok());
  const auto loaded = TailStates(at("state")).load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded->size(), 1u);
  const TailState& back = (*loaded)[0];
  EXPECT_EQ(back.path, state.path);
  EXPECT_EQ(back.inode, state.inode);
  EXPECT_EQ(back.head_hash, state.head_hash);
  EXPECT_EQ(back.mark.offset, 1000u);
  EXPECT_EQ(back.mark.tail_hash, state.mark.tail_hash);
  EXPECT_TRUE(back.mark.whole);
  EXPECT_EQ(back.kind, TailKind::evtx);
}

TEST_F(TailStateFolder, SetsACorruptFileAside) {
  put("state/files.json", "{\"files\": [{]");
  EXPECT_FALSE(TailStates(at("state")).load().ok());
  EXPECT_TRUE(std::filesystem::exists(at("state/files.json.corrupt")));
  EXPECT_TRUE(TailStates(at("state")).load().ok());
}

}  // namespace
}  // namespace vedette::ingest::streams_test
