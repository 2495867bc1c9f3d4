// The Elasticsearch-shaped search: the body of _search parsed to a SearchRequest, and the answer in its
// shape.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::query {

// A parsed _search body: one SearchRequest whose groupings the aggregation tree was folded into, and what is
// needed to give the answer its shape.
class EsSearch {
 public:
  // Errors name the offending part and its place in the body ("query.bool.must[1].geo_distance: not
  // supported"): invalid_argument or unsupported. An empty body is match_all.
  static base::Result<std::unique_ptr<EsSearch>> parse(std::string_view body, base::TimeNs now);
  virtual ~EsSearch() = default;
  virtual const model::SearchRequest& request() const = 0;
  // Runs it and appends the response: took, timed_out, _shards, hits (total, _index, _id, _source as nested
  // objects, fields, sort), aggregations. One JSON object.
  virtual base::Result<std::string> run(const ports::LogStore& store,
                                        const base::CancellationToken& cancellation) const = 0;
};

}  // namespace vedette::query
