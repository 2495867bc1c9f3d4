// Which tests must hold for a rule to match: the key to evaluating few rules per event.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/program.hpp"

namespace vedette::detect {

// A set of indexed tests (scan, exact or guard) such that the condition below `root` can hold only if at
// least one of them holds; the set expected to be met by the fewest events. Nothing if there is no such set
// (the condition may hold on a field's absence, say). An empty set: the condition never holds.
std::optional<std::vector<TestId>> required_tests(const Program& program, std::uint32_t root);

}  // namespace vedette::detect
