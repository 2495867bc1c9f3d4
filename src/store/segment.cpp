#include "segment.hpp"

#include <algorithm>

namespace vedette::store {

std::uint32_t Bitmap::count() const {
  std::uint32_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::uint32_t>(__builtin_popcountll(word));
  return total;
}

bool Bitmap::none() const {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

}  // namespace vedette::store
