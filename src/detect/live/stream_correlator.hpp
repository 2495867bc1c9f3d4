// StreamCorrelator: all correlations over a stream of hits, event by event.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "live/correlation_plan.hpp"
#include "live/live_correlation.hpp"
#include "vedette/base/result.hpp"

namespace vedette::detect {

struct StreamAlert {
  std::uint32_t correlation = 0;  // index into the rule set
  model::Alert alert;
  std::vector<std::uint64_t> sequences;  // of the events that took part, at most 100
};

// Not thread safe. Alerts are a function of the sequence of events and hits given (and of the rules at each).
class StreamCorrelator {
 public:
  StreamCorrelator(base::TimeNs lateness, const CorrelatorLimits& limits);

  // Windows of correlations with the same fingerprint go on; the others are handed out, to be destroyed by
  // whom it does not hold up.
  std::vector<std::unique_ptr<LiveCorrelation>> set_plan(std::shared_ptr<const CorrelationPlan> plan);
  const CorrelationPlan& plan() const { return *plan_; }
  bool wants(std::uint32_t rule) const { return !plan_->uses.of_rule[rule].empty(); }
  // Times after it do not move the stream on, and hits there are dropped: wrong clocks of senders.
  void set_now(base::TimeNs now);

  // An event, whether it has hits or not; then its hits; then finish_event().
  void begin_event(base::TimeNs time, std::vector<StreamAlert>& alerts);
  void add_hit(const model::EventBatch& batch, const RuleHit& hit, const std::string& event_id);
  void finish_event(std::vector<StreamAlert>& alerts);

  // No event came for so long: does what would be done if one came after it.
  void pass_silence(base::TimeNs silence, std::vector<StreamAlert>& alerts);

  const StreamUsage& usage() const { return usage_; }
  base::TimeNs latest() const { return latest_; }

  // As new, with the same rules.
  void clear();
  void write(StateWriter& out) const;
  // False if the bytes make no sense; the state is then to be thrown away.
  bool read(StateReader& in);

 private:
  std::unique_ptr<LiveCorrelation> make(const PlannedCorrelation& planned);
  void report(const LiveCorrelation& correlation, const Finding& finding);
  void run_due();
  void deliver();
  void take(std::uint32_t correlation, Observation observation);
  void note_due(std::uint32_t correlation);
  bool has_room(const Observation& observation);
  std::shared_ptr<const model::EventBatch> keep_event(const model::EventBatch& batch, std::uint32_t row);

  const base::TimeNs lateness_;
  const CorrelatorLimits limits_;
  std::shared_ptr<const CorrelationPlan> plan_;
  StreamUsage usage_;
  std::vector<std::unique_ptr<LiveCorrelation>> correlations_;  // as in the plan
  // Hits and inner alerts on their way, by rank of the correlation.
  std::map<std::uint32_t, std::vector<Observation>> incoming_;
  // The next thing to do of each correlation that has one: time and rank.
  std::set<std::pair<base::TimeNs, std::uint32_t>> due_;
  std::vector<std::optional<base::TimeNs>> noted_due_;  // what due_ holds, by correlation
  base::TimeNs latest_ = INT64_MIN;
  base::TimeNs reached_ = INT64_MIN;  // latest_, or before it while what is due is caught up with
  base::TimeNs future_ = INT64_MAX;
  std::size_t sweep_at_;
  std::shared_ptr<std::atomic<std::size_t>> event_bytes_;  // of the copies that live
  std::vector<StreamAlert>* alerts_ = nullptr;             // where they go during a call
};

}  // namespace vedette::detect
