// Servers for protocols of their own over TCP, TLS and UDP.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/net/io.hpp"
#include "vedette/net/tls.hpp"

namespace vedette::net {

// The server's end of a connection, as a session sees it. Thread safe; may outlive the connection.
class StreamConnection {
 public:
  virtual ~StreamConnection() = default;
  virtual const Peer& peer() const = 0;
  virtual void send(std::string bytes) = 0;  // dropped once closed; closed if more than 1 MiB waits
  virtual void close() = 0;                  // after what was sent
  // No more bytes are read (so TCP slows the sender down) until resume. Calls are counted.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

// One connection's state. Called from one thread of Io at a time; must not block.
class StreamSession {
 public:
  virtual ~StreamSession() = default;
  // All bytes that were not consumed yet, at_end: none will follow. Returns how many are done with. If it
  // consumes nothing of a full buffer the connection is closed and counted as too_large.
  virtual std::size_t on_bytes(std::string_view bytes, bool at_end) = 0;
};

using SessionFactory = std::function<std::unique_ptr<StreamSession>(std::shared_ptr<StreamConnection>)>;

struct StreamServerOptions {
  Endpoint listen;
  std::shared_ptr<TlsContext> tls;
  std::size_t max_buffer_bytes = 1u << 20;  // of one connection
  std::uint32_t max_connections = 4096;
  std::uint32_t max_connections_per_address = 1024;
  std::chrono::milliseconds idle_timeout{600'000};  // without a byte; not while paused
  std::chrono::milliseconds handshake_timeout{10'000};
};

class StreamServer {
 public:
  static base::Result<std::unique_ptr<StreamServer>> start(Io& io, StreamServerOptions options,
                                                           SessionFactory sessions);
  virtual ~StreamServer() = default;
  virtual Endpoint local() const = 0;
  // No new connections; what has arrived is handed to the sessions with at_end, then all is closed.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
  virtual const ServerCounters& counters() const = 0;
};

struct DatagramServerOptions {
  Endpoint listen;
  std::size_t receive_buffer_bytes = 16u << 20;  // of the kernel, as far as it grants it
  std::size_t max_datagram_bytes = 65'535;
};

// Datagrams as they come, from one thread of Io.
using DatagramHandler = std::function<void(std::string_view bytes, const Peer& from)>;

class DatagramServer {
 public:
  static base::Result<std::unique_ptr<DatagramServer>> start(Io& io, DatagramServerOptions options,
                                                             DatagramHandler handler);
  virtual ~DatagramServer() = default;
  virtual Endpoint local() const = 0;
  virtual void stop() = 0;
  virtual std::uint64_t received() const = 0;
  virtual std::uint64_t dropped_by_kernel() const = 0;  // SO_RXQ_OVFL
};

}  // namespace vedette::net
