#include <chrono>
#include <thread>

#include "live_events.hpp"

namespace vedette::detect::live_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::TimeNs kSecond = base::kNsPerSecond;

class Live {
 public:
  explicit Live(LiveRules rules, LiveDetector::Options options = {}) : detector(std::move(rules), options) {}
  explicit Live(const std::string& rules) : Live(live_rules(plain_rules() + rules)) {}

  std::vector<model::AlertRecord> add(const std::vector<LiveEvent>& events, base::TimeNs now = kNow) {
    const auto batch = live_batch(events, next_);
    next_ += events.size();
    return detector.process({&batch, 1}, now);
  }
  RuleState state(std::string_view id) const {
    for (const RuleState& state : detector.rule_states()) {
      if (state.id == id) return state;
    }
    ADD_FAILURE() << "no rule " << id;
    return {};
  }

  LiveDetector detector;

 private:
  std::uint64_t next_ = 1;
};

Exception exception_of(std::string_view yaml) {
  base::Diagnostics diagnostics;
  auto exceptions = read_exceptions(yaml, "exceptions.yml", diagnostics);
  EXPECT_THAT(diagnostics, IsEmpty());
  EXPECT_THAT(exceptions, SizeIs(1));
  return exceptions.at(0);
}

TEST(LiveDetector, AlertsAreInTheOrderOfEventsThenRules) {
  Live live("");
  const auto records = live.add({{0, "ba"}, {1, ""}, {2, "c"}, {2, "a"}});
  std::vector<std::string> rules;
  for (const auto& record : records) rules.push_back(record.rule_id);
  EXPECT_THAT(rules, ElementsAre("rule-a", "rule-b", "rule-c", "rule-a"));
  EXPECT_EQ(records[2].event_sequence, 3u);
  EXPECT_THAT(records[2].event_ids, SizeIs(1));
  EXPECT_EQ(records[2].detected, kNow);
  EXPECT_EQ(records[2].time, kStart + 2 * kSecond);
  EXPECT_EQ(live.detector.counts().events, 4u);
  EXPECT_EQ(live.detector.counts().alerts, 4u);
}

TEST(LiveDetector, ThreadsAndSlicesDoNotMatter) {
  std::vector<LiveEvent> events;
  for (int i = 0; i < 5000; ++i) {
    events.push_back({i / 10.0, i % 3 == 0 ? "a" : i % 7 == 0 ? "bc" : "", std::string(1, 'a' + i % 5)});
  }
  const std::string rules =
      plain_rules() + correlation_rule(
                          "type: event_count, rules: [a], generate: true, group-by: [u], "
                          "timespan: 5s, condition: {gte: 3}");
  const auto run = [&](int threads, std::size_t size) {
    LiveDetector::Options options;
    options.threads = threads;
    LiveDetector detector(live_rules(rules), options);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < events.size(); at += size) {
      const auto batch =
          live_batch(std::span(events).subspan(at, std::min(size, events.size() - at)), at + 1);
      for (const auto& record : detector.process({&batch, 1}, kNow)) all.push_back(to_json(record));
    }
    return all;
  };
  const auto alone = run(1, 5000);
  EXPECT_GT(alone.size(), 2000u);
  EXPECT_EQ(run(4, 5000), alone);
  EXPECT_EQ(run(2, 999), alone);
  EXPECT_EQ(run(3, 17), alone);
}

TEST(LiveDetector, CorrelationsAlertWithTheEventThatCompletesThem) {
  Live live(
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {gte: 3}"));
  EXPECT_THAT(live.add({{0, "a", "j"}, {1, "a", "j"}, {1, "a", "k"}}), IsEmpty());
  EXPECT_EQ(live.detector.counts().observations, 3u);
  const auto records = live.add({{2, "ab", "j"}, {3, "a", "j"}});
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].rule_id, "rule-b");
  EXPECT_EQ(records[1].rule_id, "corr-x");
  EXPECT_EQ(records[1].correlation_type, "event_count");
  EXPECT_EQ(records[1].correlation_value, 3);
  EXPECT_EQ(records[1].group_key, "u=\"j\"");
  EXPECT_EQ(records[1].event_sequence, 4u);
  EXPECT_THAT(records[1].more_sequences, ElementsAre(1u, 2u));
  EXPECT_THAT(records[1].event_ids, SizeIs(3));
}

TEST(LiveDetector, ALateHitStandsInItsPlace) {
  const std::string rule = correlation_rule("type: temporal_ordered, rules: [a, b], timespan: 10s");
  EXPECT_THAT(Live(rule).add({{5, "b"}, {6, "a"}}), IsEmpty());
  const auto records = Live(rule).add({{5, "b"}, {4, "a"}});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].time, kStart + 5 * kSecond);
}

TEST(LiveDetector, AlertsThatWereGivenAreNotGivenAgainForLateHits) {
  Live live(correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}"));
  EXPECT_THAT(live.add({{1, "a"}, {5, "a"}, {9, "a"}}), SizeIs(1));
  EXPECT_THAT(live.add({{8, "a"}, {7, "a"}, {2, "a"}, {10, "a"}}), IsEmpty());
}

TEST(LiveDetector, HitsOlderThanTheLatenessAreCounted) {
  Live live(correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}"));
  live.add({{1000, "a"}, {1001, "a"}});
  EXPECT_EQ(live.detector.counts().late, 0u);
  live.add({{690, "a"}});  // in a window that is still held
  live.add({{0, "a"}});
  EXPECT_EQ(live.detector.counts().late, 2u);
  EXPECT_EQ(live.detector.counts().observations, 3u);
}

TEST(LiveDetector, WrongClocksDoNotStopTheOthers) {
  Live live(correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 2}"));
  const base::TimeNs now = kStart + 10 * kSecond;
  EXPECT_THAT(live.add({{1, "a"}, {1e8, "a"}, {2, "a"}}, now), SizeIs(1));
  EXPECT_EQ(live.detector.counts().dropped, 1u);
}

TEST(LiveDetector, SilenceEndsWindows) {
  Live live(
      correlation_rule("type: temporal, rules: [a, b], group-by: [u], timespan: 30s, "
                       "condition: a and not b"));
  live.add({{0, "a", "j"}, {0, "a", "k"}, {1, "b", "k"}});
  EXPECT_THAT(live.detector.idle(kNow + 5 * 60 * kSecond), IsEmpty());
  const auto records = live.detector.idle(kNow + (5 * 60 + 31) * kSecond);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].group_key, "u=\"j\"");
}

TEST(LiveDetector, ExceptionsHoldBackAndAreCounted) {
  LiveRules rules = live_rules(
      plain_rules() + correlation_rule("type: event_count, rules: [c], timespan: 10s, condition: {gte: 2}"));
  rules.exceptions = {exception_of(R"(
- {id: e1, rules: [rule-a, rule-c], reason: r, owner: o,
   condition: {s: {U|startswith: 'SVC-'}, t: {v: test}, condition: s or t}, expires: 2027-01-31}
)")};
  const base::TimeNs expires = rules.exceptions[0].expires;
  Live live(std::move(rules));
  EXPECT_THAT(live.add({{0, "a", "svc-1"}, {0, "a", "x", "Test"}}), IsEmpty());
  EXPECT_THAT(live.add({{1, "a", "joe"}, {1, "b", "svc-1"}}), SizeIs(2));
  // A hit that is excepted counts for no correlation.
  EXPECT_THAT(live.add({{2, "c", "svc-1"}, {2, "c"}}), IsEmpty());
  EXPECT_THAT(live.add({{3, "c"}}), SizeIs(1));
  EXPECT_EQ(live.detector.counts().excepted, 3u);
  EXPECT_EQ(live.state("rule-a").excepted, 2u);
  EXPECT_EQ(live.state("rule-a").hits, 3u);
  EXPECT_EQ(live.state("rule-a").alerts, 1u);
  EXPECT_THAT(live.add({{4, "a", "svc-1"}}, expires - 1), IsEmpty());
  EXPECT_THAT(live.add({{5, "a", "svc-1"}}, expires), SizeIs(1));
}

TEST(LiveDetector, ExceptionsForAllRulesAndForCorrelations) {
  LiveRules rules = live_rules(
      plain_rules() +
      correlation_rule("type: event_count, rules: [c], group-by: [u], timespan: 10s, condition: {gte: 1}"));
  rules.exceptions = {
      exception_of("[{id: e1, reason: r, owner: o, condition: {s: {u: lab}, condition: s}}]"),
      exception_of("[{id: e2, rules: [corr-x], reason: r, owner: o, condition: {s: {u: j}, condition: s}}]")};
  Live live(std::move(rules));
  EXPECT_THAT(live.add({{0, "abc", "lab"}, {1, "c", "j"}}), IsEmpty());
  EXPECT_EQ(live.state("corr-x").excepted, 1u);
  EXPECT_THAT(live.add({{2, "c", "k"}}), SizeIs(1));
}

TEST(LiveDetector, SuppressionLetsOneAlertAKeyThrough) {
  LiveRules rules = live_rules(plain_rules());
  rules.suppressions = {{"rule-a", {"u"}, 60 * kSecond}};
  Live live(std::move(rules));
  EXPECT_THAT(live.add({{0, "a", "j"}, {1, "a", "j"}, {2, "a", "k"}, {3, "b", "j"}, {4, "b", "j"}}),
              SizeIs(4));
  EXPECT_THAT(live.add({{59.9, "a", "j"}}), IsEmpty());
  const auto records = live.add({{60, "a", "j"}, {61, "a", "j"}});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].suppressed, 2u);
  EXPECT_EQ(live.detector.counts().suppressed, 3u);
  EXPECT_EQ(live.state("rule-a").suppressed, 3u);
  // It goes on after a restart.
  LiveRules again = live_rules(plain_rules());
  again.suppressions = {{"rule-a", {"u"}, 60 * kSecond}};
  Live later(std::move(again));
  ASSERT_TRUE(later.detector.restore(live.detector.snapshot()).ok());
  EXPECT_THAT(later.add({{100, "a", "j"}}), IsEmpty());
  EXPECT_EQ(later.add({{120, "a", "j"}})[0].suppressed, 2u);
}

TEST(LiveDetector, StatesTellWhatEachRuleDoes) {
  LiveRules rules =
      live_rules(plain_rules() +
                 "title: Mac\nid: mac\nlogsource: {product: macos}\ndetection: {s: {a: b}, condition: s}\n");
  rules.refused = {"bad.yml: no detection"};
  Live live(std::move(rules));
  live.add({{0, "a"}, {1, "b"}});
  EXPECT_EQ(live.state("rule-a").kind, RuleState::Kind::active);
  EXPECT_EQ(live.state("rule-a").title, "Rule a");
  EXPECT_EQ(live.state("rule-a").file, "rules.yml");
  EXPECT_EQ(live.state("rule-a").hits, 1u);
  EXPECT_EQ(live.state("rule-a").evaluations, 1u);
  EXPECT_EQ(live.state("mac").kind, RuleState::Kind::cannot_fire);
  EXPECT_THAT(live.state("mac").why, HasSubstr("macos"));
  const RuleState error = live.detector.rule_states().back();
  EXPECT_EQ(error.kind, RuleState::Kind::error);
  EXPECT_EQ(error.why, "bad.yml: no detection");
}

// Its expressions ask for no letter whose absence would answer them at once: each reads the whole value.
TEST(LiveDetector, ARuleThatCostsTooMuchIsReported) {
  std::string slow = "title: Slow\nid: slow\nlogsource: {category: case}\ndetection:\n  s:\n    v|re:\n";
  for (const char end : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    slow += "      - '(x|y)*[a-w]+(b|x+y)[" + std::string(1, end) + "-h]$'\n";
  }
  slow += "  condition: s\n";
  Live live(live_rules(plain_rules() + slow));
  const std::vector<LiveEvent> events(2'000, LiveEvent{0, "a", "", std::string(20'000, 'x')});
  // Measurements during which the machine did something else are left out, so there may have to be more.
  std::uint64_t added = 0;
  for (int round = 0; round < 200 && !live.state("slow").costly; ++round, added += events.size()) {
    live.add(events);
  }
  EXPECT_TRUE(live.state("slow").costly);
  EXPECT_GT(live.state("slow").cost_ns, live.state("rule-a").cost_ns);
  EXPECT_EQ(live.state("slow").evaluations, added);
  EXPECT_FALSE(live.state("rule-a").costly);
}

TEST(LiveDetector, RulesAreSwappedBetweenBatchesAndSameWindowsGoOn) {
  const std::string kept =
      correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}", "kept");
  const auto changed = [](int count) {
    return correlation_rule(
        "type: event_count, rules: [b], timespan: 60s, condition: {gte: " + std::to_string(count) + "}",
        "changed");
  };
  Live live(kept + changed(3));
  live.add({{0, "ab"}, {1, "ab"}});
  live.detector.replace(live_rules(plain_rules() + changed(2) + kept));
  const auto records = live.add({{2, "ab"}});
  ASSERT_THAT(records, SizeIs(1));  // of `changed` this is the first hit
  EXPECT_EQ(records[0].rule_id, "corr-kept");
  EXPECT_EQ(live.state("rule-a").hits, 3u);
  EXPECT_EQ(live.detector.counts().observations, 4u);
  live.detector.replace(live_rules(plain_rules()));
  live.detector.idle(kNow);
  EXPECT_EQ(live.detector.counts().observations, 0u);
  EXPECT_THAT(live.add({{3, "a"}}), SizeIs(1));
}

TEST(LiveDetector, RulesMayBeReplacedWhileEventsAreProcessed) {
  Live live(correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}"));
  const std::string rules =
      plain_rules() + correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}");
  std::thread reloader([&] {
    for (int i = 0; i < 20; ++i) {
      live.detector.replace(live_rules(rules));
      live.detector.rule_states();
    }
  });
  std::uint64_t alerts = 0;
  for (int i = 0; i < 300; ++i)
    alerts += live.add({{i * 61.0, "a"}, {i * 61.0, "a"}, {i * 61.0, "a"}}).size();
  reloader.join();
  EXPECT_EQ(alerts, 300u);
}

TEST(LiveDetector, DamagedStatesAreRefusedAndLeaveItAsNew) {
  const std::string rule =
      correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 2}");
  Live live(rule);
  live.add({{0, "a"}});
  const std::string state = live.detector.snapshot();
  for (std::size_t i = 0; i < state.size(); ++i) {
    std::string damaged = state;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    for (const std::string& bytes : {damaged, state.substr(0, i)}) {
      const base::Status status = live.detector.restore(bytes);
      ASSERT_FALSE(status.ok());
      EXPECT_EQ(status.error().code, base::ErrorCode::corrupt);
    }
  }
  EXPECT_EQ(live.detector.counts().observations, 0u);
  EXPECT_THAT(live.add({{1, "a"}}), IsEmpty());
  ASSERT_TRUE(live.detector.restore(state).ok());
  EXPECT_THAT(live.add({{1, "a"}}), SizeIs(1));
}

TEST(LiveDetector, AStateOfOtherRulesIsTakenAsFarAsItFits) {
  Live live(correlation_rule("type: event_count, rules: [a], timespan: 60s, condition: {gte: 2}"));
  live.add({{0, "a"}});
  Live other(correlation_rule("type: event_count, rules: [a], timespan: 61s, condition: {gte: 2}"));
  ASSERT_TRUE(other.detector.restore(live.detector.snapshot()).ok());
  EXPECT_THAT(other.add({{1, "a"}}), IsEmpty());
}

TEST(LiveDetector, DisorderInABigGroupIsBornInLinearTime) {
  Live live(
      correlation_rule("type: value_count, rules: [a], timespan: 300s, condition: {field: v, gte: 100}"));
  std::vector<LiveEvent> events;
  for (int i = 0; i < 30'000; ++i)
    events.push_back({(i - (i % 2) * 1999) / 1000.0, "a", "", std::to_string(i % 9)});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(live.add(events), IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(LiveDetector, LimitsHold) {
  LiveDetector::Options options;
  options.limits.max_observations = 100;
  Live live(live_rules(plain_rules() + correlation_rule("type: event_count, rules: [a], group-by: [u], "
                                                        "timespan: 60s, condition: {gte: 2}")),
            options);
  std::vector<LiveEvent> events;
  for (int i = 0; i < 150; ++i) events.push_back({0, "a", std::to_string(i)});
  live.add(events);
  EXPECT_EQ(live.detector.counts().observations, 100u);
  EXPECT_EQ(live.detector.counts().dropped, 50u);
  // Once they are over there is room again.
  live.add({{1000, ""}});
  std::vector<LiveEvent> more(20'000, LiveEvent{1000, "a", "z"});
  live.add(more);
  EXPECT_LE(live.detector.counts().observations, 100u);
}

TEST(LiveDetector, ManyHitsAreSavedAndTakenUpAgain) {
  const std::string rule =
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 600s, condition: {gte: 21}");
  Live live(rule);
  std::vector<LiveEvent> events;
  for (int i = 0; i < 20'000; ++i) events.push_back({i / 1000.0, "a", std::to_string(i % 1000)});
  EXPECT_THAT(live.add(events), IsEmpty());
  const std::string state = live.detector.snapshot();
  EXPECT_LT(state.size(), 20'000u * 80);
  Live again(rule);
  ASSERT_TRUE(again.detector.restore(state).ok());
  EXPECT_EQ(again.detector.counts().observations, 20'000u);
  EXPECT_THAT(again.add({{21, "a", "7"}}), SizeIs(1));
}

}  // namespace
}  // namespace vedette::detect::live_test
