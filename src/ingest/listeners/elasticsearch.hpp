// The Elasticsearch listener without its sockets.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "listeners/elasticsearch_bulk.hpp"
#include "listeners/http_endpoint.hpp"

namespace vedette::ingest {

struct ElasticsearchOptions {
  std::string announced_version = "8.17.0";  // clients and shippers choose their dialect by it
  std::string cluster_name = "vedette";
  std::string api_keys;                    // "id:key" or the base64 of it, by commas; empty: none
  std::string basic_auth;                  // "user:password", by commas; empty: none
  net::HttpHandler search, search_by_key;  // as in ListenerContext
  bool anonymous_search = false;           // whoever may reach it may search it
};

// What a shipper puts before it sends (templates, policies, pipelines) and wants to see again. Kept in memory
// alone: nothing of it changes what Vedette does. Thread safe.
class EsRegistry {
 public:
  static constexpr std::size_t kMaxEntries = 10'000;
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

  // False if there is no room.
  bool put(std::string_view kind, std::string_view name, std::string_view body);
  bool contains(std::string_view kind, std::string_view name) const;
  bool remove(std::string_view kind, std::string_view name);
  // Those whose name the pattern ("*" wildcards, commas; "" or "_all": all) names.
  std::map<std::string, std::string> find(std::string_view kind, std::string_view pattern) const;

 private:
  mutable std::mutex mutex_;                                            // guards what follows
  std::map<std::pair<std::string, std::string>, std::string> entries_;  // (kind, name)
  std::size_t bytes_ = 0;
};

// Answers what shippers and clients ask around their bulks. False: none of its requests.
class EsHandshake {
 public:
  explicit EsHandshake(const ElasticsearchOptions& options) : options_(options) {}
  bool answer(const net::HttpRequest& request, const std::string& body, net::HttpResponse& response);
  // Indices that events went to are there when asked for.
  void remember_index(std::string_view index);

 private:
  bool answer_root(const net::HttpRequest& request, net::HttpResponse& response) const;
  bool answer_cluster(const net::HttpRequest& request, net::HttpResponse& response) const;
  bool answer_security(const net::HttpRequest& request, net::HttpResponse& response) const;
  bool answer_stored(const net::HttpRequest& request, const std::string& body, net::HttpResponse& response);
  bool answer_index(const net::HttpRequest& request, const std::string& body, net::HttpResponse& response);

  const ElasticsearchOptions& options_;
  EsRegistry registry_, indices_;
};

std::shared_ptr<HttpEndpoint> make_elasticsearch_endpoint(std::shared_ptr<HttpDoor> door,
                                                          ElasticsearchOptions options);

}  // namespace vedette::ingest
