// From hostile text to HTML.
#pragma once

#include <string>
#include <string_view>

namespace vedette::base {

// For text and quoted attributes: & < > " ' become entities; control characters, characters that turn the
// direction of text, and bytes that are not UTF-8 become visible escapes.
void append_html(std::string& out, std::string_view text);

}  // namespace vedette::base
