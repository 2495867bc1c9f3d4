// Sigma correlations (specification 2.1): windows over the hits of rules, in event time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "vedette/detect/engine.hpp"

namespace vedette::detect {

struct CorrelatorLimits {
  std::size_t max_observations = 20'000'000;       // hits held; more are dropped and counted
  std::size_t max_observation_bytes = 4ULL << 30;  // of the hits held, without events; likewise
  std::size_t max_event_bytes =
      256u << 20;  // copies of events for alerts; past it alerts carry only group fields
  std::size_t max_window_observations = 100'000;  // of one group; the oldest leave first
};

// Collects hits and correlates them all at the end, sorted by event time, so that no hit is late however the
// files are ordered and whichever thread found it. Windows slide and are inclusive at both ends; after an
// alert its group stays quiet for one timespan. A condition of upper bounds or with a "not" is judged when a
// window has passed, if it did within the log; the next hit begins another. Hits without an event time, or
// without a group-by field, do not take part (the former are counted).
class Correlator {
 public:
  explicit Correlator(const Engine& engine, CorrelatorLimits limits = {});
  ~Correlator();

  // Whether hits of the rule are of use.
  bool wants(std::uint32_t rule) const;
  // Thread safe.
  void add(const model::EventBatch& batch, const RuleHit& hit, const std::string& event_id);

  // Tells that the log reaches at least to this event time: windows that ended before it can be judged.
  // Thread safe.
  void advance(base::TimeNs time);

  // Runs all correlations, inner ones first. Alerts are in the order of correlations and time. Call once.
  std::vector<model::Alert> finish();

  std::uint64_t dropped() const;  // beyond the limits
  std::uint64_t without_time() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 128-bit ids as hex. The same rule over the same event (path and position) has the same id in every run.
std::string event_id(const model::Event& event);
std::string alert_id(const model::RuleInfo& rule, std::string_view event_id);

}  // namespace vedette::detect
