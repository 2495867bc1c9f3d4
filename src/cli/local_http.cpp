#include "local_http.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vedette/base/text.hpp"

namespace vedette::cli {
namespace {

using Clock = std::chrono::steady_clock;
using base::ErrorCode;
using base::make_error;

struct HostPort {
  std::string host, port;
};

std::optional<HostPort> split_address(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  const std::string port(address.substr(colon + 1));
  const auto number = base::parse_uint(port);
  if (!number || *number == 0 || *number > 65'535) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "::") host = "::1";
  return HostPort{std::string(host), port};
}

base::Error no_address(std::string_view address) {
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("{} is no ADDRESS:PORT", base::escape_control(address)));
}

class LocalConnection {
 public:
  LocalConnection(int fd, Clock::time_point deadline) : fd_(fd), deadline_(deadline) {}
  LocalConnection(const LocalConnection&) = delete;
  LocalConnection& operator=(const LocalConnection&) = delete;
  ~LocalConnection() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }

  base::Status connect(const addrinfo& address) {
    if (::connect(fd_, address.ai_addr, address.ai_addrlen) == 0) return base::ok_status();
    if (errno != EINPROGRESS) return failed("connect", errno);
    TRY(wait(POLLOUT));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return failed("connect", error);
    return base::ok_status();
  }

  base::Status send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        TRY(wait(POLLOUT));
      } else if (errno != EINTR) {
        return failed("write", errno);
      }
    }
    return base::ok_status();
  }

  base::Result<std::string> read_all() {
    std::string out;
    for (;;) {
      char buffer[16 * 1024];
      const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
      if (size == 0) return out;
      if (size > 0) {
        out.append(buffer, static_cast<std::size_t>(size));
        if (out.size() > kMaxLocalAnswer) return make_error(ErrorCode::limit, "the answer is too long");
      } else if (errno == EAGAIN) {
        TRY(wait(POLLIN));
      } else if (errno != EINTR) {
        return failed("read", errno);
      }
    }
  }

 private:
  static base::Error failed(std::string_view action, int error) {
    return make_error(ErrorCode::io,
                      fmt::format("cannot {}: {}", action, std::generic_category().message(error)));
  }

  base::Status wait(short events) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left <= 0) return make_error(ErrorCode::io, "no answer in time");
      pollfd wanted{fd_, events, 0};
      if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) > 0) {
        return base::ok_status();
      }
    }
  }

  int fd_;
  Clock::time_point deadline_;
};

// HTTP/1.0 is asked, so that no server answers in chunks.
base::Result<LocalAnswer> parse_answer(std::string_view text) {
  const std::size_t head_end = text.find("\r\n\r\n");
  const bool http = text.starts_with("HTTP/1.") && text.size() > 12 && text[8] == ' ';
  const auto status = http ? base::parse_uint(text.substr(9, 3)) : std::nullopt;
  if (!status || head_end == std::string_view::npos) {
    return make_error(ErrorCode::corrupt, "the answer is not HTTP");
  }
  return LocalAnswer{static_cast<int>(*status), std::string(text.substr(head_end + 4))};
}

base::Result<LocalAnswer> ask(const addrinfo& address, const HostPort& to, std::string_view path,
                              Clock::time_point deadline) {
  LocalConnection connection(
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol),
      deadline);
  if (!connection.is_open()) return make_error(ErrorCode::io, "cannot open a socket");
  TRY(connection.connect(address));
  const bool v6 = to.host.find(':') != std::string::npos;
  TRY(connection.send(fmt::format("GET {} HTTP/1.0\r\nHost: {}{}{}:{}\r\nConnection: close\r\n\r\n", path,
                                  v6 ? "[" : "", to.host, v6 ? "]" : "", to.port)));
  TRY_ASSIGN(const std::string text, connection.read_all());
  return parse_answer(text);
}

}  // namespace

base::Result<std::string> local_authority(std::string_view address) {
  const auto to = split_address(address);
  if (!to) return no_address(address);
  const bool v6 = to->host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", to->host, v6 ? "]" : "", to->port);
}

base::Result<LocalAnswer> local_http_get(std::string_view address, std::string_view path,
                                         std::chrono::nanoseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto to = split_address(address);
  if (!to) return no_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(to->host.c_str(), to->port.c_str(), &hints, &found); error != 0) {
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("no address of {}: {}", base::escape_control(to->host), ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  base::Result<LocalAnswer> answer = make_error(ErrorCode::io, "no address");
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    answer = ask(*at, *to, path, deadline);
    if (answer.ok()) return answer;
  }
  return answer.error().with_context(fmt::format("{}:{}", to->host, to->port));
}

}  // namespace vedette::cli
