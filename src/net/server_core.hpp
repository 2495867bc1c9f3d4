// What all servers over TCP share: accepting, limits of connections, sweeping, draining, the end.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "asio_parts.hpp"
#include "loop.hpp"
#include "sockets.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette::net {

class Connection;
class ServerCore;

// A connection counts against the limits as long as this lives.
class Slot {
 public:
  Slot() = default;
  Slot(std::shared_ptr<ServerCore> core, const base::IpAddress& address)
      : core_(std::move(core)), address_(address) {}
  Slot(Slot&&) = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot();

 private:
  std::shared_ptr<ServerCore> core_;
  base::IpAddress address_;
};

// A socket that was accepted, on its way to its loop.
struct Arrival {
  Fd fd;
  Peer peer;
  Slot slot;
};

// The connections of a server on one loop. Only on the loop's thread.
class Shard {
 public:
  std::shared_ptr<Loop> loop;

  void add(Connection& connection);
  void remove(Connection& connection);
  const std::vector<Connection*>& connections() const { return connections_; }
  bool sweeping = false;

 private:
  std::vector<Connection*> connections_;
};

struct CoreOptions {
  Endpoint listen;
  std::shared_ptr<TlsContext> tls;
  std::uint32_t max_connections = 0;
  std::uint32_t max_connections_per_address = 0;
  std::chrono::milliseconds handshake_timeout{};
  std::chrono::milliseconds shortest_timeout{};  // decides how often connections are swept
};

// Shared by the server object, its acceptors and connections.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  explicit ServerCore(CoreOptions options);
  virtual ~ServerCore() = default;

  base::Status listen(Io& io);
  const Endpoint& local() const { return local_; }
  const CoreOptions& core_options() const { return options_; }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  ServerCounters& counters() { return counters_; }

  // No more arrivals; connections are told. Then waits (not on a thread of Io) until all have ended or the
  // time is over, and closes the rest.
  void drain(std::chrono::milliseconds deadline);
  // Closes everything. Afterwards nothing calls what the server was given (unless called on a thread of Io,
  // which does not wait).
  void shut();

 protected:
  virtual std::shared_ptr<Connection> make_connection(Shard& shard, Arrival arrival) = 0;
  // What a client over the limit is sent (without TLS), maybe nothing.
  virtual std::string refusal() { return {}; }

 private:
  friend class Slot;
  struct Live;  // counts what must have ended before the server may

  Task<> accept_loop(Live live, Fd fd, std::shared_ptr<Loop> loop);
  bool take_slot(const base::IpAddress& address);
  void release_slot(const base::IpAddress& address);
  void refuse(Loop& loop, Fd fd);
  void hand_over(Loop& loop, Fd fd, const Peer& peer);
  void begin(Shard& shard, Arrival arrival);
  Task<> sweep_loop(std::shared_ptr<ServerCore> self, Shard& shard);
  template <typename Call>
  void on_connections(Call call);
  Task<> close_rest_after(std::shared_ptr<ServerCore> self, std::chrono::milliseconds time);
  void stop_accepting();
  bool wait_ended(Clock::time_point until);
  bool loops_ended() const;

  CoreOptions options_;
  Endpoint local_;
  ServerCounters counters_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::size_t next_shard_ = 0;  // of the acceptors' thread
  std::atomic<bool> draining_{false};
  std::atomic<bool> shut_{false};
  std::atomic<int> refusals_{0};  // that are lingering

  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::uint64_t live_ = 0;  // connections and acceptors
  std::uint32_t connections_ = 0;
  std::map<base::IpAddress, std::uint32_t> per_address_;
  std::vector<Descriptor*> listeners_;  // used on the first loop's thread only
};

}  // namespace vedette::net
