#include "sigma/encodings.hpp"

#include <array>

#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

constexpr std::array<std::string_view, 5> kDashes = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
                                                     "\xE2\x80\x95"};

bool is_dash(const Token& token) {
  if (token.kind != TokenKind::literal) return false;
  for (std::string_view dash : kDashes) {
    if (token.bytes == dash) return true;
  }
  return false;
}

// Word characters as regular expressions know them; everything beyond ASCII but the dashes counts as a
// letter.
bool is_word(const Token& token) {
  if (token.kind == TokenKind::placeholder) return true;
  if (token.kind != TokenKind::literal || is_dash(token)) return false;
  const char c = token.bytes.front();
  return base::is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

void append_token(Pattern& out, const Token& token) {
  switch (token.kind) {
    case TokenKind::literal:
      out.append_literal(token.bytes);
      break;
    case TokenKind::star:
      out.append_star();
      break;
    case TokenKind::question:
      out.append_question();
      break;
    case TokenKind::placeholder:
      out.append_placeholder(token.bytes);
      break;
  }
}

void append_unit(std::string& out, char32_t unit, bool big_endian) {
  const char high = static_cast<char>((unit >> 8) & 0xFF), low = static_cast<char>(unit & 0xFF);
  out.push_back(big_endian ? high : low);
  out.push_back(big_endian ? low : high);
}

std::string encode_utf16(char32_t c, bool big_endian) {
  std::string out;
  if (c < 0x10000) {
    append_unit(out, c, big_endian);
  } else {
    append_unit(out, 0xD800 + ((c - 0x10000) >> 10), big_endian);
    append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF), big_endian);
  }
  return out;
}

}  // namespace

std::vector<Pattern> windash_variants(const Pattern& pattern) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < pattern.text.size();) tokens.push_back(next_token(pattern.text, at));

  std::vector<Pattern> variants(1);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool starts_word = is_dash(tokens[i]) && (i == 0 || !is_word(tokens[i - 1])) &&
                             i + 1 < tokens.size() && is_word(tokens[i + 1]);
    if (!starts_word) {
      for (Pattern& variant : variants) append_token(variant, tokens[i]);
      continue;
    }
    if (variants.size() * kDashes.size() > kMaxWindashVariants) return {};
    std::vector<Pattern> longer;
    longer.reserve(variants.size() * kDashes.size());
    for (const Pattern& variant : variants) {
      for (std::string_view dash : kDashes) {
        longer.push_back(variant);
        longer.back().append_literal(dash);
      }
    }
    variants = std::move(longer);
  }
  return variants;
}

Pattern to_utf16(const Pattern& pattern, Utf16 form) {
  Pattern out;
  if (form == Utf16::with_mark) out.append_literal("\xFF\xFE");
  for (std::size_t at = 0; at < pattern.text.size();) {
    const Token token = next_token(pattern.text, at);
    if (token.kind != TokenKind::literal) {
      append_token(out, token);
      continue;
    }
    std::size_t start = 0;
    out.append_literal(encode_utf16(base::decode_utf8(token.bytes, start), form == Utf16::big_endian));
  }
  return out;
}

std::vector<std::string> base64_offset_variants(std::string_view bytes) {
  // Characters at either end that also depend on the bytes before and after `bytes`.
  constexpr std::array<std::size_t, 3> kCutFront = {0, 2, 3}, kCutBack = {0, 3, 2};
  std::vector<std::string> variants;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string encoded = base::base64_encode(std::string(offset, ' ').append(bytes));
    const std::size_t front = kCutFront[offset], back = kCutBack[(bytes.size() + offset) % 3];
    if (encoded.size() > front + back)
      variants.push_back(encoded.substr(front, encoded.size() - front - back));
  }
  return variants;
}

}  // namespace vedette::detect::sigma
