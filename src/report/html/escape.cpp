#include "html/escape.hpp"

#include "vedette/base/markup.hpp"

namespace vedette::report::html {

void append_text(std::string& out, std::string_view text) {
  base::append_html(out, text);
}

std::string escaped(std::string_view text) {
  std::string out;
  append_text(out, text);
  return out;
}

void append_lines(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\n\t");
    append_text(out, text.substr(0, end));
    if (end == std::string_view::npos) return;
    // A carriage return before a line feed has been escaped visibly; that is what the log holds.
    out += text[end];
    text.remove_prefix(end + 1);
  }
}

}  // namespace vedette::report::html
