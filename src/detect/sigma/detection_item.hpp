// One "field|modifiers: values" of a selection, or one keyword, as a predicate.
#pragma once

#include <optional>

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

// nullopt: refused, with a diagnostic.
std::optional<model::Predicate> build_item(const base::YamlNode& key, const base::YamlNode& value,
                                           DocumentContext& context);
std::optional<model::Predicate> build_keyword(const base::YamlNode& value, DocumentContext& context);

}  // namespace vedette::detect::sigma
