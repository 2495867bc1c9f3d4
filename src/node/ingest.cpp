#include "vedette/node/ingest.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "live/clock.hpp"
#include "parallel_reader.hpp"

namespace vedette::node {
namespace {

// Appends groups of batches in the order of their numbers, whichever worker brings them, and keeps account of
// the answers.
class Appender {
 public:
  Appender(ports::Bus& bus, base::CancellationToken& stop) : bus_(bus), stop_(stop) {}

  void add(std::uint64_t number, std::span<const BatchPtr> batches) {
    std::unique_lock lock(order_);
    // A worker far ahead of the one that has the turn waits, so that little is held.
    turn_.wait(lock, [&] { return number < next_ + kMaxAhead; });
    waiting_.emplace(number, std::vector<BatchPtr>(batches.begin(), batches.end()));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      for (const BatchPtr& batch : waiting_.begin()->second) append(batch);
      waiting_.erase(waiting_.begin());
      ++next_;
    }
    turn_.notify_all();
  }

  // Waits for all answers.
  base::Status finish() {
    std::unique_lock lock(answers_);
    answered_.wait(lock, [&] { return pending_ == 0; });
    return refused_;
  }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  static constexpr std::uint64_t kMaxAhead = 32;

  void append(const BatchPtr& batch) {
    if (batch->empty()) return;
    {
      std::lock_guard lock(answers_);
      if (!refused_.ok()) return;
      ++pending_;
    }
    const std::uint64_t count = batch->size();
    bus_.append(kEventsTopic, with_default_time(batch, clock_now()),
                [this, count](base::Result<std::uint64_t> answer) {
                  std::lock_guard lock(answers_);
                  if (answer.ok()) {
                    acknowledged_ += count;
                  } else if (refused_.ok()) {
                    refused_ = answer.error();
                    stop_.cancel();
                  }
                  --pending_;
                  answered_.notify_all();
                });
  }

  ports::Bus& bus_;
  base::CancellationToken& stop_;
  std::atomic<std::uint64_t> acknowledged_{0};

  std::mutex order_;  // guards next_ and waiting_, and keeps the appends in order
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::vector<BatchPtr>> waiting_;

  std::mutex answers_;  // guards what follows
  std::condition_variable answered_;
  std::uint64_t pending_ = 0;
  base::Status refused_ = base::ok_status();
};

}  // namespace

IngestTotals ingest(const ScanOptions& options, DataFolder& data, const IngestProgress& progress,
                    const base::CancellationToken& cancellation, base::Status& refused) {
  const auto start = std::chrono::steady_clock::now();
  base::CancellationToken stop;
  Appender appender(data.bus(), stop);
  BatchHandler handler;
  handler.on_batches = [&](int, std::uint64_t number, std::span<const BatchPtr> batches) {
    appender.add(number, batches);
  };
  handler.on_progress = [&](std::uint64_t bytes, std::uint64_t total) {
    if (cancellation.cancelled()) stop.cancel();
    if (!progress) return;
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
    progress(bytes, total, appender.acknowledged(), seconds.count());
  };
  IngestTotals totals;
  totals.read = read_batches(options, thread_count(options.threads), handler, stop);
  refused = appender.finish();
  totals.acknowledged = appender.acknowledged();
  totals.read.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return totals;
}

}  // namespace vedette::node
