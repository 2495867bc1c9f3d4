// HTTP/1.1 (RFC 9110, RFC 9112) as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/net/io.hpp"

namespace vedette::net {

using Headers = std::vector<std::pair<std::string, std::string>>;
// First value under the name (any case), or empty.
std::string_view find_header(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // percent-decoded, without query; never holds "\0", always begins with "/"
  std::vector<std::string> segments;  // of the path, each decoded on its own (so may hold "/")
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;  // whole, with its content coding (gzip, deflate, zstd) undone
  Peer peer;

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  // First value of a query parameter; `otherwise` if absent.
  std::string_view parameter(std::string_view name, std::string_view otherwise = {}) const;
  bool has_parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  Headers headers;  // Content-Length, Date and Connection are the server's
  std::string body;
};

std::string_view status_text(int status);
// Percent-decoding of a path segment or, with `plus_is_blank`, of a query part; nullopt if malformed.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out);

}  // namespace vedette::net
