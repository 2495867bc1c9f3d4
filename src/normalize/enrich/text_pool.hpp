// Many texts in little memory: each different text once, found by a 32-bit number.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vedette::normalize {

// Append only; reading is thread safe once writing ended. Number 0 is the empty text.
class TextPool {
 public:
  using Id = std::uint32_t;
  static constexpr std::size_t kMaxBytes = 0xFFFF'FF00u;

  TextPool();
  // The number of the text, stored if it is new. False in `fits()` after the pool was full: 0 is answered.
  Id intern(std::string_view text);
  // The same without looking for an equal one: for texts that are known to differ.
  Id append(std::string_view text);
  std::string_view text(Id id) const;
  bool fits() const { return !full_; }
  std::size_t bytes() const { return bytes_.capacity() + slots_.capacity() * sizeof(Id); }
  // Frees what only intern() needs. No text is interned behind it.
  void seal();

 private:
  void grow();

  std::vector<char> bytes_;  // of each text: its length (7 bits a byte, the low ones first), then itself
  std::vector<Id> slots_;    // open addressing; 0 is free
  std::size_t used_ = 0;
  bool full_ = false;
};

}  // namespace vedette::normalize
