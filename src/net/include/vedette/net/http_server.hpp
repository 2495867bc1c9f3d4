// An HTTP/1.1 server that bounds everything a client can send or withhold.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "vedette/base/result.hpp"
#include "vedette/net/http.hpp"
#include "vedette/net/io.hpp"
#include "vedette/net/tls.hpp"

namespace vedette::net {

// One request and its answer. Thread safe; answered once. An exchange that is let go without an answer
// answers 500.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  // Moves the body out, so that it need not be copied.
  virtual std::string take_body() = 0;
  virtual void respond(HttpResponse response) = 0;

  // For answers without an end that is known (server-sent events, streamed rows): begin, any number of
  // writes, end. `body` of the head is ignored. Chunked. write answers false when the client has gone; it
  // blocks while more than 1 MiB waits to be sent (never call it from a thread of Io), at most until the
  // write timeout, or until another thread calls end.
  virtual void begin(HttpResponse head) = 0;
  virtual bool write(std::string_view bytes) = 0;
  virtual void end() = 0;
  virtual bool client_gone() const = 0;
};

using ExchangePtr = std::shared_ptr<HttpExchange>;
// Called from a thread of Io with a whole request; must not block. It may keep the exchange and answer later.
using HttpHandler = std::function<void(ExchangePtr)>;

struct HttpServerOptions {
  Endpoint listen;
  std::shared_ptr<TlsContext> tls;              // nullptr: plain
  std::size_t max_header_bytes = 32u << 10;     // 431 beyond
  std::size_t max_body_bytes = 100u << 20;      // as sent; 413 beyond
  std::size_t max_decoded_bytes = 256u << 20;   // after undoing gzip, deflate or zstd; 413 beyond
  std::size_t max_buffered_bytes = 512u << 20;  // of bodies in all connections; 503 with Retry-After beyond
  std::uint32_t max_connections = 4096;         // further ones are answered 503 and closed
  std::uint32_t max_connections_per_address = 1024;  // loopback too
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the header (408)
  std::chrono::milliseconds body_timeout{30'000};    // without a byte of the body (408), and
  std::size_t min_body_rate = 1024;                  // bytes a second on average after that time (408)
  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds write_timeout{30'000};   // without progress
  std::chrono::milliseconds handshake_timeout{10'000};
  // Asked after the header, before the body is read: an answer here refuses the request at once (wrong
  // credentials, overload) and closes the connection if a body was announced. May be null.
  std::function<bool(const HttpRequest& head, HttpResponse& refusal)> admit;
  // Answers of the server itself (400, 408, 413, 431, ...) in the protocol's own shape. May be null: text.
  std::function<HttpResponse(int status, std::string_view reason)> error_response;
};

struct ServerCounters {
  std::atomic<std::uint64_t> connections{0};  // accepted
  std::atomic<std::int64_t> open{0};
  std::atomic<std::uint64_t> refused{0};    // over a limit of connections
  std::atomic<std::uint64_t> timed_out{0};  // closed for being slow or idle
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<std::uint64_t> malformed{0};  // closed for bytes that are not the protocol
  std::atomic<std::uint64_t> too_large{0};
  std::atomic<std::uint64_t> bytes_in{0}, bytes_out{0};
  std::atomic<std::uint64_t> requests{0};  // or messages
};

// Keep-alive, pipelining (one at a time), chunked bodies, Expect: 100-continue, HEAD. Ambiguous framing (both
// Content-Length and Transfer-Encoding, two lengths, obs-fold, blanks before the colon) is refused with 400
// and the connection closed. Thread safe.
class HttpServer {
 public:
  // io: the address cannot be used (the message names it).
  static base::Result<std::unique_ptr<HttpServer>> start(Io& io, HttpServerOptions options,
                                                         HttpHandler handler);
  virtual ~HttpServer() = default;  // closes everything
  virtual Endpoint local() const = 0;
  // No new connections; those between requests close, others after their answer; the rest at the deadline.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
  virtual const ServerCounters& counters() const = 0;
};

}  // namespace vedette::net
