// Doubles for listeners without sockets: an Intake and a connection that record, and timers that a test
// moves.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "listeners/message_session.hpp"
#include "vedette/base/config.hpp"

namespace vedette::ingest::streams_test {

using std::chrono::milliseconds;

struct TakenRecord {
  std::string text, id, source, format;
  std::int64_t time = 0;
  std::map<std::string, std::string> extras;
};

class StreamIntake final : public ports::Intake {
 public:
  enum class Mode { answer, hold, refuse };

  bool offer(model::RawBatch& batch) override {
    std::unique_lock lock(mutex_);
    ++offers;
    if (mode_ == Mode::refuse) return false;
    if (fail_next_ > 0) {
      --fail_next_;
      auto done = std::move(batch.done);
      lock.unlock();
      if (done) done(base::make_error(base::ErrorCode::no_space, "full"));
      return true;
    }
    model::RawBatch taken = std::move(batch);
    ++batches_;
    std::vector<model::RecordOutcome> outcomes;
    for (const auto& record : taken.records) outcomes.push_back(keep(taken, record));
    auto done = std::move(taken.done);
    if (mode_ == Mode::hold) {
      held_.emplace_back([done, outcomes](bool ok) {
        if (!done) return;
        if (ok) {
          done(outcomes);
        } else {
          done(base::make_error(base::ErrorCode::io, "broken"));
        }
      });
      return true;
    }
    changed_.notify_all();
    lock.unlock();
    if (done) done(outcomes);
    return true;
  }
  void when_ready(std::function<void()> call) override {
    {
      const std::lock_guard lock(mutex_);
      if (mode_ == Mode::refuse) {
        callers_.push_back(std::move(call));
        return;
      }
    }
    call();
  }
  base::Status accepting() const override { return base::ok_status(); }
  std::chrono::seconds retry_after() const override { return std::chrono::seconds{0}; }
  void dropped(const std::string&, const std::string& reason, std::uint64_t events) override {
    const std::lock_guard lock(mutex_);
    drops_[reason] += events;
  }
  void dead_letter(const std::string&, const std::shared_ptr<const model::Source>&, std::string_view bytes,
                   std::string_view) override {
    const std::lock_guard lock(mutex_);
    letters_.emplace_back(bytes);
  }

  void set_mode(Mode mode) {
    std::vector<std::function<void()>> callers;
    {
      const std::lock_guard lock(mutex_);
      mode_ = mode;
      if (mode != Mode::refuse) callers.swap(callers_);
    }
    for (auto& call : callers) call();
  }
  void fail_next(int count) {
    const std::lock_guard lock(mutex_);
    fail_next_ = count;
  }
  void answer_held(bool ok) {
    std::vector<std::function<void(bool)>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto& answer : held) answer(ok);
  }
  void forget_held() {
    std::vector<std::function<void(bool)>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
  }
  std::vector<TakenRecord> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const auto& record : records()) texts.push_back(record.text);
    return texts;
  }
  std::size_t batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  std::size_t duplicates() const {
    const std::lock_guard lock(mutex_);
    return duplicates_;
  }
  std::uint64_t drops(const std::string& reason) const {
    const std::lock_guard lock(mutex_);
    const auto found = drops_.find(reason);
    return found == drops_.end() ? 0 : found->second;
  }
  std::vector<std::string> letters() const {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  // Until there are so many records; false after the time.
  bool wait_for(std::size_t count, milliseconds time = milliseconds{20000}) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return records_.size() >= count; });
  }
  std::atomic<int> offers{0};

 private:
  model::RecordOutcome keep(const model::RawBatch& batch, const model::RawRecord& record) {
    TakenRecord taken;
    taken.text = batch.bytes->substr(record.offset, record.size);
    taken.id = record.id;
    taken.time = record.time;
    taken.source = batch.source ? batch.source->path : "";
    taken.format = batch.format;
    for (std::uint32_t i = 0; i < record.extras; ++i)
      taken.extras.insert(batch.extras.at(record.first_extra + i));
    if (!record.id.empty() && !ids_.insert(record.id).second) {
      ++duplicates_;
      return {model::RecordOutcome::Kind::duplicate, {}, 0};
    }
    records_.push_back(std::move(taken));
    return {};
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mode mode_ = Mode::answer;
  int fail_next_ = 0;
  std::vector<TakenRecord> records_;
  std::set<std::string> ids_;
  std::vector<std::function<void(bool)>> held_;
  std::vector<std::function<void()>> callers_;
  std::map<std::string, std::uint64_t> drops_;
  std::vector<std::string> letters_;
  std::size_t batches_ = 0, duplicates_ = 0;
};

class TestConnection final : public net::StreamConnection {
 public:
  TestConnection() { peer_.address = *base::IpAddress::parse("192.0.2.7"); }
  const net::Peer& peer() const override { return peer_; }
  void send(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    sent_ += bytes;
  }
  void close() override { closed = true; }
  void pause() override { ++paused; }
  void resume() override { --paused; }
  std::string take_sent() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sent_, {});
  }
  std::atomic<bool> closed{false};
  std::atomic<int> paused{0};

 private:
  net::Peer peer_;
  std::mutex mutex_;
  std::string sent_;
};

// Timers that run when told to.
class TestTimers {
 public:
  RunAfter run_after() {
    return [this](milliseconds, std::function<void()> work) { work_.push_back(std::move(work)); };
  }
  void run() {
    auto work = std::exchange(work_, {});
    for (auto& one : work) one();
  }
  std::size_t waiting() const { return work_.size(); }

 private:
  std::vector<std::function<void()>> work_;
};

// Gives a session bytes in pieces as a connection would.
inline void feed(net::StreamSession& session, std::string_view bytes, std::size_t piece, bool end = true) {
  std::string buffer;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    buffer += bytes.substr(at, piece);
    buffer.erase(0, session.on_bytes(buffer, false));
  }
  if (end) session.on_bytes(buffer, true);
}

struct SessionBench {
  explicit SessionBench(MessageOptions with = {}) : options(std::move(with)) {
    if (options.listener.empty()) options.listener = "test";
    core = std::make_shared<MessageCore>(intake, metrics, timers.run_after(), options);
  }
  void settle() {
    core->batcher->flush();
    for (int i = 0; i < 3; ++i) timers.run();
  }
  MessageOptions options;
  StreamIntake intake;
  base::Metrics metrics;
  TestTimers timers;
  std::shared_ptr<MessageCore> core;
  std::shared_ptr<TestConnection> connection = std::make_shared<TestConnection>();
};

}  // namespace vedette::ingest::streams_test
