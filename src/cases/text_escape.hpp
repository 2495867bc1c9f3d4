// From hostile text to the markups that this module writes.
#pragma once

#include <string>
#include <string_view>

namespace vedette::cases {

// As base::append_html.
std::string html_escaped(std::string_view text);
// Line feeds and tabs stay.
std::string html_lines(std::string_view text);

// One line of CommonMark, also within a cell of a table: every character that could begin markup is escaped.
std::string markdown_escaped(std::string_view text);

// One line for JSON and plain text: control characters become blanks, invalid bytes U+FFFD, characters that
// turn the direction of text are left out.
std::string plain_line(std::string_view text);

// At most `most` bytes, cut between characters, with "..." if it was cut.
std::string cut_text(std::string_view text, std::size_t most);

bool is_web_url(std::string_view url);  // http or https, without blanks, quotes and controls

}  // namespace vedette::cases
