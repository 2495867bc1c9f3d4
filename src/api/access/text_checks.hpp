// What names and other short texts of access must be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vedette/api/access.hpp"

namespace vedette::api::access {

// UTF-8 of `least` to `most` bytes, without control characters, characters that change the direction of text,
// and blanks at the ends.
std::optional<Refusal> check_text(std::string_view field, std::string_view text, std::size_t least,
                                  std::size_t most);

}  // namespace vedette::api::access
