#include "stream_session.hpp"

#include <algorithm>
#include <utility>

namespace vedette::net {

namespace {

constexpr std::size_t kMaxOutputBytes = std::size_t{1} << 20;
constexpr std::size_t kStreamReadBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxRestBytes = std::size_t{16} << 20;  // more than a kernel's buffer holds
constexpr int kReadsOfTurn = 16;
constexpr std::chrono::milliseconds kSendTimeout{30'000};
// For acknowledgements that are still to come when the last bytes were handed over.
constexpr std::chrono::milliseconds kLastAnswersTime{10'000};

class SessionHandle final : public StreamConnection {
 public:
  SessionHandle(std::shared_ptr<SessionLink> link, Peer peer)
      : link_(std::move(link)), peer_(std::move(peer)) {}
  ~SessionHandle() override { link_->let_go(); }

  const Peer& peer() const override { return peer_; }
  void send(std::string bytes) override { link_->send(std::move(bytes)); }
  void close() override { link_->close(); }
  void pause() override { link_->pause(); }
  void resume() override { link_->resume(); }

 private:
  std::shared_ptr<SessionLink> link_;
  const Peer peer_;
};

}  // namespace

std::shared_ptr<Connection> StreamCore::make_connection(Shard& shard, Arrival arrival) {
  return std::make_shared<SessionConnection>(std::static_pointer_cast<StreamCore>(shared_from_this()), shard,
                                             std::move(arrival));
}

void SessionLink::on_connection(void (SessionConnection::*what)()) {
  loop_->post([connection = connection_, what] {
    if (const auto alive = connection.lock()) ((*alive).*what)();
  });
}

void SessionLink::send(std::string bytes) {
  if (bytes.empty()) return;
  void (SessionConnection::*what)() = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return;
    if (output_.size() + in_flight_ + bytes.size() > kMaxOutputBytes) {
      closed_ = true;
      what = &SessionConnection::stop_now;
    } else {
      if (output_.empty()) {
        output_ = std::move(bytes);
      } else {
        output_.append(bytes);
      }
      if (!sending_) what = &SessionConnection::start_sending;
      sending_ = true;
    }
  }
  if (what != nullptr) on_connection(what);
}

void SessionLink::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  if (!close_wanted_.exchange(true)) on_connection(&SessionConnection::look_again);
}

void SessionLink::pause() {
  pauses_.fetch_add(1, std::memory_order_relaxed);
  pauses_begun_.fetch_add(1, std::memory_order_relaxed);
}

void SessionLink::resume() {
  if (pauses_.fetch_sub(1, std::memory_order_relaxed) == 1) on_connection(&SessionConnection::look_again);
}

void SessionLink::let_go() {
  if (!let_go_.exchange(true)) on_connection(&SessionConnection::look_again);
}

bool SessionLink::take_output(std::string& bytes) {
  const std::scoped_lock lock(mutex_);
  bytes.clear();
  bytes.swap(output_);
  in_flight_ = bytes.size();
  sending_ = !bytes.empty();
  return sending_;
}

bool SessionLink::sending() const {
  const std::scoped_lock lock(mutex_);
  return sending_;
}

void SessionLink::has_closed() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

SessionConnection::SessionConnection(std::shared_ptr<StreamCore> core, Shard& shard, Arrival arrival)
    : Connection(core, shard, std::move(arrival)), stream_(*core) {}

SessionConnection::~SessionConnection() {
  if (link_ != nullptr) link_->has_closed();
}

void SessionConnection::begin_drain() {
  look_again();
}

void SessionConnection::look_again() {
  interrupt();
  wake();
}

void SessionConnection::start_sending() {
  asio::co_spawn(loop_owner()->context(),
                 send_output(std::static_pointer_cast<SessionConnection>(shared_from_this())),
                 asio::detached);
}

Task<> SessionConnection::send_output(std::shared_ptr<SessionConnection> self) {
  std::string bytes;
  while (self->link_->take_output(bytes)) {
    const Outcome outcome =
        co_await self->write_all(bytes, {}, std::min(kSendTimeout, self->stream_.options.idle_timeout));
    if (outcome == Outcome::ok) continue;
    self->link_->has_closed();
    self->force_close();
    break;
  }
  self->wake();
}

Task<> SessionConnection::serve() {
  link_ = std::make_shared<SessionLink>(
      loop_owner(), std::weak_ptr(std::static_pointer_cast<SessionConnection>(shared_from_this())));
  session_ = stream_.sessions(std::make_shared<SessionHandle>(link_, peer_));
  if (session_ == nullptr) co_return;
  co_await read_all();
  no_deadline();
  if (!link_->close_wanted() && !too_large_) feed(true);
  session_.reset();
  const auto until = Clock::now() + std::min(kLastAnswersTime, stream_.options.idle_timeout);
  co_await wait_until_sent(until);
  link_->has_closed();
  if (closing()) co_return;
  if (link_->close_wanted() || too_large_) {
    co_await linger();
  } else {
    end_of_writing();
  }
}

// Until the stream ends, the session closes it, or the server drains.
Task<> SessionConnection::read_all() {
  for (int reads = 1;; ++reads) {
    while (link_->paused() && !must_stop()) {
      no_deadline();
      co_await wait_for_wake();
    }
    if (must_stop()) co_return;
    if (std::exchange(feed_again_, false)) {
      if (!feed(false)) co_return;
      if (reads % kReadsOfTurn == 0) co_await yield_turn();
      continue;
    }
    if (stream_.draining()) {
      co_await read_rest();
      co_return;
    }
    set_deadline_in(stream_.options.idle_timeout);
    const Outcome outcome = co_await read_once();
    if (outcome == Outcome::interrupted) continue;
    if (outcome != Outcome::ok || !feed(false)) co_return;
    if (reads % kReadsOfTurn == 0) co_await yield_turn();
  }
}

Task<Outcome> SessionConnection::read_once() {
  const std::size_t free =
      stream_.options.max_buffer_bytes - std::min(stream_.options.max_buffer_bytes, in_.size());
  std::size_t room = 0;
  char* to = in_.prepare(std::min(kStreamReadBytes, free), room);
  std::size_t count = 0;
  const Outcome outcome = co_await read_some(to, std::min(room, free), count);
  in_.commit(count);
  co_return outcome;
}

// What the kernel has already taken.
Task<> SessionConnection::read_rest() {
  std::size_t total = 0;
  while (total < kMaxRestBytes && !must_stop()) {
    const std::size_t free =
        stream_.options.max_buffer_bytes - std::min(stream_.options.max_buffer_bytes, in_.size());
    std::size_t room = 0;
    char* to = in_.prepare(std::min(kStreamReadBytes, free), room);
    std::size_t count = 0;
    read_now(to, std::min(room, free), count);
    if (count == 0) break;
    in_.commit(count);
    total += count;
    if (!feed(false)) break;
    while (link_->paused() && !must_stop()) co_await wait_for_wake();
  }
}

// False if the connection is to end.
bool SessionConnection::feed(bool at_end) {
  const std::size_t size = in_.size();
  const std::uint64_t pauses = link_->pauses_begun();
  const std::size_t used = std::min(session_->on_bytes(in_.view(), at_end), size);
  in_.consume(used);
  if (at_end) return false;
  feed_again_ = !in_.empty() && link_->pauses_begun() != pauses;
  if (used == 0 && size >= stream_.options.max_buffer_bytes && !feed_again_) {
    too_large_ = true;
    stream_.counters().too_large.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  in_.shrink(kStreamReadBytes);
  return true;
}

// All that was sent, and what whoever still holds the handle may send, until then.
Task<> SessionConnection::wait_until_sent(Clock::time_point until) {
  while (!closing() && Clock::now() < until) {
    if (!link_->sending() && (link_->was_let_go() || link_->close_wanted() || too_large_)) co_return;
    co_await wait_for_wake(until);
  }
}

}  // namespace vedette::net
