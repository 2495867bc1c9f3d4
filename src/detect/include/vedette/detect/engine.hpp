// The detection engine: rules compiled for matching, and the matcher that runs them over batches.
#pragma once

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

 private:
  friend class Detector;
  struct State;
  std::unique_ptr<State> state_;
};

// Runs an Engine over batches. One per thread; keeps buffers and per-thread tables.
class Detector {
 public:
  explicit Detector(const Engine& engine);
  ~Detector();
  Detector(Detector&&) noexcept;

  // Appends the hits of all rules on all rows, in the order of rows and, within a row, of rules.
  void run(const model::EventBatch& batch, std::vector<RuleHit>& hits);

  // The evaluation of one rule on one event as an indented tree of text: each selection and test, whether it
  // held, and the value it saw. Says so when the log source does not agree.
  std::string explain(std::uint32_t rule, const model::Event& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::detect
