#include "sigma/value_pattern.hpp"

#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

constexpr bool is_special(char c) {
  return c == '*' || c == '?' || c == '\\';
}
constexpr bool is_name_char(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '.';
}

// The name of a placeholder that starts at raw[at] == '%', or empty.
std::string_view placeholder_at(std::string_view raw, std::size_t at) {
  std::size_t end = at + 1;
  while (end < raw.size() && is_name_char(raw[end])) ++end;
  if (end == at + 1 || end >= raw.size() || raw[end] != '%') return {};
  return raw.substr(at + 1, end - at - 1);
}

bool has_inner_wildcard(std::string_view canonical) {
  for (std::size_t at = 0; at < canonical.size(); ++at) {
    if (canonical[at] == '\\') {
      ++at;
    } else if (canonical[at] == '*' || canonical[at] == '?') {
      return true;
    }
  }
  return false;
}

std::string unescaped(std::string_view canonical) {
  std::string out;
  out.reserve(canonical.size());
  for (std::size_t at = 0; at < canonical.size(); ++at) {
    if (canonical[at] == '\\' && at + 1 < canonical.size()) ++at;
    out.push_back(canonical[at]);
  }
  return out;
}

}  // namespace

bool Pattern::ends_with_star() const {
  if (text.empty() || text.back() != '*') return false;
  std::size_t backslashes = 0;
  for (std::size_t at = text.size() - 1; at > 0 && text[at - 1] == '\\'; --at) ++backslashes;
  return backslashes % 2 == 0;
}

void Pattern::add_leading_star() {
  wildcards = true;
  if (!starts_with_star()) text.insert(text.begin(), '*');
}

void Pattern::add_trailing_star() {
  append_star();
}

void Pattern::append_literal(std::string_view bytes) {
  for (char c : bytes) {
    if (is_special(c)) {
      text.push_back('\\');
      escapes = true;
    }
    text.push_back(c);
  }
}

void Pattern::append_star() {
  wildcards = true;
  if (!ends_with_star()) text.push_back('*');
}

void Pattern::append_question() {
  wildcards = true;
  text.push_back('?');
}

void Pattern::append_placeholder(std::string_view name) {
  placeholders = true;
  escapes = true;
  text.append("\\{").append(name).append("\\}");
}

Pattern parse_pattern(std::string_view raw, bool placeholders) {
  Pattern out;
  if (raw.find_first_of(placeholders ? "*?\\%" : "*?\\") == std::string_view::npos) {
    out.text = raw;
    return out;
  }
  out.text.reserve(raw.size() + 8);
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const char c = raw[at];
    const char next = at + 1 < raw.size() ? raw[at + 1] : '\0';
    if (c == '\\' && (is_special(next) || (placeholders && next == '%'))) {
      out.append_literal({&next, 1});
      ++at;
    } else if (c == '*') {
      out.append_star();
    } else if (c == '?') {
      out.append_question();
    } else if (c == '%' && placeholders && !placeholder_at(raw, at).empty()) {
      const std::string_view name = placeholder_at(raw, at);
      out.append_placeholder(name);
      at += name.size() + 1;
    } else {
      out.append_literal({&c, 1});
    }
  }
  return out;
}

Pattern literal_pattern(std::string_view bytes) {
  Pattern out;
  out.text.reserve(bytes.size());
  out.append_literal(bytes);
  return out;
}

std::string literal_text(const Pattern& pattern) {
  return pattern.escapes ? unescaped(pattern.text) : pattern.text;
}

void set_test(const Pattern& pattern, model::FieldTest& test) {
  if (!pattern.wildcards) {
    test.op = model::MatchOp::equals;
    test.text = literal_text(pattern);
    return;
  }
  std::string_view inner = pattern.text;
  const bool leading = pattern.starts_with_star();
  if (leading) inner.remove_prefix(1);
  const bool trailing = !inner.empty() && pattern.ends_with_star();
  if (trailing) inner.remove_suffix(1);
  if (inner.empty() || has_inner_wildcard(inner)) {
    test.op = model::MatchOp::wildcard;
    test.text = pattern.text;
    return;
  }
  test.op = leading && trailing ? model::MatchOp::contains
            : leading           ? model::MatchOp::ends_with
                                : model::MatchOp::starts_with;
  test.text = pattern.escapes ? unescaped(inner) : std::string(inner);
}

Token next_token(std::string_view canonical, std::size_t& at) {
  const char c = canonical[at];
  if (c == '*' || c == '?') {
    ++at;
    return {c == '*' ? TokenKind::star : TokenKind::question, {}};
  }
  if (c == '\\' && at + 1 < canonical.size()) {
    if (canonical[at + 1] == '{') {
      const std::size_t end = canonical.find("\\}", at);
      const std::string_view name = canonical.substr(at + 2, end - at - 2);
      at = end + 2;
      return {TokenKind::placeholder, name};
    }
    at += 2;
    return {TokenKind::literal, canonical.substr(at - 1, 1)};
  }
  const std::size_t start = at;
  base::decode_utf8(canonical, at);
  return {TokenKind::literal, canonical.substr(start, at - start)};
}

}  // namespace vedette::detect::sigma
