#include "vedette/base/logger.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repetition_limit.hpp"

namespace vedette::base {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

class LoggerTest : public testing::Test {
 protected:
  Logger make(LogFormat format, LogLevel level = LogLevel::info) {
    return Logger({level, format, [this](std::string_view line) { lines_.emplace_back(line); }});
  }
  std::vector<std::string> lines_;
};

TEST_F(LoggerTest, WritesJson) {
  auto log = make(LogFormat::json);
  log.warning("the disk is nearly full", {{"file.path", std::string_view("/x \"y\"\n\x1b\xff")},
                                          {"free", std::int64_t{-7}},
                                          {"part", 0.25},
                                          {"b", true}});
  ASSERT_THAT(lines_, SizeIs(1));
  const std::string after_time = lines_[0].substr(lines_[0].find(",\"log.level\""));
  EXPECT_THAT(lines_[0], MatchesRegex(R"(\{"@timestamp":"[0-9]+-[0-9]+-[0-9]+T[0-9:.]+Z","log\.level".*)"));
  EXPECT_EQ(after_time,
            ",\"log.level\":\"warning\",\"message\":\"the disk is nearly full\","
            "\"file.path\":\"/x \\\"y\\\"\\n\\u001b\xef\xbf\xbd\",\"free\":-7,\"part\":0.25,\"b\":true}");
}

TEST_F(LoggerTest, WritesText) {
  auto log = make(LogFormat::text);
  log.info("listening\n\x1b[31m",
           {{"where", std::string_view("a b\"c\n")}, {"n", std::int64_t{3}}, {"ok", false}});
  log.error("no", {{"why", std::string_view("plain")}, {"empty", std::string_view("")}});
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[0], EndsWith("Z info    listening\\n\\x1b[31m  where=\"a b\\\"c\\n\"  n=3  ok=false"));
  EXPECT_THAT(lines_[1], EndsWith("Z error   no  why=plain  empty=\"\""));
}

TEST_F(LoggerTest, KeepsToTheLevel) {
  auto log = make(LogFormat::text, LogLevel::warning);
  log.debug("a");
  log.info("b");
  log.warning("c");
  log.error("d");
  EXPECT_THAT(lines_, SizeIs(2));
}

TEST_F(LoggerTest, CountsRepetitions) {
  {
    auto log = make(LogFormat::text);
    for (std::int64_t i = 0; i < 522; ++i) log.warning("refused", {{"n", i}});
    log.info("refused");  // another level is another message
    EXPECT_THAT(lines_, SizeIs(11));
  }
  ASSERT_THAT(lines_, SizeIs(12));
  EXPECT_THAT(lines_[11], EndsWith("warning refused ... and 512 more like it"));
}

TEST(RepetitionLimitTest, TellsWhenTheWindowEnds) {
  RepetitionLimit limit;
  for (int i = 0; i < 15; ++i) EXPECT_EQ(limit.admit(LogLevel::info, "a", 0), i < 10);
  EXPECT_TRUE(limit.admit(LogLevel::info, "b", 5 * kNsPerSecond));
  EXPECT_THAT(limit.take_ended(10 * kNsPerSecond - 1), SizeIs(0));
  const auto untold = limit.take_ended(10 * kNsPerSecond);
  ASSERT_THAT(untold, SizeIs(1));
  EXPECT_EQ(untold[0].message, "a");
  EXPECT_EQ(untold[0].count, 5u);
  EXPECT_TRUE(limit.admit(LogLevel::info, "a", 10 * kNsPerSecond));
  // That of b ends later, and has nothing to tell.
  EXPECT_THAT(limit.take_ended(15 * kNsPerSecond), SizeIs(0));
  for (int i = 0; i < 10; ++i) limit.admit(LogLevel::info, "a", 16 * kNsPerSecond);
  EXPECT_THAT(limit.take_ended(20 * kNsPerSecond), SizeIs(1));
}

TEST(RepetitionLimitTest, IsBounded) {
  RepetitionLimit limit;
  for (int i = 0; i < 11; ++i) limit.admit(LogLevel::info, "first", 0);
  std::size_t told = 0;
  for (std::size_t i = 0; i < 3 * RepetitionLimit::kMaxMessages; ++i) {
    told += limit.take_ended(1).size();
    EXPECT_TRUE(limit.admit(LogLevel::info, std::to_string(i), 1));
  }
  EXPECT_EQ(told, 1u);
}

}  // namespace
}  // namespace vedette::base
