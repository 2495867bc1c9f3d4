// Cases beside rules: events that must, and must not, make a rule fire. Their form: content/rules/README.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/model/event.hpp"

namespace vedette::node {

// A case: its records (events as JSON, or raw lines), and whether the rule must fire on them.
struct RuleCase {
  std::string name;
  base::SourceSpan span;
  bool matches = true;
  std::vector<std::string> records;
};

// The cases beside a rule file; none if it has none. Faults of the file are added to `diagnostics`.
std::vector<RuleCase> read_rule_cases(const std::string& rule_file, base::Diagnostics& diagnostics);

struct CaseFailure {
  std::string file;
  base::SourceSpan span;
  std::string name;
  std::string message;  // "should match, but did not"
};

struct CaseReport {
  std::size_t rules = 0;  // rule files
  std::size_t without_cases = 0;
  std::size_t cases = 0;
  std::vector<CaseFailure> failures;
  base::Diagnostics diagnostics;  // faults in the case files and the rules
};

// Runs <rule>.cases.yml of every rule file below the folder. Each rule file is tested alone, with the
// mappings and log sources of the binary.
CaseReport run_rule_cases(const std::string& folder);

// Events of a text in any format, parsed and mapped as scan does. Batches keep the events alive.
std::vector<std::shared_ptr<const model::EventBatch>> normalize_text(const std::string& text,
                                                                     std::string_view path);

}  // namespace vedette::node
