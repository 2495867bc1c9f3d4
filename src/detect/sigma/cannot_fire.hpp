// Finds conditions that no event can meet. Sound, not complete: what it reports is certain.
#pragma once

#include <string>

#include "vedette/base/diagnostic.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::detect::sigma {

// Why the predicate never holds (one clause), or empty; `where` is set to the test that shows it.
// Selections of the same name are taken to be the same.
std::string why_never(const model::Predicate& predicate, base::SourceSpan& where);

}  // namespace vedette::detect::sigma
