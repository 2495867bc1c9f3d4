// Text helpers on UTF-8 and ASCII. All functions are pure and thread safe; none allocates unless it returns a
// string.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::base {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string to_lower_ascii(std::string_view text);
bool equals_ignore_case_ascii(std::string_view a, std::string_view b);
bool starts_with_ignore_case_ascii(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

// Whole-text number parses; nullopt on anything left over, overflow or an empty text. No leading '+' or
// blanks; a double is finite.
std::optional<std::int64_t> parse_int(std::string_view text, int base = 10);
std::optional<std::uint64_t> parse_uint(std::string_view text, int base = 10);
std::optional<double> parse_double(std::string_view text);

// Decodes the code point at text[at] and moves `at` past it. An invalid sequence yields U+FFFD and moves one
// byte.
char32_t decode_utf8(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t code_point);
bool is_valid_utf8(std::string_view text);
// Replaces each invalid byte by U+FFFD.
std::string to_valid_utf8(std::string_view text);
// The beginning of at most `max_bytes` that ends with a whole code point.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);
// UTF-16LE bytes to UTF-8; unpaired surrogates become U+FFFD; an odd last byte is ignored.
std::string utf16le_to_utf8(std::string_view bytes);

// Escapes control characters, for showing hostile text on a terminal: "\n" -> "\\n", ESC -> "\\x1b".
// Bytes that are not UTF-8, C1 controls and the characters that change the direction of text are escaped,
// too.
std::string escape_control(std::string_view text);

// Base64 is RFC 4648 section 4. Decoding takes padding or none, and ignores unused low bits of the last
// digit, as common decoders do; any other byte, blanks included, is refused. Hex digits decode in either
// case.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
// The value of a hex digit, or -1.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

// The candidate with the smallest edit distance to `word` (at most 3 and less than half of it; a swap of
// neighbours counts as one edit), or empty. The first of equals wins; words longer than 64 bytes find
// nothing.
std::string_view nearest_name(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace vedette::base
