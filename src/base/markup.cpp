#include "vedette/base/markup.hpp"

#include "vedette/base/text.hpp"

namespace vedette::base {

void append_html(std::string& out, std::string_view text) {
  for (const char c : escape_control(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace vedette::base
