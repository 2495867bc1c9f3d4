// Patterns of Lucene as RE2 patterns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::query::es {

enum class AnyChar : std::uint8_t { any, of_word };  // what "." may be

// A Lucene regular expression, not anchored. The operators @ & < > ~ # (optional operators ALL) are refused;
// ^ and $ are literal, as there.
base::Result<std::string> translate_regexp(std::string_view pattern, AnyChar any);
// A wildcard pattern over one word.
std::string regex_of_wildcard(std::string_view pattern);

}  // namespace vedette::query::es
