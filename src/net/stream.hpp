// Bytes over a non-blocking socket, plain or through TLS. Never waits: tells what to wait for.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "vedette/net/tls.hpp"

namespace vedette::net {

enum class Attempt : std::uint8_t { done, wait_read, wait_write, end, failed };

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Attempt handshake() = 0;
  // done: `count` > 0 bytes. With another result bytes that came before are given first, as done.
  virtual Attempt read(char* to, std::size_t size, std::size_t& count) = 0;
  // One or two pieces, in this order; `count` may be less than all.
  virtual Attempt write(const char* first, std::size_t first_size, const char* second,
                        std::size_t second_size, std::size_t& count) = 0;
  // Tells the peer that nothing follows. Best effort.
  virtual void end_of_writing() = 0;
  // Whether a read that gave less than asked has emptied the socket.
  virtual bool short_read_is_all() const = 0;
  virtual std::string certificate_name() const { return {}; }
};

std::unique_ptr<Stream> make_plain_stream(int fd);
// Takes the certificates of now. nullptr if memory is short.
std::unique_ptr<Stream> make_tls_stream(TlsContext& context, int fd);

}  // namespace vedette::net
