// The REST API of a node: identity, audit log, secrets, and the server they share with health and metrics.
#pragma once

#include <memory>
#include <string>

#include "vedette/api/operations.hpp"
#include "vedette/api/rest.hpp"
#include "vedette/base/config.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::node {

// What the API serves, all of it owned by others and living longer.
struct ApiServices {
  const ports::LogStore& events;
  ports::RecordStore& records;
  base::Metrics& metrics;
  base::Logger& log;
  api::RuleService* rules = nullptr;
  api::IntelService* intel = nullptr;
  api::NodeService* node = nullptr;
  api::LiveService* live = nullptr;
  cases::IncidentBook* incidents = nullptr;
  cases::Notifier* notifier = nullptr;
  ports::SecretStore* secrets = nullptr;  // never null
  ports::HttpClient* http = nullptr;
};

class ApiService {
 public:
  // `config`: the section `api`; `folder`: the data folder, where keys, the audit log's anchors, a
  // self-signed certificate and the set-up token are kept. Listening beyond this machine without a
  // certificate makes a self-signed one.
  static base::Result<std::unique_ptr<ApiService>> start(const base::ConfigSection& config,
                                                         const std::string& folder, ApiServices services,
                                                         api::Operations operations, net::Io& io);
  ~ApiService();  // as stop()

  base::Status reload();  // certificates
  void stop();
  // "https://127.0.0.1:8686"
  std::string url() const;
  // Where the token stands that makes the first administrator; empty: somebody can sign in.
  std::string set_up_token_file() const;
  std::string key_pin() const;  // TlsContext::key_pin; empty without TLS
  api::Access& access();

 private:
  ApiService() = default;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::node
