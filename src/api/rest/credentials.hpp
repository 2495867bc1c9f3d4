// Who a request says it is from, and whether a browser sent it from a page of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/call.hpp"
#include "vedette/net/http.hpp"

namespace vedette::api {

// The cookie that holds a session token. With __Host- a browser takes it from this very host, over TLS, for
// every path only.
constexpr std::string_view session_cookie_name(bool secure) {
  return secure ? "__Host-vedette" : "vedette_session";
}

struct RequestCredentials {
  enum class Kind : std::uint8_t { none, bearer, cookie };
  Kind kind = Kind::none;
  std::string_view token;  // points into the request
};
// The problem, if they cannot be read: both kinds at once, one twice, another scheme.
std::optional<Reply> read_credentials(const net::HttpRequest& request, bool secure_cookies,
                                      RequestCredentials& out);

// Values of all cookies with the name, in order, without quotes.
std::vector<std::string_view> cookies_named(const net::HttpRequest& request, std::string_view name);

enum class PageOrigin : std::uint8_t { unknown, own, foreign };
// By Origin and Sec-Fetch-Site. Own: among `origins`, or, if that is empty, what Host names.
PageOrigin page_origin(const net::HttpRequest& request, const std::vector<std::string>& origins);

bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace vedette::api
