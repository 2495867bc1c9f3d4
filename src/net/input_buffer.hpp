// Bytes that were read and not used yet. Grows on demand, is never filled with zeros.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace vedette::net {

class InputBuffer {
 public:
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }

  // Where at least `size` further bytes go; views end. `room` is how many fit.
  char* prepare(std::size_t size, std::size_t& room) {
    if (capacity_ - end_ < size) make_room(size);
    room = capacity_ - end_;
    return data_.get() + end_;
  }
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Gives memory back that a large message needed.
  void shrink(std::size_t size) {
    if (!empty() || capacity_ <= size) return;
    data_.reset();
    capacity_ = 0;
  }

 private:
  void make_room(std::size_t size) {
    const std::size_t used = end_ - begin_;
    // Moving pays only if little is moved for much room.
    if (capacity_ - used >= size && used <= capacity_ / 2) {
      std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
      const std::size_t grown = std::max(used + size, capacity_ - used >= size ? capacity_ : capacity_ * 2);
      auto larger = std::make_unique_for_overwrite<char[]>(grown);
      if (used > 0) std::memcpy(larger.get(), data_.get() + begin_, used);
      data_ = std::move(larger);
      capacity_ = grown;
    }
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace vedette::net
