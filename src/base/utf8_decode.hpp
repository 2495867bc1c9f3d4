// The UTF-8 decoder shared by the hot loops of this module.
#pragma once

#include <cstddef>

namespace vedette::base {

struct Utf8Char {
  char32_t code_point = 0xFFFD;
  std::size_t length = 0;  // 0: not a valid sequence
};

// Decodes at p < end. Refuses overlong forms, surrogates and values above U+10FFFF.
inline Utf8Char decode_utf8_at(const char* p, const char* end) {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const auto trail = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const std::size_t left = static_cast<std::size_t>(end - p);
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2) return {};
  if (lead < 0xE0) {
    if (left < 2 || !trail(1)) return {};
    return {((lead & 0x1Fu) << 6) | (byte(1) & 0x3Fu), 2};
  }
  if (lead < 0xF0) {
    if (left < 3 || !trail(1) || !trail(2)) return {};
    const char32_t c = ((lead & 0x0Fu) << 12) | ((byte(1) & 0x3Fu) << 6) | (byte(2) & 0x3Fu);
    if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF)) return {};
    return {c, 3};
  }
  if (lead > 0xF4 || left < 4 || !trail(1) || !trail(2) || !trail(3)) return {};
  const char32_t c =
      ((lead & 0x07u) << 18) | ((byte(1) & 0x3Fu) << 12) | ((byte(2) & 0x3Fu) << 6) | (byte(3) & 0x3Fu);
  if (c < 0x10000 || c > 0x10FFFF) return {};
  return {c, 4};
}

// Writes a valid code point (at most 4 bytes); returns the bytes written.
inline std::size_t encode_utf8_at(char* out, char32_t c) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | (c >> 6));
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (c >> 12));
    out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (c >> 18));
  out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

}  // namespace vedette::base
