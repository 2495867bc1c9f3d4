// Applies the value transformations of a modifier chain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sigma/document.hpp"
#include "sigma/modifiers.hpp"
#include "sigma/value_pattern.hpp"

namespace vedette::detect::sigma {

// Rewrites the alternatives of one value; `node` is the author's value. False: refused, with a diagnostic.
bool apply_transform(Transform transform, std::vector<Pattern>& alternatives, const base::YamlNode& node,
                     DocumentContext& context);

// A regular expression with its placeholders replaced by alternations of literal values. nullopt if one has
// none (a placeholder that is not defined at all is noted in the context).
std::optional<std::string> expand_regex(std::string_view pattern, const base::YamlNode& node,
                                        DocumentContext& context);

}  // namespace vedette::detect::sigma
