// The modifier chain of a detection item's key ("CommandLine|contains|all").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::detect::sigma {

// A rewriting of the value; they apply in the order written.
enum class Transform {
  contains,
  starts_with,
  ends_with,
  windash,
  base64,
  base64_offset,
  utf16le,
  utf16be,
  utf16,
  expand
};

// How the value is compared.
enum class Comparison { pattern, regex, cidr, exists, number, field, time };

struct ModifierChain {
  std::string_view field;    // empty for keywords
  std::string_view written;  // "contains|all"
  std::vector<Transform> transforms;
  Comparison comparison = Comparison::pattern;
  bool all = false;
  bool cased = false;
  bool negated = false;
  model::MatchOp number_op = model::MatchOp::equals;  // Comparison::number and time
  model::RegexFlags regex;
  model::TimePart part = model::TimePart::none;

  bool has(Transform transform) const;
};

// Reads the key; views point into it. Reports an unknown modifier and every combination that has no meaning.
std::optional<ModifierChain> parse_key(const base::YamlNode& key, Reporter& report);

}  // namespace vedette::detect::sigma
