// What an exception would have hidden: stored alerts whose events meet its condition, and incidents that
// would not have been without them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rest/call.hpp"
#include "vedette/detect/taxonomy.hpp"
#include "vedette/model/predicate.hpp"
#include "vedette/model/search.hpp"

namespace vedette::api::rule_group {

struct ExceptionTrial {
  const ports::RecordStore* records = nullptr;
  std::shared_ptr<const ports::LogStore> events;  // that the caller sees: alerts of others do not count
  model::Predicate condition;
  detect::Taxonomy taxonomy;
  std::vector<std::string> rules;  // empty: all
  model::TimeRange range;          // of the alerts' events
  std::string tenant;
  bool with_incidents = false;  // the caller may see incidents
};

inline constexpr std::size_t kMaxTrialMembers = 50'000;    // of incidents
inline constexpr std::size_t kMaxTrialIncidents = 10'000;  // that lose a member
// At most kMaxTrialAlerts alerts are looked at, oldest first; the result says if there were more.
inline constexpr std::uint64_t kMaxTrialAlerts = 100'000;
Reply run_trial(const ExceptionTrial& trial, const JobProgress& progress);

}  // namespace vedette::api::rule_group
