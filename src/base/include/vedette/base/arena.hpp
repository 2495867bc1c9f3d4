// A bump allocator for trivially destructible data that lives exactly as long as its owner (an EventBatch, a
// rule set).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace vedette::base {

// Not thread safe. Pointers stay valid until clear() or destruction.
class Arena {
 public:
  explicit Arena(std::size_t block_bytes = 64 * 1024) : block_bytes_(block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept;

  // Uninitialised bytes; `align` is a power of two.
  char* allocate(std::size_t bytes, std::size_t align = 1) {
    const std::uintptr_t at = (reinterpret_cast<std::uintptr_t>(next_) + align - 1) & ~(align - 1);
    const auto end = reinterpret_cast<std::uintptr_t>(end_);
    if (at > end || bytes > end - at) return allocate_slow(bytes, align);
    next_ = reinterpret_cast<char*>(at + bytes);
    return reinterpret_cast<char*>(at);
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = allocate(text.size());
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  template <typename T>
  std::span<T> allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return {reinterpret_cast<T*>(allocate(sizeof(T) * count, alignof(T))), count};
  }

  // Gives back the unused tail of the latest allocation (`kept` bytes of it stay).
  void shrink_last(char* start, std::size_t kept) { next_ = start + kept; }

  // Forgets all contents; keeps one block for reuse (the first of the ordinary size, if there is one).
  void clear();

  std::size_t bytes_reserved() const { return reserved_; }

 private:
  char* allocate_slow(std::size_t bytes, std::size_t align);

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::size_t block_bytes_ = 64 * 1024;
  std::vector<Block> blocks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::size_t reserved_ = 0;
};

}  // namespace vedette::base
