#include "text_escape.hpp"

#include <algorithm>

#include "vedette/base/markup.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

bool turns_direction(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f ||
         c == 0x061c;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  base::append_html(out, text);
  return out;
}

std::string html_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\n\t");
    std::string_view part = text.substr(0, end);
    if (part.ends_with('\r')) part.remove_suffix(1);
    base::append_html(out, part);
    if (end == std::string_view::npos) break;
    out += text[end];
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string markdown_escaped(std::string_view text) {
  // escape_control writes backslashes of its own, which are to be seen as well.
  constexpr std::string_view kMarkup = "\\`*_{}[]()#+-.!|<>~$^=&:@\"'";
  std::string out;
  for (const char c : base::escape_control(text)) {
    if (kMarkup.find(c) != std::string_view::npos) {
      if (c == '<') {
        out += "&lt;";
        continue;
      }
      if (c == '>') {
        out += "&gt;";
        continue;
      }
      if (c == '&') {
        out += "&amp;";
        continue;
      }
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string plain_line(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = base::decode_utf8(text, at);
    if (turns_direction(c)) continue;
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
    base::append_utf8(out, control ? U' ' : c);
  }
  return out;
}

std::string cut_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return std::string(base::utf8_prefix(text, most > 3 ? most - 3 : 0)) + "...";
}

bool is_web_url(std::string_view url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
  return url.size() <= 2048 && std::all_of(url.begin(), url.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
                  std::string_view("\"'<>`\\|{}^").find(c) == std::string_view::npos;
         });
}

}  // namespace vedette::cases
