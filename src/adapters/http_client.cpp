#include "vedette/adapters/http_client.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "curl_parts.hpp"
#include "http_transfer.hpp"
#include "http_url.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;
using ports::InboundResponse;
using ports::OutboundRequest;

constexpr int kMostRedirects = 20;
constexpr std::chrono::milliseconds kLongestTimeout = std::chrono::hours(1);

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return text.size() <= 64 << 10 && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
         });
}

// Headers that say how the message is cut or where it goes are the client's.
bool is_framing_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"host", "content-length", "transfer-encoding",
                                                   "connection", "te"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view framing) { return base::equals_ignore_case_ascii(name, framing); });
}

// What goes along to another origin: nothing that could be a secret.
bool goes_to_others(const std::string& name) {
  constexpr std::array<std::string_view, 8> kNames{"accept",        "accept-encoding",  "accept-language",
                                                   "user-agent",    "content-type",     "content-encoding",
                                                   "if-none-match", "if-modified-since"};
  return std::find(kNames.begin(), kNames.end(), base::to_lower_ascii(name)) != kNames.end();
}

// Anything else libcurl would take for the name of a file.
bool is_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256//";
  if (!text.starts_with(kPrefix)) return false;
  const auto digest = base::base64_decode(text.substr(kPrefix.size()));
  return digest && digest->size() == 32;
}

base::Status check_request(const OutboundRequest& request) {
  if (!is_token(request.method) || request.method == "CONNECT" || request.method == "TRACE") {
    return make_error(
        ErrorCode::invalid_argument,
        "request method '" + base::escape_control(request.method.substr(0, 50)) + "' is refused");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_header_value(value) || is_framing_header(name)) {
      return make_error(ErrorCode::invalid_argument,
                        "request header '" + base::escape_control(name.substr(0, 50)) + "' is refused");
    }
  }
  if (!request.pinned_key.empty() && !is_pin(request.pinned_key)) {
    return base::make_error(ErrorCode::invalid_argument,
                            "a pinned key is \"sha256//\" and 44 characters of base64");
  }
  if (request.timeout.count() <= 0 || request.max_redirects < 0) {
    return make_error(ErrorCode::invalid_argument,
                      "a request needs a time-out above 0 and no negative limit");
  }
  return base::ok_status();
}

std::string_view location_of(const InboundResponse& response) {
  constexpr std::array<int, 5> kRedirects{301, 302, 303, 307, 308};
  if (std::find(kRedirects.begin(), kRedirects.end(), response.status) == kRedirects.end()) return {};
  for (const auto& [name, value] : response.headers) {
    if (name == "location") return value;
  }
  return {};
}

// The request as it goes on to the place of a redirect (RFC 9110, section 15.4).
void prepare_redirect(OutboundRequest& request, int status, bool same_origin) {
  const bool to_get =
      status == 303 ? request.method != "HEAD" : (status == 301 || status == 302) && request.method == "POST";
  if (to_get) {
    request.method = "GET";
    request.body.clear();
    std::erase_if(request.headers, [](const auto& header) {
      return base::starts_with_ignore_case_ascii(header.first, "content-");
    });
  }
  if (!same_origin)
    std::erase_if(request.headers, [](const auto& header) { return !goes_to_others(header.first); });
}

class CurlHttpClient final : public ports::HttpClient {
 public:
  base::Result<InboundResponse> send(const OutboundRequest& original,
                                     const base::CancellationToken& cancellation) override {
    using Clock = std::chrono::steady_clock;
    TRY(check_request(original));
    TRY_ASSIGN(HttpUrl url, parse_http_url(original.url));
    const auto deadline = Clock::now() + std::min(original.timeout, kLongestTimeout);
    const int redirects = std::min(original.max_redirects, kMostRedirects);
    OutboundRequest request = original;
    for (int redirect = 0;; ++redirect) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return make_error(ErrorCode::io, "request to " + url.host + " timed out");
      TRY_ASSIGN(InboundResponse response, http_exchange(request, url, left, cancellation));
      const std::string_view location = location_of(response);
      if (location.empty() || redirects == 0) return response;
      if (redirect == redirects) {
        return make_error(ErrorCode::limit,
                          url.host + " redirects again after " + std::to_string(redirects) + " redirects");
      }
      TRY_ASSIGN(HttpUrl next, resolve_http_url(url, location));
      if (url.scheme == "https" && next.scheme == "http") {
        return make_error(ErrorCode::invalid_argument, url.host + " redirects from https to http");
      }
      prepare_redirect(request, response.status, next.same_origin(url));
      url = std::move(next);
    }
  }
};

}  // namespace

std::unique_ptr<ports::HttpClient> make_http_client() {
  init_curl();
  return std::make_unique<CurlHttpClient>();
}

}  // namespace vedette::adapters
