// The Elasticsearch-shaped search: the body of _search parsed to a SearchRequest, and the answer in its
// shape.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::query {

// What the end point adds to a body.
struct EsExtras {
  std::string overrides;  // a JSON object; its parts replace those of the body (of the URL); empty: none
  model::Predicate also{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  std::uint64_t below_sequence = model::SearchRequest::kAll;  // as in SearchRequest
  bool scroll = false;               // pages follow: without a sort (or by _doc) the oldest events come first
  bool point_in_time = false;        // "pit" is taken; "_shard_doc" is added to a sort
  bool total_as_integer = false;     // hits.total is a number, and exact
  base::TimeNs longest_timeout = 0;  // bounds the timeout of the body; 0: no bound
  std::uint64_t max_memory = model::SearchLimits().max_memory;
};

struct EsPage {
  std::string response;
  std::size_t hits = 0;
  // Where the next page begins; and the total, which is found out but once.
  std::vector<model::Literal> after;
  std::uint64_t total = 0;
  bool total_exact = true;
};

// A parsed _search body: one SearchRequest whose groupings the aggregation tree was folded into, and what is
// needed to give the answer its shape.
class EsSearch {
 public:
  // Errors name the offending part and its place in the body ("query.bool.must[1].geo_distance: not
  // supported"): invalid_argument or unsupported. An empty body is match_all.
  static base::Result<std::unique_ptr<EsSearch>> parse(std::string_view body, base::TimeNs now,
                                                       const EsExtras& extras = {});
  virtual ~EsSearch() = default;
  virtual const model::SearchRequest& request() const = 0;
  // Runs it and appends the response: took, timed_out, _shards, hits (total, _index, _id, _source as nested
  // objects, fields, sort), aggregations. One JSON object.
  virtual base::Result<std::string> run(const ports::LogStore& store,
                                        const base::CancellationToken& cancellation) const = 0;
  // The first page (null), or the one after `previous`, which has hits only: no aggregations. Pages of one
  // state of the store (below_sequence) give every row once, whatever ties its sort has. In a scroll an
  // answer that is cut short is an error (limit).
  virtual base::Result<EsPage> run_page(const ports::LogStore& store,
                                        const base::CancellationToken& cancellation,
                                        const EsPage* previous) const = 0;
};

}  // namespace vedette::query
