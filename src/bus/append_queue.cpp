#include "append_queue.hpp"

namespace vedette::bus {

bool AppendQueue::push(PendingAppend& append) {
  const std::uint64_t bytes = append.packed.bytes.size();
  std::unique_lock lock(mutex_);
  if (std::this_thread::get_id() != taker_) {
    room_.wait(lock, [&] { return closed_ || bytes_ == 0 || bytes_ + bytes <= max_bytes_; });
  }
  if (closed_) return false;
  bytes_ += bytes;
  waiting_.push_back(std::move(append));
  if (waiting_.size() == 1) more_.notify_one();
  return true;
}

std::vector<PendingAppend> AppendQueue::take(std::chrono::microseconds gather) {
  std::unique_lock lock(mutex_);
  more_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
  if (gather.count() > 0 && !closed_) more_.wait_for(lock, gather, [&] { return closed_; });
  return std::move(waiting_);
}

void AppendQueue::release(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  bytes_ -= bytes;
  room_.notify_all();
}

void AppendQueue::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  more_.notify_all();
  room_.notify_all();
}

}  // namespace vedette::bus
