// Which parts of a value made a rule's pattern match.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "vedette/model/alert.hpp"

namespace vedette::report::html {

// Byte ranges [first, end) of match.value, ascending and disjoint; empty if they cannot be told (regular
// expressions, encoded patterns).
std::vector<std::pair<std::size_t, std::size_t>> highlights(const model::Match& match);

}  // namespace vedette::report::html
