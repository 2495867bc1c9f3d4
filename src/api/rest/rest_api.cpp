#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "rest/digest.hpp"
#include "rest/groups/search_support.hpp"
#include "rest/idempotency.hpp"
#include "rest/jobs.hpp"
#include "rest/pipeline.hpp"
#include "rest/router.hpp"
#include "rest/server.hpp"
#include "rest/worker_pool.hpp"
#include "vedette/api/rest.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::chrono::milliseconds kLookForClients{100};
constexpr base::TimeNs kLookAtStreams = 5 * base::kNsPerSecond;
constexpr std::size_t kMaxUserAgentBytes = 256;

base::Error refuse_to_start(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

// The parts without which a group is not served here.
bool is_served(std::string_view tag, const RestParts& parts) {
  if (tag == "search" || tag == "alerts") return parts.events != nullptr;
  if (tag == "rules" || tag == "exceptions") return parts.rules != nullptr;
  if (tag == "intel") return parts.intel != nullptr;
  if (tag == "sources") return parts.node != nullptr;
  if (tag == "incidents") return parts.incidents != nullptr && parts.events != nullptr;
  if (tag == "reports") return parts.incidents != nullptr && parts.events != nullptr;
  if (tag == "notifications") return parts.notifier != nullptr;
  if (tag == "streams") return parts.live != nullptr;
  return true;
}

// Shared with the handlers, which may outlive the API.
class RestServer {
 public:
  RestServer(RestParts parts, std::unique_ptr<OpenApi> openapi)
      : parts_(std::move(parts)),
        openapi_(std::move(openapi)),
        pipeline_(parts_),
        pool_(parts_.options.threads, parts_.options.max_queue),
        streams_(parts_.options.stream_threads, 0),
        looked_(parts_.now()),
        watcher_([this] { watch(); }) {}
  ~RestServer() { stop(); }

  base::Status prepare(const AddHandlers& add_handlers);
  void take(net::ExchangePtr exchange);
  bool admit(const net::HttpRequest& head, net::HttpResponse& refusal);
  void stop();

 private:
  using RequestPtr = std::shared_ptr<RestRequest>;

  RequestPtr make_request(net::ExchangePtr exchange) const;
  // Finds the operation, or the answer where there is none.
  std::optional<Reply> route(const net::HttpRequest& http, RestRequest& request) const;
  void serve(const RequestPtr& request);
  void watch();
  void add_own_handlers();

  const RestParts parts_;
  const std::unique_ptr<const OpenApi> openapi_;
  Router router_;
  HandlerTable handlers_;
  Pipeline pipeline_;
  std::mutex mutex_;  // guards running_ and stopped_
  std::condition_variable stopping_;
  std::set<RequestPtr> running_;
  bool stopped_ = false;
  WorkerPool pool_, streams_;
  base::TimeNs looked_;  // at streams; of the watcher
  std::thread watcher_;
};

// An exchange of a head alone, for admit().
class HeadExchange final : public net::HttpExchange {
 public:
  explicit HeadExchange(const net::HttpRequest& head) : head_(head) {}
  const net::HttpRequest& request() const override { return head_; }
  std::string take_body() override { return {}; }
  void respond(net::HttpResponse) override {}
  void begin(net::HttpResponse) override {}
  bool write(std::string_view) override { return false; }
  void end() override {}
  bool client_gone() const override { return false; }

 private:
  const net::HttpRequest& head_;
};

void RestServer::add_own_handlers() {
  handlers_["getOpenapiYaml"] = [this](Call&) {
    Reply reply;
    reply.raw = openapi_->yaml();
    reply.content_type = "application/yaml";
    return reply;
  };
  handlers_["getOpenapiJson"] = [this](Call&) {
    Reply reply;
    reply.raw = openapi_->json();
    reply.content_type = "application/json";
    return reply;
  };
}

base::Status RestServer::prepare(const AddHandlers& add_handlers) {
  add_own_handlers();
  add_handlers(handlers_, parts_);
  std::set<std::string_view> known;
  for (const Operation& operation : openapi_->operations()) {
    known.insert(operation.id);
    if (!is_served(operation.tag, parts_)) {
      handlers_[operation.id] = [](Call&) {
        return problem(404, "not-served", "This node does not serve this part of the API.");
      };
    }
    const auto handler = handlers_.find(operation.id);
    if (handler == handlers_.end() || !handler->second) {
      return refuse_to_start(fmt::format("openapi.yaml: operation {} has no handler", operation.id));
    }
    TRY(router_.add(operation));
  }
  for (const auto& [id, handler] : handlers_) {
    if (!known.contains(id))
      return refuse_to_start(fmt::format("the handler {} has no operation in openapi.yaml", id));
  }
  return base::ok_status();
}

RestServer::RequestPtr RestServer::make_request(net::ExchangePtr exchange) const {
  auto request = std::make_shared<RestRequest>();
  const net::HttpRequest& http = exchange->request();
  request->begun = std::chrono::steady_clock::now();
  request->origin.address = http.peer.address.to_string();
  request->origin.user_agent = base::to_valid_utf8(http.header("User-Agent").substr(0, kMaxUserAgentBytes));
  request->origin.request_id = random_hex(12);
  request->exchange = std::move(exchange);
  return request;
}

std::optional<Reply> RestServer::route(const net::HttpRequest& http, RestRequest& request) const {
  std::span<const std::string> segments;
  Router::Match match;
  if (api_segments(http.path, http.segments, kApiPrefix, segments))
    match = router_.find(http.method, segments);
  if (match.operation == nullptr && match.allow.empty()) {
    return problem(404, "no-route", "There is no such path in this API: see /api/v1/openapi.json.");
  }
  if (match.operation == nullptr) {
    const bool options = http.method == "OPTIONS";
    Reply reply =
        options ? Reply{.status = 204, .body = {}, .raw = {}, .content_type = {}, .etag = {}, .headers = {}}
                : problem(405, "method", fmt::format("This path takes {}.", match.allow));
    reply.headers.emplace_back("Allow", match.allow);
    return reply;
  }
  request.operation = match.operation;
  request.handler = &handlers_.find(match.operation->id)->second;
  std::size_t next = 0;
  for (const std::string& segment : match.operation->segments) {
    if (segment.front() != '{') continue;
    request.path.emplace(segment.substr(1, segment.size() - 2), match.values[next++]);
  }
  return std::nullopt;
}

void RestServer::take(net::ExchangePtr exchange) {
  const RequestPtr request = make_request(std::move(exchange));
  if (auto refusal = route(request->exchange->request(), *request)) {
    return pipeline_.answer(*request, std::move(*refusal));
  }
  bool taken = false, stopped = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopped_;
    if (!stopped_) {
      running_.insert(request);
      WorkerPool& pool = request->operation->stream ? streams_ : pool_;
      taken = pool.submit([this, request] { serve(request); });
      if (!taken) running_.erase(request);
    }
  }
  if (taken) return;
  Reply busy = problem(503, "busy", "The node has too much to do, or stops: try again in a moment.");
  busy.headers.emplace_back("Retry-After", "1");
  // Metrics and log may be gone by then.
  if (stopped) return request->exchange->respond(make_response(std::move(busy), *request));
  pipeline_.answer(*request, std::move(busy));
}

void RestServer::serve(const RequestPtr& request) {
  if (request->cancellation.cancelled()) {
    pipeline_.answer(*request, problem(503, "stopping", "The node stops: try again later."));
  } else {
    pipeline_.run(*request);
  }
  const std::lock_guard lock(mutex_);
  running_.erase(request);
}

bool RestServer::admit(const net::HttpRequest& head, net::HttpResponse& refusal) {
  if (!head.path.starts_with("/api/")) return true;
  const std::string_view length = head.header("Content-Length");
  const bool body = (!length.empty() && length != "0") || !head.header("Transfer-Encoding").empty();
  // Without a body nothing is gained by looking before.
  if (!body) return true;
  const auto request = make_request(std::make_shared<HeadExchange>(head));
  std::optional<Reply> problem_found = route(head, *request);
  if (!problem_found) {
    const std::size_t limit = pipeline_.body_limit(*request->operation);
    if (base::parse_uint(length).value_or(0) > limit) {
      problem_found =
          problem(413, "too-large",
                  fmt::format("The body is larger than {} bytes, which this operation takes.", limit));
    } else {
      problem_found = pipeline_.check_credentials(*request);
    }
  }
  if (!problem_found) return true;
  refusal = make_response(std::move(*problem_found), *request);
  return false;
}

// Tells the work of clients that have gone to end, and streams that are not allowed any more.
void RestServer::watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    stopping_.wait_for(lock, kLookForClients, [this] { return stopped_; });
    for (const RequestPtr& request : running_) {
      if (request->exchange->client_gone()) request->cancellation.cancel();
    }
    if (stopped_ || std::abs(parts_.now() - looked_) < kLookAtStreams) continue;
    looked_ = parts_.now();
    std::vector<RequestPtr> streams;
    std::copy_if(running_.begin(), running_.end(), std::back_inserter(streams),
                 [](const RequestPtr& request) { return request->operation->stream; });
    lock.unlock();
    for (const RequestPtr& request : streams) {
      if (!pipeline_.still_allowed(*request)) request->cancellation.cancel();
    }
    streams.clear();
    lock.lock();
  }
}

void RestServer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const RequestPtr& request : running_) {
      request->cancellation.cancel();
      // Wakes a stream that waits for a slow client.
      if (request->operation->stream) request->exchange->end();
    }
  }
  stopping_.notify_all();
  if (parts_.jobs != nullptr) parts_.jobs->stop();
  pool_.stop();
  streams_.stop();
  if (watcher_.joinable()) watcher_.join();
}

class RestApiHandle final : public RestApi {
 public:
  explicit RestApiHandle(std::shared_ptr<RestServer> server) : server_(std::move(server)) {}
  ~RestApiHandle() override { server_->stop(); }
  net::HttpHandler handler() override {
    return [server = server_](net::ExchangePtr exchange) { server->take(std::move(exchange)); };
  }
  std::function<bool(const net::HttpRequest&, net::HttpResponse&)> admit() override {
    return [server = server_](const net::HttpRequest& head, net::HttpResponse& refusal) {
      return server->admit(head, refusal);
    };
  }
  void stop() override { server_->stop(); }

 private:
  const std::shared_ptr<RestServer> server_;
};

}  // namespace

std::vector<ports::CollectionSchema> rest_collections() {
  std::vector<ports::CollectionSchema> all = job_collections();
  all.push_back(idempotency_collection());
  for (auto& collection : search_and_alert_collections()) all.push_back(std::move(collection));
  return all;
}

base::Result<std::unique_ptr<RestApi>> make_rest_api_of(RestParts parts, std::string_view openapi_yaml,
                                                        const AddHandlers& add_handlers) {
  if (parts.records == nullptr || parts.access == nullptr || parts.audit == nullptr || !parts.now) {
    return refuse_to_start("the REST API needs records, access, an audit log and a clock");
  }
  TRY_ASSIGN(auto openapi, OpenApi::parse(openapi_yaml));
  TRY_ASSIGN(parts.jobs, Jobs::open(*parts.records, parts.now, parts.log, parts.options.jobs_at_once));
  auto server = std::make_shared<RestServer>(std::move(parts), std::move(openapi));
  TRY(server->prepare(add_handlers));
  return std::unique_ptr<RestApi>(std::make_unique<RestApiHandle>(std::move(server)));
}

base::Result<std::unique_ptr<RestApi>> make_rest_api(RestParts parts) {
  return make_rest_api_of(std::move(parts), embedded_openapi(), add_all_handlers);
}

}  // namespace vedette::api
