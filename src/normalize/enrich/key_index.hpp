// A hash index from byte strings to 32-bit numbers that does not hold the strings, and says no at the cost of
// about one access to a small filter.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "vedette/base/hash.hpp"

namespace vedette::normalize {

class KeyIndex {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  using Hash = std::uint64_t;

  // `kind` keeps keys of different kinds apart.
  static Hash hash(std::string_view key, std::uint64_t kind) { return base::hash64(key, kind); }

  // For `count` keys: nothing that is added before is kept.
  void reset(std::size_t count) {
    slots_.assign(count + count / 3 + 8, kFree);
    std::size_t words = 1;
    while (words * 5 < count) words *= 2;  // 12 to 24 bits of the filter for a key
    filter_.assign(words, 0);
  }
  void clear() {
    slots_ = {};
    filter_ = {};
  }
  bool empty() const { return slots_.empty(); }
  std::size_t bytes() const {
    return slots_.capacity() * sizeof(std::uint64_t) + filter_.capacity() * sizeof(std::uint64_t);
  }

  // The number under which `same(number)` says the key stands, or kNone.
  template <typename Same>
  std::uint32_t find(Hash hash, const Same& same) const {
    const std::uint64_t bits = filter_bits(hash);
    if (slots_.empty() || (filter_[filter_word(hash)] & bits) != bits) return kNone;
    for (std::size_t at = home(hash);; at = at + 1 == slots_.size() ? 0 : at + 1) {
      const std::uint64_t slot = slots_[at];
      if (slot == kFree) return kNone;
      if (slot >> 32 == tag(hash) && same(static_cast<std::uint32_t>(slot))) {
        return static_cast<std::uint32_t>(slot);
      }
    }
  }

  // Sets the number of the key: a new one, or in place of the one that `same` knows. At most as many keys as
  // reset() was told.
  template <typename Same>
  void put(Hash hash, std::uint32_t number, const Same& same) {
    filter_[filter_word(hash)] |= filter_bits(hash);
    for (std::size_t at = home(hash);; at = at + 1 == slots_.size() ? 0 : at + 1) {
      std::uint64_t& slot = slots_[at];
      if (slot == kFree || (slot >> 32 == tag(hash) && same(static_cast<std::uint32_t>(slot)))) {
        slot = tag(hash) << 32 | number;
        return;
      }
    }
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};

  static std::uint64_t tag(Hash hash) { return hash >> 32 & 0x7FFF'FFFFu; }
  std::size_t home(Hash hash) const {
    return static_cast<std::size_t>((hash & 0xFFFF'FFFFu) * slots_.size() >> 32);
  }
  std::size_t filter_word(Hash hash) const { return (hash >> 12) & (filter_.size() - 1); }
  static std::uint64_t filter_bits(Hash hash) {
    return std::uint64_t{1} << (hash >> 40 & 63) | std::uint64_t{1} << (hash >> 46 & 63) |
           std::uint64_t{1} << (hash >> 52 & 63) | std::uint64_t{1} << (hash >> 58 & 63);
  }

  std::vector<std::uint64_t> slots_;   // tag << 32 | number
  std::vector<std::uint64_t> filter_;  // a Bloom filter whose bits of one key lie in one word
};

}  // namespace vedette::normalize
