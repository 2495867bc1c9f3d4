// Texts to dense numbers: the keys of groups, the distinct values of a field.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store::search {

// One thread. Texts are numbered from 0 in order of their first insertion and live in an arena of the caller.
class TextTable {
 public:
  struct Entry {
    std::uint64_t hash;
    std::string_view text;
  };
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::size_t at) const { return entries_[at]; }

  // kNone if it is not there.
  std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot slot = slots_[at];
      if (slot.entry == kNone) return kNone;
      if (slot.tag != tag_of(hash)) continue;
      if (entries_[slot.entry].hash == hash && entries_[slot.entry].text == text) return slot.entry;
    }
  }

  // The text must not be there yet.
  std::uint32_t insert_new(std::string_view text, std::uint64_t hash, base::Arena& arena) {
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const auto entry = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({hash, arena.copy(text)});
    place(hash, entry);
    return entry;
  }

  std::uint32_t insert(std::string_view text, std::uint64_t hash, base::Arena& arena) {
    const std::uint32_t known = find(text, hash);
    return known != kNone ? known : insert_new(text, hash, arena);
  }

  std::uint64_t bytes() const {
    return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(Slot);
  }

 private:
  struct Slot {
    std::uint32_t entry = kNone;
    std::uint32_t tag = 0;  // of the hash: most entries that differ are told apart without a look at them
  };
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  std::size_t mask() const { return slots_.size() - 1; }
  void place(std::uint64_t hash, std::uint32_t entry) {
    std::size_t at = hash & mask();
    while (slots_[at].entry != kNone) at = (at + 1) & mask();
    slots_[at] = {entry, tag_of(hash)};
  }
  void grow() {
    slots_.assign(slots_.empty() ? 8 : slots_.size() * 2, Slot{});
    for (std::uint32_t i = 0; i < entries_.size(); ++i) place(entries_[i].hash, i);
  }

  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // at most half full
};

}  // namespace vedette::store::search
