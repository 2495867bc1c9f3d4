#include "rest/request.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rest/credentials.hpp"
#include "rest/json_text.hpp"
#include "rest/problem.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::size_t kMaxTargetBytes = 512;
constexpr std::size_t kMaxNotes = 64;

std::string_view kind_name(Principal::Kind kind) {
  switch (kind) {
    case Principal::Kind::anonymous:
      return "anonymous";
    case Principal::Kind::user:
      return "user";
    case Principal::Kind::key:
      return "key";
    case Principal::Kind::system:
      return "system";
  }
  return "anonymous";
}

// What a header may hold; anything else is left out whole.
bool is_header(std::string_view name, std::string_view value) {
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  return !name.empty() && name.find(':') == std::string_view::npos &&
         std::none_of(value.begin(), value.end(), bad) && std::none_of(name.begin(), name.end(), bad);
}

void add_fixed_headers(net::Headers& headers, const RestRequest& request) {
  headers.emplace_back("X-Request-Id", request.origin.request_id);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Embedder-Policy", "require-corp");
  if (request.exchange != nullptr && request.exchange->request().peer.tls) {
    headers.emplace_back("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  }
  if (!request.rate) return;
  headers.emplace_back("RateLimit-Limit", std::to_string(request.rate->limit));
  headers.emplace_back("RateLimit-Remaining", std::to_string(request.rate->remaining));
  headers.emplace_back("RateLimit-Reset", std::to_string(request.rate->reset));
}

// A stream over the exchange of the call. Fails once the request is cancelled.
class ExchangeStream final : public Stream {
 public:
  explicit ExchangeStream(RestRequest& request) : request_(request) {}
  bool write(std::string_view bytes) override {
    if (request_.cancellation.cancelled()) return false;
    if (bytes.empty()) return true;
    if (request_.exchange->write(bytes)) return true;
    request_.cancellation.cancel();
    return false;
  }

 private:
  RestRequest& request_;
};

class DeadStream final : public Stream {
 public:
  bool write(std::string_view) override { return false; }
};

}  // namespace

AuditEntry audit_entry(const RestRequest& request, std::string_view outcome, std::string_view reason) {
  const Principal& who = request.principal;
  AuditEntry entry;
  entry.tenant = who.scope.tenant;
  entry.actor_id = who.user_id;
  entry.actor_name = who.name;
  entry.actor_kind = std::string(kind_name(who.kind));
  entry.session_id = who.session_id;
  entry.key_id = who.key_id;
  entry.address = request.origin.address;
  entry.action = request.operation->id;
  entry.target = request.target;
  if (entry.target.empty()) {
    const std::string_view path = request.exchange->request().path;
    entry.target =
        base::to_valid_utf8(path.substr(std::min(kApiPrefix.size() + 1, path.size()), kMaxTargetBytes));
  }
  entry.outcome = std::string(outcome);
  entry.reason = std::string(reason);
  entry.request_id = request.origin.request_id;
  entry.details = request.notes;
  return entry;
}

net::HttpResponse make_response(Reply reply, const RestRequest& request) {
  net::HttpResponse response;
  response.status = reply.status;
  add_fixed_headers(response.headers, request);
  const auto fixed_count = static_cast<std::ptrdiff_t>(response.headers.size());
  for (auto& [name, value] : reply.headers) {
    const bool fixed = std::any_of(
        response.headers.begin(), response.headers.begin() + fixed_count,
        [&name](const auto& header) { return base::equals_ignore_case_ascii(header.first, name); });
    if (is_header(name, value) && !fixed) response.headers.emplace_back(std::move(name), std::move(value));
  }
  if (!reply.etag.empty()) response.headers.emplace_back("ETag", "\"" + reply.etag + "\"");
  if (reply.status == 204 || reply.status == 304) return response;
  if (reply.streamed) {
    response.headers.emplace_back("Content-Type", std::move(reply.content_type));
    return response;
  }
  const bool raw = !reply.raw.empty() || (!reply.content_type.empty() && reply.body.is_null());
  if (raw) {
    response.headers.emplace_back(
        "Content-Type", reply.content_type.empty() ? "application/octet-stream" : reply.content_type);
    response.body = std::move(reply.raw);
    return response;
  }
  if (reply.status >= 400 && reply.body.is_object()) {
    reply.body.get_object()["instance"] = "urn:vedette:request:" + request.origin.request_id;
  }
  response.headers.emplace_back("Content-Type",
                                reply.content_type.empty() ? "application/json" : reply.content_type);
  response.body = write_json(reply.body);
  return response;
}

RestCall::~RestCall() {
  if (streaming()) request_.exchange->end();
}

std::string_view RestCall::path(std::string_view name) const {
  const auto found = request_.path.find(name);
  return found == request_.path.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string_view> RestCall::query(std::string_view name) const {
  const auto found = request_.parameters.find(name);
  if (found == request_.parameters.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string_view> RestCall::query_all(std::string_view name) const {
  const auto found = request_.parameters.find(name);
  if (found == request_.parameters.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::int64_t RestCall::integer(std::string_view name, std::int64_t otherwise) const {
  const auto text = query(name);
  return text ? base::parse_int(*text).value_or(otherwise) : otherwise;
}

std::string_view RestCall::cookie(std::string_view name) const {
  const auto found = cookies_named(request_.exchange->request(), name);
  return found.size() == 1 ? found.front() : std::string_view();
}

bool RestCall::flag(std::string_view name) const {
  return query(name) == "true";
}

std::shared_ptr<const ports::LogStore> RestCall::shared_events() const {
  CHECK(parts_.events != nullptr);
  if (events_ == nullptr) events_ = make_scoped_store(*parts_.events, request_.principal.scope);
  return events_;
}

Stream& RestCall::stream(std::string_view content_type, net::Headers headers) {
  if (stream_ != nullptr) return *stream_;
  // Who reads for hours is in the audit log from the start.
  if (request_.operation->audit != Operation::Audit::none && !request_.audited) {
    const AuditEntry entry = audit_entry(request_, "success", {});
    const auto written = parts_.audit->apply({}, std::span(&entry, 1));
    if (!written.ok()) {
      stream_fault_ = written.error();
      stream_ = std::make_unique<DeadStream>();
      return *stream_;
    }
    request_.audited = true;
  }
  Reply head;
  head.streamed = true;
  head.content_type = std::string(content_type);
  head.headers = std::move(headers);
  head.headers.emplace_back("X-Accel-Buffering", "no");
  request_.exchange->begin(make_response(std::move(head), request_));
  stream_begun_ = true;
  stream_ = std::make_unique<ExchangeStream>(request_);
  return *stream_;
}

void RestCall::note(std::string_view key, std::string_view value) {
  if (request_.notes.size() < kMaxNotes) {
    request_.notes.emplace_back(base::to_valid_utf8(key), base::to_valid_utf8(value));
  }
}

base::Result<std::vector<std::uint64_t>> RestCall::apply(std::span<const ports::RecordWrite> writes) {
  const AuditEntry entry = audit_entry(request_, "success", {});
  TRY_ASSIGN(auto versions, parts_.audit->apply(writes, std::span(&entry, 1)));
  request_.audited = true;
  return versions;
}

}  // namespace vedette::api
