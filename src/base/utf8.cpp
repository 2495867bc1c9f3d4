#include <cstring>

#include "utf8_decode.hpp"
#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

// The first byte at or after `p` that is not ASCII.
const char* skip_ascii(const char* p, const char* end) {
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if ((word & 0x8080808080808080u) != 0) break;
    p += 8;
  }
  while (p != end && static_cast<signed char>(*p) >= 0) ++p;
  return p;
}

// The first byte at or after `p` that starts no valid sequence.
const char* skip_valid(const char* p, const char* end) {
  for (;;) {
    p = skip_ascii(p, end);
    if (p == end) return p;
    const Utf8Char c = decode_utf8_at(p, end);
    if (c.length == 0) return p;
    p += c.length;
  }
}

void append_escape(std::string& out, char32_t c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += c < 0x100 ? "\\x" : "\\u";
  for (int shift = c < 0x100 ? 4 : 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 0xF];
}

bool is_unsafe_on_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

char32_t decode_utf8(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return 0xFFFD;
  const Utf8Char c = decode_utf8_at(text.data() + at, text.data() + text.size());
  at += c.length == 0 ? 1 : c.length;
  return c.code_point;
}

void append_utf8(std::string& out, char32_t code_point) {
  if (is_surrogate(code_point) || code_point > 0x10FFFF) code_point = 0xFFFD;
  char bytes[4];
  out.append(bytes, encode_utf8_at(bytes, code_point));
}

bool is_valid_utf8(std::string_view text) {
  const char* end = text.data() + text.size();
  return skip_valid(text.data(), end) == end;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* p = text.data();
  const char* end = p + text.size();
  while (p != end) {
    const char* bad = skip_valid(p, end);
    out.append(p, static_cast<std::size_t>(bad - p));
    p = bad;
    if (p == end) break;
    out += kReplacement;
    ++p;
  }
  return out;
}

std::string utf16le_to_utf8(std::string_view bytes) {
  const auto unit = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]) |
                                 (static_cast<unsigned char>(bytes[at + 1]) << 8));
  };
  const std::size_t size = bytes.size() & ~std::size_t{1};
  std::string out;
  out.reserve(size);
  for (std::size_t at = 0; at < size; at += 2) {
    char32_t c = unit(at);
    if (c >= 0xD800 && c <= 0xDBFF && at + 2 < size) {
      const char32_t low = unit(at + 2);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    append_utf8(out, c);
  }
  return out;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* p = text.data();
  const char* end = p + text.size();
  while (p != end) {
    const Utf8Char c = decode_utf8_at(p, end);
    if (c.length == 0) {
      append_escape(out, static_cast<unsigned char>(*p++));
      continue;
    }
    if (is_unsafe_on_terminal(c.code_point)) {
      append_escape(out, c.code_point);
    } else {
      out.append(p, c.length);
    }
    p += c.length;
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace vedette::base
