#include "listeners/elasticsearch.hpp"

#include <algorithm>

#include "listeners/listeners.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

using base::ConfigKey;
using base::ConfigType;

constexpr std::size_t kMaxRemembered = 64;  // index names of one request
constexpr std::string_view kVendorType = "application/vnd.elasticsearch+";

// The version N of "application/vnd.elasticsearch+json;compatible-with=N"; empty if it is another type.
std::string_view compatible_with(std::string_view type) {
  if (type.find(kVendorType) == std::string_view::npos) return {};
  constexpr std::string_view kKey = "compatible-with=";
  const std::size_t at = type.find(kKey);
  if (at == std::string_view::npos || at + kKey.size() >= type.size()) return {};
  const std::string_view version = type.substr(at + kKey.size(), 1);
  return base::is_digit(version[0]) ? version : std::string_view();
}

// What every answer has: the product's name, and the vendor's type for those who asked in it.
void finish_es_response(const net::HttpRequest& request, net::HttpResponse& response) {
  response.headers.emplace_back("X-Elastic-Product", "Elasticsearch");
  std::string_view version = compatible_with(request.header("accept"));
  if (version.empty()) version = compatible_with(request.header("content-type"));
  if (version.empty()) return;
  for (auto& [name, value] : response.headers) {
    if (base::equals_ignore_case_ascii(name, "content-type") && value.starts_with("application/json")) {
      value = std::string(kVendorType) + "json;compatible-with=" + std::string(version);
    }
  }
}

class EsExchange : public net::HttpExchange {
 public:
  explicit EsExchange(net::ExchangePtr inner) : inner_(std::move(inner)) {}
  const net::HttpRequest& request() const override { return inner_->request(); }
  std::string take_body() override { return inner_->take_body(); }
  void respond(net::HttpResponse response) override {
    finish_es_response(request(), response);
    inner_->respond(std::move(response));
  }
  void begin(net::HttpResponse head) override {
    finish_es_response(request(), head);
    inner_->begin(std::move(head));
  }
  bool write(std::string_view bytes) override { return inner_->write(bytes); }
  void end() override { inner_->end(); }
  bool client_gone() const override { return inner_->client_gone(); }

 private:
  const net::ExchangePtr inner_;
};

net::HttpResponse es_fault(const EsError& error) {
  return text_answer(error.status, es_error_body(error), "application/json");
}

// Shippers send again after 429 and 5xx. A full disk is 429, as Elasticsearch has it for its flood stage.
net::HttpResponse es_refused(const HttpRefusal& refusal) {
  EsError error{429, "es_rejected_execution_exception", "rejected execution: " + refusal.message};
  if (refusal.kind == HttpRefusal::Kind::no_space) {
    error.type = "cluster_block_exception";
    error.reason = "blocked by: [TOO_MANY_REQUESTS/12/" + refusal.message + "];";
  } else if (refusal.kind == HttpRefusal::Kind::closing) {
    error = EsError{503, "node_closed_exception", "node is closing: " + refusal.message};
  } else if (refusal.kind == HttpRefusal::Kind::fault) {
    error = EsError{503, "exception", refusal.message};
  }
  net::HttpResponse response = es_fault(error);
  add_retry_after(response, refusal.retry_after);
  return response;
}

// What a path and method that carry events mean.
struct EsRoute {
  bool is_bulk = false, is_document = false, is_update = false;
  EsOp op = EsOp::index;
  std::string index, id;
  bool takes_events() const { return is_bulk || is_document || is_update; }
};

EsRoute route_of(const net::HttpRequest& request) {
  EsRoute route;
  const auto& path = request.segments;
  if ((request.method != "POST" && request.method != "PUT") || path.empty()) return route;
  if (path.back() == "_bulk" && (path.size() <= 2 || (path.size() == 3 && path[1] == "_doc"))) {
    route.is_bulk = path.size() == 1 || !path[0].starts_with('_');
    if (path.size() > 1) route.index = path[0];
    return route;
  }
  if (path.size() < 2 || path.size() > 3 || path[0].starts_with('_')) return route;
  route.index = path[0];
  if (path.size() == 3) route.id = path[2];
  const bool has_id = !route.id.empty();
  route.is_document =
      (path[1] == "_doc" && (has_id || request.method == "POST")) || (path[1] == "_create" && has_id);
  route.is_update = path[1] == "_update" && has_id;
  if (path[1] == "_create" || request.parameter("op_type") == "create") route.op = EsOp::create;
  return route;
}

bool is_event_type(std::string_view type) {
  const std::string lower =
      base::to_lower_ascii(base::trim(type.substr(0, std::min(type.find(';'), type.size()))));
  for (const std::string_view known :
       {"application/json", "application/x-ndjson", "application/ndjson", "application/jsonlines",
        "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson"}) {
    if (lower == known) return true;
  }
  return false;
}

class ElasticsearchEndpoint : public HttpEndpoint {
 public:
  ElasticsearchEndpoint(std::shared_ptr<HttpDoor> door, ElasticsearchOptions options)
      : door_(std::move(door)),
        options_(std::move(options)),
        api_keys_(options_.api_keys),
        basic_auth_(options_.basic_auth),
        handshake_(options_) {
    limits_.max_event_bytes = door_->max_event_bytes();
  }

  bool admit(const net::HttpRequest& head, net::HttpResponse& refusal) override {
    if (admit_without_product(head, refusal)) return true;
    finish_es_response(head, refusal);
    return false;
  }

  void answer(net::ExchangePtr inner) override {
    const auto exchange = std::make_shared<EsExchange>(std::move(inner));
    const EsRoute route = route_of(exchange->request());
    if (route.is_bulk) return take_bulk(exchange, route);
    if (route.is_document) return take_document(exchange, route);
    if (route.is_update) {
      return exchange->respond(es_fault(EsError{400, "illegal_argument_exception",
                                                "events are kept as they came: [update] is not supported"}));
    }
    net::HttpResponse response;
    // The body may be wanted by the search handler, so it stays where it is.
    if (handshake_.answer(exchange->request(), exchange->request().body, response)) {
      return exchange->respond(std::move(response));
    }
    const net::HttpHandler& search = sees_all(exchange->request()) ? options_.search : options_.search_by_key;
    if (search) return search(exchange);
    exchange->respond(no_handler(exchange->request()));
  }

  net::HttpResponse error_answer(int status, std::string_view reason) const override {
    net::HttpResponse response = es_fault(EsError{
        status, status == 429 || status == 503 ? "es_rejected_execution_exception" : "parse_exception",
        std::string(reason)});
    response.headers.emplace_back("X-Elastic-Product", "Elasticsearch");
    return response;
  }

 private:
  static net::HttpResponse no_handler(const net::HttpRequest& request) {
    return es_fault(EsError{404, "illegal_argument_exception",
                            "no handler found for uri [" + base::to_valid_utf8(request.path.substr(0, 512)) +
                                "] and method [" + request.method.substr(0, 16) + "]"});
  }

  bool admit_without_product(const net::HttpRequest& head, net::HttpResponse& refusal) {
    if (!authenticated(head) && !may_have_key(head)) {
      door_->count_rejected("unauthenticated");
      refusal = es_fault(EsError{401, "security_exception", "missing or wrong authentication credentials"});
      refusal.headers.emplace_back("WWW-Authenticate", "Basic realm=\"security\" charset=\"UTF-8\"");
      refusal.headers.emplace_back("WWW-Authenticate", "ApiKey");
      return false;
    }
    if (!route_of(head).takes_events()) return true;
    if (from_web_page(head)) {
      door_->count_rejected("web_page");
      refusal = es_fault(EsError{403, "security_exception", "events are not taken from web pages"});
      return false;
    }
    if (const std::string_view type = head.header("content-type"); !is_event_type(type)) {
      door_->count_rejected("content_type");
      std::string body;
      base::JsonWriter(body)
          .begin_object()
          .field("error", "Content-Type header [" + std::string(type.substr(0, 128)) + "] is not supported")
          .key("status")
          .number(406)
          .end_object();
      refusal = text_answer(406, std::move(body), "application/json");
      return false;
    }
    if (const auto closed = door_->closed()) {
      door_->count_rejected(refusal_reason(closed->kind));
      refusal = es_refused(*closed);
      return false;
    }
    return true;
  }

  bool has_logins() const { return !api_keys_.empty() || !basic_auth_.empty(); }
  bool sees_all(const net::HttpRequest& request) const {
    return options_.anonymous_search || !options_.search_by_key || (has_logins() && authenticated(request));
  }
  // The key of a user opens searches only; whoever answers them looks at it.
  bool may_have_key(const net::HttpRequest& head) const {
    return options_.search_by_key && !route_of(head).takes_events() && !head.header("authorization").empty();
  }

  bool authenticated(const net::HttpRequest& request) const {
    if (!has_logins()) return true;
    if (const auto key = authorization(request, "ApiKey")) {
      const auto decoded = base::base64_decode(*key);
      const bool as_sent = api_keys_.contains(*key);
      return (decoded && api_keys_.contains(*decoded)) || as_sent;
    }
    const auto credentials = basic_credentials(request);
    return credentials && basic_auth_.contains(*credentials);
  }

  struct Taken {
    EsBulk bulk;
    std::shared_ptr<const std::string> body;  // that errors point into
    base::TimeNs begun = 0;
  };

  void take_bulk(const std::shared_ptr<EsExchange>& exchange, const EsRoute& route) {
    const auto taken = std::make_shared<Taken>();
    taken->begun = http_clock_now();
    taken->body = take_shared_body(*exchange, false);
    const net::Peer& peer = exchange->request().peer;
    model::RawBatch batch = door_->make_batch(peer, taken->body);
    if (const auto error = parse_es_bulk(*taken->body, route.index, limits_, taken->bulk, batch)) {
      door_->count_rejected(error->status == 413 ? "too_large" : "malformed");
      return exchange->respond(es_fault(*error));
    }
    hand_over(exchange, taken, batch, [exchange, taken](const std::vector<model::RecordOutcome>& outcomes) {
      const std::int64_t took = (http_clock_now() - taken->begun) / base::kNsPerMs;
      const EsBulkFilter filter(exchange->request().parameter("filter_path"));
      exchange->respond(
          text_answer(200, es_bulk_answer(taken->bulk, outcomes, took, filter), "application/json"));
    });
  }

  void take_document(const std::shared_ptr<EsExchange>& exchange, const EsRoute& route) {
    const auto taken = std::make_shared<Taken>();
    taken->body = take_shared_body(*exchange, false);
    model::RawBatch batch = door_->make_batch(exchange->request().peer, taken->body);
    add_es_document(*taken->body, route.op, route.index, route.id, limits_, taken->bulk, batch);
    hand_over(exchange, taken, batch, [exchange, taken](const std::vector<model::RecordOutcome>& outcomes) {
      exchange->respond(document_answer(taken->bulk, outcomes));
    });
  }

  static net::HttpResponse document_answer(const EsBulk& bulk,
                                           const std::vector<model::RecordOutcome>& outcomes) {
    const EsItem& item = bulk.items.front();
    const EsItemOutcome outcome = es_item_outcome(bulk, item, outcomes);
    if (outcome.error) return es_fault(*outcome.error);
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().field("_index", bulk.indices.front()).field("_id", es_item_id(item, outcome));
    json.key("_version").number(1).field("result", outcome.result);
    json.key("_shards").raw(R"({"total":1,"successful":1,"failed":0})");
    json.key("_seq_no").number(outcome.sequence).key("_primary_term").number(1).end_object();
    return text_answer(outcome.status, std::move(out), "application/json");
  }

  // Counts what was refused, offers the rest, and lets `respond` answer once it is stored.
  void hand_over(const std::shared_ptr<EsExchange>& exchange, const std::shared_ptr<Taken>& taken,
                 model::RawBatch& batch,
                 std::function<void(const std::vector<model::RecordOutcome>&)> respond) {
    const net::Peer peer = exchange->request().peer;
    const auto count_refused = [door = door_, taken, peer] {
      for (const EsError& error : taken->bulk.errors)
        door->reject(peer, error.document, error.label, error.reason);
    };
    if (batch.records.empty()) {
      count_refused();
      return respond({});
    }
    batch.done = [door = door_, exchange, taken, count_refused, respond](model::IntakeAnswer answer) {
      if (!answer.ok()) {
        const HttpRefusal refusal = door->refusal_of(answer.error());
        return exchange->respond(es_refused(refusal));
      }
      count_refused();
      respond(*answer);
    };
    if (const auto refusal = door_->offer(batch)) return exchange->respond(es_refused(*refusal));
    const auto& indices = taken->bulk.indices;
    for (std::size_t i = 0; i < std::min(indices.size(), kMaxRemembered); ++i) {
      if (!es_index_fault(indices[i])) handshake_.remember_index(indices[i]);
    }
  }

  const std::shared_ptr<HttpDoor> door_;
  const ElasticsearchOptions options_;
  const HttpSecrets api_keys_, basic_auth_;
  EsBulkLimits limits_;
  EsHandshake handshake_;
};

ConfigKey es_key(std::string name, ConfigType type, std::string default_value, std::string summary) {
  ConfigKey key;
  key.name = std::move(name);
  key.type = type;
  key.default_value = std::move(default_value);
  key.summary = std::move(summary);
  return key;
}

}  // namespace

std::shared_ptr<HttpEndpoint> make_elasticsearch_endpoint(std::shared_ptr<HttpDoor> door,
                                                          ElasticsearchOptions options) {
  return std::make_shared<ElasticsearchEndpoint>(std::move(door), std::move(options));
}

ListenerInfo elasticsearch_listener() {
  ListenerInfo info;
  info.name = "elasticsearch";
  info.title = "Elasticsearch bulk";
  info.summary =
      "Takes events as Elasticsearch does (_bulk, _doc, _create), so that its shippers work unchanged.";
  info.default_listen = "127.0.0.1:9200";
  info.options = {
      es_key("api_keys", ConfigType::secret, "",
             "API keys (\"id:key\" or its base64) that may send and search, separated by commas or lines."),
      es_key("basic_auth", ConfigType::secret, "",
             "Logins (\"user:password\") that may send and search, separated by commas or lines."),
      es_key("anonymous_search", ConfigType::boolean, "false",
             "Searches need neither a login nor an API key of a user: whoever can reach the port reads "
             "everything."),
      es_key("announced_version", ConfigType::text, "8.17.0",
             "The version of Elasticsearch told to clients."),
      es_key("cluster_name", ConfigType::text, "vedette", "The cluster name told to clients."),
  };
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    ElasticsearchOptions options;
    options.api_keys = config.text("api_keys");
    options.basic_auth = config.text("basic_auth");
    options.announced_version = config.text("announced_version");
    options.cluster_name = config.text("cluster_name");
    options.anonymous_search = config.boolean("anonymous_search");
    options.search = context.elasticsearch_search;
    options.search_by_key = context.elasticsearch_search_by_key;
    return make_http_listener(
        context, config,
        make_elasticsearch_endpoint(make_http_door(context, config, "elasticsearch"), std::move(options)));
  };
  return info;
}

}  // namespace vedette::ingest
