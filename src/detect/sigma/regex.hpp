// Regular expressions of rules: what is accepted.
#pragma once

#include <string>
#include <string_view>

#include "vedette/model/predicate.hpp"

namespace vedette::detect::sigma {

// Empty if RE2 takes the pattern within our bounds, else why not. Adds the size of its program to
// `instructions`.
std::string check_regex(std::string_view pattern, const model::RegexFlags& flags, std::size_t& instructions);

// The pattern that matches `text` itself.
std::string quote_regex(std::string_view text);

}  // namespace vedette::detect::sigma
