#include "rest/worker_pool.hpp"

#include <algorithm>

namespace vedette::api {

WorkerPool::WorkerPool(int max_threads, std::size_t max_queue)
    : max_threads_(static_cast<std::size_t>(std::max(1, max_threads))), max_queue_(max_queue) {}

bool WorkerPool::submit(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  const std::size_t free = idle_ + (max_threads_ - threads_.size());
  if (stopped_ || queue_.size() >= free + max_queue_) return false;
  queue_.push_back(std::move(work));
  if (queue_.size() > idle_ && threads_.size() < max_threads_) {
    threads_.emplace_back([this] { run(); });
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void WorkerPool::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace vedette::api
