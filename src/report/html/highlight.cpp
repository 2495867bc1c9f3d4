#include "html/highlight.hpp"

#include <algorithm>
#include <string>

#include "vedette/base/text.hpp"

namespace vedette::report::html {
namespace {

bool has_modifier(std::string_view modifiers, std::string_view wanted) {
  for (const std::string_view modifier : base::split(modifiers, '|')) {
    if (modifier == wanted) return true;
  }
  return false;
}

// The literal parts of a Sigma pattern: split at * and ?, with \*, \? and \\ resolved.
std::vector<std::string> literals(std::string_view pattern) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
      parts.back() += next;
      ++i;
    } else if (c == '*' || c == '?') {
      if (!parts.back().empty()) parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> highlights(const model::Match& match) {
  for (const std::string_view opaque : {"re", "base64", "base64offset", "utf16", "wide", "fieldref", "neq"}) {
    if (has_modifier(match.modifier, opaque)) return {};
  }
  for (const std::string_view whole : {"cidr", "lt", "lte", "gt", "gte", "exists"}) {
    if (has_modifier(match.modifier, whole)) return {{0, match.value.size()}};
  }
  std::vector<std::pair<std::size_t, std::size_t>> found;
  const std::string value = base::to_lower_ascii(match.value);
  const std::vector<std::string> parts = literals(base::to_lower_ascii(match.pattern));
  std::size_t from = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool at_end = i + 1 == parts.size() && has_modifier(match.modifier, "endswith");
    const std::size_t at = at_end ? value.rfind(parts[i]) : value.find(parts[i], from);
    if (at == std::string::npos || at < from) return {};
    from = at + parts[i].size();
    found.emplace_back(at, from);
  }
  return found;
}

}  // namespace vedette::report::html
