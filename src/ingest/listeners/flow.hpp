// What stream listeners share: timers, counters, a bound on the rate of events, and the way from batches to
// the Intake.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "vedette/base/metrics.hpp"
#include "vedette/model/raw_batch.hpp"
#include "vedette/net/stream_server.hpp"
#include "vedette/ports/intake.hpp"

namespace vedette::ingest {

// Runs the work once after the time, in any thread (net::Io::after, or a test's own).
using RunAfter = std::function<void(std::chrono::milliseconds time, std::function<void()> work)>;
using SteadyTime = std::chrono::steady_clock::time_point;

std::int64_t wall_clock_ns();

// The counters of one listener. Thread safe.
class ListenerCounters {
 public:
  ListenerCounters(base::Metrics& metrics, ports::Intake& intake, std::string listener);
  void took(std::uint64_t events, std::uint64_t bytes) {
    events_.add(events);
    bytes_.add(bytes);
  }
  // Tells the Intake, too.
  void dropped(const std::string& reason, std::uint64_t events);
  void cut() { cut_.add(); }
  void connection(int change) { connections_.add(change); }

 private:
  base::Metrics& metrics_;
  ports::Intake& intake_;
  const std::string listener_;
  base::Counter& events_;
  base::Counter& bytes_;
  base::Counter& cut_;
  base::Gauge& connections_;
};

// At most `per_second` events a second on average, a second's worth at once; 0: no bound. Thread safe.
class RateLimit {
 public:
  explicit RateLimit(std::uint64_t per_second) : per_second_(static_cast<double>(per_second)) {}
  // Whether one more is within the bound; if so it is counted.
  bool take(SteadyTime now);
  // Counts events that were taken already; returns how long to take no more.
  std::chrono::milliseconds charge(std::uint64_t events, SteadyTime now);

 private:
  void refill(SteadyTime now);

  const double per_second_;
  std::mutex mutex_;  // guards what follows
  double tokens_ = 0;
  SteadyTime last_{};
  bool started_ = false;
};

struct OutboxOptions {
  std::size_t max_waiting_bytes = std::size_t{16} << 20;  // beyond: full()
};

// Offers batches to the Intake in order, and keeps those it has no room for. Thread safe; owned by shared_ptr
// because answers may come late.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(ports::Intake& intake, RunAfter run_after, OutboxOptions options);

  // What an error as answer means. A batch that is tried again is answered only with success, or cancelled.
  enum class OnError : std::uint8_t { tell, try_again };
  // Always takes it. A batch without `done` is always tried again (so that nothing is lost while a disk is
  // full), until close().
  void send(model::RawBatch batch, OnError on_error = OnError::tell);
  // More waits than should: senders are to be held back.
  bool full() const { return waiting_bytes_.load(std::memory_order_relaxed) > options_.max_waiting_bytes; }
  // Calls once, in any thread, when it is not full; at once if it is not.
  void when_room(std::function<void()> call);
  // Waits until all is answered; false at the deadline.
  bool drain(std::chrono::milliseconds deadline);
  // Nothing is offered again, and waiting batches are answered with ErrorCode::cancelled. Returns the events
  // that nobody was told of.
  std::uint64_t close();

 private:
  // `done` is kept beside the batch: the one in it is ours.
  struct Item {
    model::RawBatch batch;
    std::function<void(model::IntakeAnswer)> done;
    std::size_t weight = 0;
    bool try_again = false;
  };
  using Calls = std::vector<std::function<void()>>;

  void pump();
  bool offer(Item& item);
  void try_later(std::chrono::milliseconds time);
  void answered(Item item, model::IntakeAnswer answer);

  ports::Intake& intake_;
  const RunAfter run_after_;
  const OutboxOptions options_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable idle_;
  std::deque<Item> waiting_;
  Calls callers_;
  std::size_t unanswered_ = 0;
  std::uint64_t lost_ = 0;
  bool pumping_ = false;
  bool refused_ = false;  // offers nothing until try_later's time
  bool closed_ = false;
};

// Holds a connection back while the outbox is full or the rate is passed.
class FlowControl {
 public:
  FlowControl(std::shared_ptr<Outbox> outbox, std::shared_ptr<RateLimit> rate, RunAfter run_after)
      : outbox_(std::move(outbox)), rate_(std::move(rate)), run_after_(std::move(run_after)) {}
  // After `events` of that connection were taken.
  void took(const std::shared_ptr<net::StreamConnection>& connection, std::uint64_t events) const;
  const std::shared_ptr<Outbox>& outbox() const { return outbox_; }
  RateLimit& rate() const { return *rate_; }

 private:
  std::shared_ptr<Outbox> outbox_;
  std::shared_ptr<RateLimit> rate_;
  RunAfter run_after_;
};

}  // namespace vedette::ingest
