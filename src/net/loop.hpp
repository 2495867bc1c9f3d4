// One event loop and its thread; what State of Io is made of.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "asio_parts.hpp"
#include "vedette/net/io.hpp"

namespace vedette::net {

// Outlives its context, so that whoever answers late may still post: then nothing happens.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Any thread. False if the loop has ended; the work is then let go.
  template <typename Work>
  bool post(Work&& work) {
    const std::scoped_lock lock(mutex_);
    if (context_ == nullptr) return false;
    asio::post(*context_, std::forward<Work>(work));
    return true;
  }
  bool ended() const {
    const std::scoped_lock lock(mutex_);
    return context_ == nullptr;
  }
  bool is_current() const;  // called on its thread
  // Only on its thread.
  asio::io_context& context() { return *context_; }

  void start();
  void request_stop();
  void join_and_destroy();

 private:
  mutable std::mutex mutex_;  // guards context_ as a pointer
  std::unique_ptr<asio::io_context> context_;
  std::thread thread_;
};

using Loops = std::vector<std::shared_ptr<Loop>>;

// Whether the caller is on a thread of any Io.
bool on_loop_thread();

struct Io::State {
  Loops loops;
  std::atomic<std::size_t> next{0};
  std::mutex stop_mutex;
  bool stopped = false;  // guarded by stop_mutex

  Loop& next_loop() { return *loops[next.fetch_add(1, std::memory_order_relaxed) % loops.size()]; }
};

}  // namespace vedette::net
