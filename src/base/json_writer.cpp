#include "vedette/base/json_writer.hpp"

#include <bit>
#include <charconv>
#include <cmath>

#include "utf8_decode.hpp"
#include "vedette/base/check.hpp"

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace vedette::base {
namespace {

inline bool is_plain(char c) {
  return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\';  // also false for bytes above 0x7F
}

// The first byte at or after `p` that is not ASCII or must be escaped.
inline const char* skip_plain(const char* p, const char* end) {
#ifdef __SSE2__
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#endif
  while (p != end && is_plain(*p)) ++p;
  return p;
}

void append_json_escape(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto with = [&out](char letter) {
    const char escape[2] = {'\\', letter};
    out.append(escape, 2);
  };
  switch (c) {
    case '"':
    case '\\':
      return with(c);
    case '\b':
      return with('b');
    case '\f':
      return with('f');
    case '\n':
      return with('n');
    case '\r':
      return with('r');
    case '\t':
      return with('t');
    default:
      break;
  }
  const char escape[6] = {'\\', 'u', '0', '0', kHex[(c >> 4) & 0xF], kHex[c & 0xF]};
  out.append(escape, 6);
}

template <typename T>
void append_chars(std::string& out, T value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* run = text.data();  // start of what is valid as it is and not yet copied
  const char* p = run;
  const char* end = p + text.size();
  const auto flush = [&] { out.append(run, static_cast<std::size_t>(p - run)); };
  for (;;) {
    p = skip_plain(p, end);
    if (p == end) break;
    if (static_cast<signed char>(*p) < 0) {
      const Utf8Char c = decode_utf8_at(p, end);
      if (c.length != 0) {
        p += c.length;
        continue;
      }
      flush();
      out += "\xEF\xBF\xBD";
    } else {
      flush();
      append_json_escape(out, *p);
    }
    run = ++p;
  }
  flush();
  out += '"';
}

void append_json_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  append_chars(out, value);
}

void JsonWriter::comma() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

JsonWriter& JsonWriter::open(char c) {
  comma();
  out_ += c;
  need_comma_ = false;
  open_objects_ = (open_objects_ << 1) | (c == '{' ? 1u : 0u);
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
#ifndef NDEBUG
  CHECK(depth_ > 0);
  CHECK(depth_ > 64 || (open_objects_ & 1) == (c == '}' ? 1u : 0u));
#endif
  out_ += c;
  need_comma_ = true;
  open_objects_ >>= 1;
  --depth_;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  comma();
  append_json_string(out_, name);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  comma();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  comma();
  append_chars(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  comma();
  append_chars(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  comma();
  append_json_double(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  comma();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  comma();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}

}  // namespace vedette::base
