#include "utf16.hpp"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

namespace vedette::normalize::evtx {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

std::uint16_t unit_at(const char* from) {
  std::uint16_t unit;
  std::memcpy(&unit, from, sizeof unit);
  return unit;
}

// Copies ASCII characters until the first other one; returns how many.
std::size_t copy_ascii(const char* from, std::size_t units, char* to) {
  std::size_t done = 0;
#if defined(__SSE2__)
  const __m128i beyond_ascii = _mm_set1_epi16(static_cast<short>(0xff80));
  for (; units - done >= 16; done += 16) {
    const auto* at = reinterpret_cast<const __m128i*>(from + 2 * done);
    const __m128i low = _mm_loadu_si128(at), high = _mm_loadu_si128(at + 1);
    const __m128i beyond = _mm_and_si128(_mm_or_si128(low, high), beyond_ascii);
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(beyond, _mm_setzero_si128())) != 0xffff) break;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + done), _mm_packus_epi16(low, high));
  }
#endif
  for (; done < units; ++done) {
    const std::uint16_t unit = unit_at(from + 2 * done);
    if (unit >= 0x80) break;
    to[done] = static_cast<char>(unit);
  }
  return done;
}

char* put_utf8(char* to, std::uint32_t c) {
  if (c < 0x80) {
    *to++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *to++ = static_cast<char>(0xc0 | c >> 6);
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *to++ = static_cast<char>(0xe0 | c >> 12);
    *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  } else {
    *to++ = static_cast<char>(0xf0 | c >> 18);
    *to++ = static_cast<char>(0x80 | (c >> 12 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  }
  return to;
}

// Needs up to three bytes a unit.
char* put_units(const char* from, std::size_t units, char* to) {
  for (std::size_t i = 0; i < units; ++i) {
    std::uint32_t c = unit_at(from + 2 * i);
    if (c >= 0xd800 && c < 0xe000) {
      const std::uint32_t next = i + 1 < units ? unit_at(from + 2 * (i + 1)) : 0;
      if (c < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (next - 0xdc00);
        ++i;
      } else {
        c = kReplacement;
      }
    }
    to = put_utf8(to, c);
  }
  return to;
}

constexpr std::uint16_t kWindows1252[32] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                            0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
                                            0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                            0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

}  // namespace

std::string_view utf16_to_utf8(std::string_view bytes, base::Arena& arena) {
  const std::size_t units = bytes.size() / 2;
  if (units == 0) return {};
  char* to = arena.allocate(units);
  const std::size_t ascii = copy_ascii(bytes.data(), units, to);
  if (ascii == units) return {to, units};
  const std::size_t bound = ascii + (units - ascii) * 3;
  char* wide = arena.allocate(bound);
  std::memcpy(wide, to, ascii);
  const char* end = put_units(bytes.data() + 2 * ascii, units - ascii, wide + ascii);
  const auto size = static_cast<std::size_t>(end - wide);
  arena.shrink_last(wide, size);
  return {wide, size};
}

std::string_view windows_1252_to_utf8(std::string_view bytes, base::Arena& arena) {
  if (bytes.empty()) return {};
  char* start = arena.allocate(bytes.size() * 3);
  char* to = start;
  for (char byte : bytes) {
    const auto c = static_cast<std::uint8_t>(byte);
    to = put_utf8(to, c >= 0x80 && c < 0xa0 ? kWindows1252[c - 0x80] : c);
  }
  const auto size = static_cast<std::size_t>(to - start);
  arena.shrink_last(start, size);
  return {start, size};
}

}  // namespace vedette::normalize::evtx
