// The detection engine: rules compiled for matching, and the matcher that runs them over batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vedette/detect/rule_set.hpp"
#include "vedette/detect/taxonomy.hpp"
#include "vedette/model/alert.hpp"
#include "vedette/model/event.hpp"

namespace vedette::detect {

// A rule that matched an event.
struct RuleHit {
  std::uint32_t rule = 0;  // index into RuleSet::rules
  std::uint32_t row = 0;   // of the batch
  std::vector<model::Match> matches;
  // Values of Engine::captured(rule), parallel to it; nothing where the event lacks the field.
  std::vector<std::optional<std::string>> captures;
};

// The rule set, routed by log source. Immutable for its users and thread safe: the programs (what is to be
// done with the events of one combination of log sources) are compiled when the first such event arrives,
// behind a lock.
class Engine {
 public:
  Engine(RuleSet rules, Taxonomy taxonomy);
  ~Engine();

  const RuleSet& rules() const;
  const Taxonomy& taxonomy() const;
  // Names of the fields that correlations over the rule group by or compute with.
  const std::vector<std::string>& captured(std::uint32_t rule) const;
  // Why a rule can never fire, or empty: what the loader found, or that no known source provides its log
  // source.
  std::string cannot_fire(std::uint32_t rule) const;
  std::string correlation_cannot_fire(std::uint32_t correlation) const;

  // Compiles the programs for the combinations of log sources that `old` has met, so that this engine can
  // take its place without a pause. Takes as long as that needs; both may be in use meanwhile.
  void prepare_like(const Engine& old) const;

 private:
  friend class Detector;
  struct State;
  std::unique_ptr<State> state_;
};

// What evaluating rules took, by rule. One detector counts; any thread may read.
class RuleCosts {
 public:
  // One event in so many is timed.
  static constexpr std::uint32_t kSampleEvery = 64;

  explicit RuleCosts(std::size_t rules) : rules_(rules) {}

  std::uint64_t evaluations(std::uint32_t rule) const { return rules_[rule].evaluations.load(kRelaxed); }
  std::uint64_t sampled_ns(std::uint32_t rule) const { return rules_[rule].sampled_ns.load(kRelaxed); }
  // Of the timed events: how many, and all that detection spent on them.
  std::uint64_t sampled_events() const { return sampled_events_.load(kRelaxed); }
  std::uint64_t sampled_ns() const { return sampled_ns_.load(kRelaxed); }

  void count(std::uint32_t rule) { add(rules_[rule].evaluations, 1); }
  void time(std::uint32_t rule, std::uint64_t ns) { add(rules_[rule].sampled_ns, ns); }
  void time_event(std::uint64_t ns) {
    add(sampled_events_, 1);
    add(sampled_ns_, ns);
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  // With one writer this needs no locked instruction.
  static void add(std::atomic<std::uint64_t>& to, std::uint64_t n) {
    to.store(to.load(kRelaxed) + n, kRelaxed);
  }
  struct Rule {
    std::atomic<std::uint64_t> evaluations{0}, sampled_ns{0};
  };
  std::vector<Rule> rules_;
  std::atomic<std::uint64_t> sampled_events_{0}, sampled_ns_{0};
};

// Runs an Engine over batches. One per thread; keeps buffers and per-thread tables.
class Detector {
 public:
  explicit Detector(const Engine& engine);
  ~Detector();
  Detector(Detector&&) noexcept;

  // Appends the hits of all rules on all rows, in the order of rows and, within a row, of rules.
  void run(const model::EventBatch& batch, std::vector<RuleHit>& hits);
  // The same for the rows from `first` to before `last`.
  void run(const model::EventBatch& batch, std::uint32_t first, std::uint32_t last,
           std::vector<RuleHit>& hits);
  // Counts from now on; `costs` has room for all rules of the engine and outlives the detector.
  void measure(RuleCosts& costs);

  // The evaluation of one rule on one event as an indented tree of text: each selection and test, whether it
  // held, and the value it saw. Says so when the log source does not agree.
  std::string explain(std::uint32_t rule, const model::Event& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::detect
