// Words: how text is cut for free-text search. A word is a maximal run of ASCII letters, digits and '_', and
// of all bytes of code points beyond ASCII. Words compare in folded form (base::folded).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::expr {

constexpr bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

template <typename Visit>  // Visit(std::string_view word)
void for_each_word(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && !is_word_byte(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (at > begin) visit(text.substr(begin, at - begin));
  }
}

inline std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for_each_word(text, [&](std::string_view word) { words.push_back(word); });
  return words;
}

// Whether the words of `text` (both already folded) hold `wanted` in a row. False if `wanted` is empty.
bool holds_words(std::string_view text, const std::vector<std::string>& wanted);

}  // namespace vedette::expr
