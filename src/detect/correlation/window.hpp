// Window: the sliding window of one group of one correlation.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "correlation/observation.hpp"
#include "correlation/sliding.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {

// What made a correlation's condition hold.
struct Finding {
  double value = 0;
  std::vector<const Observation*> evidence;  // ascending in time; at least one
};

// Whether two references name the same rule.
inline bool same(const RuleRef& a, const RuleRef& b) {
  return a.kind == b.kind && a.index == b.index;
}

// Far times must not overflow.
inline base::TimeNs later(base::TimeNs time, base::TimeNs by) {
  return time > INT64_MAX - by ? INT64_MAX : time + by;
}
inline base::TimeNs earlier(base::TimeNs time, base::TimeNs by) {
  return time < INT64_MIN + by ? INT64_MIN : time - by;
}

// Whether only the end of a window decides the rule's condition (an upper bound, a "not").
bool judged_at_close(const CorrelationRule& rule);

// Observations come in the order of time; they must outlive the window. A rule that a temporal correlation
// lists n times asks for n of its hits.
class Window {
 public:
  Window(const CorrelationRule& rule, std::size_t max_observations);

  // The finding that this observation completes, if any; for one timespan after a finding there is no other.
  std::optional<Finding> add(const Observation& observation);
  // The same for callers who keep track of the quiet time themselves: `judged` is false within it.
  std::optional<Finding> take(const Observation& observation, bool judged);
  // For conditions that only the end of a window decides (an upper bound, a "not"): what the window that
  // began first says once `now` is past it.
  std::optional<Finding> close(base::TimeNs now);
  // The last instant of the window that is open, if there is one and its end decides.
  std::optional<base::TimeNs> end() const;
  base::TimeNs start() const { return start_; }
  // Takes up a window again: what it holds was taken anew, but it began at `start`.
  void set_start(base::TimeNs start) { start_ = start; }
  // The caller drops observations before `time`; no observation will come that they could matter to.
  void forget_before(base::TimeNs time);

 private:
  struct Held {
    const Observation* observation;
    std::optional<double> number;  // value_sum and the other types that compute
  };
  using Chain = std::vector<const Observation*>;
  // temporal_ordered: chains that reached a step. Among those that end with other events than `latest`, the
  // last one serves where `latest` has used an event already.
  struct Step {
    Chain latest, other;
  };

  void evict(base::TimeNs now);
  void add_number(Held& held);
  void remove_first();
  bool was_met(std::size_t member) const { return members_[member] > twins_[member]; }
  bool serves(const Chain& chain, const Observation& observation) const;
  std::optional<Finding> judge() const;
  std::optional<double> measure() const;
  bool members_agree(const model::Predicate& condition) const;
  std::optional<Finding> advance_sequence(const Observation& observation);

  const CorrelationRule& rule_;
  const std::size_t max_observations_;
  const bool at_close_;
  base::TimeNs start_ = 0;  // of what is held, even if the first has left
  std::deque<Held> observations_;
  std::map<std::string, std::size_t> distinct_;  // value_count: occurrences by value
  std::vector<std::size_t> members_;             // occurrences by member
  std::vector<std::size_t> twins_;  // temporal types, by member: how many members before it are the same rule
  std::size_t numbers_ = 0;
  SlidingSum sum_;                           // value_sum, value_avg
  SlidingPercentile percentile_;             // value_percentile, value_median
  std::vector<Step> chains_;                 // temporal_ordered, by step
  std::optional<base::TimeNs> quiet_until_;  // inclusive
};

}  // namespace vedette::detect
