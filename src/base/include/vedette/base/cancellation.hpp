// Cooperative cancellation, shared by the threads of one piece of work.
#pragma once

#include <atomic>

namespace vedette::base {

// Thread safe. May be cancelled from a signal handler (lock-free atomic).
class CancellationToken {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace vedette::base
