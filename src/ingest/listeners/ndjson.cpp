#include "listeners/ndjson.hpp"

#include <cstring>

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kMaxLines = 500'000;   // of one request
constexpr std::size_t kMaxNamed = 1000;      // unparsed lines in an answer; all are counted
constexpr std::size_t kMaxParameter = 1024;  // bytes

net::HttpResponse ndjson_fault(int status, std::string_view reason) {
  std::string body;
  base::JsonWriter(body).begin_object().field("error", reason).key("status").number(status).end_object();
  return text_answer(status, std::move(body), "application/json");
}

net::HttpResponse ndjson_refused(const HttpRefusal& refusal) {
  const bool own_fault =
      refusal.kind == HttpRefusal::Kind::closing || refusal.kind == HttpRefusal::Kind::fault;
  net::HttpResponse response = ndjson_fault(own_fault ? 503 : 429, refusal.message);
  add_retry_after(response, refusal.retry_after);
  return response;
}

// A line that was not taken.
struct RefusedLine {
  std::size_t line;  // from 1
  std::string_view bytes;
};

struct TakenLines {
  std::shared_ptr<const std::string> body;
  std::vector<std::uint32_t> numbers;  // line numbers, parallel to the records
  std::vector<RefusedLine> too_large;
};

bool cut_lines(std::string_view body, std::uint64_t max_event_bytes, const std::string& dataset,
               const std::string& source, TakenLines& taken, model::RawBatch& batch) {
  if (!source.empty()) batch.extras.emplace_back("log.file.path", source);
  std::size_t at = 0;
  for (std::uint32_t number = 1; at < body.size(); ++number) {
    const void* found = std::memchr(body.data() + at, '\n', body.size() - at);
    const std::size_t end = found == nullptr
                                ? body.size()
                                : static_cast<std::size_t>(static_cast<const char*>(found) - body.data());
    std::string_view line = body.substr(at, end - at);
    const std::size_t offset = at;
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (base::trim(line).empty()) continue;
    if (batch.records.size() + taken.too_large.size() >= kMaxLines) return false;
    if (line.size() > max_event_bytes) {
      taken.too_large.push_back({number, line});
      continue;
    }
    model::RawRecord& record = batch.records.emplace_back();
    record.offset = static_cast<std::uint32_t>(offset);
    record.size = static_cast<std::uint32_t>(line.size());
    record.extras = static_cast<std::uint32_t>(batch.extras.size());
    record.dataset = dataset;
    taken.numbers.push_back(number);
  }
  return true;
}

std::string ndjson_summary(const TakenLines& taken, const std::vector<model::RecordOutcome>& outcomes) {
  constexpr auto kUnparsed = model::RecordOutcome::Kind::unparsed;
  std::size_t unparsed = taken.too_large.size(), named = 0;
  for (const auto& outcome : outcomes) unparsed += outcome.kind == kUnparsed ? 1 : 0;
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("taken").number(std::uint64_t{outcomes.size() + taken.too_large.size() - unparsed});
  json.key("unparsed_total").number(std::uint64_t{unparsed}).key("unparsed").begin_array();
  const auto add = [&](std::size_t line, std::string_view reason) {
    if (++named > kMaxNamed) return;
    json.begin_object().key("line").number(std::uint64_t{line}).field("reason", reason).end_object();
  };
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].kind == kUnparsed) add(taken.numbers[i], outcomes[i].reason);
  }
  for (const RefusedLine& refused : taken.too_large)
    add(refused.line, "the line is longer than max_event_bytes");
  json.end_array().end_object();
  return out;
}

class NdjsonEndpoint : public HttpEndpoint {
 public:
  NdjsonEndpoint(std::shared_ptr<HttpDoor> door, const NdjsonOptions& options)
      : door_(std::move(door)), tokens_(options.tokens) {}

  bool admit(const net::HttpRequest& head, net::HttpResponse& refusal) override {
    if (head.path != "/ingest") {
      refusal = ndjson_fault(404, "there is POST /ingest alone");
    } else if (head.method != "POST" && head.method != "PUT") {
      refusal = ndjson_fault(405, "events are sent with POST");
      refusal.headers.emplace_back("Allow", "POST, PUT");
    } else if (!authorized(head)) {
      door_->count_rejected("unauthenticated");
      refusal = ndjson_fault(401, "missing or wrong token");
      refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
    } else if (from_web_page(head)) {
      door_->count_rejected("web_page");
      refusal = ndjson_fault(403, "events are not taken from web pages");
    } else if (const auto closed = door_->closed()) {
      door_->count_rejected(refusal_reason(closed->kind));
      refusal = ndjson_refused(*closed);
    } else {
      return true;
    }
    return false;
  }

  void answer(net::ExchangePtr exchange) override {
    const net::HttpRequest& request = exchange->request();
    const std::string format(request.parameter("format", "auto"));
    const std::string dataset(request.parameter("dataset")), source(request.parameter("source"));
    if (std::max({format.size(), dataset.size(), source.size()}) > kMaxParameter) {
      return exchange->respond(ndjson_fault(400, "a parameter is too long"));
    }
    const auto taken = std::make_shared<TakenLines>();
    taken->body = take_shared_body(*exchange, false);
    model::RawBatch batch = door_->make_batch(request.peer, taken->body);
    batch.format = format.empty() ? "auto" : format;
    if (!cut_lines(*taken->body, door_->max_event_bytes(), dataset, source, *taken, batch)) {
      door_->count_rejected("too_large");
      return exchange->respond(ndjson_fault(413, "too many lines for one request"));
    }
    hand_over(exchange, taken, batch);
  }

  net::HttpResponse error_answer(int status, std::string_view reason) const override {
    return ndjson_fault(status, reason);
  }

 private:
  bool authorized(const net::HttpRequest& request) const {
    if (tokens_.empty()) return true;
    if (const auto token = authorization(request, "Bearer")) return tokens_.contains(*token);
    return false;
  }

  void hand_over(const net::ExchangePtr& exchange, const std::shared_ptr<TakenLines>& taken,
                 model::RawBatch& batch) {
    const auto respond = [door = door_, exchange, taken](const std::vector<model::RecordOutcome>& outcomes) {
      for (const RefusedLine& refused : taken->too_large) {
        door->reject(exchange->request().peer, refused.bytes, "too_large", "longer than max_event_bytes");
      }
      exchange->respond(text_answer(200, ndjson_summary(*taken, outcomes), "application/json"));
    };
    if (batch.records.empty()) return respond({});
    batch.done = [door = door_, exchange, respond](model::IntakeAnswer answer) {
      if (answer.ok()) return respond(*answer);
      if (answer.error().code == base::ErrorCode::invalid_argument) {
        return exchange->respond(ndjson_fault(400, answer.error().message));
      }
      exchange->respond(ndjson_refused(door->refusal_of(answer.error())));
    };
    if (const auto refusal = door_->offer(batch)) exchange->respond(ndjson_refused(*refusal));
  }

  const std::shared_ptr<HttpDoor> door_;
  const HttpSecrets tokens_;
};

}  // namespace

std::shared_ptr<HttpEndpoint> make_ndjson_endpoint(std::shared_ptr<HttpDoor> door, NdjsonOptions options) {
  return std::make_shared<NdjsonEndpoint>(std::move(door), options);
}

ListenerInfo ndjson_listener() {
  ListenerInfo info;
  info.name = "ndjson";
  info.title = "Lines over HTTP";
  info.summary = "Takes the lines of a request (NDJSON or any log format) at POST /ingest.";
  info.default_listen = "127.0.0.1:8687";
  info.options = {tokens_key("Bearer tokens")};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    NdjsonOptions options;
    options.tokens = config.text("tokens");
    return make_http_listener(
        context, config, make_ndjson_endpoint(make_http_door(context, config, "ndjson"), std::move(options)));
  };
  return info;
}

}  // namespace vedette::ingest
