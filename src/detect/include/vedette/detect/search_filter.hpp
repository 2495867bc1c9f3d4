// Rules as a search: the predicate that finds the events worth running them on.
#pragma once

#include <string>
#include <vector>

#include "vedette/detect/rule_set.hpp"
#include "vedette/detect/taxonomy.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::detect {

// A predicate over stored fields that holds for every event that any rule of the set matches, and for as few
// others as can be told from field tests: log sources, negations, composed fields and comparisons between
// fields are left to the engine. `known_fields` are the names that stored events have.
model::Predicate search_filter(const RuleSet& rules, const Taxonomy& taxonomy,
                               const std::vector<std::string>& known_fields);

}  // namespace vedette::detect
