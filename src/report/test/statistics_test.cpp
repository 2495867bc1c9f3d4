#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts.hpp"
#include "attack.hpp"
#include "statistics_state.hpp"

namespace vedette::report::testing {
namespace {

constexpr base::TimeNs kHour = 3600 * base::kNsPerSecond;

std::uint64_t sum_of(const HistogramView& view) {
  std::uint64_t sum = 0;
  for (const LevelCounts& bar : view.bars) {
    for (const std::uint64_t count : bar) sum += count;
  }
  return sum;
}

TEST(Statistics, CountsAllButKeepsTheMostSevere) {
  AlertStatistics statistics(10);
  const auto noisy = make_rule("noisy", model::Level::high), rare = make_rule("rare", model::Level::high);
  const auto worst = make_rule("worst", model::Level::critical), low = make_rule("low", model::Level::low);
  for (int i = 0; i < 100; ++i) statistics.add(make_alert({low}));
  for (int i = 0; i < 100; ++i) statistics.add(make_alert({noisy}));
  for (int i = 0; i < 3; ++i) statistics.add(make_alert({rare}));
  statistics.add(make_alert({worst}));
  EXPECT_EQ(statistics.total(), 204u);
  EXPECT_EQ(statistics.by_level(model::Level::high), 103u);
  int by_rule[3] = {};
  ASSERT_EQ(statistics.state().details.size(), 10u);
  for (const AlertDetail& detail : statistics.state().details) {
    if (detail.rule == worst) ++by_rule[0];
    if (detail.rule == rare) ++by_rule[1];
    if (detail.rule == noisy) ++by_rule[2];
  }
  EXPECT_EQ(by_rule[0], 1);
  EXPECT_EQ(by_rule[1], 3) << "a noisy rule must not crowd out a rare one";
  EXPECT_EQ(by_rule[2], 6);
}

TEST(Statistics, BoundsTheDetailsOfAnEvent) {
  AlertStatistics statistics;
  AlertSpec spec{make_rule("r", model::Level::high)};
  for (int i = 0; i < 300; ++i)
    spec.fields.emplace_back("field." + std::to_string(i), std::string(10'000, 'x'));
  for (int i = 0; i < 100; ++i) spec.matches.push_back({"f", "v", "", "v"});
  statistics.add(make_alert(spec));
  const AlertDetail& detail = statistics.state().details.front();
  EXPECT_LE(detail.fields.size(), kMaxDetailFields);
  EXPECT_EQ(detail.fields.size() + detail.fields_left_out, 300u);
  EXPECT_EQ(detail.matches.size(), kMaxDetailMatches);
  EXPECT_EQ(detail.matches_left_out, 100 - kMaxDetailMatches);
  std::size_t bytes = 0;
  for (const auto& [name, value] : detail.fields) bytes += value.size();
  EXPECT_LE(bytes, kMaxDetailEventBytes + kMaxDetailValueBytes + 3);
}

TEST(Statistics, FrequentNamesSurviveAFloodOfNames) {
  EntityTable table;
  const auto rule = make_rule("r", model::Level::high);
  for (std::size_t i = 0; i < 3 * EntityTable::kMaxNames; ++i) {
    table.add("host-" + std::to_string(i), rule.get());
    if (i % 10 == 0) table.add("busy", rule.get());
  }
  EXPECT_LE(table.names(), EntityTable::kMaxNames);
  EXPECT_TRUE(table.forgot_some());
  ASSERT_EQ(table.top(1).size(), 1u);
  EXPECT_EQ(table.top(1)[0].name, "busy");
  EXPECT_EQ(table.top(1)[0].count->total, 3 * EntityTable::kMaxNames / 10);
}

TEST(Statistics, HostAndUserComeFromTheUsualFields) {
  AlertStatistics statistics;
  const auto rule = make_rule("r", model::Level::high);
  statistics.add(make_alert({rule, 0, {{"winlog.computer_name", "dc1"}, {"user.target.name", "bob"}}}));
  statistics.add(
      make_alert({rule, 0, {{"observer.name", "fw1"}, {"related.user", "eve"}, {"user.name", "-"}}}));
  const auto names = [](const EntityTable& table) {
    std::vector<std::string> all;
    for (const auto& row : table.top(10)) all.emplace_back(row.name);
    return all;
  };
  EXPECT_THAT(names(statistics.state().hosts), ::testing::ElementsAre("dc1", "fw1"));
  EXPECT_THAT(names(statistics.state().users), ::testing::ElementsAre("bob", "eve"));
  EXPECT_EQ(statistics.state().without_time, 2u);
}

TEST(Histogram, StaysBoundedAndLosesNothing) {
  TimeHistogram histogram;
  for (int i = 0; i < 100'000; ++i) histogram.add(i * 60 * base::kNsPerSecond, model::Level::low);
  EXPECT_LE(histogram.buckets(), TimeHistogram::kMaxBuckets);
  const HistogramView view = histogram.view();
  EXPECT_LE(view.bars.size(), TimeHistogram::kMaxBars);
  EXPECT_EQ(sum_of(view), 100'000u);
}

TEST(Histogram, TakesTheExtremesOfTime) {
  TimeHistogram histogram;
  histogram.add(std::numeric_limits<base::TimeNs>::min(), model::Level::low);
  histogram.add(std::numeric_limits<base::TimeNs>::max(), model::Level::high);
  histogram.add(-1, model::Level::high);
  const HistogramView view = histogram.view();
  EXPECT_LE(view.bars.size(), TimeHistogram::kMaxBars);
  EXPECT_EQ(sum_of(view), 3u);
}

TEST(Histogram, BucketsBeginAtRoundTimes) {
  TimeHistogram histogram;
  const base::TimeNs start = *base::parse_iso8601("2026-11-03T09:07:31Z");
  for (int i = 0; i < 30; ++i) histogram.add(start + i * kHour, model::Level::high);
  const HistogramView view = histogram.view();
  EXPECT_EQ(view.step, kHour / 2);
  EXPECT_EQ(view.start, *base::parse_iso8601("2026-11-03T09:00:00Z"));
  EXPECT_EQ(view.bars.size(), 59u);
  EXPECT_EQ(view.bars[2][static_cast<std::size_t>(model::Level::high)], 1u);
}

TEST(Histogram, LeavesOutFarOutliersAndSaysSo) {
  TimeHistogram histogram;
  const base::TimeNs start = *base::parse_iso8601("2026-11-03T09:00:00Z");
  for (int i = 0; i < 1000; ++i) histogram.add(start + i * 60 * base::kNsPerSecond, model::Level::high);
  histogram.add(*base::parse_iso8601("1999-01-01"), model::Level::low);
  histogram.add(*base::parse_iso8601("2099-01-01"), model::Level::low);
  const HistogramView view = histogram.view();
  EXPECT_EQ(view.before, 1u);
  EXPECT_EQ(view.after, 1u);
  EXPECT_EQ(sum_of(view), 1000u);
  EXPECT_LE(view.step, kHour);
}

TEST(Attack, OrdersTacticsAndShowsTheOldTagOnlyWhenSeen) {
  AlertStatistics statistics;
  statistics.add(make_alert({make_rule("a", model::Level::high, {"attack.impact", "attack.t1486"})}));
  const auto seen = attack_seen(statistics.state());
  ASSERT_EQ(seen.size(), 15u);
  EXPECT_EQ(seen.front().tag, "reconnaissance");
  EXPECT_EQ(seen[6].tag, "stealth");
  EXPECT_EQ(seen.back().techniques.front().id, "T1486");
  statistics.add(
      make_alert({make_rule("b", model::Level::high, {"attack.defense_evasion", "attack.t1055"})}));
  statistics.add(make_alert({make_rule("c", model::Level::high, {"attack.t1055.001"})}));
  const auto more = attack_seen(statistics.state());
  ASSERT_EQ(more.size(), 17u);
  EXPECT_EQ(more[8].tag, "defense-evasion");
  EXPECT_EQ(more.back().techniques.front().id, "T1055.001");
}

}  // namespace
}  // namespace vedette::report::testing
