// Clients over raw sockets, plain or TLS, and what else the tests of net share.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/net/http_server.hpp"
#include "vedette/net/stream_server.hpp"
#include "vedette/net/tls.hpp"

namespace vedette::net::test {

// For what must happen: much more than it takes, even on a busy machine.
inline constexpr std::chrono::milliseconds kPatience{20'000};

// Whether it came true in kPatience.
bool eventually(const std::function<bool()>& condition);

struct TlsClientOptions {
  std::string authority;    // PEM file
  std::string certificate;  // PEM files, if the client shows one
  std::string key;
};

// A blocking connection whose reads give up after kPatience.
class Client {
 public:
  explicit Client(std::uint16_t port, const char* address = "127.0.0.1", const char* from = nullptr);
  ~Client();
  Client(Client&&) noexcept;
  bool connected() const { return fd_ >= 0; }
  bool start_tls(const TlsClientOptions& options = {});

  // False if the peer does not take it all.
  bool send(std::string_view bytes);
  // Sends an RST.
  void reset();
  void close();
  void end_of_writing();
  // "" at the end, or after kPatience (then timed_out()).
  std::string receive(std::size_t max = 65'536);
  std::string receive_all();
  bool timed_out() const { return timed_out_; }
  // Whether the server closes, whatever it sends before.
  bool sees_end();
  void set_receive_buffer(int bytes);

  struct Response {
    int status = 0;
    Headers headers;
    std::string body;
    bool complete = false;
  };
  Response response(bool to_head = false);
  // Sends and reads.
  Response exchange(std::string_view request) {
    send(request);
    return response();
  }

 private:
  struct Tls;
  bool fill();
  int fd_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
  bool timed_out_ = false;
};

// "METHOD path HTTP/1.1", Host, fields, Content-Length and the body.
std::string http_request(std::string_view method, std::string_view target, std::string_view body = {},
                         std::string_view fields = {});

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

std::string gzip(std::string_view bytes);
std::string zlib_deflate(std::string_view bytes, bool raw = false);
std::string zstd(std::string_view bytes);

}  // namespace vedette::net::test
