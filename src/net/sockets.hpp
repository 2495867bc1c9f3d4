// Addresses and sockets of the operating system.
#pragma once

#include <utility>
#include <vector>

#include <sys/socket.h>

#include "vedette/base/result.hpp"
#include "vedette/net/io.hpp"

namespace vedette::net {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// Bound (and, for SOCK_STREAM, listening) non-blocking sockets on all addresses that the host of the end
// point means, all with the same port. Never empty. io: the message names the end point.
base::Result<std::vector<Fd>> bind_sockets(const Endpoint& endpoint, int type);
// The end point with the port that the socket really has.
Endpoint local_endpoint(const Endpoint& wanted, int fd);
Peer peer_of(const sockaddr_storage& address);

}  // namespace vedette::net
