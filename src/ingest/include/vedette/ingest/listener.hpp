// The contract of a listener: one file in listeners/, one line in listeners/register.cpp, one folder of
// cases.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/base/result.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/net/io.hpp"
#include "vedette/net/tls.hpp"
#include "vedette/ports/intake.hpp"

namespace vedette::ingest {

// What a listener may use. All of it outlives the listener.
struct ListenerContext {
  net::Io& io;
  ports::Intake& intake;
  base::Metrics& metrics;
  base::Logger& log;
  // From the options that all network listeners have (tls); nullptr: plain.
  std::shared_ptr<net::TlsContext> tls;
  std::string state_folder;  // its own, for checkpoints; made on first use
  std::string server_version;
  // Answers what the Elasticsearch listener does not (searches, counts, scrolls); null: 404. The first is for
  // those with a login of the listener, who see everything; the second looks for an API key itself.
  net::HttpHandler elasticsearch_search{}, elasticsearch_search_by_key{};
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Begins to take events. Errors: io (address in use), invalid_argument (options that do not go together).
  virtual base::Status start() = 0;
  // Stops taking new ones; what was taken is handed over, waiting answers are given, until the deadline.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
  // Where it listens ("127.0.0.1:9200"), or what it reads; for messages.
  virtual std::string where() const = 0;
};

struct ListenerInfo {
  std::string name;     // the key under `listeners` of the configuration: "elasticsearch"
  std::string title;    // "Elasticsearch bulk"
  std::string summary;  // one sentence for help and docs
  bool network = true;  // has listen, tls and limits; false: reads files and the like
  bool has_tls = true;
  std::string default_listen;            // "127.0.0.1:9200"; of network listeners
  std::vector<base::ConfigKey> options;  // beyond the common ones
  std::function<std::unique_ptr<Listener>(const ListenerContext&, const base::ConfigSection&)> make;
};

// All of them, in the order of the docs.
std::span<const ListenerInfo> all_listeners();
// The keys of one under `listeners`: enabled, listen, tls.{certificate_file,key_file,client_ca_file,
// require_client_certificate}, max_connections, max_connections_per_address, idle_timeout,
// max_events_per_second (0: no bound), max_event_bytes, and its own.
std::vector<base::ConfigKey> listener_keys(const ListenerInfo& info);

}  // namespace vedette::ingest
