// An exchange, as its handler and its connection share it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "body.hpp"
#include "loop.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette::net {

class HttpConnection;

class ExchangeState {
 public:
  enum class Phase : std::uint8_t {
    open,       // no answer yet
    answered,   // the response is whole
    streaming,  // its head is there, pieces come
    ended,      // the last piece is there
    let_go      // the handler has forgotten it
  };
  struct Options {
    bool chunked = true;     // else the end of a stream is the end of the connection
    bool head_only = false;  // the request was HEAD
    std::chrono::milliseconds write_timeout{};
  };

  ExchangeState(HttpRequest request, Options options, std::shared_ptr<Loop> loop,
                std::weak_ptr<HttpConnection> connection, std::shared_ptr<BodyBudget> budget,
                std::size_t charged);
  ~ExchangeState() { release_budget(); }
  ExchangeState(const ExchangeState&) = delete;
  ExchangeState& operator=(const ExchangeState&) = delete;

  // For the handler, on any thread.
  HttpRequest request;
  void respond(HttpResponse response);
  void begin(HttpResponse head);
  bool write(std::string_view bytes);
  void end();
  void let_go();
  bool client_gone() const { return gone_.load(std::memory_order_relaxed); }

  // For the connection, on its loop.
  // What is there to do. Pieces to send are moved to `pieces`. If nothing is to be done, the connection will
  // be woken.
  Phase take(HttpResponse& response, std::string& pieces, bool& nothing);
  void pieces_sent();
  void client_has_gone(bool unreachable);

 private:
  void wake_connection(std::unique_lock<std::mutex>& lock);
  void release_budget();
  std::size_t waiting_bytes() const { return pieces_.size() + in_flight_; }

  const Options options_;
  const std::shared_ptr<Loop> loop_;
  const std::weak_ptr<HttpConnection> connection_;
  const std::shared_ptr<BodyBudget> budget_;
  std::atomic<std::size_t> charged_;
  std::atomic<bool> gone_{false};

  std::mutex mutex_;  // guards what follows
  std::condition_variable sent_;
  Phase phase_ = Phase::open;
  HttpResponse response_;
  std::string pieces_;
  std::size_t in_flight_ = 0;
  bool connection_waits_ = false;
  bool unreachable_ = false;
};

// What the handler holds.
ExchangePtr make_exchange(std::shared_ptr<ExchangeState> state);

}  // namespace vedette::net
