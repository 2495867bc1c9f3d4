// The threads that serve sockets and timers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "vedette/base/ip.hpp"
#include "vedette/base/result.hpp"

namespace vedette::net {

// "0.0.0.0:9200", "[::]:514", "localhost:0", ":9200" (all addresses). Port 0: any free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  static base::Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  bool is_loopback() const;  // 127.0.0.0/8, ::1, localhost
};

// Who is at the other end.
struct Peer {
  base::IpAddress address;
  std::uint16_t port = 0;
  bool tls = false;
  std::string certificate_name;  // of a verified client certificate: its common name, else its first DNS name
};

// A pool of threads, each with an event loop. What the servers of net call, they call from these threads:
// such calls must not block. Thread safe.
class Io {
 public:
  explicit Io(int threads);
  ~Io();  // stops
  // Ends the loops; sockets and timers of servers that are still open are abandoned.
  void stop();

  void post(std::function<void()> work);
  // Calls once after the time, unless stopped before.
  void after(std::chrono::milliseconds time, std::function<void()> work);

  struct State;
  State& state() { return *state_; }  // for net itself

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vedette::net
