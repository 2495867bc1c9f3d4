// Sigma's condition language: tokens, precedence parser, and the tree it gives.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::detect::sigma {

// A condition over numbered names (selections, or the rules of a correlation).
struct Expression {
  enum class Kind { name, all_of, any_of, negation } kind = Kind::name;
  std::size_t name = 0;              // Kind::name: index into the names given to the parser
  std::vector<Expression> children;  // negation: one
};

inline constexpr int kMaxConditionDepth = 64;
inline constexpr std::size_t kMaxConditionTerms = 10'000;

// `not` binds tighter than `and`, which binds tighter than `or`. Quantifiers ("1 of", "any of", "all of",
// before a name, a pattern or `them`) are expanded over `names`; those that start with _ are only meant by
// patterns that do, too. nullopt: refused, with a diagnostic. `what` says what a name is ("selection").
std::optional<Expression> parse_condition(const base::YamlNode& text, std::span<const std::string_view> names,
                                          std::string_view what, Reporter& report);

// Whether `name` fits `pattern`, in which * stands for any text.
bool fits(std::string_view name, std::string_view pattern);

// Counts how often each name is used; `uses` has an entry for each.
void count_uses(const Expression& expression, std::span<std::size_t> uses);

bool has_negation(const Expression& expression);

}  // namespace vedette::detect::sigma
