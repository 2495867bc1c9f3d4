// URLs of requests to other servers.
#pragma once

#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::adapters {

struct HttpUrl {
  std::string text;  // whole, normal, without fragment
  std::string scheme, host, port;

  bool same_origin(const HttpUrl& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// invalid_argument: not http or https, with user name or password, or no URL at all.
base::Result<HttpUrl> parse_http_url(std::string_view text);
// A Location header, relative to the URL that answered with it.
base::Result<HttpUrl> resolve_http_url(const HttpUrl& base, std::string_view location);

}  // namespace vedette::adapters
