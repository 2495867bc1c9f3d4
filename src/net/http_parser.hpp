// The head of an HTTP/1.x request (RFC 9112) and its framing, strictly: what two servers could read
// differently is refused. No sockets here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "vedette/net/http.hpp"

namespace vedette::net {

// Finds the end of a head in bytes that arrive piece by piece; each byte is looked at once.
class HeadScanner {
 public:
  enum class State : std::uint8_t { more, complete, malformed };
  // `bytes`: all from the beginning of the head. complete: size() of them are the head.
  State scan(std::string_view bytes);
  std::size_t size() const { return at_; }
  void reset() { at_ = line_ = 0; }

 private:
  std::size_t at_ = 0;    // looked at up to here
  std::size_t line_ = 0;  // where the line begins
};

struct RequestFraming {
  int minor_version = 1;
  bool keep_alive = true;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;

  bool has_body() const { return chunked || content_length > 0; }
};

// What to answer instead, and why; the status is 400, 417, 431, 501 or 505.
struct HttpProblem {
  int status;
  std::string_view reason;
};

// `head` ends with the empty line. Fills all of `request` but body and peer.
std::optional<HttpProblem> parse_head(std::string_view head, HttpRequest& request, RequestFraming& framing);

}  // namespace vedette::net
