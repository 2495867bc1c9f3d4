// The meaning of model::Predicate in its plainest form: slow, and simple enough to be read for correctness.
// It is the oracle that the matching engine is compared with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/model/event.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::test {

bool holds(const model::Predicate& predicate, const model::Event& event);

// The value under the name a rule uses: the exact name; else one that differs in ASCII case or in blanks
// only.
const model::Value* find_field(const model::Event& event, std::string_view name);

// Whether the canonical wildcard `pattern` covers the whole of `text`, code point by code point.
bool covers(std::string_view pattern, std::string_view text);

}  // namespace vedette::test
