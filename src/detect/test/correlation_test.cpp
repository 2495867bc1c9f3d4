#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlation/sliding.hpp"
#include "vedette/detect/correlator.hpp"

namespace vedette::detect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::TimeNs kStart = 1'769'904'000 * base::kNsPerSecond;

// Rules a, b and c match {r: a} and so on.
std::string rules_and(std::string_view correlations) {
  std::string text;
  for (const char name : {'a', 'b', 'c'}) {
    const std::string n(1, name);
    text += "title: Rule " + n + "\nname: " + n + "\nlogsource: {category: case}\ndetection:\n  s: {r: " + n +
            "}\n  condition: s\n---\n";
  }
  return text + std::string(correlations);
}

std::string correlation(std::string_view body, std::string_view name = "x") {
  return "title: Correlation " + std::string(name) + "\nname: " + std::string(name) +
         "\nlevel: high\ncorrelation: {" + std::string(body) + "}\n---\n";
}

struct Fields {
  double at = 0;                       // seconds
  std::string r = {};                  // each letter is a value of the list r
  std::string u = {}, v = {}, w = {};  // left out if empty; "null" and numbers are text
};

std::shared_ptr<const model::EventBatch> batch_of(const std::vector<Fields>& events) {
  model::BatchBuilder batch(std::make_shared<model::Source>());
  std::uint64_t position = 0;
  for (const Fields& event : events) {
    batch.begin_row(++position);
    batch.set_time(kStart + static_cast<base::TimeNs>(event.at * 1e9));
    for (const char rule : event.r) batch.add_copy(model::intern("r"), std::string(1, rule));
    const std::pair<const char*, const std::string*> named[] = {
        {"u", &event.u}, {"v", &event.v}, {"w", &event.w}};
    for (const auto& [name, value] : named) {
      if (!value->empty()) batch.add_copy(model::intern(name), *value);
    }
    batch.end_row();
  }
  return batch.finish();
}

class Correlation {
 public:
  explicit Correlation(std::string_view correlations, CorrelatorLimits limits = {})
      : engine_(load(correlations), {{{{"case", "", ""}, {{}}}}, {}}), correlator_(engine_, limits) {}

  void add(const model::EventBatch& batch) {
    std::vector<RuleHit> hits;
    Detector(engine_).run(batch, hits);
    for (std::size_t row = 0; row < batch.size(); ++row) correlator_.advance(batch[row].time());
    for (const RuleHit& hit : hits) {
      if (correlator_.wants(hit.rule)) correlator_.add(batch, hit, event_id(batch[hit.row]));
    }
  }
  Correlator& correlator() { return correlator_; }

 private:
  static RuleSet load(std::string_view correlations) {
    RuleSet rules = load_rules({{"rules.yml", rules_and(correlations)}}, {});
    EXPECT_THAT(rules.diagnostics, IsEmpty());
    return rules;
  }

  Engine engine_;
  Correlator correlator_;
};

std::vector<model::Alert> alerts_of(std::string_view correlations, const std::vector<Fields>& events,
                                    CorrelatorLimits limits = {}) {
  Correlation run(correlations, limits);
  run.add(*batch_of(events));
  return run.correlator().finish();
}

// Seconds at which the alerts stand, and the values they report.
std::vector<double> times(const std::vector<model::Alert>& alerts) {
  std::vector<double> out;
  for (const model::Alert& alert : alerts) out.push_back(static_cast<double>(alert.time - kStart) / 1e9);
  return out;
}
std::vector<double> values(const std::vector<model::Alert>& alerts) {
  std::vector<double> out;
  for (const model::Alert& alert : alerts) out.push_back(alert.correlation->value);
  return out;
}

TEST(Correlation, WindowHasBothEdges) {
  const std::string rule = correlation("type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}");
  EXPECT_THAT(alerts_of(rule, {{0, "a"}, {10, "a"}}), SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{0, "a"}, {10.000001, "a"}}), IsEmpty());
}

TEST(Correlation, GroupIsQuietForOneTimespan) {
  const std::string rule = correlation("type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}");
  EXPECT_THAT(times(alerts_of(rule, {{0, "a"}, {1, "a"}, {5, "a"}, {11, "a"}, {11.5, "a"}, {22, "a"}})),
              ElementsAre(1, 11.5));
}

TEST(Correlation, HitsOfOneRuleCountOnceThoughItIsListedTwice) {
  const std::string rule =
      correlation("type: event_count, rules: [a, a], timespan: 10s, condition: {gte: 2}");
  EXPECT_THAT(alerts_of(rule, {{0, "a"}}), IsEmpty());
  EXPECT_THAT(values(alerts_of(rule, {{0, "a"}, {1, "a"}})), ElementsAre(2));
}

TEST(Correlation, FarTimesDoNotOverflow) {
  const std::string rule = correlation("type: event_count, rules: [a], timespan: 100y, condition: {gte: 2}");
  EXPECT_THAT(alerts_of(rule, {{7e9, "a"}, {7e9, "a"}, {7.1e9, "a"}}), SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{-7e9, "a"}, {7e9, "a"}}), IsEmpty());
}

TEST(Correlation, FullWindowLosesItsOldestOnly) {
  CorrelatorLimits limits;
  limits.max_window_observations = 3;
  const std::vector<Fields> events = {{0, "a"}, {0, "a"}, {0, "a"}, {0, "a"}};
  EXPECT_THAT(alerts_of(correlation("type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}"),
                        events, limits),
              SizeIs(1));
  // Four were there, but only three are held when the window closes; its beginning stays.
  const std::string quiet = correlation("type: event_count, rules: [a], timespan: 10s, condition: {lte: 3}");
  EXPECT_THAT(times(alerts_of(quiet, {{0, "a"}, {8, "a"}, {8, "a"}, {9, "a"}, {12, "b"}}, limits)),
              ElementsAre(9));
}

TEST(Correlation, HitsBeyondTheLimitsAreCounted) {
  const std::string rule =
      correlation("type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 1}");
  for (const bool by_bytes : {false, true}) {
    CorrelatorLimits limits;
    (by_bytes ? limits.max_observation_bytes : limits.max_observations) = by_bytes ? 1000 : 1;
    Correlation run(rule, limits);
    run.add(*batch_of({{0, "a", "u"}, {1, "a", std::string(2000, 'x')}}));
    EXPECT_THAT(run.correlator().finish(), SizeIs(1));
    EXPECT_EQ(run.correlator().dropped(), 1U);
  }
}

TEST(Correlation, AlertsWithoutACopyOfTheEventHaveItsGroup) {
  CorrelatorLimits limits;
  limits.max_event_bytes = 0;
  const auto alerts = alerts_of(
      correlation("type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 1}"),
      {{0, "a", "joe", "v"}}, limits);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ((*alerts[0].batch)[0].text(model::intern("u")), "joe");
  EXPECT_EQ((*alerts[0].batch)[0].find(model::intern("v")), nullptr);
}

TEST(Correlation, ValueCountForgetsWhatLeft) {
  const std::string rule =
      correlation("type: value_count, rules: [a], timespan: 10s, condition: {field: v, gte: 2}");
  EXPECT_THAT(alerts_of(rule, {{0, "a", "", "1"}, {5, "a", "", "1"}, {11, "a", "", "1"}, {16, "a", "", "2"}}),
              SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{0, "a", "", "1"}, {11, "a", "", "2"}, {22, "a", "", "1"}}), IsEmpty());
}

TEST(Correlation, ValueCountTellsTuplesApart) {
  const std::string rule =
      correlation("type: value_count, rules: [a], timespan: 10s, condition: {field: [v, w], gte: 2}");
  EXPECT_THAT(alerts_of(rule, {{0, "a", "", "x", "yz"}, {1, "a", "", "xy", "z"}}), SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{0, "a", "", "x", "y"}, {1, "a", "", "x", "y"}, {2, "a", "", "x"}}),
              IsEmpty());
  const std::string nul(1, '\0');
  EXPECT_THAT(alerts_of(rule, {{0, "a", "", "x" + nul, "y"}, {1, "a", "", "x", nul + "y"}}), SizeIs(1));
}

TEST(Correlation, GroupsWithNulsAreApart) {
  const std::string nul(1, '\0');
  const auto alerts = alerts_of(
      correlation("type: event_count, rules: [a], group-by: [u, v], timespan: 10s, condition: {gte: 1}"),
      {{0, "a", "x" + nul, "y"}, {0, "a", "x", nul + "y"}, {0, "a", "x", "\1\1y"}});
  ASSERT_THAT(alerts, SizeIs(3));
  EXPECT_NE(alerts[0].id, alerts[1].id);
  EXPECT_NE(alerts[1].id, alerts[2].id);
  EXPECT_NE(alerts[0].id, alerts[2].id);
}

TEST(Correlation, SumsKeepNoErrorOfWhatLeft) {
  const std::string rule =
      correlation("type: value_sum, rules: [a], timespan: 10s, condition: {field: v, gte: 3, lt: 100}");
  // 1e300 swallows the 1 while both are there.
  const auto alerts = alerts_of(
      rule,
      {{0, "a", "", "1e300"}, {9, "a", "", "1"}, {11, "a", "", "x"}, {12, "a", "", "1"}, {13, "a", "", "1"}});
  EXPECT_THAT(times(alerts), ElementsAre(13));
  EXPECT_THAT(values(alerts), ElementsAre(3));
}

TEST(Correlation, AverageOfTheWindow) {
  const std::string rule =
      correlation("type: value_avg, rules: [a], timespan: 10s, condition: {field: v, gt: 2.4}");
  const auto alerts =
      alerts_of(rule, {{0, "a", "", "1"}, {5, "a", "", "2"}, {11, "a", "", "3"}, {12, "a", "", "inf"}});
  EXPECT_THAT(values(alerts), ElementsAre(2.5));
}

TEST(Correlation, PercentileAndMedianOfTheWindow) {
  const std::vector<Fields> events = {
      {0, "a", "", "100"}, {1, "a", "", "1"}, {2, "a", "", "2"}, {10.5, "a", "", "4"}};
  EXPECT_THAT(
      values(alerts_of(correlation("type: value_median, rules: [a], timespan: 10s, condition: {field: v, "
                                   "lt: 3, gt: 0}"),
                       events)),
      ElementsAre(2));
  EXPECT_THAT(
      values(alerts_of(correlation("type: value_percentile, rules: [a], timespan: 10s, condition: {field: "
                                   "v, percentile: 75, eq: 3}"),
                       events)),
      ElementsAre(3));
}

TEST(Correlation, TemporalAsksForAllInAnyOrder) {
  const std::string rule = correlation("type: temporal, rules: [a, b], group-by: [u], timespan: 10s");
  EXPECT_THAT(alerts_of(rule, {{0, "b", "j"}, {10, "a", "j"}}), SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{0, "b", "j"}, {5, "a", "k"}, {10.1, "a", "j"}}), IsEmpty());
  EXPECT_THAT(alerts_of(rule, {{0, "ab", "j"}}), SizeIs(1));
}

TEST(Correlation, TemporalWithARuleTwiceAsksForTwoHits) {
  const std::string rule = correlation("type: temporal, rules: [a, a, b], timespan: 10s");
  EXPECT_THAT(alerts_of(rule, {{0, "a"}, {1, "b"}}), IsEmpty());
  EXPECT_THAT(times(alerts_of(rule, {{0, "a"}, {1, "b"}, {2, "a"}})), ElementsAre(2));
}

TEST(Correlation, OrderedKeepsTheOrderAndTheSpan) {
  const std::string rule = correlation("type: temporal_ordered, rules: [a, b, c], timespan: 10s");
  EXPECT_THAT(times(alerts_of(rule, {{0, "a"}, {1, "b"}, {9, "a"}, {11, "c"}, {12, "b"}, {13, "c"}})),
              ElementsAre(13));
  EXPECT_THAT(alerts_of(rule, {{0, "a"}, {2, "c"}, {3, "b"}}), IsEmpty());
  // At one time they are in order, in whatever order they were read; one event may serve all.
  EXPECT_THAT(alerts_of(rule, {{0, "c"}, {0, "b"}, {0, "a"}}), SizeIs(1));
  EXPECT_THAT(alerts_of(rule, {{0, "abc"}}), SizeIs(1));
}

TEST(Correlation, OrderedWarnsOfOtherConditions) {
  const auto warnings = [](std::string_view condition) {
    const std::string body = "type: temporal_ordered, rules: [a, b, c], timespan: 10s, condition: ";
    return load_rules({{"rules.yml", rules_and(correlation(body + std::string(condition)))}}, {}).diagnostics;
  };
  for (const char* same : {"{gte: 3}", "{gt: 2}", "a and b and c"}) EXPECT_THAT(warnings(same), IsEmpty());
  for (const char* other : {"{gte: 2}", "{lt: 2}", "a and b and not c", "a or b or c"}) {
    ASSERT_THAT(warnings(other), SizeIs(1)) << other;
    EXPECT_EQ(warnings(other)[0].code, "ordered-condition");
  }
}

TEST(Correlation, OrderedWithARuleTwiceAsksForTwoHits) {
  const std::string twice = correlation("type: temporal_ordered, rules: [a, a], timespan: 10s");
  EXPECT_THAT(alerts_of(twice, {{0, "a"}}), IsEmpty());
  EXPECT_THAT(times(alerts_of(twice, {{0, "a"}, {3, "a"}})), ElementsAre(3));
  EXPECT_THAT(alerts_of(twice, {{0, "a"}, {0, "a"}}), SizeIs(1));
  const std::string thrice = correlation("type: temporal_ordered, rules: [a, a, a], timespan: 10s");
  EXPECT_THAT(alerts_of(thrice, {{0, "a"}, {3, "a"}}), IsEmpty());
  EXPECT_THAT(times(alerts_of(thrice, {{0, "a"}, {3, "a"}, {4, "a"}})), ElementsAre(4));
  EXPECT_THAT(times(alerts_of(thrice, {{0, "a"}, {3, "a"}, {11, "a"}, {12, "a"}})), ElementsAre(12));
  const std::string around = correlation("type: temporal_ordered, rules: [a, b, a], timespan: 10s");
  EXPECT_THAT(alerts_of(around, {{0, "a"}, {0, "b"}}), IsEmpty());
  EXPECT_THAT(times(alerts_of(around, {{0, "a"}, {1, "b"}, {2, "a"}})), ElementsAre(2));
}

TEST(Correlation, WindowsJudgedAtTheirEndFollowEachOther) {
  const std::string rule = correlation("type: event_count, rules: [a], timespan: 10s, condition: {lt: 3}");
  // 0 to 10 holds three; 11 to 21 two; 40 to 50 is not over when the log ends.
  EXPECT_THAT(
      times(alerts_of(rule, {{0, "a"}, {5, "a"}, {10, "a"}, {11, "a"}, {12, "a"}, {40, "a"}, {50, "b"}})),
      ElementsAre(12));
  EXPECT_THAT(times(alerts_of(rule, {{0, "a"}, {20, "a"}, {40, "a"}, {51, "b"}})), ElementsAre(0, 20, 40));
}

TEST(Correlation, NegationIsJudgedAtTheEnd) {
  const std::string rule =
      correlation("type: temporal, rules: [a, b], timespan: 10s, condition: a and not b");
  EXPECT_THAT(times(alerts_of(rule, {{0, "a"}, {10, "b"}, {20, "a"}, {31, "c"}})), ElementsAre(20));
}

TEST(Correlation, AlertsAreInTheOrderOfTime) {
  const std::string rule =
      correlation("type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {lt: 3}");
  EXPECT_THAT(
      times(alerts_of(rule, {{0, "a", "z"}, {1, "a", "b"}, {2, "a", "k"}, {30, "a", "a"}, {60, "b"}})),
      ElementsAre(0, 1, 2, 30));
}

TEST(Correlation, ChainsCountAlerts) {
  const std::string rules =
      correlation("type: event_count, rules: [a], group-by: [u, v], timespan: 10s, condition: {gte: 2}",
                  "inner") +
      correlation(
          "type: value_count, rules: [inner], group-by: [u], timespan: 60s, condition: {field: [u, v], "
          "gte: 2}",
          "outer");
  const auto alerts = alerts_of(rules, {{0, "a", "j", "1"},
                                        {1, "a", "j", "1"},
                                        {20, "a", "j", "1"},
                                        {21, "a", "j", "1"},
                                        {40, "a", "j", "2"},
                                        {41, "a", "j", "2"}});
  EXPECT_THAT(times(alerts), ElementsAre(41));
  EXPECT_THAT(values(alerts), ElementsAre(2));
}

TEST(Correlation, HitsWithoutATimeTakeNoPart) {
  Correlation run(correlation("type: event_count, rules: [a], timespan: 10s, condition: {gte: 1}") +
                  correlation("type: event_count, rules: [a], timespan: 20s, condition: {gte: 1}", "y"));
  run.add(*batch_of({{-static_cast<double>(kStart) / 1e9, "a"}}));
  EXPECT_THAT(run.correlator().finish(), IsEmpty());
  EXPECT_EQ(run.correlator().without_time(), 1U);
}

TEST(Correlation, ThreadsAndOrderDoNotMatter) {
  const std::string rules =
      correlation(
          "type: value_count, rules: [a, b], group-by: [u], timespan: 5s, condition: {field: v, gte: 3}") +
      correlation("type: temporal_ordered, rules: [a, b, a], group-by: [u], timespan: 5s", "y");
  std::mt19937 random(7);
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  for (int i = 0; i < 40; ++i) {
    std::vector<Fields> events;
    for (int n = 0; n < 25; ++n) {
      events.push_back({static_cast<double>(random() % 200), random() % 2 ? "a" : "b",
                        std::string(1, static_cast<char>('p' + random() % 4)), std::to_string(random() % 6)});
    }
    batches.push_back(batch_of(events));
  }
  const auto run = [&](int threads) {
    Correlation correlation(rules);
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t i = static_cast<std::size_t>(t); i < batches.size();
             i += static_cast<std::size_t>(threads)) {
          correlation.add(*batches[batches.size() - 1 - i]);
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    std::vector<std::string> ids;
    for (const model::Alert& alert : correlation.correlator().finish()) ids.push_back(alert.id);
    return ids;
  };
  const auto alone = run(1);
  EXPECT_GT(alone.size(), 20U);
  EXPECT_EQ(run(4), alone);
  std::reverse(batches.begin(), batches.end());
  EXPECT_EQ(run(3), alone);
}

TEST(Sliding, AgreeWithACalculationAnew) {
  std::mt19937 random(3);
  for (const double percentile : {0.0, 10.0, 50.0, 99.5, 100.0}) {
    SlidingSum sum;
    SlidingPercentile sliding(percentile);
    std::vector<double> held;
    for (int i = 0; i < 2000; ++i) {
      if (!held.empty() && random() % 5 < 2) {
        sum.pop();
        sliding.erase(held.front());
        held.erase(held.begin());
      } else {
        held.push_back(static_cast<double>(random() % 50) - 25);
        sum.push(held.back());
        sliding.insert(held.back());
      }
      double total = 0;
      for (const double number : held) total += number;
      ASSERT_EQ(sum.value(), total);
      if (held.empty()) continue;
      std::vector<double> sorted = held;
      std::sort(sorted.begin(), sorted.end());
      const double rank = percentile / 100 * static_cast<double>(sorted.size() - 1);
      const auto below = static_cast<std::size_t>(rank);
      const double above = sorted[std::min(below + 1, sorted.size() - 1)];
      ASSERT_DOUBLE_EQ(sliding.value(), sorted[below] + (rank - std::floor(rank)) * (above - sorted[below]));
    }
  }
}

}  // namespace
}  // namespace vedette::detect
