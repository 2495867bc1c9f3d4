// Window: the sliding window of one group of one correlation.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "correlation/observation.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {

// What made a correlation's condition hold.
struct Finding {
  double value = 0;
  std::vector<const Observation*> evidence;  // ascending in time; at least one
};

// Observations come in the order of time; they must outlive the window.
class Window {
 public:
  Window(const CorrelationRule& rule, std::size_t max_observations);

  // The finding that this observation completes, if any. `closed` is called before for a window that had to
  // be over before its condition could be judged.
  std::optional<Finding> add(const Observation& observation);
  // For conditions that only the end of a window decides (an upper bound, a "not"): what the window that
  // began first says once `now` is past it.
  std::optional<Finding> close(base::TimeNs now);

 private:
  void evict(base::TimeNs now);
  std::optional<Finding> judge() const;
  std::optional<double> measure() const;
  bool members_agree(const model::Predicate& condition) const;
  std::optional<Finding> advance_sequence(const Observation& observation);

  const CorrelationRule& rule_;
  const std::size_t max_observations_;
  const bool at_close_;
  std::deque<const Observation*> observations_;
  std::map<std::string, std::size_t> distinct_;  // value_count: occurrences by value
  std::vector<std::size_t> members_;             // occurrences by member
  double sum_ = 0;                               // value_sum, value_avg
  std::size_t numbers_ = 0;
  // temporal_ordered: by step, the chain that reached it and began last.
  std::vector<std::vector<const Observation*>> chains_;
  base::TimeNs quiet_until_ = INT64_MIN;
};

}  // namespace vedette::detect
