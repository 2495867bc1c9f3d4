// Sigma rules as loaded: plain data, before they are compiled for matching (engine.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/predicate.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::detect {

// A detection rule. Filters (Sigma meta rules) are already part of the condition.
struct Rule {
  std::shared_ptr<const model::RuleInfo> info;
  model::Predicate condition;
  bool alerts = true;       // false: used by correlations only (generate: false)
  std::string cannot_fire;  // why it never can, found at load (an undefined placeholder, a condition that is
                            // constantly false); empty if it may
  base::SourceSpan cannot_fire_span;
};

enum class CorrelationType : std::uint8_t {
  event_count,
  value_count,
  temporal,
  temporal_ordered,
  value_sum,
  value_avg,
  value_percentile,
  value_median,
};
std::string_view correlation_type_name(CorrelationType type);

// Bounds that must all hold, e.g. gt 1 and lte 5.
struct CountCondition {
  std::optional<double> gt, gte, lt, lte, eq, neq;
  bool holds(double value) const;
  bool only_upper_bounds() const;  // true for pure lt/lte/neq: judged when the window closes
};

// Reference to a rule or another correlation: index into RuleSet::rules or RuleSet::correlations.
struct RuleRef {
  enum class Kind : std::uint8_t { rule, correlation } kind = Kind::rule;
  std::uint32_t index = 0;
};

struct CorrelationRule {
  std::shared_ptr<const model::RuleInfo> info;
  CorrelationType type = CorrelationType::event_count;
  std::vector<RuleRef> rules;
  std::vector<std::string> rule_names;  // as written, parallel to `rules`
  std::vector<std::string> group_by;    // field names or alias names
  // alias -> per referenced rule (parallel to `rules`) the field name; empty: the rule does not provide it.
  std::map<std::string, std::vector<std::string>> aliases;
  base::TimeNs timespan = 0;
  CountCondition condition;
  std::vector<std::string> value_fields;  // condition.field of value_* types
  double percentile = 50;                 // value_percentile
  // temporal types with a boolean condition over rule names ("a and not b"): leaves are FieldTests whose
  // `field` is the rule name and whose op is exists. Kind::always when the plain "all of them" or a count
  // condition applies.
  model::Predicate rule_condition;
  bool alerts = true;  // false: only used by another correlation with generate: false
  std::string cannot_fire;

  // The event field that `name` (a field or an alias) means in the events of rules[member].
  std::string field_of(const std::string& name, std::size_t member) const {
    const auto alias = aliases.find(name);
    return alias == aliases.end() ? name : alias->second[member];
  }
};

struct RuleSet {
  std::vector<Rule> rules;
  std::vector<CorrelationRule> correlations;
  std::size_t documents = 0;      // rules, correlations and filters read
  std::size_t filters = 0;        // filters among them
  std::size_t refused = 0;        // documents that could not be loaded (each has an error in `diagnostics`)
  base::Diagnostics diagnostics;  // errors and lint warnings, in file order
};

// Values for |expand placeholders: name (without %) to values, each of which may hold wildcards.
using Placeholders = std::map<std::string, std::vector<std::string>, std::less<>>;
// A file of "name: value" or "name: [values]" in YAML.
Placeholders read_placeholders(std::string_view yaml, std::string_view file, base::Diagnostics& diagnostics);

struct RuleFile {
  std::string name;  // path, for diagnostics and RuleInfo::file
  std::string text;
};

struct LoadOptions {
  Placeholders placeholders;
  bool lint = false;  // also report style warnings (missing id, unknown tag, unused selection, ...)
};

// Loads every document of every file: rules, correlations, filters (specification 2.1). References are
// resolved over the whole set. A document that cannot be loaded is refused with a diagnostic; the others
// load. `threads` parse.
RuleSet load_rules(const std::vector<RuleFile>& files, const LoadOptions& options, int threads = 1);

}  // namespace vedette::detect
