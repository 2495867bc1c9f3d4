// The Sigma semantics suite: cases of tests/sigma/*.yml, and how an evaluator runs them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/detect/rule_set.hpp"
#include "vedette/model/event.hpp"

namespace vedette::test {

// One entry of a case file. A case states what loading reports, which events match, or how many alerts there
// are.
//   item          numbers of the statements it shows (docs/sigma.md lists them)
//   rule          one or more documents; without a logsource the runner puts a head before them
//   placeholders  values for |expand
//   lint          load with style warnings
//   error, warn   diagnostic codes that must be reported (and, without them, none)
//   cannot_fire   the rule is loaded but known never to match
//   events        maps; "@timestamp" sets the event time, "@at" does in seconds after 2026-02-01T00:00:00Z
//   match         for each event whether a rule that raises alerts matches it
//   alerts        how many alerts all events together raise, in their order, correlations included
//   needs         what the evaluator must be able to do: "routing" (log source to events)
struct SigmaCase {
  std::string file;
  std::uint32_t line = 0;
  std::vector<int> items;
  std::string name;
  std::string rule;
  detect::Placeholders placeholders;
  bool lint = false;
  std::vector<std::string> errors, warnings;
  bool cannot_fire = false;
  std::shared_ptr<const model::EventBatch> events;  // null if the case has none
  std::vector<bool> match;
  int alerts = -1;
  std::string needs;
};

// Reads every case below `folder`; `problem` is set if a file is malformed.
std::vector<SigmaCase> read_sigma_cases(const std::string& folder, std::string& problem);

struct SigmaEvaluator {
  std::string name;
  using Match = std::function<std::vector<bool>(const detect::RuleSet&, const model::EventBatch&)>;
  // For each event, whether any rule with `alerts` matches it, whatever the log sources.
  Match match;
  // The number of alerts; may be empty.
  std::function<int(const detect::RuleSet&, const std::shared_ptr<const model::EventBatch>&)> count_alerts;
  // The same by log source, for cases that need routing; the events are as a shipper sends them. May be
  // empty.
  Match match_routed;
};

SigmaEvaluator naive_sigma_evaluator();

// Loads the rule and compares with what the case states; answers with the differences, one a line, or empty.
std::string run_sigma_case(const SigmaCase& sigma_case, const SigmaEvaluator& evaluator);

}  // namespace vedette::test
