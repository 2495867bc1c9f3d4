#include "listeners/splunk_hec.hpp"

#include <atomic>

#include <simdjson.h>

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

enum class HecRoute : std::uint8_t { none, event, raw, health, ack };

HecRoute hec_route(const net::HttpRequest& request) {
  const auto& path = request.segments;
  if (path.size() < 2 || path.size() > 4 || path[0] != "services" || path[1] != "collector")
    return HecRoute::none;
  if (path.size() == 4 && path[3] != "1.0") return HecRoute::none;
  if (path.size() == 2) return HecRoute::event;
  if (path[2] == "event" || path[2].empty()) return HecRoute::event;
  if (path[2] == "raw") return HecRoute::raw;
  if (path[2] == "health") return HecRoute::health;
  if (path[2] == "ack") return HecRoute::ack;
  return HecRoute::none;
}

net::HttpResponse hec_answer(const HecCode& code, std::optional<std::uint64_t> ack_id = std::nullopt,
                             std::optional<std::uint64_t> invalid_event = std::nullopt) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("text", code.text).key("code").number(code.code);
  if (invalid_event) json.key("invalid-event-number").number(*invalid_event);
  if (ack_id) json.key("ackId").number(*ack_id);
  json.end_object();
  return text_answer(code.status, std::move(body), "application/json; charset=UTF-8");
}

net::HttpResponse hec_refused(const HttpRefusal& refusal) {
  net::HttpResponse response =
      hec_answer(refusal.kind == HttpRefusal::Kind::closing ? hec::kShuttingDown : hec::kBusy);
  add_retry_after(response, refusal.retry_after);
  return response;
}

// 8-4-4-4-12 hex digits.
bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : base::hex_digit(text[i]) < 0) return false;
  }
  return true;
}

std::string_view hec_channel(const net::HttpRequest& request) {
  const std::string_view header = request.header("x-splunk-request-channel");
  return header.empty() ? request.parameter("channel") : header;
}

HecEnvelope envelope_of(const net::HttpRequest& request) {
  HecEnvelope envelope;
  envelope.host = request.parameter("host");
  envelope.source = request.parameter("source");
  envelope.sourcetype = request.parameter("sourcetype");
  envelope.index = request.parameter("index");
  envelope.time = parse_hec_time(request.parameter("time")).value_or(0);
  return envelope;
}

class SplunkHecEndpoint : public HttpEndpoint {
 public:
  SplunkHecEndpoint(std::shared_ptr<HttpDoor> door, SplunkHecOptions options)
      : door_(std::move(door)), acknowledgements_(options.acknowledgements), tokens_(options.tokens) {}

  bool admit(const net::HttpRequest& head, net::HttpResponse& refusal) override {
    const HecRoute route = hec_route(head);
    if (route == HecRoute::none) {
      refusal = error_answer(404, "The requested URL was not found on this server.");
      return false;
    }
    if (route == HecRoute::health) return true;
    if (head.method == "OPTIONS") {
      // Docker's logging driver looks with it whether it is here.
      refusal = net::HttpResponse{200, {{"Allow", "POST, OPTIONS"}}, ""};
      return false;
    }
    if (head.method != "POST") {
      refusal = error_answer(405, "The requested method is not allowed for this URL.");
      return false;
    }
    if (const auto code = unauthorized(head)) {
      door_->count_rejected("unauthenticated");
      refusal = hec_answer(*code);
      return false;
    }
    if (from_web_page(head)) {
      door_->count_rejected("web_page");
      refusal = hec_answer(hec::kInvalidAuthorization);
      return false;
    }
    if (route == HecRoute::ack) return true;
    if (const auto closed = door_->closed()) {
      door_->count_rejected(refusal_reason(closed->kind));
      refusal = hec_refused(*closed);
      return false;
    }
    return true;
  }

  void answer(net::ExchangePtr exchange) override {
    switch (hec_route(exchange->request())) {
      case HecRoute::health:
        return exchange->respond(hec_answer(door_->closed() ? hec::kUnhealthy : hec::kHealthy));
      case HecRoute::ack:
        return exchange->respond(answer_acks(*exchange));
      case HecRoute::event:
        return take(exchange, false);
      case HecRoute::raw:
        return take(exchange, true);
      case HecRoute::none:
        return exchange->respond(error_answer(404, "not found"));
    }
  }

  net::HttpResponse error_answer(int status, std::string_view reason) const override {
    std::string body;
    base::JsonWriter(body).begin_object().field("text", reason).key("code").number(status).end_object();
    return text_answer(status, std::move(body), "application/json; charset=UTF-8");
  }

 private:
  std::optional<HecCode> unauthorized(const net::HttpRequest& request) const {
    if (tokens_.empty()) return std::nullopt;
    if (request.header("authorization").empty()) {
      return request.has_parameter("token") ? hec::kQueryToken : hec::kTokenRequired;
    }
    if (const auto token = authorization(request, "Splunk")) {
      return tokens_.contains(*token) ? std::nullopt : std::optional(hec::kInvalidToken);
    }
    const auto credentials = basic_credentials(request);
    if (!credentials) return hec::kInvalidAuthorization;
    const std::size_t colon = credentials->find(':');
    const std::string_view password =
        colon == std::string::npos ? std::string_view() : std::string_view(*credentials).substr(colon + 1);
    return tokens_.contains(password) ? std::nullopt : std::optional(hec::kInvalidToken);
  }

  std::optional<HecCode> channel_fault(const net::HttpRequest& request) const {
    const std::string_view channel = hec_channel(request);
    if (channel.empty()) return acknowledgements_ ? std::optional(hec::kChannelMissing) : std::nullopt;
    return is_guid(channel) ? std::nullopt : std::optional(hec::kInvalidChannel);
  }

  void take(const net::ExchangePtr& exchange, bool raw) {
    const net::HttpRequest& request = exchange->request();
    if (const auto fault = channel_fault(request)) {
      door_->count_rejected("malformed");
      return exchange->respond(hec_answer(*fault));
    }
    const auto body = take_shared_body(*exchange, true);
    if (base::trim(*body).empty()) return exchange->respond(hec_answer(hec::kNoData));
    model::RawBatch batch = door_->make_batch(request.peer, body);
    const HecEnvelope defaults = envelope_of(request);
    HecParsed parsed = raw ? parse_hec_raw(*body, defaults, door_->max_event_bytes(), batch)
                           : parse_hec_events(*body, defaults, door_->max_event_bytes(), batch);
    hand_over(exchange, body, std::move(parsed), batch);
  }

  // The good events of a request land whatever the others are; the answer names the first bad one.
  void hand_over(const net::ExchangePtr& exchange, const std::shared_ptr<std::string>& body, HecParsed parsed,
                 model::RawBatch& batch) {
    const auto respond = [door = door_, exchange, body, next_ack = next_ack_, acks = acknowledgements_,
                          parsed = std::move(parsed)] {
      for (const HecFault& fault : parsed.faults) {
        door->reject(exchange->request().peer, fault.bytes, fault.label, fault.code.text);
      }
      door->count_rejected("invalid", parsed.fault_count - parsed.faults.size());
      if (!parsed.faults.empty()) {
        const HecFault& first = parsed.faults.front();
        return exchange->respond(hec_answer(first.code, std::nullopt, first.event_number));
      }
      // Numbers are given once the events are durable, so every number ever given means "stored".
      exchange->respond(
          hec_answer(hec::kSuccess, acks ? std::optional(next_ack->fetch_add(1)) : std::nullopt));
    };
    if (batch.records.empty()) return respond();
    batch.done = [door = door_, exchange, respond](model::IntakeAnswer answer) {
      if (!answer.ok()) return exchange->respond(hec_refused(door->refusal_of(answer.error())));
      respond();
    };
    if (const auto refusal = door_->offer(batch)) exchange->respond(hec_refused(*refusal));
  }

  net::HttpResponse answer_acks(net::HttpExchange& exchange) const {
    constexpr std::size_t kMaxAsked = 100'000;
    if (!acknowledgements_) return hec_answer(hec::kAckDisabled);
    if (const auto fault = channel_fault(exchange.request())) return hec_answer(*fault);
    constexpr std::size_t kMaxBytes = std::size_t{2} << 20;
    const std::string body = exchange.take_body();
    if (body.size() > kMaxBytes) return hec_answer(hec::kInvalidFormat);
    simdjson::dom::parser parser;
    simdjson::dom::array asked;
    if (parser.parse(body)["acks"].get(asked) != simdjson::SUCCESS || asked.size() > kMaxAsked) {
      return hec_answer(hec::kInvalidFormat);
    }
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().key("acks").begin_object();
    const std::uint64_t given = next_ack_->load();
    for (const auto item : asked) {
      std::uint64_t id = 0;
      if (item.get(id) != simdjson::SUCCESS) return hec_answer(hec::kInvalidFormat);
      json.key(std::to_string(id)).boolean(id < given);
    }
    json.end_object().end_object();
    return text_answer(200, std::move(out), "application/json; charset=UTF-8");
  }

  const std::shared_ptr<HttpDoor> door_;
  const bool acknowledgements_;
  const HttpSecrets tokens_;
  const std::shared_ptr<std::atomic<std::uint64_t>> next_ack_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
};

}  // namespace

std::shared_ptr<HttpEndpoint> make_splunk_hec_endpoint(std::shared_ptr<HttpDoor> door,
                                                       SplunkHecOptions options) {
  return std::make_shared<SplunkHecEndpoint>(std::move(door), std::move(options));
}

ListenerInfo splunk_hec_listener() {
  ListenerInfo info;
  info.name = "splunk_hec";
  info.title = "Splunk HTTP Event Collector";
  info.summary = "Takes events as Splunk's HTTP Event Collector does (event, raw, acknowledgements).";
  info.default_listen = "127.0.0.1:8088";
  base::ConfigKey acknowledgements;
  acknowledgements.name = "acknowledgements";
  acknowledgements.type = base::ConfigType::boolean;
  acknowledgements.default_value = "false";
  acknowledgements.summary = "Answer with an ackId that can be asked for; senders must then name a channel.";
  info.options = {tokens_key("Tokens"), acknowledgements};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    SplunkHecOptions options;
    options.tokens = config.text("tokens");
    options.acknowledgements = config.boolean("acknowledgements");
    return make_http_listener(
        context, config,
        make_splunk_hec_endpoint(make_http_door(context, config, "splunk_hec"), std::move(options)));
  };
  return info;
}

}  // namespace vedette::ingest
