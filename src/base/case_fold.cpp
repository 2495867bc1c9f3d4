#include "vedette/base/case_fold.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "utf8_decode.hpp"
#include "vedette/base/text.hpp"

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace vedette::base {
namespace {

struct FoldRange {
  char32_t first;
  char32_t last;
  char32_t stride;
  std::int32_t offset;
};
constexpr FoldRange kFoldRanges[] = {
#include "case_fold_table.inc"
};

// Two levels: the page of a code point, then its offset within the page. Page 0 holds only zeros.
constexpr unsigned kPageBits = 6;
constexpr std::size_t kPageSize = std::size_t{1} << kPageBits;
constexpr char32_t kFoldEnd = std::end(kFoldRanges)[-1].last + 1;
constexpr std::size_t kPageSlots = (kFoldEnd >> kPageBits) + 1;

constexpr std::size_t count_pages() {
  std::array<bool, kPageSlots> used{};
  std::size_t count = 1;
  for (const FoldRange& range : kFoldRanges) {
    for (char32_t page = range.first >> kPageBits; page <= range.last >> kPageBits; ++page) {
      if (!used[page]) ++count;
      used[page] = true;
    }
  }
  return count;
}

struct FoldTable {
  std::array<std::uint8_t, kPageSlots> page_of{};
  std::array<std::array<std::int32_t, kPageSize>, count_pages()> offsets{};
};

constexpr FoldTable make_fold_table() {
  FoldTable table;
  std::uint8_t pages = 1;
  for (const FoldRange& range : kFoldRanges) {
    for (char32_t c = range.first; c <= range.last; c += range.stride) {
      std::uint8_t& page = table.page_of[c >> kPageBits];
      if (page == 0) page = pages++;
      table.offsets[page][c % kPageSize] = range.offset;
    }
  }
  return table;
}
static_assert(count_pages() < 256);
constexpr FoldTable kFoldTable = make_fold_table();

inline char32_t fold(char32_t c) {
  if (c >= kFoldEnd) return c;
  return c + static_cast<char32_t>(kFoldTable.offsets[kFoldTable.page_of[c >> kPageBits]][c % kPageSize]);
}

constexpr std::uint64_t repeat(std::uint8_t byte) {
  return byte * 0x0101010101010101u;
}

// Lower-cases eight ASCII bytes.
inline std::uint64_t fold_word(std::uint64_t word) {
  const std::uint64_t from_a = word + repeat(0x80 - 'A');
  const std::uint64_t above_z = word + repeat(0x80 - 'Z' - 1);
  return word | (((from_a & ~above_z) & repeat(0x80)) >> 2);
}

#ifdef __SSE2__
inline __m128i fold_vector(__m128i bytes) {
  const __m128i from_a = _mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1));
  const __m128i to_z = _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1));
  return _mm_or_si128(bytes, _mm_and_si128(_mm_and_si128(from_a, to_z), _mm_set1_epi8(0x20)));
}
#endif

// Folds ASCII bytes from `p` to `out` until the first other byte; moves both. May write up to 16 bytes more
// than it moves `out`, which folded_bound() leaves room for.
inline void fold_ascii(const char*& p, const char* end, char*& out) {
#ifdef __SSE2__
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), fold_vector(bytes));
    const auto other = static_cast<unsigned>(_mm_movemask_epi8(bytes));
    const int ascii = other == 0 ? 16 : std::countr_zero(other);
    p += ascii;
    out += ascii;
    if (other != 0) return;
  }
#endif
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if ((word & repeat(0x80)) != 0) break;
    word = fold_word(word);
    std::memcpy(out, &word, 8);
    p += 8;
    out += 8;
  }
  while (p != end && static_cast<signed char>(*p) >= 0) *out++ = ascii_lower(*p++);
}

// The same for a run of other bytes.
inline void fold_non_ascii(const char*& p, const char* end, char*& out) {
  while (p != end && static_cast<signed char>(*p) < 0) {
    const Utf8Char c = decode_utf8_at(p, end);
    if (c.length == 0) {
      *out++ = *p++;
      continue;
    }
    const char32_t lower = fold(c.code_point);
    if (lower != c.code_point) {
      out += encode_utf8_at(out, lower);
    } else {
      for (std::size_t i = 0; i < c.length; ++i) *out++ = p[i];
    }
    p += c.length;
  }
}

}  // namespace

char32_t fold_code_point(char32_t c) {
  return fold(c);
}

std::size_t fold_into(char* out, std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  char* to = out;
  while (p != end) {
    fold_ascii(p, end, to);
    fold_non_ascii(p, end, to);
  }
  return static_cast<std::size_t>(to - out);
}

void append_folded(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + folded_bound(text.size()));
  out.resize(before + fold_into(out.data() + before, text));
}

std::string folded(std::string_view text) {
  std::string out;
  append_folded(out, text);
  return out;
}

}  // namespace vedette::base
