// Correlations over a stream against those of a scan.
#include <numeric>

#include "live_events.hpp"
#include "vedette/detect/correlator.hpp"

namespace vedette::detect::live_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Manner {
  std::size_t batch = 1;  // events; 0: any, at random
  int threads = 1;
  bool restart = false;  // at every batch border
  base::TimeNs lateness = 5 * base::kNsPerSecond;
  bool silence = true;  // after the last event
};

std::vector<model::AlertRecord> run_live(const std::string& rules, std::span<const LiveEvent> events,
                                         const Manner& run, std::mt19937& random) {
  LiveDetector::Options options;
  options.threads = run.threads;
  options.lateness = run.lateness;
  auto detector = std::make_unique<LiveDetector>(live_rules(rules), options);
  std::vector<model::AlertRecord> records;
  const auto add = [&](std::vector<model::AlertRecord> more) {
    std::move(more.begin(), more.end(), std::back_inserter(records));
  };
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t size = std::min(run.batch ? run.batch : 1 + random() % 700, events.size() - at);
    const auto first = live_batch(events.subspan(at, size / 2), at + 1);
    const auto second = live_batch(events.subspan(at + size / 2, size - size / 2), at + size / 2 + 1);
    const std::shared_ptr<const model::EventBatch> batches[] = {first, second};
    add(detector->process(batches, kNow));
    at += size;
    if (!run.restart) continue;
    const std::string state = detector->snapshot();
    detector = std::make_unique<LiveDetector>(live_rules(rules), options);
    const base::Status status = detector->restore(state);
    EXPECT_TRUE(status.ok());
  }
  if (run.silence) {
    add(detector->idle(kNow));
    add(detector->idle(kNow + run.lateness));
  }
  return records;
}

std::vector<std::string> run_scan(const std::string& rules, std::span<const LiveEvent> events) {
  const auto engine = live_engine(rules);
  Correlator correlator(*engine);
  std::vector<RuleHit> hits;
  const auto batch = live_batch(events);
  Detector(*engine).run(*batch, hits);
  for (std::size_t row = 0; row < batch->size(); ++row) correlator.advance((*batch)[row].time());
  for (const RuleHit& hit : hits) {
    if (correlator.wants(hit.rule)) correlator.add(*batch, hit, event_id((*batch)[hit.row]));
  }
  std::vector<std::string> ids;
  for (const model::Alert& alert : correlator.finish()) ids.push_back(alert.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Of correlations.
std::vector<std::string> sorted_ids(std::vector<model::AlertRecord> records) {
  std::erase_if(records, [](const model::AlertRecord& record) { return record.correlation_type.empty(); });
  std::vector<std::string> ids = ids_of(records);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Correlations whose alerts do not depend on the order of hits of one time.
const std::vector<std::string>& monotone_rules() {
  static const std::vector<std::string> kRules = {
      correlation_rule("type: event_count, rules: [a, b], group-by: [u], timespan: 10s, condition: {gte: 4}"),
      correlation_rule("type: event_count, rules: [a, a], timespan: 3s, condition: {gt: 5}"),
      correlation_rule("type: value_count, rules: [a], group-by: [u], timespan: 20s, "
                       "condition: {field: v, gte: 4}"),
      correlation_rule("type: temporal, rules: [a, b, c], group-by: [u], timespan: 4s"),
      correlation_rule("type: temporal, rules: [a, a, b], group-by: [u], timespan: 4s"),
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {lte: 2}"),
      correlation_rule("type: value_count, rules: [a, c], group-by: [u], timespan: 15s, "
                       "condition: {field: v, lt: 3}"),
      correlation_rule("type: temporal, rules: [a, b], group-by: [u], timespan: 8s, condition: a and not b"),
      correlation_rule("type: value_sum, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {field: v, lte: 3}"),
      // Alerts over alerts: of what is found at once, and of what only the end of a window tells.
      correlation_rule("type: event_count, rules: [a], group-by: [u, v], timespan: 10s, condition: {gte: 2}",
                       "inner") +
          correlation_rule("type: value_count, rules: [inner], group-by: [u], timespan: 60s, "
                           "condition: {field: v, gte: 2}"),
      correlation_rule("type: event_count, rules: [a], group-by: [u, v], timespan: 10s, condition: {lte: 2}",
                       "inner") +
          correlation_rule("type: temporal, rules: [inner, b], group-by: [u], timespan: 20s", "middle") +
          correlation_rule("type: event_count, rules: [middle], group-by: [u], timespan: 300s, "
                           "condition: {gte: 3}"),
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 5s, condition: {lt: 2}",
                       "inner") +
          correlation_rule("type: temporal, rules: [inner, b], group-by: [u], timespan: 20s, "
                           "condition: inner and not b"),
  };
  return kRules;
}

// Those for which it may matter.
const std::vector<std::string>& other_rules() {
  static const std::vector<std::string> kRules = {
      correlation_rule("type: temporal_ordered, rules: [a, b], group-by: [u], timespan: 3s"),
      correlation_rule("type: temporal_ordered, rules: [a, b, a, c], group-by: [u], timespan: 9s"),
      correlation_rule("type: temporal_ordered, rules: [a, a, a], group-by: [u], timespan: 4s"),
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {eq: 4}"),
      correlation_rule("type: value_sum, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {field: v, gte: 12, lt: 30}"),
      correlation_rule("type: value_avg, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {field: v, gt: 3.4}"),
      correlation_rule("type: value_percentile, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {field: v, percentile: 75, gte: 4}"),
      correlation_rule("type: value_median, rules: [a], group-by: [u], timespan: 10s, "
                       "condition: {field: v, gt: 3}"),
      correlation_rule("type: event_count, rules: [a], group-by: [u], timespan: 2s, condition: {gte: 2}",
                       "inner") +
          correlation_rule("type: temporal_ordered, rules: [inner, c], group-by: [u], timespan: 10s"),
  };
  return kRules;
}

// `step`: at most so many tenths of a second between two events; 0 among them means ties.
std::vector<LiveEvent> random_events(std::mt19937& random, int count, int least_step, int step) {
  std::vector<LiveEvent> events;
  int tenths = 0;
  for (int i = 0; i < count; ++i) {
    tenths += least_step + static_cast<int>(random() % static_cast<unsigned>(step));
    if (random() % 50 == 0) tenths += static_cast<int>(random() % 400);
    std::string r;
    for (const char name : {'a', 'b', 'c'}) {
      if (random() % 2) r += name;
    }
    events.push_back({tenths / 10.0, r, std::string(1, static_cast<char>('p' + random() % 3)),
                      std::to_string(random() % 6)});
  }
  return events;
}

class LiveStream : public testing::TestWithParam<unsigned> {};

TEST_P(LiveStream, EqualsTheScanOverAStreamInOrder) {
  std::mt19937 random(GetParam());
  std::size_t found = 0;
  for (const bool ties : {true, false}) {
    for (const std::string& rule : ties ? monotone_rules() : other_rules()) {
      const std::string rules = plain_rules() + rule;
      const auto events = random_events(random, 400, ties ? 0 : 1, 8);
      const auto expected = run_scan(rules, events);
      found += expected.size();
      for (const Manner& run :
           {Manner{.batch = 1}, Manner{.batch = 1, .restart = true},
            Manner{.batch = 7, .threads = 2, .restart = true}, Manner{.batch = 0, .threads = 3},
            Manner{.batch = 0, .restart = true, .lateness = 0},
            Manner{.batch = 400, .threads = 2, .lateness = 60 * base::kNsPerSecond}}) {
        ASSERT_EQ(sorted_ids(run_live(rules, events, run, random)), expected)
            << rule << " seed " << GetParam() << " batch " << run.batch << " restart " << run.restart
            << " lateness " << run.lateness;
      }
    }
  }
  EXPECT_GT(found, 300u);
}

// Moves events back by at most `by` seconds, seen from the newest before them.
std::vector<LiveEvent> shuffled(std::mt19937& random, std::vector<LiveEvent> events, double by) {
  std::vector<std::pair<double, LiveEvent>> keyed;
  for (const LiveEvent& event : events) {
    const double delay = random() % 3 == 0 ? by * static_cast<double>(random() % 1000) / 1000 : 0;
    keyed.emplace_back(event.at + delay, event);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < events.size(); ++i) events[i] = keyed[i].second;
  return events;
}

// Judged at the end of a window, hits out of order make no difference within the lateness.
TEST_P(LiveStream, WhatIsJudgedAtTheEndBearsDisorder) {
  std::mt19937 random(GetParam());
  for (const std::string& rule : monotone_rules()) {
    if (rule.find("lt") == std::string::npos && rule.find("not") == std::string::npos) continue;
    const std::string rules = plain_rules() + rule;
    const auto events = random_events(random, 400, 0, 8);
    const auto expected = run_scan(rules, events);
    const auto moved = shuffled(random, events, 5);
    for (const Manner& run : {Manner{.batch = 1, .restart = true}, Manner{.batch = 50, .threads = 2}}) {
      // Positions differ, so ids of events do; those of alerts are made of times and groups.
      ASSERT_EQ(sorted_ids(run_live(rules, moved, run, random)), expected) << rule << " seed " << GetParam();
    }
  }
}

// The same for any batches, threads and restarts; and near every alert of the sorted stream there is one.
TEST_P(LiveStream, DisorderChangesNothingBetweenRunsAndHidesNothing) {
  std::mt19937 random(GetParam());
  std::vector<std::string> all = monotone_rules();
  all.insert(all.end(), other_rules().begin(), other_rules().end());
  for (const std::string& rule : all) {
    const std::string rules = plain_rules() + rule;
    const auto moved = shuffled(random, random_events(random, 400, 0, 8), 4);
    const auto alone = ids_of(run_live(rules, moved, {.batch = 1}, random));
    for (const Manner& run :
         {Manner{.batch = 1, .restart = true}, Manner{.batch = 0, .threads = 3, .restart = true},
          Manner{.batch = 400, .threads = 2}}) {
      ASSERT_EQ(ids_of(run_live(rules, moved, run, random)), alone) << rule << " seed " << GetParam();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveStream, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace vedette::detect::live_test
