// Events, rules and runs for the tests of live detection.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vedette/detect/live.hpp"

namespace vedette::detect::live_test {

inline constexpr base::TimeNs kStart = 1'769'904'000 * base::kNsPerSecond;
inline constexpr base::TimeNs kNow = kStart + 1'000'000 * base::kNsPerSecond;

// Rules a, b and c (with ids rule-a, ...) match {r: a} and so on; they alert only where `generate` says so.
inline std::string plain_rules() {
  std::string text;
  for (const char name : {'a', 'b', 'c'}) {
    const std::string n(1, name);
    text += "title: Rule " + n + "\nid: rule-" + n + "\nname: " + n +
            "\nlevel: high\nlogsource: {category: case}\ndetection:\n  s: {r: " + n +
            "}\n  condition: s\n---\n";
  }
  return text;
}

inline std::string correlation_rule(std::string_view body, std::string_view name = "x") {
  return "title: Correlation " + std::string(name) + "\nid: corr-" + std::string(name) +
         "\nname: " + std::string(name) + "\nlevel: high\ncorrelation: {" + std::string(body) + "}\n---\n";
}

struct LiveEvent {
  double at = 0;  // seconds after kStart
  std::string r = {};
  std::string u = {}, v = {};
};

inline std::shared_ptr<const model::EventBatch> live_batch(std::span<const LiveEvent> events,
                                                           std::uint64_t first_sequence = 1) {
  model::BatchBuilder batch(std::make_shared<model::Source>(model::Source{"live.log"}));
  for (std::size_t i = 0; i < events.size(); ++i) {
    batch.begin_row(first_sequence + i);
    batch.set_time(kStart + static_cast<base::TimeNs>(events[i].at * 1e9));
    batch.set_sequence(first_sequence + i);
    for (const char rule : events[i].r) batch.add_copy(model::intern("r"), std::string(1, rule));
    if (!events[i].u.empty()) batch.add_copy(model::intern("u"), events[i].u);
    if (!events[i].v.empty()) batch.add_copy(model::intern("v"), events[i].v);
    batch.end_row();
  }
  return batch.finish();
}

inline std::shared_ptr<const Engine> live_engine(const std::string& rules) {
  RuleSet set = load_rules({{"rules.yml", rules}}, {});
  EXPECT_THAT(set.diagnostics, testing::IsEmpty());
  return std::make_shared<Engine>(std::move(set), Taxonomy{{{{"case", "", ""}, {{}}}}, {}});
}

inline LiveRules live_rules(const std::string& rules) {
  return {live_engine(rules), {}, {}, {}, {}};
}

inline std::vector<std::string> ids_of(const std::vector<model::AlertRecord>& records) {
  std::vector<std::string> ids;
  for (const model::AlertRecord& record : records) ids.push_back(record.id);
  return ids;
}

}  // namespace vedette::detect::live_test
