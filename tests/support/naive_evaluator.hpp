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

// The value under the name a rule uses: the exact name; else one that differs in case only; else one that
// differs in case and blanks. Of several, the one whose name is first in the order of bytes.
const model::Value* find_field(const model::Event& event, std::string_view name);

// Whether the canonical wildcard `pattern` covers the whole of `text`, code point by code point (a byte
// that is no valid UTF-8 counts as one).
bool covers(std::string_view pattern, std::string_view text);

}  // namespace vedette::test
