#include "test/net_test_support.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "vedette/base/text.hpp"

namespace vedette::net::test {

namespace {

// OpenSSL writes without MSG_NOSIGNAL. Only the client is shielded: the servers must not need it.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoPipeSignal() {
    const timespec at_once{};
    while (sigtimedwait(&signal_, nullptr, &at_once) > 0) continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_;
  sigset_t before_;
};

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

struct Client::Tls {
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
};

Client::Client(std::uint16_t port, const char* address, const char* from) {
  const bool v6 = std::strchr(address, ':') != nullptr;
  sockaddr_storage to{};
  socklen_t size = 0;
  if (v6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(to);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    inet_pton(AF_INET6, address, &in6.sin6_addr);
    size = sizeof in6;
  } else {
    auto& in4 = reinterpret_cast<sockaddr_in&>(to);
    in4.sin_family = AF_INET;
    in4.sin_port = htons(port);
    inet_pton(AF_INET, address, &in4.sin_addr);
    size = sizeof in4;
  }
  fd_ = ::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (from != nullptr) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    inet_pton(AF_INET, from, &own.sin_addr);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof own);
  }
  const timeval patience{kPatience.count() / 1000, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), size) != 0) close();
}

Client::~Client() {
  close();
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      tls_(std::move(other.tls_)),
      buffer_(std::move(other.buffer_)),
      timed_out_(other.timed_out_) {}

bool Client::start_tls(const TlsClientOptions& options) {
  tls_ = std::make_unique<Tls>();
  tls_->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_options(tls_->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!options.authority.empty()) {
    SSL_CTX_load_verify_file(tls_->context, options.authority.c_str());
    SSL_CTX_set_verify(tls_->context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(tls_->context, options.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(tls_->context, options.key.c_str(), SSL_FILETYPE_PEM);
  }
  tls_->ssl = SSL_new(tls_->context);
  SSL_set_fd(tls_->ssl, fd_);
  SSL_set1_host(tls_->ssl, "localhost");
  ERR_clear_error();
  const NoPipeSignal shield;
  return SSL_connect(tls_->ssl) == 1;
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (tls_ != nullptr) {
      const NoPipeSignal shield;
      if (SSL_write_ex(tls_->ssl, bytes.data(), bytes.size(), &sent) != 1) return false;
    } else {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent = static_cast<std::size_t>(n);
    }
    bytes.remove_prefix(sent);
  }
  return true;
}

void Client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  tls_.reset();
  close();
}

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Client::end_of_writing() {
  const NoPipeSignal shield;
  if (tls_ != nullptr) SSL_shutdown(tls_->ssl);
  ::shutdown(fd_, SHUT_WR);
}

void Client::set_receive_buffer(int bytes) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

bool Client::fill() {
  char bytes[65'536];
  if (tls_ != nullptr) {
    std::size_t got = 0;
    if (SSL_read_ex(tls_->ssl, bytes, sizeof bytes, &got) != 1) {
      timed_out_ = timed_out_ || errno == EAGAIN;
      return false;
    }
    buffer_.append(bytes, got);
    return true;
  }
  const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got < 0) timed_out_ = timed_out_ || errno == EAGAIN || errno == EWOULDBLOCK;
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string Client::receive(std::size_t max) {
  if (buffer_.empty()) fill();
  std::string bytes = buffer_.substr(0, max);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string Client::receive_all() {
  while (fill()) continue;
  return std::exchange(buffer_, {});
}

bool Client::sees_end() {
  receive_all();
  return !timed_out_;
}

Client::Response Client::response(bool to_head) {
  Response response;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return response;
  }
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  response.status = std::atoi(head.substr(9, 3).c_str());
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t line_end = head.find("\r\n", at);
    const std::string line = head.substr(at, line_end - at);
    const std::size_t colon = line.find(": ");
    response.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    at = line_end + 2;
  }
  if (response.status == 100) return response;
  const auto need = [this](std::size_t size) {
    while (buffer_.size() < size) {
      if (!fill()) return false;
    }
    return true;
  };
  if (to_head || response.status == 204) {
    response.complete = true;
  } else if (find_header(response.headers, "Transfer-Encoding") == "chunked") {
    for (;;) {
      std::size_t line = 0;
      while ((line = buffer_.find("\r\n")) == std::string::npos) {
        if (!fill()) return response;
      }
      const std::size_t size = std::strtoul(buffer_.c_str(), nullptr, 16);
      if (!need(line + 2 + size + 2)) return response;
      response.body += buffer_.substr(line + 2, size);
      buffer_.erase(0, line + 2 + size + 2);
      if (size == 0) break;
    }
    response.complete = true;
  } else if (const auto length = find_header(response.headers, "Content-Length"); !length.empty()) {
    const std::size_t size = *base::parse_uint(length);
    response.complete = need(size);
    response.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
  } else {
    while (fill()) continue;
    response.complete = !timed_out_;
    response.body = std::exchange(buffer_, {});
  }
  return response;
}

std::string http_request(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view fields) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n{}", method, target, fields);
  if (!body.empty() || method == "POST") request += fmt::format("Content-Length: {}\r\n", body.size());
  return request + "\r\n" + std::string(body);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "vedette-net-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {
std::string deflate_with(std::string_view bytes, int window) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
}  // namespace

std::string gzip(std::string_view bytes) {
  return deflate_with(bytes, MAX_WBITS + 16);
}

std::string zlib_deflate(std::string_view bytes, bool raw) {
  return deflate_with(bytes, raw ? -MAX_WBITS : MAX_WBITS);
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

}  // namespace vedette::net::test
