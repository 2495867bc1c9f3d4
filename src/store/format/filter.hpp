// Filters: Bloom matrices with a bit-column for each block that has the column. A filter is a row of pages of
// kPageRows bit-rows; all probes of a key lie in one page, so that a look-up reads one page and gives the
// candidate blocks at once. Internal to the store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/bytes.hpp"
#include "vedette/model/value.hpp"

namespace vedette::store::format {

inline constexpr std::uint32_t kPageRows = 512;
inline constexpr unsigned kMaxProbes = 7;

struct FilterPlace {
  std::uint64_t offset = 0;  // in the file
  std::uint64_t pages = 0;   // 0: there is no filter
  std::uint8_t probes = 0;
};

// `width`: blocks.
constexpr std::uint64_t page_bytes(std::uint64_t width) {
  return kPageRows / 8 * width + 8;
}

// The place of a filter (with pages), as headers and the directory hold it.
void put_filter(std::string& out, const FilterPlace& filter);
bool read_filter(ByteReader& in, std::uint64_t width, std::uint64_t data_end, FilterPlace& to);

std::uint32_t whole_key(std::string_view folded);
std::uint32_t word_key(std::string_view folded_word);
constexpr std::uint32_t trigram_key(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[at + i])}; };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

// Distinct keys. Reused from block to block.
class KeySet {
 public:
  void add(std::uint32_t key);
  std::vector<std::uint32_t> take();

 private:
  void grow();
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(1024, 0);
  std::vector<std::uint32_t> keys_;
  bool has_zero_ = false;
};

// The keys that stand for a value: those of its texts as wholes and of their words; trigrams if wanted.
class KeyMaker {
 public:
  void add(const model::Value& value, KeySet& keys, KeySet* trigrams);

 private:
  std::string folded_;
};

struct FilterTuning {
  double bits_per_key;
  unsigned probes;
  std::uint64_t max_keys;  // of a block that the size is chosen for; beyond it the filter gets dense
};
inline constexpr FilterTuning kKeyTuning{10.5, 6, 131072};
inline constexpr FilterTuning kTrigramTuning{6, 3, 24576};

// Of a whole part; 1 % of the words that the part lacks seem to be there.
inline constexpr FilterTuning kTokenTuning{11, 6, 1u << 26};

// The pages for the keys of each block (at least one block), with their checksums.
std::string make_filter(std::span<const std::vector<std::uint32_t>> keys, const FilterTuning& tuning);
// The pages of a filter one bit wide for all keys of all runs, in which a key may stand many times; empty if
// there are no keys.
std::string make_token_filter(std::span<const std::span<const std::uint32_t>> runs);

std::uint64_t page_of(std::uint32_t key, std::uint64_t pages);
bool page_is_sound(std::string_view page);
// Clears the bits of the blocks that do not hold the key; `blocks` has a bit for each of `width`.
void probe_page(std::string_view page, std::uint32_t width, unsigned probes, std::uint32_t key,
                std::span<std::uint64_t> blocks);

}  // namespace vedette::store::format
