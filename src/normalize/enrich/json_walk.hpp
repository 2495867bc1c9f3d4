// The members of large JSON texts one by one, without a tree of the whole.
#pragma once

#include <string_view>

namespace vedette::normalize::json {

// Moves `at` from the start of a value to behind it; brackets and quotes are matched, nothing else is
// checked. False if the text ends before. Linear, any depth.
bool skip_value(std::string_view text, std::size_t& at);
void skip_space(std::string_view text, std::size_t& at);
// Moves `at`, at an opening quote, behind the closing one.
bool skip_string(std::string_view text, std::size_t& at);

// `text` is an object: visit(name, value text) for each member; names are not unescaped. False where the text
// breaks off or is no object.
template <typename Visit>
bool for_each_member(std::string_view text, const Visit& visit) {
  std::size_t at = 0;
  skip_space(text, at);
  if (at == text.size() || text[at++] != '{') return false;
  for (;;) {
    skip_space(text, at);
    if (at == text.size()) return false;
    if (text[at] == '}') return true;
    const std::size_t name_from = at + 1;
    if (text[at] != '"' || !skip_string(text, at)) return false;
    const std::string_view name = text.substr(name_from, at - 1 - name_from);
    skip_space(text, at);
    if (at == text.size() || text[at++] != ':') return false;
    skip_space(text, at);
    const std::size_t from = at;
    if (!skip_value(text, at)) return false;
    visit(name, text.substr(from, at - from));
    skip_space(text, at);
    if (at < text.size() && text[at] == ',') ++at;
  }
}

// `text` is an array: visit(element text) for each element.
template <typename Visit>
bool for_each_element(std::string_view text, const Visit& visit) {
  std::size_t at = 0;
  skip_space(text, at);
  if (at == text.size() || text[at++] != '[') return false;
  for (;;) {
    skip_space(text, at);
    if (at == text.size()) return false;
    if (text[at] == ']') return true;
    const std::size_t from = at;
    if (!skip_value(text, at)) return false;
    visit(text.substr(from, at - from));
    skip_space(text, at);
    if (at < text.size() && text[at] == ',') ++at;
  }
}

}  // namespace vedette::normalize::json
