#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "listeners/otlp.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr int kInvalidArgument = 3, kUnimplemented = 12, kUnauthenticated = 16, kPermissionDenied = 7,
              kUnknown = 2;

enum class OtlpEncoding : std::uint8_t { none, protobuf, json };

OtlpEncoding otlp_encoding(const net::HttpRequest& request) {
  const std::string_view header = request.header("content-type");
  const std::string type =
      base::to_lower_ascii(base::trim(header.substr(0, std::min(header.find(';'), header.size()))));
  if (type == "application/x-protobuf" || type == "application/protobuf") return OtlpEncoding::protobuf;
  return type == "application/json" ? OtlpEncoding::json : OtlpEncoding::none;
}

net::HttpResponse otlp_answer(int status, bool json, std::string body) {
  return text_answer(status, std::move(body), json ? "application/json" : "application/x-protobuf");
}

net::HttpResponse otlp_fault(const net::HttpRequest& request, int status, int code,
                             std::string_view message) {
  const bool json = otlp_encoding(request) != OtlpEncoding::protobuf;
  return otlp_answer(status, json, otlp_status(json, code, message));
}

// Exporters send again after 429 and 503, and wait as long as Retry-After says.
net::HttpResponse otlp_refused(const net::HttpRequest& request, const HttpRefusal& refusal) {
  const bool busy = refusal.kind == HttpRefusal::Kind::overload || refusal.kind == HttpRefusal::Kind::rate;
  net::HttpResponse response =
      otlp_fault(request, busy ? 429 : 503, otlp_code_of(refusal.kind), refusal.message);
  add_retry_after(response, refusal.retry_after);
  return response;
}

class OtlpHttpEndpoint : public HttpEndpoint {
 public:
  OtlpHttpEndpoint(std::shared_ptr<HttpDoor> door, const OtlpOptions& options)
      : door_(std::move(door)), tokens_(options.tokens) {
    limits_.max_event_bytes = door_->max_event_bytes();
  }

  bool admit(const net::HttpRequest& head, net::HttpResponse& refusal) override {
    if (head.path == "/v1/traces" || head.path == "/v1/metrics" || head.path == "/v1development/profiles") {
      refusal = otlp_fault(head, 404, kUnimplemented, "only logs are taken, at /v1/logs");
    } else if (head.path != "/v1/logs") {
      refusal = otlp_fault(head, 404, kUnimplemented, "there is /v1/logs alone");
    } else if (head.method != "POST") {
      refusal = otlp_fault(head, 405, kUnimplemented, "logs are sent with POST");
      refusal.headers.emplace_back("Allow", "POST");
    } else if (!authorized(head)) {
      door_->count_rejected("unauthenticated");
      refusal = otlp_fault(head, 401, kUnauthenticated, "missing or wrong bearer token");
      refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
    } else if (from_web_page(head)) {
      door_->count_rejected("web_page");
      refusal = otlp_fault(head, 403, kPermissionDenied, "logs are not taken from web pages");
    } else if (otlp_encoding(head) == OtlpEncoding::none) {
      door_->count_rejected("content_type");
      refusal = otlp_fault(head, 415, kInvalidArgument, "send application/x-protobuf or application/json");
    } else if (const auto closed = door_->closed()) {
      door_->count_rejected(refusal_reason(closed->kind));
      refusal = otlp_refused(head, *closed);
    } else {
      return true;
    }
    return false;
  }

  void answer(net::ExchangePtr exchange) override {
    const net::HttpRequest& request = exchange->request();
    const bool json = otlp_encoding(request) == OtlpEncoding::json;
    const auto body = take_shared_body(*exchange, true);
    OtlpTaken taken;
    const base::Status decoded =
        json ? decode_otlp_json(*body, limits_, taken) : decode_otlp_protobuf(*body, limits_, taken);
    if (!decoded.ok() && decoded.error().code == base::ErrorCode::limit) {
      door_->count_rejected("too_large");
      return exchange->respond(otlp_fault(request, 413, kInvalidArgument, decoded.error().message));
    }
    if (!decoded.ok()) {
      door_->reject(request.peer, *body, "malformed", decoded.error().message);
      return exchange->respond(otlp_fault(request, 400, kInvalidArgument, decoded.error().message));
    }
    hand_over(exchange, json, std::move(taken));
  }

  net::HttpResponse error_answer(int status, std::string_view reason) const override {
    return otlp_answer(status, true, otlp_status(true, kUnknown, reason));
  }

 private:
  bool authorized(const net::HttpRequest& request) const {
    if (tokens_.empty()) return true;
    const auto token = authorization(request, "Bearer");
    return token && tokens_.contains(*token);
  }

  void hand_over(const net::ExchangePtr& exchange, bool json, OtlpTaken taken) {
    model::RawBatch batch = door_->make_batch(exchange->request().peer,
                                              std::make_shared<const std::string>(std::move(taken.text)));
    batch.records = std::move(taken.records);
    batch.extras = std::move(taken.extras);
    const auto respond = [door = door_, exchange, json, rejected = taken.rejected,
                          reason =
                              std::move(taken.reason)](const std::vector<model::RecordOutcome>& outcomes) {
      door->count_rejected("too_large", rejected);
      const std::string message = rejected != 0 ? reason : otlp_warning(outcomes);
      exchange->respond(otlp_answer(200, json, otlp_response(json, rejected, message)));
    };
    if (batch.records.empty()) return respond({});
    batch.done = [door = door_, exchange, respond](model::IntakeAnswer answer) {
      if (answer.ok()) return respond(*answer);
      exchange->respond(otlp_refused(exchange->request(), door->refusal_of(answer.error())));
    };
    if (const auto refusal = door_->offer(batch)) {
      exchange->respond(otlp_refused(exchange->request(), *refusal));
    }
  }

  const std::shared_ptr<HttpDoor> door_;
  const HttpSecrets tokens_;
  OtlpLimits limits_;
};

}  // namespace

std::shared_ptr<HttpEndpoint> make_otlp_endpoint(std::shared_ptr<HttpDoor> door, OtlpOptions options) {
  return std::make_shared<OtlpHttpEndpoint>(std::move(door), options);
}

ListenerInfo otlp_http_listener() {
  ListenerInfo info;
  info.name = "otlp_http";
  info.title = "OpenTelemetry logs over HTTP";
  info.summary = "Takes OTLP logs (protobuf and JSON) at POST /v1/logs.";
  info.default_listen = "127.0.0.1:4318";
  info.options = {tokens_key("Bearer tokens")};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    OtlpOptions options;
    options.tokens = config.text("tokens");
    return make_http_listener(
        context, config,
        make_otlp_endpoint(make_http_door(context, config, "otlp_http"), std::move(options)));
  };
  return info;
}

}  // namespace vedette::ingest
