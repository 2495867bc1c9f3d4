// ListenerSet: the listeners of the configuration, started, drained and their certificates read again.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vedette/base/config.hpp"
#include "vedette/ingest/listener.hpp"

namespace vedette::node {

// The section `tls` of a listener or of the API; nullptr if it names no certificate.
base::Result<std::shared_ptr<net::TlsContext>> load_tls(const base::ConfigSection& tls);

class ListenerSet {
 public:
  ListenerSet(net::Io& io, ports::Intake& intake, base::Metrics& metrics, base::Logger& log,
              std::string folder, std::string version);
  ~ListenerSet();

  // `config`: the section `listeners`. The error names the listener; those started before stay until drain.
  base::Status start(const base::ConfigSection& config);
  // All certificates are read again; the first error, if any.
  base::Status reload();
  void drain(std::chrono::milliseconds deadline);

  // Titles and where they listen.
  std::vector<std::pair<std::string, std::string>> facts() const;
  std::vector<std::pair<std::string, int>> certificate_days() const;

  // Answers searches of Elasticsearch clients; before start.
  void set_search(net::HttpHandler of_logins, net::HttpHandler by_key) {
    search_ = std::move(of_logins);
    search_by_key_ = std::move(by_key);
  }

 private:
  struct Entry {
    std::string name, title;
    std::shared_ptr<net::TlsContext> tls;
    std::unique_ptr<ingest::ListenerContext> context;
    std::unique_ptr<ingest::Listener> listener;
  };
  base::Status start_one(const ingest::ListenerInfo& info, const base::ConfigSection& config);

  net::Io& io_;
  ports::Intake& intake_;
  base::Metrics& metrics_;
  base::Logger& log_;
  const std::string folder_, version_;
  net::HttpHandler search_, search_by_key_;
  std::vector<Entry> entries_;
};

}  // namespace vedette::node
