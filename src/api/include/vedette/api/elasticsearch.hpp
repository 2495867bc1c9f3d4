// Searches of Elasticsearch clients: _search, _count, _msearch, _field_caps, _mapping, scrolls, points in
// time, and what they ask around these (docs/elasticsearch-search.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api {

struct ElasticsearchSearchOptions {
  // The sequence number after the newest event that a search sees: what a scroll or a point in time is
  // opened at. Thread safe. Not null.
  std::function<std::uint64_t()> next_sequence;
  std::function<base::TimeNs()> now;  // not null
  // _refresh: waits until searches see every event that was acknowledged before. May be null.
  std::function<base::Status()> refresh;
  std::string cluster_name = "vedette";
  int threads = 2;                                 // requests that are answered at a time
  std::size_t max_queue = 64;                      // that wait; 429 beyond
  base::TimeNs timeout = 30 * base::kNsPerSecond;  // of one request
  std::uint64_t max_memory = 256u << 20;           // of one search
  std::size_t max_contexts = 500;                  // scrolls and points in time
  base::TimeNs max_keep_alive = 3600 * base::kNsPerSecond;
};

// What of the events a request sees.
struct ElasticsearchView {
  int status = 200;    // else the request is refused: 401, 403
  std::string reason;  // of a refusal, for whoever asked
  std::string key;     // the same for requests that see the same: they share scrolls and points in time
  std::shared_ptr<const ports::LogStore> store;
};
// Called on the threads that answer.
using ElasticsearchViewOf = std::function<ElasticsearchView(const net::HttpRequest&)>;

// Thread safe. Requests are answered by threads of its own; a search ends when its client has gone.
class ElasticsearchSearch {
 public:
  virtual ~ElasticsearchSearch() = default;  // stops
  // May be kept and called after the end of this object: it answers 503 then.
  virtual net::HttpHandler handler() = 0;  // for those who see everything
  virtual net::HttpHandler handler(ElasticsearchViewOf view_of) = 0;
  // Ends searches that run and answers 503 to what waits and comes.
  virtual void stop() = 0;
};

// `store` must live until stop.
std::unique_ptr<ElasticsearchSearch> make_elasticsearch_search(const ports::LogStore& store,
                                                               ElasticsearchSearchOptions options);

}  // namespace vedette::api
