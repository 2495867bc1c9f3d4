// What the parts of the loader share while they read one document.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect::sigma {

inline constexpr std::size_t kMaxPredicates = 200'000;  // in one rule

inline constexpr std::size_t kMaxRegexInstructions = 5'000'000;  // in one file

struct DocumentContext {
  Reporter& report;
  const Placeholders& placeholders;
  std::size_t& regex_instructions;  // of the whole file so far
  std::size_t predicates = 0;       // made so far
  std::string missing_placeholder;  // the first that has no values
  base::SourceSpan missing_span;

  // Accounts for predicates about to be made; reports and answers false past the bound.
  bool reserve(std::size_t count, base::SourceSpan at) {
    predicates += count;
    if (predicates <= kMaxPredicates) return true;
    if (!report.failed()) {
      report.error(at, "rule-too-large", "the rule expands to more than 200000 tests",
                   "split it, or put the values into a regular expression");
    }
    return false;
  }
};

// A rule named by another document.
struct Reference {
  std::string name;  // id or name, as written
  base::SourceSpan span;
};

struct ParsedCorrelation {
  CorrelationRule rule;  // without rules and aliases
  std::vector<Reference> references;
  struct Alias {
    std::string name;
    std::vector<std::pair<Reference, std::string>> fields;  // rule and its field
  };
  std::vector<Alias> aliases;
  bool generate = false;
  base::SourceSpan span;
};

struct ParsedFilter {
  std::shared_ptr<const model::RuleInfo> info;
  std::vector<Reference> references;  // empty: any rule of the log source
  model::Predicate condition;
  std::size_t predicates = 0;
};

// The documents of one file, each list in the order of the file.
struct ParsedFile {
  std::vector<Rule> rules;
  std::vector<ParsedCorrelation> correlations;
  std::vector<ParsedFilter> filters;
  std::vector<std::string> refused_names;  // ids and names of refused documents
  std::size_t documents = 0;
  std::size_t refused = 0;
  base::Diagnostics diagnostics;
};

}  // namespace vedette::detect::sigma
