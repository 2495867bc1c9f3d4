#include "search.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "search/context.hpp"
#include "search/group_search.hpp"
#include "search/row_search.hpp"
#include "search/sort_plan.hpp"

namespace vedette::store {

using model::SearchRequest;
using model::SearchResult;

namespace search {
namespace {

constexpr std::size_t kMaxThreads = 64;

std::size_t threads_of(const SearchRequest& request) {
  const std::size_t asked =
      request.threads > 0 ? static_cast<std::size_t>(request.threads) : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(asked, 1, kMaxThreads);
}

// Adds the rows of blocks that were not looked at for the sake of rows; false if it could not count them all.
std::uint64_t count_rows(Context& context, const std::vector<BlockRef>& blocks) {
  std::vector<expr::Scratch> scratch(context.pool.size());
  std::atomic<std::uint64_t> total{0};
  context.pool.run(blocks.size(), [&](std::size_t item, std::size_t worker) {
    if (const auto rows = context.count_without_reading(blocks[item])) {
      total += *rows;
      ++context.blocks_from_header;
      return;
    }
    if (const auto selection = context.select(blocks[item], scratch[worker])) {
      total += selection->rows.count();
      context.finish(*selection->block);
    }
  });
  return total;
}

void finish(Context& context, SearchResult& result) {
  result.stats.parts = context.stats.parts;
  result.stats.parts_skipped = context.stats.parts_skipped;
  result.stats.blocks = context.stats.blocks;
  result.stats.blocks_skipped_time = context.stats.blocks_skipped_time;
  result.stats.blocks_skipped_filter = context.stats.blocks_skipped_filter;
  result.stats.blocks_from_header = context.blocks_from_header;
  result.stats.rows_visited = context.governor.rows_visited();
  result.stats.rows_matched = result.total;
  result.stats.bytes_read = context.bytes_read;
  for (std::size_t i = 0; i < context.segments.size(); ++i) {
    result.stats.narrowed = result.stats.narrowed || !context.scope_is_whole(i);
  }
  result.stats.seconds = context.governor.seconds();
  result.cut = context.governor.reason();
  result.cut_reason = context.governor.sentence();
  context.add_warnings(result);
  if (result.cut != model::Cut::none || context.left_something_out()) result.total_exact = false;
}

}  // namespace
}  // namespace search

base::Result<SearchResult> search_segments(const std::vector<std::shared_ptr<const Segment>>& segments,
                                           const SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken& cancellation) {
  TRY_ASSIGN(search::Filter filter, search::Filter::compile(request.filter));
  TRY_ASSIGN(search::Filter scope, search::Filter::compile(request.scope));
  TRY_ASSIGN(const search::SortPlan sort, search::SortPlan::make(request.sort));
  TRY_ASSIGN(const auto cursor, sort.cursor(request.after));
  if (request.limit > 0 && !sink) {
    return base::make_error(base::ErrorCode::invalid_argument, "rows are asked for, but nobody takes them");
  }
  std::vector<search::GroupPlan> groups;
  for (const model::GroupBy& group : request.groups) {
    TRY_ASSIGN(search::GroupPlan plan, search::GroupPlan::make(group));
    groups.push_back(std::move(plan));
  }
  search::Context context(segments, request, cancellation, std::move(filter), std::move(scope),
                          search::threads_of(request));
  context.choose_blocks();

  SearchResult result;
  result.stats.plan.push_back(fmt::format(
      "{} parts, {} blocks: {} out of the time range, {} excluded by the filter", context.stats.parts,
      context.stats.blocks, context.stats.blocks_skipped_time, context.stats.blocks_skipped_filter));
  bool counted = false;
  if (!groups.empty()) {
    search::search_groups(context, groups, result);
    counted = true;
  }
  std::vector<search::BlockRef> rest = context.blocks();
  if (request.limit > 0) {
    const search::RowSearchResult rows = search::search_rows(context, sort, cursor, sink);
    result.stats.plan.push_back(rows.plan);
    if (!counted) {
      result.total = rows.matched;
      counted = rows.all_counted;
      rest = rows.rest;
      if (rows.stopped) result.total_exact = counted;
      if (rows.stopped) rest.clear();
    }
  }
  if (!counted && request.count_all && !rest.empty()) {
    result.total += search::count_rows(context, rest);
    counted = true;
  }
  if (!counted && !rest.empty()) result.total_exact = false;
  search::finish(context, result);
  return result;
}

}  // namespace vedette::store
