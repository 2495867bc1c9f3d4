// The REST API below /api/v1 (api/openapi.yaml): routing, validation, permissions, audit, jobs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/api/access.hpp"
#include "vedette/api/audit.hpp"
#include "vedette/api/services.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/cases/notifier.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/ports/http_client.hpp"
#include "vedette/ports/log_store.hpp"
#include "vedette/ports/record_store.hpp"
#include "vedette/ports/secret_store.hpp"

namespace vedette::api {

class Jobs;
class Oidc;

struct RestOptions {
  int threads = 4;              // short requests
  int stream_threads = 64;      // live streams at once; 503 beyond
  std::size_t max_queue = 512;  // waiting requests; 503 beyond
  std::size_t max_body_bytes = 16u << 20;
  double requests_per_second = 50;  // a principal; bursts of `burst`
  double burst = 200;
  double anonymous_per_second = 5;  // an address, of what needs no sign-in
  double anonymous_burst = 30;
  std::vector<std::string> origins;  // "https://soc.example": where the console is served; empty: the Host
  bool secure_cookies = true;        // false only for plain loopback
  base::TimeNs search_timeout = 60 * base::kNsPerSecond;
  std::uint64_t search_memory = 512u << 20;
  int jobs_at_once = 2;
  std::string version;
  std::string public_url;  // of the console, without a slash at its end, for links in reports; empty: none
};

// What the handlers work with; all outlive the API. Null: that group answers 404 (a role process without it).
struct RestParts {
  const ports::LogStore* events = nullptr;
  ports::RecordStore* records = nullptr;
  Access* access = nullptr;
  AuditLog* audit = nullptr;
  ports::SecretStore* secrets = nullptr;
  ports::HttpClient* http = nullptr;
  RuleService* rules = nullptr;
  IntelService* intel = nullptr;
  NodeService* node = nullptr;
  LiveService* live = nullptr;
  Oidc* oidc = nullptr;
  cases::IncidentBook* incidents = nullptr;
  cases::Notifier* notifier = nullptr;
  base::Metrics* metrics = nullptr;
  base::Logger* log = nullptr;
  std::function<base::TimeNs()> now;
  RestOptions options;
  std::shared_ptr<Jobs> jobs;  // made by make_rest_api
};

std::vector<ports::CollectionSchema>
rest_collections();  // jobs, idempotency keys, saved searches, settings, ...

class RestApi {
 public:
  virtual ~RestApi() = default;
  // Answers below /api/; thread safe.
  virtual net::HttpHandler handler() = 0;
  // To be asked before a body is read: refuses what is too large or not signed in.
  virtual std::function<bool(const net::HttpRequest&, net::HttpResponse&)> admit() = 0;
  virtual void stop() = 0;  // ends streams and jobs
};

// invalid_argument: an operation of openapi.yaml without a permission or a handler, or a handler without an
// operation; the message names it.
base::Result<std::unique_ptr<RestApi>> make_rest_api(RestParts parts);

}  // namespace vedette::api
