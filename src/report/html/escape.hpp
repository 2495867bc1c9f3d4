// From hostile text to HTML.
#pragma once

#include <string>
#include <string_view>

namespace vedette::report::html {

// As base::append_html.
void append_text(std::string& out, std::string_view text);
std::string escaped(std::string_view text);
// The same, but line feeds and tabs stay (for text shown with its white space).
void append_lines(std::string& out, std::string_view text);

}  // namespace vedette::report::html
