// A frozen map from text to a number that ignores ASCII case: one hash over eight bytes at a time, no
// allocation.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/text.hpp"

namespace vedette::normalize {

inline std::uint64_t fold_hash(std::string_view text) {
  constexpr std::uint64_t kFold = 0x2020202020202020u;
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15u;
  std::uint64_t hash = text.size() * kMix;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    hash = (hash ^ (word | kFold)) * kMix;
    hash ^= hash >> 29;
  }
  if (left > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    hash = (hash ^ (word | kFold)) * kMix;
    hash ^= hash >> 29;
  }
  return hash ^ (hash >> 32);
}

class ValueIndex {
 public:
  static constexpr std::uint32_t kNone = ~0u;

  // False if the text is there already.
  bool insert(std::string_view text, std::uint32_t number) {
    if (find(text) != kNone) return false;
    if ((used_ + 1) * 2 > slots_.size()) grow();
    place({fold_hash(text), std::string(text), number});
    ++used_;
    return true;
  }

  std::uint32_t find(std::string_view text) const {
    if (slots_.empty()) return kNone;
    const std::uint64_t hash = fold_hash(text);
    for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.number == kNone) return kNone;
      if (slot.hash == hash && same(slot.text, text)) return slot.number;
    }
  }

  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string text;
    std::uint32_t number = kNone;
  };

  static bool same(std::string_view a, std::string_view b) {
    return a == b || base::equals_ignore_case_ascii(a, b);
  }
  void place(Slot slot) {
    std::size_t i = slot.hash & (slots_.size() - 1);
    while (slots_[i].number != kNone) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = std::move(slot);
  }
  void grow() {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 8 : slots_.size() * 2));
    for (Slot& slot : old) {
      if (slot.number != kNone) place(std::move(slot));
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace vedette::normalize
