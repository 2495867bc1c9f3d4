#include "vedette/expr/words.hpp"

namespace vedette::expr {
namespace {

// Whether the words from `at` on are wanted[1], wanted[2], ...
bool continues(std::string_view text, std::size_t at, const std::vector<std::string>& wanted) {
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    while (at < text.size() && !is_word_byte(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (text.substr(begin, at - begin) != wanted[i]) return false;
  }
  return true;
}

}  // namespace

bool holds_words(std::string_view text, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return false;
  const std::string_view first = wanted[0];
  for (std::size_t at = text.find(first); at != std::string_view::npos; at = text.find(first, at + 1)) {
    const std::size_t end = at + first.size();
    if (at > 0 && is_word_byte(text[at - 1])) continue;
    if (end < text.size() && is_word_byte(text[end])) continue;
    if (continues(text, end, wanted)) return true;
  }
  return false;
}

}  // namespace vedette::expr
