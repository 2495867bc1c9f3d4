// HttpClient: requests to other servers (feeds, TAXII, web hooks).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"

namespace vedette::ports {

struct OutboundRequest {
  std::string method = "GET";
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_response_bytes = 256u << 20;
  int max_redirects = 5;
  std::string ca_file;  // instead of the system's
  // "sha256//" and the base64 SHA-256 of the server's public key: it must have that key, then names and
  // authorities do not matter (a node's own certificate). Empty: verified as usual.
  std::string pinned_key;
  bool allow_private = false;  // addresses that are private, loopback or link-local are refused otherwise
  // If given, the body of an answer of 200 to 299 goes there as it comes, and not into the response; false
  // ends the request (cancelled). Called on the thread of send.
  std::function<bool(std::string_view)> on_body;
};
struct InboundResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// Thread safe; blocks. Certificates are verified. An answer of any status is a value; errors are io,
// limit, cancelled, invalid_argument (a refused address or scheme).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual base::Result<InboundResponse> send(const OutboundRequest& request,
                                             const base::CancellationToken& cancellation) = 0;
};

}  // namespace vedette::ports
