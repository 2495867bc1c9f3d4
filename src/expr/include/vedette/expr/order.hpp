// The order of values of mixed kinds (model::SortKey), in which stores and queries sort.
#pragma once

#include <compare>

#include "vedette/model/value.hpp"

namespace vedette::expr {

// Of integers and reals: by value, exactly (an int64 is not rounded to a double); NaN is below all numbers.
std::weak_ordering compare_numbers(const model::Value& a, const model::Value& b);
// null < booleans < numbers < texts; a list stands where null does.
std::weak_ordering compare_values(const model::Value& a, const model::Value& b);

}  // namespace vedette::expr
