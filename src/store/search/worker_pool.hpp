// A few threads for one search.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vedette::store::search {

// Used from one thread. Threads start with the first run that has work for them.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads) : threads_(threads) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  std::size_t size() const { return threads_; }

  // Calls work(item, worker) for every item in 0..items-1, each once, roughly in order; the calling thread is
  // worker 0. Returns when all are done.
  using Work = std::function<void(std::size_t item, std::size_t worker)>;
  void run(std::size_t items, const Work& work);

 private:
  void serve(std::size_t worker);
  void drain(std::size_t worker);

  std::size_t threads_;
  std::vector<std::thread> started_;
  std::mutex mutex_;  // guards the members up to the next blank line
  std::condition_variable wake_, done_;
  std::size_t generation_ = 0, busy_ = 0;
  bool closing_ = false;

  const Work* work_ = nullptr;
  std::size_t items_ = 0;
  std::atomic<std::size_t> next_{0};
};

}  // namespace vedette::store::search
