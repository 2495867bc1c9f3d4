#include "format/filter.hpp"

#include <algorithm>
#include <cstring>

#include "format/bytes.hpp"
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

}  // namespace

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
    for (const std::uint32_t key : keys[block]) {
      char* page = out.data() + page_of(key, pages) * size;
      std::uint64_t rows = mix(key + 0x5851f42dULL);
      for (unsigned probe = 0; probe < tuning.probes; ++probe, rows >>= 9) {
        const std::uint64_t bit = rows % kPageRows * width + block;
        page[bit / 8] = static_cast<char>(static_cast<unsigned char>(page[bit / 8]) | (1U << (bit % 8)));
      }
    }
  }
  for (std::uint64_t page = 0; page < pages; ++page) {
    char* at = out.data() + page * size;
    const std::uint64_t checksum = base::hash64({at, size - 8});
    std::memcpy(at + size - 8, &checksum, sizeof checksum);
  }
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
