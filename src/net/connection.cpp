#include "connection.hpp"

#include <algorithm>

#include <poll.h>

namespace vedette::net {

namespace {
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::size_t kMaxLingerBytes = std::size_t{64} << 20;
}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, Shard& shard, Arrival arrival)
    : core_(*core),
      peer_(std::move(arrival.peer)),
      core_owner_(std::move(core)),
      shard_(shard),
      slot_(std::move(arrival.slot)),
      socket_(shard.loop->context()),
      wake_timer_(shard.loop->context()) {
  const int fd = arrival.fd.get();
  const auto& tls = core_.core_options().tls;
  stream_ = tls != nullptr ? make_tls_stream(*tls, fd) : make_plain_stream(fd);
  boost::system::error_code error;
  socket_.assign(fd, error);
  if (!error) arrival.fd.release();
  if (error || stream_ == nullptr) closing_ = true;
  peer_.tls = tls != nullptr;
  shard_.add(*this);
}

Connection::~Connection() {
  shard_.remove(*this);
}

Task<> Connection::run() {
  if (closing_) co_return;
  if (peer_.tls) {
    const Outcome outcome = co_await handshake();
    if (outcome != Outcome::ok) {
      core_.counters().handshakes_failed.fetch_add(1, std::memory_order_relaxed);
      co_return;
    }
    peer_.certificate_name = stream_->certificate_name();
  }
  co_await serve();
}

void Connection::cancel_waits() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::interrupt() {
  interrupted_ = true;
  cancel_waits();
}

void Connection::sweep(Clock::time_point now) {
  bool any = false;
  for (Deadline* deadline : {&reading_, &writing_}) {
    if (now < deadline->at || deadline->expired) continue;
    deadline->expired = true;
    any = true;
  }
  if (!any) return;
  if (!lingering_) core_.counters().timed_out.fetch_add(1, std::memory_order_relaxed);
  cancel_waits();
}

void Connection::force_close() {
  closing_ = true;
  cancel_waits();
  wake();
}

void Connection::wake() {
  woken_ = true;
  wake_timer_.cancel();
}

Task<> Connection::wait_for_wake(Clock::time_point until) {
  if (!woken_ && !closing_) {
    wake_timer_.expires_at(until);
    co_await wake_timer_.async_wait(kAwait);
  }
  woken_ = false;
}

Task<> Connection::yield_turn() {
  co_await asio::post(asio::use_awaitable_t<Executor>{});
}

Outcome Connection::state_of(Deadline& deadline) {
  if (closing_) return Outcome::closed;
  if (deadline.expired) {
    deadline = {};
    return Outcome::timed_out;
  }
  if (interrupted_ && &deadline == &reading_) {
    interrupted_ = false;
    return Outcome::interrupted;
  }
  return Outcome::ok;
}

Task<Outcome> Connection::wait_ready(WaitType type, Deadline& deadline) {
  const Outcome before = state_of(deadline);
  if (before != Outcome::ok) co_return before;
  co_await socket_.async_wait(type, kAwait);
  co_return state_of(deadline);
}

Outcome Connection::read_now(char* to, std::size_t size, std::size_t& count) {
  count = 0;
  const Attempt attempt = stream_->read(to, size, count);
  if (attempt == Attempt::end) return Outcome::end;
  if (attempt == Attempt::failed) return Outcome::failed;
  if (attempt != Attempt::done) count = 0;
  core_.counters().bytes_in.fetch_add(count, std::memory_order_relaxed);
  return Outcome::ok;
}

Task<Outcome> Connection::read_some(char* to, std::size_t size, std::size_t& count) {
  count = 0;
  for (;;) {
    if (closing_) co_return Outcome::closed;
    Attempt attempt = Attempt::wait_read;
    if (!read_emptied_) attempt = stream_->read(to, size, count);
    if (attempt == Attempt::done) {
      read_emptied_ = count < size && stream_->short_read_is_all();
      core_.counters().bytes_in.fetch_add(count, std::memory_order_relaxed);
      co_return Outcome::ok;
    }
    if (attempt == Attempt::end) co_return Outcome::end;
    if (attempt == Attempt::failed) co_return Outcome::failed;
    const WaitType type = attempt == Attempt::wait_write ? WaitType::wait_write : WaitType::wait_read;
    const Outcome waited = co_await wait_ready(type, reading_);
    read_emptied_ = false;
    if (waited != Outcome::ok) co_return waited;
  }
}

Task<Outcome> Connection::write_all(std::string_view first, std::string_view second,
                                    std::chrono::milliseconds timeout) {
  int progress = 0;
  while (!first.empty() || !second.empty()) {
    if (closing_) co_return Outcome::closed;
    std::size_t count = 0;
    const Attempt attempt = stream_->write(first.data(), first.size(), second.data(), second.size(), count);
    if (attempt == Attempt::done) {
      core_.counters().bytes_out.fetch_add(count, std::memory_order_relaxed);
      const std::size_t of_first = std::min(count, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(count - of_first);
      if (++progress % 16 == 0) co_await yield_turn();
      continue;
    }
    if (attempt == Attempt::end || attempt == Attempt::failed) co_return Outcome::failed;
    writing_ = {Clock::now() + timeout, false};
    const WaitType type = attempt == Attempt::wait_read ? WaitType::wait_read : WaitType::wait_write;
    const Outcome waited = co_await wait_ready(type, writing_);
    writing_ = {};
    if (waited != Outcome::ok) co_return waited;
  }
  co_return Outcome::ok;
}

Task<Outcome> Connection::handshake() {
  set_deadline_in(core_.core_options().handshake_timeout);
  for (;;) {
    const Attempt attempt = stream_->handshake();
    if (attempt == Attempt::done) break;
    if (attempt == Attempt::end || attempt == Attempt::failed) co_return Outcome::failed;
    const WaitType type = attempt == Attempt::wait_write ? WaitType::wait_write : WaitType::wait_read;
    const Outcome waited = co_await wait_ready(type, reading_);
    if (waited != Outcome::ok) co_return waited;
  }
  no_deadline();
  co_return Outcome::ok;
}

Task<> Connection::linger() {
  stream_->end_of_writing();
  if (closing_) co_return;
  // What comes is forgotten as bytes of the socket, whether TLS or not.
  const auto plain = make_plain_stream(socket_.native_handle());
  char forgotten[4096];
  std::size_t total = 0;
  const auto until = Clock::now() + kLingerTime;
  while (total < kMaxLingerBytes && Clock::now() < until) {
    std::size_t count = 0;
    const Attempt attempt = plain->read(forgotten, sizeof forgotten, count);
    total += count;
    if (attempt == Attempt::done) continue;
    if (attempt != Attempt::wait_read) co_return;
    lingering_ = true;
    set_deadline(until);
    const Outcome waited = co_await wait_ready(WaitType::wait_read, reading_);
    if (waited != Outcome::ok) co_return;
  }
}

bool Connection::peer_has_ended(bool& reset) const {
  pollfd state{const_cast<Descriptor&>(socket_).native_handle(), POLLRDHUP, 0};
  if (::poll(&state, 1, 0) <= 0) return false;
  reset = (state.revents & (POLLERR | POLLHUP)) != 0;
  return reset || (state.revents & POLLRDHUP) != 0;
}

}  // namespace vedette::net
