// Byte scans shared by the JSON framer and the JSON reader.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

namespace vedette::normalize::json {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline const char* skip_blanks(const char* at, const char* end) {
  while (at != end && is_blank(*at)) ++at;
  return at;
}

// How many bytes of [at, end) are `c`.
inline std::uint64_t count_byte(const char* at, const char* end, char c) {
  std::uint64_t count = 0;
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(c);
  const __m128i zero = _mm_setzero_si128();
  __m128i sums = zero;
  while (end - at >= 16) {
    // Each byte of `hits` counts up to 255 blocks.
    const auto blocks = (end - at) / 16 < 255 ? (end - at) / 16 : 255;
    __m128i hits = zero;
    for (std::ptrdiff_t i = 0; i < blocks; ++i, at += 16) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
      hits = _mm_sub_epi8(hits, _mm_cmpeq_epi8(block, wanted));
    }
    sums = _mm_add_epi64(sums, _mm_sad_epu8(hits, zero));
  }
  count = static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
          static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
#endif
  for (; at != end; ++at) count += *at == c;
  return count;
}

// The first '"' or '\\' in [at, end), or `end`.
inline const char* find_quote_or_escape(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i escape = _mm_set1_epi8('\\');
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, escape));
    if (const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hits)))
      return at + std::countr_zero(mask);
  }
#endif
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

// The first '"', '\\' or '\n' in [at, end), or `end`.
inline const char* find_string_stop(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i escape = _mm_set1_epi8('\\');
  const __m128i line = _mm_set1_epi8('\n');
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, escape)),
                     _mm_cmpeq_epi8(block, line));
    if (const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hits)))
      return at + std::countr_zero(mask);
  }
#endif
  while (at != end && *at != '"' && *at != '\\' && *at != '\n') ++at;
  return at;
}

// The first '"', '{', '}', '[', ']' or '\n' in [at, end), or `end`.
inline const char* find_structure(const char* at, const char* end) {
#if defined(__SSE2__)
  // '[' and '{', ']' and '}' differ in the bit 0x20 alone.
  const __m128i fold = _mm_set1_epi8(0x20);
  const __m128i open = _mm_set1_epi8('{');
  const __m128i close = _mm_set1_epi8('}');
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i line = _mm_set1_epi8('\n');
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i folded = _mm_or_si128(block, fold);
    const __m128i braces = _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close));
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, line));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(braces, others)));
    if (mask) return at + std::countr_zero(mask);
  }
#endif
  for (; at != end; ++at) {
    const char c = *at;
    if (c == '"' || c == '{' || c == '}' || c == '[' || c == ']' || c == '\n') return at;
  }
  return at;
}

}  // namespace vedette::normalize::json
