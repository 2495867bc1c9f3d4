// A group of alerts: one rule, one key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/alert_record.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::detect {

inline constexpr std::size_t kMaxGroupSamples = 100;

// Adding alerts in any order gives the same group.
struct AlertGroup {
  struct Sample {
    base::TimeNs time = 0;
    std::string id;
    auto operator<=>(const Sample&) const = default;
  };
  std::string id;
  std::string tenant;  // empty: the default one
  std::string rule_id, group_key;
  std::string rule_title;  // these three of the latest alert
  std::vector<std::string> techniques, tactics;
  model::Level level = model::Level::informational;  // the highest, as the risk
  int risk_score = 0;
  base::TimeNs first_seen = 0, last_seen = 0;
  std::uint64_t count = 0;
  std::uint64_t suppressed = 0;  // alerts that its alerts stand for, besides themselves
  std::vector<Sample> samples;   // the latest alerts, latest first
  std::string status = "open";
  std::string other_members;  // of the document, written by others: `,"name":value` each
  std::uint64_t version = 0;  // of its record; 0: not kept yet

  void add(const model::AlertRecord& alert, const std::string& alert_id);
};

std::string alert_group_id(const model::AlertRecord& alert, std::string_view tenant);
ports::RecordWrite group_write(const AlertGroup& group);
// A document that cannot be read must not stop the stream: what the columns say goes on.
AlertGroup read_group(const ports::StoredRecord& record);

// Text as a column takes it: UTF-8 without NUL, at most 1 KiB.
std::string column_text(std::string_view text);

}  // namespace vedette::detect
