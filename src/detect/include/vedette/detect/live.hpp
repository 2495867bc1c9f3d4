// Live detection: rules over the stream, with suppression, exceptions, counters, and state that can be
// saved and taken up again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::detect {

// An allow list: hits (or alerts of correlations) of these rules whose event meets the condition are not
// alerted, count for no correlation, and are counted as excepted.
struct Exception {
  std::string id;
  std::vector<std::string> rules;  // rule ids; empty: all rules
  model::Predicate condition;      // over the event; matched as the condition of a rule is
  std::string reason, owner;       // both must be given
  base::TimeNs expires = 0;        // in time of the clock; 0: never
};
// A YAML file of exceptions: a list of {id, rules, condition (a Sigma detection), reason, owner, expires}. A
// faulty one is left out with an error (docs/live-detection.md).
std::vector<Exception> read_exceptions(std::string_view yaml, std::string_view file,
                                       base::Diagnostics& diagnostics);

// At most one alert a rule, key and window; those held back are counted in the next one that leaves.
struct Suppression {
  std::string rule;                 // id
  std::vector<std::string> fields;  // the key: values of these; empty: the rule alone
  base::TimeNs window = 0;          // of event time
};
// A YAML file: a list of {rule, fields, window}; a faulty one is left out with an error.
std::vector<Suppression> read_suppressions(std::string_view yaml, std::string_view file,
                                           base::Diagnostics& diagnostics);

struct RuleState {
  enum class Kind : std::uint8_t { active, cannot_fire, error, disabled };
  std::string id, title, file;
  std::shared_ptr<const model::RuleInfo> info;  // null for error
  model::Level level = model::Level::medium;
  Kind kind = Kind::active;
  std::string why;  // of cannot_fire and error
  std::uint64_t hits = 0, alerts = 0, suppressed = 0, excepted = 0;
  std::uint64_t evaluations = 0;  // events on which the rule was a candidate and evaluated
  std::uint64_t cost_ns = 0;      // spent on evaluating it (sampled and scaled up)
  bool costly = false;            // more than kCostlyShare of all detection time, and 1 us an event
};
// "active", "cannot_fire", "error", "disabled".
std::string_view rule_state_name(RuleState::Kind kind);
inline constexpr double kCostlyShare = 0.2;

// One set of rules with what belongs to it, compiled. Immutable; swapped whole on a reload.
struct LiveRules {
  std::shared_ptr<const Engine> engine;
  std::vector<Exception> exceptions;
  std::vector<Suppression> suppressions;
  std::vector<std::string> refused;  // documents that could not be loaded, with the reason
  // Switched off. Those that correlations need are in the engine all the same, without alerts of their own.
  std::vector<std::shared_ptr<const model::RuleInfo>> disabled;
};

// Detection of one partition of the stream. Batches are given in order by one thread, worked on by `threads`
// of its own, and their alerts come back in order: the same events give the same alerts whatever the number
// of threads, the sizes of batches, and wherever the work was broken off and taken up again.
//
// Correlations slide in event time as events arrive. A hit up to `lateness` older than the newest hit of its
// correlation is put in its place; an older one takes part only in windows still held, and is counted as
// late. Over a stream in order of time the alerts are those of Correlator::finish over the same events. What
// only the end of a window decides is judged `lateness` after it. Exactly: docs/live-detection.md.
class LiveDetector {
 public:
  struct Options {
    int threads = 1;
    base::TimeNs lateness = 5LL * 60 * base::kNsPerSecond;
    CorrelatorLimits limits;
  };
  LiveDetector(LiveRules rules, const Options& options);
  ~LiveDetector();

  // Alerts of these batches, in order of events, then rules; those of correlations after the event that
  // completed them. `now` is the clock (detected times, expiry of exceptions).
  std::vector<model::AlertRecord> process(std::span<const std::shared_ptr<const model::EventBatch>> batches,
                                          base::TimeNs now);
  // Conditions that a window must have passed for (upper bounds, "not"): what has become due although no
  // event came, if the stream has been silent for `lateness` since the last process (or, after restore, since
  // the first idle).
  std::vector<model::AlertRecord> idle(base::TimeNs now);

  // The next batch meets the new rules. Windows of correlations that are the same in both (by id and
  // definition) go on; so do counters of rules, by id. For any thread, also during process: all that takes
  // long (programs for the log sources met so far, destruction of the old rules) is done by this one or in
  // the background, and process only swaps.
  void replace(LiveRules rules);

  // State of windows and suppressions: bytes for restore() (corrupt: of another version or damaged; the
  // detector is then as new). Between calls of process only.
  std::string snapshot() const;
  base::Status restore(std::string_view bytes);

  // Thread safe.
  std::vector<RuleState> rule_states() const;
  struct Counts {
    std::uint64_t events = 0, alerts = 0, late = 0, dropped = 0, suppressed = 0, excepted = 0;
    std::uint64_t observations = 0;  // held by windows
  };
  Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::detect
