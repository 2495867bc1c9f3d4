#include "search/worker_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace vedette::store::search {
namespace {

// The helping threads of a search give way to those that take events in: all searches together cannot starve
// an ingest, which loses to their calling threads only. (On Linux the priority is the thread's.)
constexpr int kYieldingPriority = 5;

}  // namespace

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : started_) thread.join();
}

void WorkerPool::drain(std::size_t worker) {
  for (std::size_t item = next_.fetch_add(1); item < items_; item = next_.fetch_add(1)) {
    (*work_)(item, worker);
  }
}

void WorkerPool::serve(std::size_t worker) {
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kYieldingPriority));
  std::size_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closing_ || generation_ != seen; });
      if (closing_) return;
      seen = generation_;
    }
    drain(worker);
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
}

void WorkerPool::run(std::size_t items, const Work& work) {
  if (items <= 1 || threads_ <= 1) {
    for (std::size_t item = 0; item < items; ++item) work(item, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    items_ = items;
    next_.store(0);
    busy_ = threads_ - 1;
    ++generation_;
  }
  while (started_.size() + 1 < threads_) {
    const std::size_t worker = started_.size() + 1;
    started_.emplace_back([this, worker] { serve(worker); });
  }
  wake_.notify_all();
  drain(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_ == 0; });
}

}  // namespace vedette::store::search
