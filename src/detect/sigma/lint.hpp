// Style warnings about what a rule detects; metadata.hpp has those about its head.
#pragma once

#include "sigma/modifiers.hpp"
#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::detect::sigma {

void lint_values(const ModifierChain& chain, const base::YamlNode& key, const base::YamlNode& value,
                 Reporter& report);

// Equalities on one field that must all hold with different values.
void lint_conflicts(const model::Predicate& condition, Reporter& report);

}  // namespace vedette::detect::sigma
