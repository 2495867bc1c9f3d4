#include "server_core.hpp"

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "connection.hpp"
#include "vedette/base/check.hpp"

namespace vedette::net {

namespace {

constexpr int kMaxLingeringRefusals = 64;
constexpr int kAcceptsAtOnce = 64;
constexpr std::chrono::milliseconds kNoDescriptorsPause{100};
constexpr std::chrono::milliseconds kRefusalLinger{500};

Task<> run_connection(std::shared_ptr<Connection> connection) {
  co_await connection->run();
}

std::chrono::milliseconds sweep_period(std::chrono::milliseconds shortest_timeout) {
  using std::chrono::milliseconds;
  return std::clamp(shortest_timeout / 8, milliseconds(5), milliseconds(250));
}

void set_connection_options(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

Slot::~Slot() {
  if (core_ != nullptr) core_->release_slot(address_);
}

void Shard::add(Connection& connection) {
  connection.shard_index_ = connections_.size();
  connections_.push_back(&connection);
}

void Shard::remove(Connection& connection) {
  Connection* last = connections_.back();
  last->shard_index_ = connection.shard_index_;
  connections_[connection.shard_index_] = last;
  connections_.pop_back();
}

// An acceptor, as long as its coroutine lives.
struct ServerCore::Live {
  explicit Live(std::shared_ptr<ServerCore> of) : core(std::move(of)) {
    const std::scoped_lock lock(core->mutex_);
    ++core->live_;
  }
  Live(Live&& other) noexcept = default;
  Live& operator=(Live&&) = delete;
  ~Live() {
    if (core == nullptr) return;
    const std::scoped_lock lock(core->mutex_);
    --core->live_;
    core->ended_.notify_all();
  }
  std::shared_ptr<ServerCore> core;
};

ServerCore::ServerCore(CoreOptions options) : options_(std::move(options)) {}

base::Status ServerCore::listen(Io& io) {
  TRY_ASSIGN(auto sockets, bind_sockets(options_.listen, SOCK_STREAM));
  local_ = local_endpoint(options_.listen, sockets.front().get());
  for (const auto& loop : io.state().loops) {
    shards_.push_back(std::make_unique<Shard>());
    shards_.back()->loop = loop;
  }
  const std::shared_ptr<Loop> first = shards_.front()->loop;
  for (Fd& socket : sockets) {
    first->post([this, live = Live(shared_from_this()), fd = std::move(socket), first]() mutable {
      asio::co_spawn(first->context(), accept_loop(std::move(live), std::move(fd), first), asio::detached);
    });
  }
  return base::ok_status();
}

Task<> ServerCore::accept_loop([[maybe_unused]] Live live, Fd fd, std::shared_ptr<Loop> loop) {
  Descriptor listener(loop->context());
  boost::system::error_code error;
  const int listening = fd.get();
  listener.assign(fd.release(), error);
  Timer pause(loop->context());
  listeners_.push_back(&listener);
  int at_once = 0;
  while (!draining() && !error) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Fd accepted(
        ::accept4(listening, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      hand_over(*loop, std::move(accepted), peer_of(address));
      if (++at_once % kAcceptsAtOnce == 0) co_await asio::post(asio::use_awaitable_t<Executor>{});
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      co_await listener.async_wait(WaitType::wait_read, kAwait);
    } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO && errno != EPERM) {
      // Out of descriptors or memory: those who wait are not gone when there are some again.
      pause.expires_after(kNoDescriptorsPause);
      co_await pause.async_wait(kAwait);
    }
  }
  std::erase(listeners_, &listener);
}

void ServerCore::hand_over(Loop& loop, Fd fd, const Peer& peer) {
  counters_.connections.fetch_add(1, std::memory_order_relaxed);
  if (!take_slot(peer.address)) {
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    refuse(loop, std::move(fd));
    return;
  }
  Slot slot(shared_from_this(), peer.address);
  set_connection_options(fd.get());
  Shard& shard = *shards_[next_shard_++ % shards_.size()];
  shard.loop->post([this, &shard, arrival = Arrival{std::move(fd), peer, std::move(slot)}]() mutable {
    begin(shard, std::move(arrival));
  });
}

void ServerCore::begin(Shard& shard, Arrival arrival) {
  if (shut_.load(std::memory_order_relaxed)) return;
  const auto connection = make_connection(shard, std::move(arrival));
  asio::io_context& context = shard.loop->context();
  if (!shard.sweeping) {
    shard.sweeping = true;
    asio::co_spawn(context, sweep_loop(shared_from_this(), shard), asio::detached);
  }
  asio::co_spawn(context, run_connection(connection), asio::detached);
}

Task<> ServerCore::sweep_loop([[maybe_unused]] std::shared_ptr<ServerCore> self, Shard& shard) {
  const auto period = sweep_period(options_.shortest_timeout);
  Timer timer(co_await asio::this_coro::executor);
  while (!shard.connections().empty()) {
    timer.expires_after(period);
    co_await timer.async_wait(kAwait);
    const auto now = Clock::now();
    for (Connection* connection : shard.connections()) connection->sweep(now);
  }
  shard.sweeping = false;
}

bool ServerCore::take_slot(const base::IpAddress& address) {
  const std::scoped_lock lock(mutex_);
  if (connections_ >= options_.max_connections) return false;
  std::uint32_t& of_address = per_address_[address];
  if (of_address >= options_.max_connections_per_address) {
    if (of_address == 0) per_address_.erase(address);
    return false;
  }
  ++of_address;
  ++connections_;
  ++live_;
  counters_.open.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void ServerCore::release_slot(const base::IpAddress& address) {
  const std::scoped_lock lock(mutex_);
  const auto found = per_address_.find(address);
  if (--found->second == 0) per_address_.erase(found);
  --connections_;
  --live_;
  counters_.open.fetch_sub(1, std::memory_order_relaxed);
  ended_.notify_all();
}

namespace {

// Gives a refused client the time to read why, and takes what it has sent: unread bytes would reset the
// connection and the answer with it.
Task<> refuse_slowly(std::shared_ptr<ServerCore>, std::atomic<int>& lingering, Fd fd) {
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor);
  timer.expires_after(kRefusalLinger);
  co_await timer.async_wait(kAwait);
  char forgotten[4096];
  for (int i = 0; i < 16 && ::recv(fd.get(), forgotten, sizeof forgotten, MSG_DONTWAIT) > 0; ++i) continue;
  lingering.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void ServerCore::refuse(Loop& loop, Fd fd) {
  const std::string text = options_.tls == nullptr ? refusal() : std::string();
  if (text.empty()) return;
  ::send(fd.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd.get(), SHUT_WR);
  if (refusals_.load(std::memory_order_relaxed) >= kMaxLingeringRefusals) return;
  refusals_.fetch_add(1, std::memory_order_relaxed);
  asio::co_spawn(loop.context(), refuse_slowly(shared_from_this(), refusals_, std::move(fd)), asio::detached);
}

template <typename Call>
void ServerCore::on_connections(Call call) {
  for (const auto& shard : shards_) {
    shard->loop->post([self = shared_from_this(), at = shard.get(), call] {
      for (Connection* connection : at->connections()) call(*connection);
    });
  }
}

void ServerCore::stop_accepting() {
  draining_.store(true);
  if (shards_.empty()) return;
  shards_.front()->loop->post([self = shared_from_this()] {
    for (Descriptor* listener : self->listeners_) {
      boost::system::error_code ignored;
      listener->cancel(ignored);
    }
  });
}

bool ServerCore::loops_ended() const {
  return std::all_of(shards_.begin(), shards_.end(), [](const auto& shard) { return shard->loop->ended(); });
}

bool ServerCore::wait_ended(Clock::time_point until) {
  constexpr std::chrono::milliseconds kLook{50};  // for an Io that ends meanwhile
  std::unique_lock lock(mutex_);
  while (live_ > 0) {
    const auto now = Clock::now();
    if (now >= until) return false;
    ended_.wait_until(lock, std::min(until, now + kLook), [this] { return live_ == 0; });
    if (live_ == 0) break;
    lock.unlock();
    if (loops_ended()) return true;
    lock.lock();
  }
  return true;
}

void ServerCore::drain(std::chrono::milliseconds deadline) {
  stop_accepting();
  on_connections([](Connection& connection) { connection.begin_drain(); });
  if (on_loop_thread()) {
    shards_.front()->loop->post([self = shared_from_this(), deadline] {
      asio::io_context& context = self->shards_.front()->loop->context();
      asio::co_spawn(context, self->close_rest_after(self, deadline), asio::detached);
    });
    return;
  }
  if (wait_ended(Clock::now() + deadline)) return;
  on_connections([](Connection& connection) { connection.force_close(); });
  wait_ended(Clock::now() + std::chrono::seconds(10));
}

Task<> ServerCore::close_rest_after([[maybe_unused]] std::shared_ptr<ServerCore> self,
                                    std::chrono::milliseconds time) {
  Timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(kAwait);
  on_connections([](Connection& connection) { connection.force_close(); });
}

void ServerCore::shut() {
  stop_accepting();
  shut_.store(true);
  on_connections([](Connection& connection) { connection.force_close(); });
  if (!on_loop_thread()) wait_ended(Clock::time_point::max());
}

}  // namespace vedette::net
