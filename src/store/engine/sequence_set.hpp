// A set of sequence numbers, small where they are dense. Internal to the store.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>

namespace vedette::store {

class SequenceSet {
 public:
  // False if it was there.
  bool insert(std::uint64_t sequence) {
    auto& page = pages_[sequence >> kPageBits];
    if (!page) page = std::make_unique<Page>();
    std::uint64_t& word = (*page)[(sequence & kPageMask) >> 6];
    const std::uint64_t bit = 1ULL << (sequence & 63);
    const bool absent = (word & bit) == 0;
    word |= bit;
    return absent;
  }
  bool contains(std::uint64_t sequence) const {
    const auto page = pages_.find(sequence >> kPageBits);
    if (page == pages_.end()) return false;
    return (*page->second)[(sequence & kPageMask) >> 6] >> (sequence & 63) & 1;
  }
  bool empty() const { return pages_.empty(); }

 private:
  static constexpr unsigned kPageBits = 12;
  static constexpr std::uint64_t kPageMask = (1u << kPageBits) - 1;
  using Page = std::array<std::uint64_t, (1u << kPageBits) / 64>;
  std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
};

}  // namespace vedette::store
