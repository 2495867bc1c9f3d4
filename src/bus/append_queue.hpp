// Appends that wait for the writing thread, bounded by bytes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "written_partition.hpp"

namespace vedette::bus {

// Thread safe.
class AppendQueue {
 public:
  explicit AppendQueue(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // Waits for room, but not in the thread that takes (an acknowledgement may append). False once closed; the
  // append stays with the caller then.
  bool push(PendingAppend& append);
  // Everything that waits, after waiting for something and then for `gather`; empty once closed and taken.
  std::vector<PendingAppend> take(std::chrono::microseconds gather);
  // What was taken has been written or refused.
  void release(std::uint64_t bytes);
  void close();
  void set_taker(std::thread::id taker) { taker_ = taker; }

 private:
  const std::uint64_t max_bytes_;
  std::thread::id taker_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable more_, room_;
  std::vector<PendingAppend> waiting_;
  std::uint64_t bytes_ = 0;  // waiting or taken
  bool closed_ = false;
};

}  // namespace vedette::bus
