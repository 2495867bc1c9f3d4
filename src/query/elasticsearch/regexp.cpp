#include "elasticsearch/regexp.hpp"

#include <re2/re2.h>

namespace vedette::query::es {
namespace {

constexpr std::string_view kWordChar = "[0-9A-Za-z_\\x{80}-\\x{10FFFF}]";

void append_literal(std::string& out, std::string_view text) {
  out += RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

std::size_t code_point_size(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0) == 0x80) ++size;
  return size;
}

base::Error refuse(std::string_view what) {
  return base::make_error(base::ErrorCode::unsupported,
                          "the regular expression operator " + std::string(what) + " is not supported");
}

base::Error malformed(std::string_view what) {
  return base::make_error(base::ErrorCode::invalid_argument, "regular expression: " + std::string(what));
}

// From '[' to its ']'; moves `at` past it.
base::Status append_class(std::string& out, std::string_view pattern, std::size_t& at) {
  out += pattern[at++];
  if (at < pattern.size() && pattern[at] == '^') out += pattern[at++];
  bool first = true;
  for (; at < pattern.size(); first = false) {
    const char c = pattern[at];
    if (c == ']' && !first) {
      out += c;
      ++at;
      return base::ok_status();
    }
    if (c == '\\' && at + 1 < pattern.size()) ++at;
    const std::size_t size = code_point_size(pattern, at);
    if (c == '-') {
      out += c;
    } else {
      append_literal(out, pattern.substr(at, size));
    }
    at += size;
  }
  return malformed("a [ has no ]");
}

}  // namespace

base::Result<std::string> translate_regexp(std::string_view pattern, AnyChar any) {
  if (pattern.size() > 1000) {
    return malformed("the length of the pattern [" + std::to_string(pattern.size()) +
                     "] exceeds the allowed maximum of [1000]");
  }
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    const std::size_t size = code_point_size(pattern, at);
    if (c == '[') {
      TRY(append_class(out, pattern, at));
    } else if (c == '\\') {
      if (at + 1 == pattern.size()) return malformed("a \\ at the end");
      ++at;
      const std::size_t escaped = code_point_size(pattern, at);
      const std::string_view text = pattern.substr(at, escaped);
      if (std::string_view("dDwWsS").find(text) != std::string_view::npos) {
        (out += '\\') += text;
      } else {
        append_literal(out, text);
      }
      at += escaped;
    } else if (c == '"') {
      const std::size_t end = pattern.find('"', at + 1);
      if (end == std::string_view::npos) return malformed("a \" has no second one");
      out += "(?:";
      append_literal(out, pattern.substr(at + 1, end - at - 1));
      out += ')';
      at = end + 1;
    } else if (std::string_view("~<>@&#").find(c) != std::string_view::npos) {
      return refuse(pattern.substr(at, 1));
    } else if (c == '(') {
      if (pattern.substr(at).starts_with("(?")) return refuse("(?");
      out += "(?:";
      ++at;
    } else if (std::string_view(")|*+?{").find(c) != std::string_view::npos) {
      // Lucene has no lazy or possessive forms: a second quantifier repeats the first.
      const bool again = (c == '*' || c == '+' || c == '?' || c == '{') && at > 0 &&
                         std::string_view("*+?}").find(pattern[at - 1]) != std::string_view::npos &&
                         (at < 2 || pattern[at - 2] != '\\');
      if (again) return refuse("of a repeated repetition");
      if (c == '{') {
        const std::size_t end = pattern.find_first_not_of("0123456789,", at + 1);
        if (end == std::string_view::npos || pattern[end] != '}')
          return malformed("a { begins no repetition");
        out += pattern.substr(at, end + 1 - at);
        at = end + 1;
        continue;
      }
      out += c;
      ++at;
    } else if (c == '.') {
      out += any == AnyChar::any ? std::string_view(".") : kWordChar;
      ++at;
    } else {
      append_literal(out, pattern.substr(at, size));
      at += size;
    }
  }
  const RE2 check("(?:" + out + ")", RE2::Quiet);
  if (!check.ok()) return malformed(check.error());
  return out;
}

std::string regex_of_wildcard(std::string_view pattern) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '*' || c == '?') {
      out += kWordChar;
      if (c == '*') out += '*';
      ++at;
      continue;
    }
    if (c == '\\' && at + 1 < pattern.size()) ++at;
    const std::size_t size = code_point_size(pattern, at);
    append_literal(out, pattern.substr(at, size));
    at += size;
  }
  return out;
}

}  // namespace vedette::query::es
