// RuleBundle: a set of rules with all that working by it needs: swapped whole.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "live/correlation_plan.hpp"
#include "live/exception_filter.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::detect {

// Written by the thread that processes, read by any.
struct RuleCounters {
  enum Kind : std::uint8_t { hits, alerts, suppressed, excepted, evaluations, cost_ns, kinds };
  std::array<std::atomic<std::uint64_t>, kinds> values{};

  void add(Kind kind, std::uint64_t n = 1) { values[kind].store(get(kind) + n, std::memory_order_relaxed); }
  std::uint64_t get(Kind kind) const { return values[kind].load(std::memory_order_relaxed); }
};

struct RuleBundle {
  RuleBundle(LiveRules live_rules, base::TimeNs lateness, std::size_t workers);

  struct Worker {
    Worker(const RuleBundle& bundle)
        : detector(*bundle.rules.engine), matcher(bundle.filter), costs(bundle.rule_count()) {
      detector.measure(costs);
    }
    Detector detector;
    ExceptionFilter::Matcher matcher;
    RuleCosts costs;
  };

  std::size_t rule_count() const { return rules.engine->rules().rules.size(); }
  const RuleSet& set() const { return rules.engine->rules(); }
  // Compiles what the log sources that `old` has met will need.
  void prepare_like(const RuleBundle& old) const;
  // Says which counters of `old` go on here: those of rules with the same id.
  void find_same(const RuleBundle& old);
  // Takes them over; `old` is the bundle that find_same saw, or nothing is taken.
  void take_counters(const RuleBundle& old);

  std::uint64_t evaluations(std::uint32_t rule) const;
  std::uint64_t cost_ns(std::uint32_t rule) const;
  // Whether the rule takes too much of what detection with these rules has taken.
  bool costly(std::uint32_t rule) const;
  std::vector<RuleState> states() const;

  const LiveRules rules;
  const std::shared_ptr<const CorrelationPlan> plan;
  const ExceptionFilter filter;
  std::vector<std::unique_ptr<Worker>> workers;  // one a thread
  ExceptionFilter::Matcher correlation_matcher;
  std::vector<RuleCounters> of_rule, of_correlation;

 private:
  const RuleBundle* seen_ = nullptr;                        // by find_same
  std::vector<std::int64_t> same_rule_, same_correlation_;  // index in the other bundle, or -1
};

}  // namespace vedette::detect
