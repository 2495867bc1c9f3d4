// A literal that every match of a regular expression must hold, found without running it.
#pragma once

#include <string>
#include <string_view>

namespace vedette::expr {

// The longest run of plain characters at the top level of `pattern` (outside groups, classes and
// alternations, and not optional), or empty when none is certain. Conservative: it may miss one, it never
// invents one.
std::string required_literal(std::string_view pattern);

}  // namespace vedette::expr
