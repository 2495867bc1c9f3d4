#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>

#include "stream.hpp"

namespace vedette::net {

namespace {

class PlainStream final : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  Attempt handshake() override { return Attempt::done; }

  Attempt read(char* to, std::size_t size, std::size_t& count) override {
    for (;;) {
      const ssize_t got = ::recv(fd_, to, size, MSG_DONTWAIT);
      if (got > 0) {
        count = static_cast<std::size_t>(got);
        return Attempt::done;
      }
      if (got == 0) return Attempt::end;
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Attempt::wait_read : Attempt::failed;
    }
  }

  Attempt write(const char* first, std::size_t first_size, const char* second, std::size_t second_size,
                std::size_t& count) override {
    iovec pieces[2] = {{const_cast<char*>(first), first_size}, {const_cast<char*>(second), second_size}};
    msghdr message{};
    message.msg_iov = first_size > 0 ? pieces : pieces + 1;
    message.msg_iovlen = (first_size > 0 ? 1U : 0U) + (second_size > 0 ? 1U : 0U);
    for (;;) {
      const ssize_t sent = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent >= 0) {
        count = static_cast<std::size_t>(sent);
        return Attempt::done;
      }
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Attempt::wait_write : Attempt::failed;
    }
  }

  void end_of_writing() override { ::shutdown(fd_, SHUT_WR); }
  bool short_read_is_all() const override { return true; }

 private:
  int fd_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(int fd) {
  return std::make_unique<PlainStream>(fd);
}

}  // namespace vedette::net
