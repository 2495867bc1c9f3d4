#include "enrich/json_walk.hpp"

#include "vedette/base/text.hpp"

namespace vedette::normalize::json {

void skip_space(std::string_view text, std::size_t& at) {
  while (at < text.size() && base::is_space(text[at])) ++at;
}

bool skip_string(std::string_view text, std::size_t& at) {
  for (++at; at < text.size(); ++at) {
    at = text.find_first_of("\"\\", at);
    if (at == text.npos) break;
    if (text[at] == '"') {
      ++at;
      return true;
    }
    ++at;
  }
  at = text.size();
  return false;
}

bool skip_value(std::string_view text, std::size_t& at) {
  std::size_t depth = 0;
  const std::size_t start = at;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      if (!skip_string(text, at)) return false;
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
      continue;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at > start;
      --depth;
      ++at;
    } else if (depth == 0) {
      while (at < text.size() && text[at] != ',' && text[at] != '}' && text[at] != ']' &&
             !base::is_space(text[at])) {
        ++at;
      }
      return at > start;
    } else {
      ++at;
      continue;
    }
    if (depth == 0) return true;
  }
  return false;
}

}  // namespace vedette::normalize::json
