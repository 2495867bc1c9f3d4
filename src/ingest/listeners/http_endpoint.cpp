#include "listeners/http_endpoint.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kMaxSources = 4096;
constexpr std::string_view kEventsHelp = "Events handed to the intake, by sender.";
constexpr std::string_view kBytesHelp = "Bytes of events handed to the intake, by sender.";
constexpr std::string_view kRejectedHelp = "Events or requests that were refused, by reason.";

bool same_secret(std::string_view candidate, std::string_view secret) {
  unsigned char difference = candidate.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    difference = static_cast<unsigned char>(difference | (candidate[i] ^ expected));
  }
  return difference == 0;
}

}  // namespace

std::string_view refusal_reason(HttpRefusal::Kind kind) {
  switch (kind) {
    case HttpRefusal::Kind::overload:
      return "overload";
    case HttpRefusal::Kind::rate:
      return "rate";
    case HttpRefusal::Kind::no_space:
      return "no_space";
    case HttpRefusal::Kind::closing:
      return "closing";
    case HttpRefusal::Kind::fault:
      return "fault";
  }
  return "fault";
}

bool HttpRate::take(std::uint64_t events, std::chrono::steady_clock::time_point now) {
  if (per_second_ <= 0) return true;
  const std::lock_guard lock(mutex_);
  if (last_ == std::chrono::steady_clock::time_point{}) {
    budget_ = per_second_;
  } else {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    budget_ = std::min(per_second_, budget_ + std::max(0.0, seconds) * per_second_);
  }
  last_ = now;
  if (budget_ <= 0) return false;
  budget_ -= static_cast<double>(events);
  return true;
}

void HttpRate::give_back(std::uint64_t events) {
  const std::lock_guard lock(mutex_);
  budget_ += static_cast<double>(events);
}

HttpDoor::HttpDoor(ports::Intake& intake, base::Metrics& metrics, Options options)
    : intake_(intake),
      metrics_(metrics),
      options_(std::move(options)),
      rate_(options_.max_events_per_second) {}

std::shared_ptr<const model::Source> HttpDoor::source(const net::Peer& peer) {
  std::string address = peer.address.to_string();
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(address);
  if (found != sources_.end()) return found->second;
  if (sources_.size() >= kMaxSources) sources_.clear();
  auto source = std::make_shared<model::Source>();
  source->path =
      options_.listener + "://" + (address.find(':') == std::string::npos ? address : "[" + address + "]");
  sources_.emplace(std::move(address), source);
  return source;
}

std::optional<HttpRefusal> HttpDoor::closed() const {
  const base::Status status = intake_.accepting();
  if (status.ok()) return std::nullopt;
  return refusal_of(status.error());
}

model::RawBatch HttpDoor::make_batch(const net::Peer& peer, std::shared_ptr<const std::string> bytes) {
  model::RawBatch batch;
  batch.listener = options_.listener;
  batch.source = source(peer);
  batch.bytes = std::move(bytes);
  batch.received = http_clock_now();
  return batch;
}

std::optional<HttpRefusal> HttpDoor::offer(model::RawBatch& batch) {
  const std::uint64_t events = batch.records.size();
  std::uint64_t bytes = 0;
  for (const model::RawRecord& record : batch.records) bytes += record.size;
  std::optional<HttpRefusal> refusal;
  const base::Labels labels{{"listener", options_.listener}, {"source", batch.source->path}};
  if (!rate_.take(events, std::chrono::steady_clock::now())) {
    refusal = HttpRefusal{HttpRefusal::Kind::rate, "more events a second than this listener takes",
                          std::chrono::seconds(1)};
  } else if (!intake_.offer(batch)) {
    rate_.give_back(events);
    refusal = closed();
    if (!refusal) {
      refusal = HttpRefusal{HttpRefusal::Kind::overload, "the intake queue is full", intake_.retry_after()};
    }
  }
  if (refusal) {
    count_rejected(refusal_reason(refusal->kind), events);
    return refusal;
  }
  metrics_.counter("vedette_listener_events_total", kEventsHelp, labels).add(events);
  metrics_.counter("vedette_listener_bytes_total", kBytesHelp, labels).add(bytes);
  return std::nullopt;
}

HttpRefusal HttpDoor::refusal_of(const base::Error& error) const {
  HttpRefusal refusal;
  refusal.message = error.message;
  refusal.retry_after = std::max(std::chrono::seconds(1), intake_.retry_after());
  switch (error.code) {
    case base::ErrorCode::no_space:
      refusal.kind = HttpRefusal::Kind::no_space;
      break;
    case base::ErrorCode::cancelled:
      refusal.kind = HttpRefusal::Kind::closing;
      break;
    case base::ErrorCode::busy:
    case base::ErrorCode::limit:
      refusal.kind = HttpRefusal::Kind::overload;
      break;
    default:
      refusal.kind = HttpRefusal::Kind::fault;
  }
  return refusal;
}

void HttpDoor::count_rejected(std::string_view reason, std::uint64_t events) {
  if (events == 0) return;
  const base::Labels labels{{"listener", options_.listener}, {"reason", std::string(reason)}};
  metrics_.counter("vedette_listener_rejected_total", kRejectedHelp, labels).add(events);
}

void HttpDoor::reject(const net::Peer& peer, std::string_view bytes, std::string_view reason_label,
                      std::string_view reason) {
  count_rejected(reason_label);
  if (bytes.empty()) return;
  const std::size_t kept = std::min<std::size_t>(bytes.size(), options_.max_event_bytes);
  intake_.dead_letter(options_.listener, source(peer), bytes.substr(0, kept), reason);
}

void HttpEndpoint::handle(const net::ExchangePtr& exchange) {
  net::HttpResponse refusal;
  if (!admit(exchange->request(), refusal)) return exchange->respond(std::move(refusal));
  answer(exchange);
}

HttpSecrets::HttpSecrets(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(",\r\n"), list.size());
    const std::string_view secret = base::trim(list.substr(0, end));
    if (!secret.empty()) secrets_.emplace_back(secret);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

bool HttpSecrets::contains(std::string_view candidate) const {
  bool found = false;
  for (const std::string& secret : secrets_) found = same_secret(candidate, secret) || found;
  return found;
}

std::optional<std::string_view> authorization(const net::HttpRequest& request, std::string_view scheme) {
  const std::string_view header = base::trim(request.header("authorization"));
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ' ||
      !base::starts_with_ignore_case_ascii(header, scheme)) {
    return std::nullopt;
  }
  return base::trim(header.substr(scheme.size()));
}

std::optional<std::string> basic_credentials(const net::HttpRequest& request) {
  const auto encoded = authorization(request, "Basic");
  return encoded ? base::base64_decode(*encoded) : std::nullopt;
}

bool from_web_page(const net::HttpRequest& request) {
  return !request.header("origin").empty() || !request.header("sec-fetch-site").empty();
}

net::HttpResponse text_answer(int status, std::string body, std::string content_type) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

void add_retry_after(net::HttpResponse& response, std::chrono::seconds after) {
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, after.count())));
}

std::shared_ptr<std::string> take_shared_body(net::HttpExchange& exchange, bool padded) {
  auto body = std::make_shared<std::string>(exchange.take_body());
  if (padded) body->reserve(body->size() + kJsonPadding);
  return body;
}

base::TimeNs http_clock_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace vedette::ingest
