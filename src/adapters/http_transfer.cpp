#include "http_transfer.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include <curl/curl.h>

#include "address_policy.hpp"
#include "curl_parts.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;

constexpr std::size_t kMaxHeaderBytes = 256 << 10;
constexpr std::size_t kMaxHeaders = 1'000;
constexpr std::chrono::milliseconds kMaxConnectTime{10'000};

// What the callbacks share.
struct Exchange {
  const ports::OutboundRequest& request;
  ports::InboundResponse response;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  bool too_large = false;
  bool stopped = false;  // by on_body
  std::string refused;   // an address
  std::array<char, CURL_ERROR_SIZE> error{};
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t bytes = size * count;
  if (bytes > exchange.request.max_response_bytes - exchange.body_bytes) {
    exchange.too_large = true;
    return 0;
  }
  exchange.body_bytes += bytes;
  if (exchange.request.on_body && exchange.response.status / 100 == 2) {
    exchange.stopped = !exchange.request.on_body({data, bytes});
    return exchange.stopped ? 0 : bytes;
  }
  exchange.response.body.append(data, bytes);
  return bytes;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t bytes = size * count;
  const std::string_view line = base::trim(std::string_view(data, bytes));
  exchange.header_bytes += bytes;
  if (exchange.header_bytes > kMaxHeaderBytes || exchange.response.headers.size() >= kMaxHeaders) {
    exchange.too_large = true;
    return 0;
  }
  // An answer that was only provisional came before.
  if (line.starts_with("HTTP/")) {
    exchange.response.headers.clear();
    const std::size_t blank = line.find(' ');
    const auto status =
        blank == std::string_view::npos ? std::nullopt : base::parse_int(line.substr(blank + 1, 3));
    exchange.response.status = status ? static_cast<int>(*status) : 0;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return bytes;
  exchange.response.headers.emplace_back(base::to_lower_ascii(line.substr(0, colon)),
                                         base::trim(line.substr(colon + 1)));
  return bytes;
}

curl_socket_t open_socket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  return open_checked_socket(purpose, *address, exchange.request.allow_private, exchange.refused);
}

bool has_header(const ports::OutboundRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return base::equals_ignore_case_ascii(header.first, name); });
}

std::unique_ptr<curl_slist, CurlListDeleter> header_list(const ports::OutboundRequest& request) {
  std::unique_ptr<curl_slist, CurlListDeleter> list;
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) return;
    (void)list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : request.headers) append(value.empty() ? name + ";" : name + ": " + value);
  // What would be added unasked.
  append("Expect:");
  if (!has_header(request, "content-type")) append("Content-Type:");
  if (!has_header(request, "accept")) append("Accept: */*");
  return list;
}

void set_security(CURL* easy, const ports::OutboundRequest& request) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!request.pinned_key.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, request.pinned_key.c_str());
    return;
  }
  if (request.ca_file.empty()) return;
  curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
}

void set_request(CURL* easy, const ports::OutboundRequest& request, const HttpUrl& url) {
  curl_easy_setopt(easy, CURLOPT_URL, url.text.c_str());
  if (!has_header(request, "user-agent")) curl_easy_setopt(easy, CURLOPT_USERAGENT, "vedette");
  // Answers are decoded, unless the caller asked for an encoding itself.
  if (!has_header(request, "accept-encoding"))
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_transfer(CURL* easy, Exchange& exchange, std::chrono::milliseconds timeout) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // do not wait for a name that is still looked up
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(timeout, kMaxConnectTime).count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error.data());
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
}

base::Error transfer_error(const Exchange& exchange, const HttpUrl& url, CURLcode code) {
  if (!exchange.refused.empty()) {
    return make_error(ErrorCode::invalid_argument,
                      url.host + " has the address " + exchange.refused +
                          ", which requests may not reach (private, local or reserved)");
  }
  if (exchange.stopped) return make_error(ErrorCode::cancelled, "request to " + url.host + " was ended");
  if (exchange.too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return make_error(ErrorCode::limit, url.host + " answered with more than " +
                                            std::to_string(exchange.request.max_response_bytes) + " bytes");
  }
  const char* why = exchange.error[0] ? exchange.error.data() : curl_easy_strerror(code);
  return make_error(ErrorCode::io, "request to " + url.host + " failed: " + base::escape_control(why));
}

// They tell of the bytes on the wire, not of the body as it is given.
void drop_encoding_headers(ports::InboundResponse& response) {
  const bool encoded = std::any_of(response.headers.begin(), response.headers.end(),
                                   [](const auto& header) { return header.first == "content-encoding"; });
  if (!encoded) return;
  std::erase_if(response.headers, [](const auto& header) {
    return header.first == "content-encoding" || header.first == "content-length";
  });
}

}  // namespace

base::Result<ports::InboundResponse> http_exchange(const ports::OutboundRequest& request, const HttpUrl& url,
                                                   std::chrono::milliseconds timeout,
                                                   const base::CancellationToken& cancellation) {
  const NoPipeSignal no_signal;
  Exchange exchange{request, {}, 0, 0, false, false, {}, {}};
  const auto headers = header_list(request);
  const std::unique_ptr<CURLM, CurlMultiDeleter> multi(curl_multi_init());
  const std::unique_ptr<CURL, CurlEasyDeleter> easy(curl_easy_init());
  if (!multi || !easy) return make_error(ErrorCode::io, "no memory for a request to " + url.host);
  set_security(easy.get(), request);
  set_request(easy.get(), request, url);
  set_transfer(easy.get(), exchange, timeout);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request.max_response_bytes));
  if (curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK) {
    return make_error(ErrorCode::io, "no memory for a request to " + url.host);
  }
  const std::optional<CURLcode> code = run_transfer(multi.get(), cancellation);
  curl_multi_remove_handle(multi.get(), easy.get());
  if (!code) return make_error(ErrorCode::cancelled, "request to " + url.host + " was cancelled");
  if (*code != CURLE_OK) return transfer_error(exchange, url, *code);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  if (!has_header(request, "accept-encoding")) drop_encoding_headers(exchange.response);
  return std::move(exchange.response);
}

}  // namespace vedette::adapters
