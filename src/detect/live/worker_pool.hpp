// WorkerPool: threads that share out numbered tasks; the caller works, too.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vedette::detect {

class WorkerPool {
 public:
  // Task(worker, number): `worker` is below workers(), and no two calls at a time have the same.
  using Task = std::function<void(std::size_t worker, std::size_t number)>;

  explicit WorkerPool(std::size_t workers) {
    for (std::size_t w = 1; w < workers; ++w) threads_.emplace_back([this, w] { serve(w); });
  }
  ~WorkerPool() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  std::size_t workers() const { return threads_.size() + 1; }

  // Runs the tasks 0 to before `count` and returns when all are done. One call at a time.
  void run(std::size_t count, const Task& task) {
    if (threads_.empty() || count <= 1) {
      for (std::size_t i = 0; i < count; ++i) task(0, i);
      return;
    }
    {
      std::lock_guard lock(mutex_);
      task_ = &task;
      count_ = count;
      next_ = 0;
      busy_ = threads_.size();
      ++round_;
    }
    wake_.notify_all();
    work(0, task, count);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return busy_ == 0; });
  }

 private:
  void work(std::size_t worker, const Task& task, std::size_t count) {
    for (std::size_t i = next_.fetch_add(1); i < count; i = next_.fetch_add(1)) task(worker, i);
  }

  void serve(std::size_t worker) {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || round_ != seen; });
      if (stopping_) return;
      seen = round_;
      const Task& task = *task_;
      const std::size_t count = count_;
      lock.unlock();
      work(worker, task, count);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;  // guards what follows, but for next_
  std::condition_variable wake_, done_;
  const Task* task_ = nullptr;
  std::size_t count_ = 0, busy_ = 0;
  std::uint64_t round_ = 0;
  bool stopping_ = false;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace vedette::detect
