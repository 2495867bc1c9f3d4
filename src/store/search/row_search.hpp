// The rows of an answer, in order.
#pragma once

#include "search/context.hpp"
#include "search/sort_plan.hpp"

namespace vedette::store::search {

struct RowSearchResult {
  std::uint64_t matched = 0;   // in the blocks that were looked at
  bool all_counted = false;    // every block was looked at
  bool stopped = false;        // by the sink
  std::vector<BlockRef> rest;  // blocks that were not looked at
  std::string plan;
};

// Gives the rows asked for to the sink. By time, blocks are opened from the end that is wanted on, and no
// more of them than are needed.
RowSearchResult search_rows(Context& context, const SortPlan& plan, const std::optional<Cursor>& cursor,
                            const model::RowSink& sink);

}  // namespace vedette::store::search
