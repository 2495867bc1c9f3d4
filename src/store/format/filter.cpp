#include "format/filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::store::format {
namespace {

enum Seed : std::uint64_t { kWholeSeed = 1, kWordSeed = 2 };

constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

// `count` bits (at most 64) at bit `at`; reads at most 9 bytes from the byte that holds it.
std::uint64_t load_bits(const char* bytes, std::uint64_t at, unsigned count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes + at / 8, sizeof word);
  const auto shift = static_cast<unsigned>(at % 8);
  word >>= shift;
  if (shift + count > 64) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[at / 8 + 8])} << (64 - shift);
  }
  return count == 64 ? word : word & ((1ULL << count) - 1);
}

std::uint64_t pages_for(std::span<const std::vector<std::uint32_t>> keys, const FilterTuning& tuning) {
  std::uint64_t total = 0, largest = 1;
  for (const auto& block : keys) {
    total += block.size();
    largest = std::max<std::uint64_t>(largest, block.size());
  }
  const std::uint64_t typical = total * 5 / 4 / keys.size() + 1;
  const std::uint64_t wanted = std::min({largest, typical, tuning.max_keys});
  const auto bits = static_cast<std::uint64_t>(static_cast<double>(wanted) * tuning.bits_per_key);
  return bits / kPageRows + 1;
}

void set_key(std::string& filter, std::uint64_t pages, std::uint64_t width, std::uint64_t block,
             unsigned probes, std::uint32_t key) {
  char* page = filter.data() + page_of(key, pages) * page_bytes(width);
  std::uint64_t rows = mix(key + 0x5851f42dULL);
  for (unsigned probe = 0; probe < probes; ++probe, rows >>= 9) {
    const std::uint64_t bit = rows % kPageRows * width + block;
    page[bit / 8] = static_cast<char>(static_cast<unsigned char>(page[bit / 8]) | (1U << (bit % 8)));
  }
}

void put_checksums(std::string& filter, std::uint64_t pages, std::uint64_t width) {
  const std::uint64_t size = page_bytes(width);
  for (std::uint64_t page = 0; page < pages; ++page) {
    char* at = filter.data() + page * size;
    const std::uint64_t checksum = base::hash64({at, size - 8});
    std::memcpy(at + size - 8, &checksum, sizeof checksum);
  }
}

// About how many distinct keys there are, from how many bits of a table stay clear.
std::uint64_t count_distinct(std::span<const std::span<const std::uint32_t>> runs, std::uint64_t total) {
  const std::uint64_t bits = std::bit_ceil(std::clamp<std::uint64_t>(total / 2, 4096, 1u << 27));
  std::vector<std::uint64_t> table(bits / 64);
  for (const auto& run : runs) {
    for (const std::uint32_t key : run) table[(key & (bits - 1)) / 64] |= 1ULL << (key % 64);
  }
  std::uint64_t clear = 1;
  for (const std::uint64_t word : table) clear += static_cast<std::uint64_t>(64 - std::popcount(word));
  const double all = static_cast<double>(bits);
  const double distinct = all * std::log(all / static_cast<double>(std::min(clear, bits)));
  return std::min(total, static_cast<std::uint64_t>(distinct) + 1);
}

}  // namespace

void put_filter(std::string& out, const FilterPlace& filter) {
  put_varint(out, filter.offset);
  put_varint(out, filter.pages);
  put_u8(out, filter.probes);
}

bool read_filter(ByteReader& in, std::uint64_t width, std::uint64_t data_end, FilterPlace& to) {
  to.offset = in.varint();
  to.pages = in.varint();
  to.probes = in.u8();
  return in.ok() && to.probes > 0 && to.probes <= kMaxProbes && to.offset <= data_end && to.pages > 0 &&
         to.pages <= (data_end - to.offset) / page_bytes(width);
}

std::uint32_t whole_key(std::string_view folded) {
  return static_cast<std::uint32_t>(base::hash64(folded, kWholeSeed));
}

std::uint32_t word_key(std::string_view folded_word) {
  return static_cast<std::uint32_t>(base::hash64(folded_word, kWordSeed));
}

void KeySet::add(std::uint32_t key) {
  if (key == 0) {
    if (!has_zero_) keys_.push_back(0);
    has_zero_ = true;
    return;
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (key * 0x9e3779b1U) >> 7 & mask;
  while (slots_[at] != 0) {
    if (slots_[at] == key) return;
    at = (at + 1) & mask;
  }
  slots_[at] = key;
  keys_.push_back(key);
  if (keys_.size() * 2 > slots_.size()) grow();
}

void KeySet::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint32_t key : keys_) {
    std::size_t at = (key * 0x9e3779b1U) >> 7 & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    if (key != 0) slots_[at] = key;
  }
}

std::vector<std::uint32_t> KeySet::take() {
  if (slots_.size() > 1024 && keys_.size() * 16 < slots_.size()) {
    slots_.resize(1024);
    slots_.shrink_to_fit();
  }
  std::fill(slots_.begin(), slots_.end(), 0);
  has_zero_ = false;
  std::vector<std::uint32_t> taken(keys_);
  keys_.clear();
  return taken;
}

void KeyMaker::add(const model::Value& value, KeySet& keys, KeySet* trigrams) {
  model::TextBuffer buffer;
  for (const model::Value& item : value.elements()) {
    if (item.is_null()) continue;
    folded_.clear();
    base::append_folded(folded_, model::text_of(item, buffer));
    keys.add(whole_key(folded_));
    expr::for_each_word(folded_, [&](std::string_view word) {
      if (word.size() < folded_.size()) keys.add(word_key(word));
    });
    if (!trigrams) continue;
    for (std::size_t i = 0; i + 3 <= folded_.size(); ++i) trigrams->add(trigram_key(folded_, i));
  }
}

std::string make_filter(std::span<const std::vector<std::uint32_t>> keys, const FilterTuning& tuning) {
  const std::uint64_t width = keys.size(), pages = pages_for(keys, tuning), size = page_bytes(width);
  std::string out(pages * size, '\0');
  for (std::uint64_t block = 0; block < width; ++block) {
    for (const std::uint32_t key : keys[block]) set_key(out, pages, width, block, tuning.probes, key);
  }
  put_checksums(out, pages, width);
  return out;
}

std::string make_token_filter(std::span<const std::span<const std::uint32_t>> runs) {
  std::uint64_t total = 0;
  for (const auto& run : runs) total += run.size();
  if (total == 0) return {};
  const std::uint64_t wanted = std::min(count_distinct(runs, total), kTokenTuning.max_keys);
  const auto bits = static_cast<std::uint64_t>(static_cast<double>(wanted) * kTokenTuning.bits_per_key);
  const std::uint64_t pages = bits / kPageRows + 1;
  std::string out(pages * page_bytes(1), '\0');
  for (const auto& run : runs) {
    for (const std::uint32_t key : run) set_key(out, pages, 1, 0, kTokenTuning.probes, key);
  }
  put_checksums(out, pages, 1);
  return out;
}

std::uint64_t page_of(std::uint32_t key, std::uint64_t pages) {
  return (mix(key * 0x9e3779b97f4a7c15ULL) >> 32) * pages >> 32;
}

bool page_is_sound(std::string_view page) {
  if (page.size() < 8) return false;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, page.data() + page.size() - 8, sizeof checksum);
  return checksum == base::hash64(page.substr(0, page.size() - 8));
}

void probe_page(std::string_view page, std::uint32_t width, unsigned probes, std::uint32_t key,
                std::span<std::uint64_t> blocks) {
  std::uint64_t rows = mix(key + 0x5851f42dULL);
  for (unsigned probe = 0; probe < probes; ++probe, rows >>= 9) {
    const std::uint64_t start = rows % kPageRows * width;
    for (std::uint32_t word = 0; word * 64 < width; ++word) {
      blocks[word] &= load_bits(page.data(), start + word * 64, std::min(64U, width - word * 64));
    }
  }
}

}  // namespace vedette::store::format
