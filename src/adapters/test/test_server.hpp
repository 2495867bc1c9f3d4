// A small HTTP server on a loopback address, for tests of clients.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vedette::test {

// Answers every connection once: reads a request, writes what the handler makes of it, closes.
class TestServer {
 public:
  using Handler = std::function<std::string(const std::string& request)>;
  // Certificate and key in PEM: then it speaks TLS, up to `max_tls` (a TLS1_x_VERSION; 0: any).
  struct Tls {
    std::string certificate, key;
    int max_tls = 0;
  };
  explicit TestServer(Handler handler, const Tls* tls = nullptr);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const;  // http(s)://127.0.0.1:port/path
  std::vector<std::string> requests() const;
  int connections() const { return connections_; }

 private:
  struct TlsContext;
  void serve();
  void answer(int fd);

  Handler handler_;
  std::unique_ptr<TlsContext> tls_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

std::string http_answer(int status, const std::string& body, const std::string& headers = "");
std::string redirect_to(int status, const std::string& location);
// Self-signed, of these names ("DNS:localhost,IP:127.0.0.1").
TestServer::Tls make_certificate(const std::string& names);

}  // namespace vedette::test
