#include "listeners/flow.hpp"

#include <algorithm>

namespace vedette::ingest {

using std::chrono::milliseconds;

std::int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

ListenerCounters::ListenerCounters(base::Metrics& metrics, ports::Intake& intake, std::string listener)
    : metrics_(metrics),
      intake_(intake),
      listener_(std::move(listener)),
      events_(metrics.counter("vedette_listener_events_total", "Events that listeners took",
                              {{"listener", listener_}})),
      bytes_(metrics.counter("vedette_listener_bytes_total", "Bytes of events that listeners took",
                             {{"listener", listener_}})),
      cut_(metrics.counter("vedette_listener_cut_total", "Events that were longer than allowed and were cut",
                           {{"listener", listener_}})),
      connections_(metrics.gauge("vedette_listener_connections", "Open connections or files",
                                 {{"listener", listener_}})) {}

void ListenerCounters::dropped(const std::string& reason, std::uint64_t events) {
  if (events == 0) return;
  metrics_
      .counter("vedette_listener_dropped_total", "Events that listeners could not keep",
               {{"listener", listener_}, {"reason", reason}})
      .add(events);
  intake_.dropped(listener_, reason, events);
}

void RateLimit::refill(SteadyTime now) {
  if (!started_) {
    started_ = true;
    tokens_ = per_second_;
  } else if (now > last_) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(per_second_, tokens_ + seconds * per_second_);
  }
  last_ = std::max(now, last_);
}

bool RateLimit::take(SteadyTime now) {
  if (per_second_ <= 0) return true;
  const std::lock_guard lock(mutex_);
  refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

milliseconds RateLimit::charge(std::uint64_t events, SteadyTime now) {
  if (per_second_ <= 0) return milliseconds{0};
  const std::lock_guard lock(mutex_);
  refill(now);
  tokens_ -= static_cast<double>(events);
  if (tokens_ >= 0) return milliseconds{0};
  constexpr double kLongest = 60'000;
  return milliseconds{static_cast<std::int64_t>(std::min(kLongest, -tokens_ / per_second_ * 1000)) + 1};
}

Outbox::Outbox(ports::Intake& intake, RunAfter run_after, OutboxOptions options)
    : intake_(intake), run_after_(std::move(run_after)), options_(options) {}

namespace {
std::size_t weight_of(const model::RawBatch& batch) {
  return (batch.bytes ? batch.bytes->size() : 0) + batch.records.size() * sizeof(model::RawRecord);
}
}  // namespace

void Outbox::send(model::RawBatch batch, OnError on_error) {
  Item item{std::move(batch), nullptr, 0, false};
  item.done = std::move(item.batch.done);
  item.batch.done = nullptr;
  item.try_again = !item.done || on_error == OnError::try_again;
  item.weight = weight_of(item.batch);
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    taken = !closed_;
    if (taken) {
      waiting_bytes_.fetch_add(item.weight, std::memory_order_relaxed);
      waiting_.push_back(std::move(item));
    } else if (!item.done) {
      lost_ += item.batch.records.size();
    }
  }
  if (taken) {
    pump();
  } else if (item.done) {
    item.done(base::make_error(base::ErrorCode::cancelled, "the listener is closing"));
  }
}

// Offers from one thread at a time, so that the order is kept, and without the lock.
void Outbox::pump() {
  std::unique_lock lock(mutex_);
  if (pumping_) return;
  pumping_ = true;
  while (!waiting_.empty() && !refused_ && !closed_) {
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    ++unanswered_;
    lock.unlock();
    const std::size_t weight = item.weight;
    const bool taken = offer(item);
    Calls calls;
    lock.lock();
    if (taken) {
      waiting_bytes_.fetch_sub(weight, std::memory_order_relaxed);
      if (!full()) calls.swap(callers_);
      lock.unlock();
      for (const auto& call : calls) call();
      lock.lock();
    } else {
      --unanswered_;
      waiting_.push_front(std::move(item));
      if (std::exchange(refused_, true)) continue;
      lock.unlock();
      // A hop over the timer: the Intake may call at once.
      intake_.when_ready([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->try_later(milliseconds{1});
      });
      lock.lock();
    }
  }
  pumping_ = false;
  idle_.notify_all();
}

// Moves the item out if it was taken.
bool Outbox::offer(Item& item) {
  auto kept = std::make_shared<Item>();
  kept->done = item.done;
  kept->weight = item.weight;
  kept->try_again = item.try_again;
  if (item.try_again) kept->batch = item.batch;  // to be offered again; shares the bytes
  item.batch.done = [weak = weak_from_this(), kept](model::IntakeAnswer answer) {
    if (const auto self = weak.lock()) self->answered(std::move(*kept), std::move(answer));
  };
  if (intake_.offer(item.batch)) return true;
  item.batch.done = nullptr;
  return false;
}

void Outbox::answered(Item item, model::IntakeAnswer answer) {
  const bool failed = !answer.ok();
  const bool again = failed && item.try_again && answer.error().code != base::ErrorCode::cancelled;
  bool later = false, tell = item.done != nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (again && !closed_) {
      waiting_bytes_.fetch_add(item.weight, std::memory_order_relaxed);
      waiting_.push_front(std::move(item));
      later = !std::exchange(refused_, true);
      tell = false;
    } else if (failed && !item.done) {
      lost_ += item.batch.records.size();
    }
  }
  if (tell) item.done(std::move(answer));
  if (later) try_later(std::chrono::duration_cast<milliseconds>(intake_.retry_after()));
  const std::lock_guard lock(mutex_);
  --unanswered_;
  idle_.notify_all();
}

void Outbox::try_later(milliseconds time) {
  run_after_(time, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    {
      const std::lock_guard lock(self->mutex_);
      self->refused_ = false;
    }
    self->pump();
  });
}

void Outbox::when_room(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (full() && !closed_) {
      callers_.push_back(std::move(call));
      return;
    }
  }
  call();
}

bool Outbox::drain(milliseconds deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, deadline, [&] { return waiting_.empty() && unanswered_ == 0 && !pumping_; });
}

std::uint64_t Outbox::close() {
  std::deque<Item> items;
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items.swap(waiting_);
    calls.swap(callers_);
    waiting_bytes_.store(0, std::memory_order_relaxed);
    for (const auto& item : items) {
      if (!item.done) lost_ += item.batch.records.size();
    }
  }
  for (auto& item : items) {
    if (item.done) item.done(base::make_error(base::ErrorCode::cancelled, "the listener is closing"));
  }
  for (const auto& call : calls) call();
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_, 0);
}

void FlowControl::took(const std::shared_ptr<net::StreamConnection>& connection, std::uint64_t events) const {
  const auto wait = rate_->charge(events, std::chrono::steady_clock::now());
  if (wait.count() > 0) {
    connection->pause();
    run_after_(wait, [connection] { connection->resume(); });
  }
  if (outbox_->full()) {
    connection->pause();
    outbox_->when_room([connection] { connection->resume(); });
  }
}

}  // namespace vedette::ingest
