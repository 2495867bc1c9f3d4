// Answers a SearchRequest from segments. Internal to the store.
#pragma once

#include <memory>
#include <vector>

#include "segment.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store {

// Segments may overlap in time. Rows come in the order asked for; memory is bounded by the request's limits.
// Up to `request.threads` threads decode and evaluate blocks; the sink is called from the calling thread.
base::Result<model::SearchResult> search_segments(const std::vector<std::shared_ptr<const Segment>>& segments,
                                                  const model::SearchRequest& request,
                                                  const model::RowSink& sink,
                                                  const base::CancellationToken& cancellation);

}  // namespace vedette::store
