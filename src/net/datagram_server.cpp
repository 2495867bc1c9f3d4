#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>

#include <sys/socket.h>

#include "loop.hpp"
#include "sockets.hpp"
#include "vedette/base/check.hpp"
#include "vedette/net/stream_server.hpp"

namespace vedette::net {

namespace {

constexpr std::size_t kBatch = 64;
constexpr int kBatchesOfTurn = 16;
constexpr int kLastBatches = 4096;  // more than a kernel's buffer holds

// The buffers of one call of recvmmsg.
class DatagramBatch {
 public:
  explicit DatagramBatch(std::size_t datagram_bytes)
      : bytes_(std::make_unique_for_overwrite<char[]>(kBatch * datagram_bytes)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      pieces_[i] = {bytes_.get() + i * datagram_bytes, datagram_bytes};
      msghdr& header = messages_[i].msg_hdr;
      header.msg_iov = &pieces_[i];
      header.msg_iovlen = 1;
      header.msg_name = &addresses_[i];
      header.msg_control = controls_[i].data();
    }
  }

  // How many came; 0 if none are there.
  std::size_t receive(int fd) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      messages_[i].msg_hdr.msg_namelen = sizeof addresses_[i];
      messages_[i].msg_hdr.msg_controllen = controls_[i].size();
    }
    const int count = ::recvmmsg(fd, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  std::string_view datagram(std::size_t i) const {
    return {static_cast<const char*>(pieces_[i].iov_base),
            std::min<std::size_t>(messages_[i].msg_len, pieces_[i].iov_len)};
  }
  const sockaddr_storage& address(std::size_t i) const { return addresses_[i]; }
  // The kernel's count of drops, if it came along.
  bool drops(std::size_t i, std::uint32_t& count) const {
    auto* header = const_cast<msghdr*>(&messages_[i].msg_hdr);
    for (cmsghdr* at = CMSG_FIRSTHDR(header); at != nullptr; at = CMSG_NXTHDR(header, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
      std::memcpy(&count, CMSG_DATA(at), sizeof count);
      return true;
    }
    return false;
  }

 private:
  using Control = std::array<char, CMSG_SPACE(sizeof(std::uint32_t))>;
  std::unique_ptr<char[]> bytes_;
  std::array<iovec, kBatch> pieces_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<sockaddr_storage, kBatch> addresses_{};
  alignas(cmsghdr) std::array<Control, kBatch> controls_{};
};

// Shared by the server and its coroutines.
struct DatagramCore : std::enable_shared_from_this<DatagramCore> {
  DatagramServerOptions options;
  DatagramHandler handler;
  std::shared_ptr<Loop> loop;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> dropped{0};
  std::vector<Descriptor*> sockets;  // on the loop's thread

  std::mutex mutex;  // guards what follows
  std::condition_variable ended;
  int live = 0;

  std::size_t receive_batch(DatagramBatch& batch, int fd, std::uint32_t& drops_before) {
    const std::size_t count = batch.receive(fd);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t drops = drops_before;
      if (batch.drops(i, drops)) {
        // The kernel's counter wraps.
        dropped.fetch_add(static_cast<std::uint32_t>(drops - drops_before), std::memory_order_relaxed);
        drops_before = drops;
      }
      received.fetch_add(1, std::memory_order_relaxed);
      handler(batch.datagram(i), peer_of(batch.address(i)));
    }
    return count;
  }
};

// One of the coroutines, as long as it lives.
class DatagramLife {
 public:
  explicit DatagramLife(std::shared_ptr<DatagramCore> core) : core_(std::move(core)) {
    const std::scoped_lock lock(core_->mutex);
    ++core_->live;
  }
  DatagramLife(DatagramLife&&) = default;
  DatagramLife& operator=(DatagramLife&&) = delete;
  ~DatagramLife() {
    if (core_ == nullptr) return;
    const std::scoped_lock lock(core_->mutex);
    --core_->live;
    core_->ended.notify_all();
  }
  DatagramCore& core() const { return *core_; }

 private:
  std::shared_ptr<DatagramCore> core_;
};

Task<> receive_datagrams(DatagramLife life, Fd fd) {
  DatagramCore& core = life.core();
  Descriptor socket(core.loop->context());
  const int receiving = fd.get();
  boost::system::error_code error;
  socket.assign(fd.release(), error);
  if (error) co_return;
  core.sockets.push_back(&socket);
  const auto batch = std::make_unique<DatagramBatch>(core.options.max_datagram_bytes);
  std::uint32_t drops = 0;
  int batches = 0;
  while (!core.stopping.load(std::memory_order_relaxed)) {
    if (core.receive_batch(*batch, receiving, drops) < kBatch) {
      co_await socket.async_wait(WaitType::wait_read, kAwait);
    } else if (++batches % kBatchesOfTurn == 0) {
      co_await asio::post(asio::use_awaitable_t<Executor>{});
    }
  }
  // What the kernel has taken is not lost.
  for (int i = 0; i < kLastBatches; ++i) {
    if (core.receive_batch(*batch, receiving, drops) == 0) break;
  }
  std::erase(core.sockets, &socket);
}

class DatagramServerImpl final : public DatagramServer {
 public:
  DatagramServerImpl(std::shared_ptr<DatagramCore> core, Endpoint local)
      : core_(std::move(core)), local_(std::move(local)) {}
  ~DatagramServerImpl() override { stop(); }

  Endpoint local() const override { return local_; }
  std::uint64_t received() const override { return core_->received.load(std::memory_order_relaxed); }
  std::uint64_t dropped_by_kernel() const override { return core_->dropped.load(std::memory_order_relaxed); }

  void stop() override {
    core_->stopping.store(true);
    core_->loop->post([core = core_] {
      for (Descriptor* socket : core->sockets) {
        boost::system::error_code ignored;
        socket->cancel(ignored);
      }
    });
    if (on_loop_thread()) return;
    std::unique_lock lock(core_->mutex);
    while (core_->live > 0) {
      constexpr std::chrono::milliseconds kLook{50};  // for an Io that ends meanwhile
      core_->ended.wait_for(lock, kLook);
      lock.unlock();
      const bool over = core_->loop->ended();
      lock.lock();
      if (over) break;
    }
    core_->handler = nullptr;
  }

 private:
  std::shared_ptr<DatagramCore> core_;
  Endpoint local_;
};

void prepare_datagram_socket(int fd, std::size_t receive_buffer_bytes) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  // The kernel doubles what it is given. Beyond net.core.rmem_max only with CAP_NET_ADMIN.
  const int size = static_cast<int>(std::min<std::size_t>(receive_buffer_bytes / 2, 1U << 30));
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
}

}  // namespace

base::Result<std::unique_ptr<DatagramServer>> DatagramServer::start(Io& io, DatagramServerOptions options,
                                                                    DatagramHandler handler) {
  CHECK(options.max_datagram_bytes > 0);
  TRY_ASSIGN(auto sockets, bind_sockets(options.listen, SOCK_DGRAM));
  const Endpoint local = local_endpoint(options.listen, sockets.front().get());
  const auto core = std::make_shared<DatagramCore>();
  core->options = std::move(options);
  core->handler = std::move(handler);
  core->loop = io.state().loops[io.state().next.fetch_add(1) % io.state().loops.size()];
  for (Fd& socket : sockets) {
    prepare_datagram_socket(socket.get(), core->options.receive_buffer_bytes);
    core->loop->post([core, life = DatagramLife(core), fd = std::move(socket)]() mutable {
      asio::co_spawn(core->loop->context(), receive_datagrams(std::move(life), std::move(fd)),
                     asio::detached);
    });
  }
  return std::unique_ptr<DatagramServer>(std::make_unique<DatagramServerImpl>(core, local));
}

}  // namespace vedette::net
