// Threads that answer requests.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vedette::api {

// Thread safe. Threads are made when they are needed first.
class WorkerPool {
 public:
  WorkerPool(int max_threads, std::size_t max_queue);
  ~WorkerPool() { stop(); }
  // False: all threads work and the queue is full, or it was stopped.
  bool submit(std::function<void()> work);
  // Nothing new; what waits is still done, and waited for.
  void stop();

 private:
  void run();

  const std::size_t max_threads_, max_queue_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace vedette::api
