// UTF-16LE to UTF-8, straight into an arena.
#pragma once

#include <string_view>

#include "vedette/base/arena.hpp"

namespace vedette::normalize::evtx {

// Unpaired surrogates become U+FFFD; an odd last byte is ignored. ASCII runs 16 characters at a time.
std::string_view utf16_to_utf8(std::string_view bytes, base::Arena& arena);

// Bytes of a Windows-1252 text. The five bytes without a character become U+FFFD.
std::string_view windows_1252_to_utf8(std::string_view bytes, base::Arena& arena);

}  // namespace vedette::normalize::evtx
