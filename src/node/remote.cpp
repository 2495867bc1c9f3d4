#include "vedette/node/remote.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>

#include "vedette/adapters/http_client.hpp"
#include "vedette/adapters/key_pin.hpp"
#include "vedette/base/text.hpp"

namespace vedette::node {
namespace {

using base::ErrorCode;
using base::make_error;
using std::chrono::milliseconds;

constexpr std::string_view kApiPath = "/api/v1";
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxStreamBytes = std::size_t{1} << 40;
constexpr std::size_t kMaxShownErrors = 10;
constexpr int kMaxAttempts = 6;
constexpr int kMaxRetryAfter = 60;  // seconds
constexpr std::uint64_t kPageItems = 500;
constexpr int kMaxPages = 100'000;

bool is_remote_token(std::string_view token) {
  return token.size() <= 4096 && std::all_of(token.begin(), token.end(), [](char c) {
           return base::is_alnum(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
         });
}

std::string_view header_of(const ports::InboundResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string unquoted_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::string text_member(const simdjson::dom::object& object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

ErrorCode code_of_status(int status) {
  switch (status) {
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 412:
      return ErrorCode::busy;
    case 413:
    case 429:
      return ErrorCode::limit;
    case 501:
      return ErrorCode::unsupported;
    default:
      return status >= 500 ? ErrorCode::io : ErrorCode::invalid_argument;
  }
}

std::string_view host_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

struct PageOfItems {
  std::vector<std::string> items;
  std::string next;
};

base::Result<PageOfItems> read_page(const std::string& body, std::string_view path) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array items;
  if (parser.parse(body).get(root) != simdjson::SUCCESS || root["items"].get(items) != simdjson::SUCCESS) {
    return make_error(ErrorCode::corrupt, fmt::format("{}: the answer is no list of items", path));
  }
  PageOfItems page;
  for (const simdjson::dom::element item : items) page.items.push_back(simdjson::minify(item));
  std::string_view next;
  if (root["next"].get(next) == simdjson::SUCCESS) page.next = next;
  return page;
}

}  // namespace

base::Error RemoteProblem::to_error() const {
  std::string message = detail.empty() ? fmt::format("the server answered with {}", status) : detail;
  // The detail usually says what the errors say.
  for (std::size_t i = 0; i < errors.size() && i < kMaxShownErrors; ++i) {
    if (detail.find(errors[i].message) != std::string::npos) continue;
    message += fmt::format("\n  {}: {}", errors[i].pointer, errors[i].message);
  }
  std::string escaped;
  for (const std::string_view line : base::split(message, '\n')) {
    if (!escaped.empty()) escaped += '\n';
    escaped += base::escape_control(line);
  }
  return make_error(code_of_status(status), std::move(escaped));
}

RemoteProblem RemoteAnswer::problem() const {
  RemoteProblem problem;
  problem.status = status;
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return problem;
  constexpr std::string_view kType = "urn:vedette:problem:";
  const std::string type = text_member(root, "type");
  if (type.starts_with(kType)) problem.slug = type.substr(kType.size());
  problem.detail = text_member(root, "detail");
  if (problem.detail.empty()) problem.detail = text_member(root, "title");
  simdjson::dom::array errors;
  if (root["errors"].get(errors) != simdjson::SUCCESS) return problem;
  for (const simdjson::dom::element item : errors) {
    simdjson::dom::object error;
    if (item.get(error) != simdjson::SUCCESS) continue;
    problem.errors.push_back({text_member(error, "pointer"), text_member(error, "message")});
  }
  return problem;
}

struct RemoteServer::Client {
  std::unique_ptr<ports::HttpClient> http = adapters::make_http_client();
};

RemoteServer::RemoteServer(RemoteOptions options, const base::CancellationToken& cancellation)
    : options_(std::move(options)), cancellation_(&cancellation), client_(std::make_shared<Client>()) {}

base::Result<RemoteServer> RemoteServer::at(RemoteOptions options,
                                            const base::CancellationToken& cancellation) {
  TRY_ASSIGN(options.url, server_url(options.url));
  if (options.url.starts_with("http:") && !is_loopback_url(options.url)) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} is refused: what is sent could be read on the way; use https",
                                  base::escape_control(options.url)));
  }
  if (!is_remote_token(options.token)) {
    return make_error(ErrorCode::invalid_argument, "the token has characters that no token has");
  }
  return RemoteServer(std::move(options), cancellation);
}

bool RemoteServer::wait(milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (cancellation_->cancelled()) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

base::Result<RemoteAnswer> RemoteServer::exchange(const RemoteRequest& request) {
  ports::OutboundRequest out;
  out.method = request.method;
  out.url = options_.url + std::string(kApiPath) + request.path;
  out.timeout = request.timeout.count() > 0 ? request.timeout : options_.timeout;
  out.max_response_bytes = request.on_body ? kMaxStreamBytes : kMaxAnswerBytes;
  out.max_redirects = 0;
  out.ca_file = options_.ca_file;
  out.pinned_key = options_.pinned_key;
  out.allow_private = true;
  out.on_body = request.on_body;
  out.headers.emplace_back("Accept", "application/json, application/x-ndjson, application/problem+json");
  if (!options_.token.empty()) out.headers.emplace_back("Authorization", "Bearer " + options_.token);
  if (!request.if_match.empty()) out.headers.emplace_back("If-Match", '"' + request.if_match + '"');
  if (!request.body.empty()) {
    out.headers.emplace_back("Content-Type", request.content_type);
    out.body = request.body;
  }
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(ports::InboundResponse response, client_->http->send(out, *cancellation_));
    const auto seconds = base::parse_uint(header_of(response, "retry-after"));
    const bool busy = response.status == 429 || (response.status == 503 && seconds);
    if (busy && attempt < kMaxAttempts && seconds.value_or(1) <= kMaxRetryAfter) {
      if (wait(std::chrono::seconds(seconds.value_or(1)))) continue;
      return make_error(ErrorCode::cancelled, "cancelled");
    }
    RemoteAnswer answer{response.status, std::move(response.body), {}};
    answer.etag = unquoted_etag(header_of(response, "etag"));
    return answer;
  }
}

base::Result<RemoteAnswer> RemoteServer::ask(const RemoteRequest& request) {
  TRY_ASSIGN(RemoteAnswer answer, exchange(request));
  if (answer.status != 403 || !confirm_ || confirming_ || answer.problem().slug != "step-up") return answer;
  confirming_ = true;
  const base::Status confirmed = confirm_(*this);
  confirming_ = false;
  TRY(confirmed);
  return exchange(request);
}

base::Result<RemoteAnswer> RemoteServer::call(const RemoteRequest& request) {
  TRY_ASSIGN(RemoteAnswer answer, ask(request));
  if (answer.ok()) return answer;
  return answer.problem().to_error();
}

base::Result<RemoteAnswer> RemoteServer::get(std::string path) {
  return call({.method = "GET", .path = std::move(path), .body = {}, .if_match = {}});
}
base::Result<RemoteAnswer> RemoteServer::post(std::string path, std::string body) {
  return call({.method = "POST", .path = std::move(path), .body = std::move(body), .if_match = {}});
}
base::Result<RemoteAnswer> RemoteServer::put(std::string path, std::string body, std::string if_match) {
  return call(
      {.method = "PUT", .path = std::move(path), .body = std::move(body), .if_match = std::move(if_match)});
}
base::Result<RemoteAnswer> RemoteServer::patch(std::string path, std::string body, std::string if_match) {
  return call(
      {.method = "PATCH", .path = std::move(path), .body = std::move(body), .if_match = std::move(if_match)});
}
base::Result<RemoteAnswer> RemoteServer::remove(std::string path, std::string if_match) {
  return call({.method = "DELETE", .path = std::move(path), .body = {}, .if_match = std::move(if_match)});
}

base::Status RemoteServer::list(const RemoteList& list, std::uint64_t limit,
                                const std::function<bool(std::string_view item)>& on_item) {
  const std::string& path = list.path;
  std::string after;
  for (int pages = 0; limit > 0; ++pages) {
    if (pages == kMaxPages) return make_error(ErrorCode::limit, path + ": the list does not end");
    std::string at = path;
    if (list.has_pages) {
      at += fmt::format("{}limit={}", path.find('?') == std::string::npos ? '?' : '&',
                        std::min(limit, kPageItems));
    }
    if (!after.empty()) at += "&after=" + url_encoded(after);
    TRY_ASSIGN(const RemoteAnswer answer, get(std::move(at)));
    TRY_ASSIGN(PageOfItems page, read_page(answer.body, path));
    for (const std::string& item : page.items) {
      if (limit == 0 || !on_item(item)) return base::ok_status();
      --limit;
    }
    if (page.next.empty() || !list.has_pages) break;
    if (page.next == after) return make_error(ErrorCode::corrupt, path + ": a page names itself as the next");
    after = std::move(page.next);
  }
  return base::ok_status();
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

base::Result<std::string> server_url(std::string_view text) {
  std::string url(base::trim(text));
  if (url.find("://") == std::string::npos) url = "https://" + url;
  url = base::to_lower_ascii(url);
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(kApiPath)) url.resize(url.size() - kApiPath.size());
  const std::string_view host = host_of_url(url);
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return base::is_alnum(c) || std::string_view("-._~:/[]%").find(c) != std::string_view::npos;
  });
  if ((!url.starts_with("http://") && !url.starts_with("https://")) || host.empty() || !plain ||
      host.starts_with(':')) {
    // What stands before an @ may be a password.
    const bool shown = text.find('@') == std::string_view::npos;
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} is no URL of a server: write https://HOST:PORT",
                                  shown ? base::escape_control(text.substr(0, 200)) : "this"));
  }
  return url;
}

std::string server_name(std::string_view url) {
  return std::string(host_of_url(url));
}

bool is_loopback_url(std::string_view url) {
  std::string_view host = host_of_url(url);
  if (host.starts_with("[")) return host.substr(0, host.find(']') + 1) == "[::1]";
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  const auto parts = base::split(host, '.');
  return parts.size() == 4 && parts[0] == "127" &&
         std::all_of(parts.begin(), parts.end(), [](const auto& part) {
           const auto number = base::parse_uint(part);
           return number && *number <= 255;
         });
}

base::Result<RemoteAnswer> get_pinned(const std::string& url, const std::string& pinned_key,
                                      milliseconds timeout) {
  ports::OutboundRequest request;
  request.url = url;
  request.pinned_key = pinned_key;
  request.timeout = timeout;
  request.max_response_bytes = std::size_t{64} << 10;
  request.max_redirects = 0;
  request.allow_private = true;
  TRY_ASSIGN(ports::InboundResponse response, adapters::make_http_client()->send(request, {}));
  return RemoteAnswer{response.status, std::move(response.body), {}};
}

base::Result<RemoteKey> fetch_remote_key(const std::string& url, const std::string& ca_file,
                                         milliseconds timeout) {
  TRY_ASSIGN(adapters::ServerKey key, adapters::fetch_server_key(url, ca_file, timeout));
  return RemoteKey{key.trusted, std::move(key.pin), std::move(key.problem)};
}

base::Result<std::string> certificate_key_pin(const std::string& file) {
  return adapters::key_pin_of_file(file);
}

}  // namespace vedette::node
