#include "vedette/base/arena.hpp"

#include <algorithm>

#include "vedette/base/check.hpp"

namespace vedette::base {

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this == &other) return *this;
  block_bytes_ = other.block_bytes_;
  blocks_ = std::move(other.blocks_);
  other.blocks_.clear();
  next_ = std::exchange(other.next_, nullptr);
  end_ = std::exchange(other.end_, nullptr);
  reserved_ = std::exchange(other.reserved_, 0);
  return *this;
}

// The new block becomes the current one even if it is oversized, so that shrink_last() can give its tail
// back.
char* Arena::allocate_slow(std::size_t bytes, std::size_t align) {
  CHECK(align != 0 && (align & (align - 1)) == 0);
  CHECK(bytes <= static_cast<std::size_t>(PTRDIFF_MAX) - align);
  const std::size_t size = std::max(block_bytes_, bytes + align - 1);
  blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  reserved_ += size;
  next_ = blocks_.back().bytes.get();
  end_ = next_ + size;
  const auto start = reinterpret_cast<std::uintptr_t>(next_);
  char* at = next_ + (((start + align - 1) & ~(align - 1)) - start);
  next_ = at + bytes;
  return at;
}

void Arena::clear() {
  if (blocks_.empty()) return;
  const auto ordinary =
      std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.size == block_bytes_; });
  if (ordinary != blocks_.end()) std::swap(*ordinary, blocks_.front());
  blocks_.resize(1);
  reserved_ = blocks_.front().size;
  next_ = blocks_.front().bytes.get();
  end_ = next_ + reserved_;
}

}  // namespace vedette::base
