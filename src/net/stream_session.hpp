// One connection of a StreamServer, and the handle that its session holds of it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "connection.hpp"
#include "input_buffer.hpp"
#include "vedette/net/stream_server.hpp"

namespace vedette::net {

class SessionConnection;

class StreamCore final : public ServerCore {
 public:
  StreamCore(CoreOptions core_options, StreamServerOptions of, SessionFactory makes)
      : ServerCore(std::move(core_options)), options(std::move(of)), sessions(std::move(makes)) {}

  StreamServerOptions options;
  SessionFactory sessions;

 protected:
  std::shared_ptr<Connection> make_connection(Shard& shard, Arrival arrival) override;
};

// What the handle, on any thread, and the connection, on its loop, share.
class SessionLink : public std::enable_shared_from_this<SessionLink> {
 public:
  SessionLink(std::shared_ptr<Loop> loop, std::weak_ptr<SessionConnection> connection)
      : loop_(std::move(loop)), connection_(std::move(connection)) {}

  // For the handle.
  void send(std::string bytes);
  void close();
  void pause();
  void resume();
  void let_go();

  // For the connection.
  bool paused() const { return pauses_.load(std::memory_order_relaxed) > 0; }
  // How many pauses there were so far.
  std::uint64_t pauses_begun() const { return pauses_begun_.load(std::memory_order_relaxed); }
  bool close_wanted() const { return close_wanted_.load(std::memory_order_relaxed); }
  bool was_let_go() const { return let_go_.load(std::memory_order_relaxed); }
  // What is to be sent next; false (and the sender ends) if nothing is.
  bool take_output(std::string& bytes);
  bool sending() const;
  void has_closed();

 private:
  // Runs a member of the connection on its loop, if it still lives.
  void on_connection(void (SessionConnection::*what)());

  const std::shared_ptr<Loop> loop_;
  const std::weak_ptr<SessionConnection> connection_;
  std::atomic<int> pauses_{0};
  std::atomic<std::uint64_t> pauses_begun_{0};
  std::atomic<bool> close_wanted_{false};
  std::atomic<bool> let_go_{false};

  mutable std::mutex mutex_;  // guards what follows
  std::string output_;
  std::size_t in_flight_ = 0;
  bool sending_ = false;
  bool closed_ = false;
};

class SessionConnection final : public Connection {
 public:
  SessionConnection(std::shared_ptr<StreamCore> core, Shard& shard, Arrival arrival);
  ~SessionConnection() override;

  void begin_drain() override;
  void start_sending();
  void stop_now() { force_close(); }
  void look_again();  // at what the link wants

 protected:
  Task<> serve() override;

 private:
  Task<> read_all();
  Task<Outcome> read_once();
  Task<> read_rest();
  bool feed(bool at_end);
  Task<> wait_until_sent(Clock::time_point until);
  static Task<> send_output(std::shared_ptr<SessionConnection> self);
  bool must_stop() const { return closing() || link_->close_wanted(); }

  StreamCore& stream_;
  std::shared_ptr<SessionLink> link_;
  std::unique_ptr<StreamSession> session_;
  InputBuffer in_;
  bool feed_again_ = false;  // what is in the buffer was left because of a pause
  bool too_large_ = false;
};

}  // namespace vedette::net
