// What all connections over TCP share: reading, writing, deadlines, the end.
#pragma once

#include <memory>
#include <string_view>

#include "asio_parts.hpp"
#include "loop.hpp"
#include "server_core.hpp"
#include "sockets.hpp"
#include "stream.hpp"

namespace vedette::net {

enum class Outcome : std::uint8_t { ok, end, failed, timed_out, interrupted, closed };

// Lives on the thread of its loop; owned by the frames of its coroutines.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerCore> core, Shard& shard, Arrival arrival);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The whole life: handshake, then `serve`.
  Task<> run();
  // Called now and then: expires what is over its deadline.
  virtual void sweep(Clock::time_point now);
  // Ends all waits; nothing is sent any more.
  void force_close();
  // Ends the wait for a further request, or makes the session end.
  virtual void begin_drain() {}
  // Ends wait_for_wake. Only on the thread of the loop.
  void wake();

 protected:
  virtual Task<> serve() = 0;

  // Reads once; `count` > 0 if ok. Waits until the deadline, or for interrupt.
  Task<Outcome> read_some(char* to, std::size_t size, std::size_t& count);
  // Like read_some, but never waits: Outcome::ok with a count of 0 if nothing is there.
  Outcome read_now(char* to, std::size_t size, std::size_t& count);
  // Writes all, with a deadline of `timeout` without progress.
  Task<Outcome> write_all(std::string_view first, std::string_view second, std::chrono::milliseconds timeout);
  Task<> wait_for_wake(Clock::time_point until = Clock::time_point::max());
  // Lets other connections of the loop have their turn.
  Task<> yield_turn();
  // Ends writing, then reads and forgets for a while, so that the last answer is not lost by a reset.
  Task<> linger();
  void end_of_writing() { stream_->end_of_writing(); }

  // Of reading. Writing has its own.
  void set_deadline(Clock::time_point at) { reading_ = {at, false}; }
  void set_deadline_in(std::chrono::milliseconds time) { set_deadline(Clock::now() + time); }
  void no_deadline() { set_deadline(Clock::time_point::max()); }
  // The wait of read_some that is under way, or the next, ends.
  void interrupt();
  bool closing() const { return closing_; }
  const std::shared_ptr<Loop>& loop_owner() const { return shard_.loop; }
  // Whether the peer has closed or reset; `reset`: nothing can reach it any more.
  bool peer_has_ended(bool& reset) const;

  ServerCore& core_;
  Peer peer_;

 private:
  friend class Shard;
  Task<Outcome> handshake();
  struct Deadline {
    Clock::time_point at = Clock::time_point::max();
    bool expired = false;
  };
  Task<Outcome> wait_ready(WaitType type, Deadline& deadline);
  Outcome state_of(Deadline& deadline);
  void cancel_waits();

  std::shared_ptr<ServerCore> core_owner_;
  Shard& shard_;
  std::size_t shard_index_ = 0;  // of Shard::connections
  Slot slot_;
  std::unique_ptr<Stream> stream_;
  Descriptor socket_;
  Timer wake_timer_;
  Deadline reading_;
  Deadline writing_;
  bool read_emptied_ = false;
  bool interrupted_ = false;
  bool lingering_ = false;
  bool closing_ = false;
  bool woken_ = false;
};

}  // namespace vedette::net
