// What AlertStatistics remembers.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "histogram.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::report {

struct EntityCount {
  std::uint64_t total = 0;
  LevelCounts levels{};
  std::vector<const model::RuleInfo*> rules;  // distinct, at most kMaxRules
  static constexpr std::size_t kMaxRules = 64;
};

// Counts by name. Names come from logs, so there may be any number: past kMaxNames the rarer half is
// forgotten, and frequent names survive with a count that may be too low.
class EntityTable {
 public:
  static constexpr std::size_t kMaxNames = 50'000;
  struct Row {
    std::string_view name;
    const EntityCount* count;
  };

  void add(const std::string& name, const model::RuleInfo* rule);
  // The most frequent `limit` names; equal counts by severity, then by name.
  std::vector<Row> top(std::size_t limit) const;
  std::size_t names() const { return counts_.size(); }
  bool forgot_some() const { return forgot_some_; }

 private:
  std::unordered_map<std::string, EntityCount> counts_;
  bool forgot_some_ = false;
};

struct RuleCount {
  std::shared_ptr<const model::RuleInfo> rule;
  std::uint64_t total = 0;
  base::TimeNs first = 0, last = 0;  // 0: no alert had a time
};

// What the page tells of one alert: a copy, so that no batch is held.
struct AlertDetail {
  std::shared_ptr<const model::RuleInfo> rule;
  std::uint64_t nth_of_rule = 0, ordinal = 0;
  std::string id, path, host, user, source, key_match;
  base::TimeNs time = 0;
  std::uint64_t position = 0;
  std::vector<model::Match> matches;
  std::size_t matches_left_out = 0;
  std::shared_ptr<const model::CorrelationResult> correlation;
  std::vector<std::pair<std::string_view, std::string>> fields;  // sorted by name
  std::size_t fields_left_out = 0;
};

inline constexpr std::size_t kMaxDetailValueBytes = 2048;
inline constexpr std::size_t kMaxDetailFields = 60;
inline constexpr std::size_t kMaxDetailEventBytes = 24 * 1024;  // of the values of one event
inline constexpr std::size_t kMaxDetailMatches = 24;

struct AlertStatistics::State {
  std::size_t max_details = 0;
  std::uint64_t total = 0, without_time = 0;
  LevelCounts levels{};
  base::TimeNs first = 0, last = 0;  // of the alerts with a time
  std::unordered_map<const model::RuleInfo*, RuleCount> rules;
  EntityTable hosts, users, sources;
  TimeHistogram histogram;
  std::vector<AlertDetail> details;  // a heap, the least wanted on top

  // Most frequent first.
  std::vector<const RuleCount*> top_rules(std::size_t limit) const;
};

}  // namespace vedette::report
