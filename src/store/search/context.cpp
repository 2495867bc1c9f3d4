#include "search/context.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace vedette::store::search {

namespace {

HiddenFieldsPtr hidden_of(const model::SearchRequest& request) {
  if (request.hidden_fields.empty()) return nullptr;
  return std::make_shared<const expr::HiddenFields>(request.hidden_fields);
}

std::vector<std::shared_ptr<const Segment>> without(const HiddenFieldsPtr& hidden,
                                                    const std::vector<std::shared_ptr<const Segment>>& of) {
  if (!hidden) return of;
  std::vector<std::shared_ptr<const Segment>> segments;
  for (const auto& segment : of) segments.push_back(mask_segment(segment, hidden));
  return segments;
}

}  // namespace

Context::Context(const std::vector<std::shared_ptr<const Segment>>& searched,
                 const model::SearchRequest& asked, const base::CancellationToken& cancellation,
                 Filter compiled, Filter scope, std::size_t threads)
    : hidden_(hidden_of(asked)),
      segments(without(hidden_, searched)),
      request(asked),
      filter(std::move(compiled)),
      governor(asked.limits, cancellation),
      pool(threads),
      stored_(searched),
      scope_(std::move(scope)),
      sequences_(asked.sequences) {
  std::sort(sequences_.begin(), sequences_.end());
  for (const auto& segment : stored_) scope_is_whole_.push_back(scope_.is_always_of(*segment));
}

void Context::choose_blocks() {
  struct Chosen {
    Bitmap blocks;
    std::uint64_t in_time = 0, bytes_read = 0;
  };
  std::vector<Chosen> chosen(segments.size());
  const auto choose = [&](std::size_t at, std::size_t) {
    const auto infos = segments[at]->blocks();
    Chosen& own = chosen[at];
    own.blocks = Bitmap(static_cast<std::uint32_t>(infos.size()));
    for (std::uint32_t i = 0; i < infos.size(); ++i) {
      if (infos[i].max_time < request.range.from || infos[i].min_time >= request.range.to) continue;
      if (infos[i].min_sequence >= request.below_sequence || !may_hold_sequence(infos[i])) continue;
      own.blocks.set(i);
      ++own.in_time;
    }
    if (!own.in_time || !governor.proceed()) return;
    if (!scope_is_whole_[at]) scope_.prune(*stored_[at], own.blocks, own.bytes_read);
    filter.prune(*segments[at], own.blocks, own.bytes_read);
  };
  pool.run(segments.size(), choose);
  stats.parts = segments.size();
  for (std::uint32_t at = 0; at < segments.size(); ++at) {
    const auto infos = segments[at]->blocks();
    const Chosen& own = chosen[at];
    stats.blocks += infos.size();
    stats.blocks_skipped_time += infos.size() - own.in_time;
    bytes_read += own.bytes_read;
    const std::size_t before = blocks_.size();
    own.blocks.for_each([&](std::uint32_t i) {
      const bool whole = infos[i].min_time >= request.range.from && infos[i].max_time < request.range.to &&
                         infos[i].max_sequence < request.below_sequence && sequences_.empty();
      blocks_.push_back({at, i, infos[i], whole});
    });
    stats.blocks_skipped_filter += own.in_time - (blocks_.size() - before);
    if (blocks_.size() == before) ++stats.parts_skipped;
  }
}

bool Context::may_hold_sequence(const BlockInfo& info) const {
  if (sequences_.empty()) return true;
  const auto first = std::lower_bound(sequences_.begin(), sequences_.end(), info.min_sequence);
  return first != sequences_.end() && *first <= info.max_sequence;
}

base::Result<Bitmap> Context::rows_in_range(Block& block, const BlockRef& ref) const {
  if (ref.whole) return Bitmap(block.rows(), true);
  TRY_ASSIGN(const auto times, block.times());
  const auto from = std::lower_bound(times.begin(), times.end(), request.range.from);
  const auto to = std::lower_bound(from, times.end(), request.range.to);
  Bitmap rows(block.rows());
  for (auto at = from; at != to; ++at) rows.set(static_cast<std::uint32_t>(at - times.begin()));
  if (ref.info.max_sequence < request.below_sequence && sequences_.empty()) return rows;
  TRY_ASSIGN(const auto sequences, block.sequences());
  for (std::uint32_t row = 0; row < block.rows(); ++row) {
    const bool listed =
        sequences_.empty() || std::binary_search(sequences_.begin(), sequences_.end(), sequences[row]);
    if (sequences[row] >= request.below_sequence || !listed) rows.reset(row);
  }
  return rows;
}

std::optional<std::uint64_t> Context::count_without_reading(const BlockRef& ref) const {
  if (ref.whole && filter.is_always() && scope_is_whole_[ref.segment]) return ref.info.rows;
  return std::nullopt;
}

std::optional<Selection> Context::select(const BlockRef& ref, expr::Scratch& scratch) {
  if (!governor.proceed() || !governor.visit(ref.info.rows)) return std::nullopt;
  auto opened = stored_[ref.segment]->open_block(ref.block);
  if (!opened) {
    leave_out(ref, opened.error());
    return std::nullopt;
  }
  Selection selection{std::move(*opened), Bitmap()};
  auto rows = rows_in_range(*selection.block, ref);
  if (rows && !scope_is_whole_[ref.segment] && !rows->none()) {
    rows = scope_.evaluate(*selection.block, *rows, scratch);
  }
  if (hidden_) selection.block = mask_block(std::move(selection.block), hidden_);
  if (rows && !filter.is_always() && !rows->none()) {
    rows = filter.evaluate(*selection.block, *rows, scratch);
  }
  if (!rows) {
    finish(*selection.block);
    leave_out(ref, rows.error());
    return std::nullopt;
  }
  selection.rows = std::move(*rows);
  if (!governor.has_room(selection.block->memory())) return std::nullopt;
  return selection;
}

std::shared_ptr<const model::EventBatch> Context::read_rows(const BlockRef& ref,
                                                            std::span<const std::uint32_t> rows,
                                                            const Projection& projection) {
  auto opened = segments[ref.segment]->open_block(ref.block);
  if (!opened) {
    leave_out(ref, opened.error());
    return nullptr;
  }
  auto batch = rows_of_block(**opened, rows, projection, governor);
  finish(**opened);
  if (batch) return *batch;
  if (batch.error().code != base::ErrorCode::limit) leave_out(ref, batch.error());
  return nullptr;
}

void Context::leave_out(const BlockRef& ref, const base::Error& error) {
  const std::lock_guard lock(mutex_);
  LeftOut& left = left_out_[ref.segment];
  if (left.blocks++ == 0) left.first = fmt::format("block {}: {}", ref.block, error.message);
}

bool Context::left_something_out() const {
  const std::lock_guard lock(mutex_);
  return !left_out_.empty();
}

void Context::add_warnings(model::SearchResult& result) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [segment, left] : left_out_) {
    result.warnings.push_back(
        fmt::format("{}: {} left out because {} could not be read ({})", segments[segment]->name(),
                    left.blocks == 1 ? "1 block was" : fmt::format("{} blocks were", left.blocks),
                    left.blocks == 1 ? "it" : "they", left.first));
  }
}

}  // namespace vedette::store::search
