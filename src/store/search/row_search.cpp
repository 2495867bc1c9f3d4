#include "search/row_search.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "search/projection.hpp"

namespace vedette::store::search {

using model::EventBatch;

namespace {

constexpr std::size_t kMaxWindow = 64;     // blocks evaluated before rows are given out
constexpr std::size_t kFirstChunk = 1024;  // rows read at a time
constexpr std::size_t kMaxChunk = 64 * 1024;

class RowSearch {
 public:
  RowSearch(Context& context, const SortPlan& plan, const std::optional<Cursor>& cursor,
            const model::RowSink& sink)
      : context_(context),
        plan_(plan),
        cursor_(cursor),
        projection_(context.request.fields),
        emitter_(sink),
        blocks_(context.blocks()),
        to_skip_(context.request.offset),
        to_give_(context.request.limit) {}

  RowSearchResult run() {
    order_blocks();
    const std::size_t step =
        plan_.by_time() ? std::max<std::size_t>(context_.pool.size(), 2) : blocks_.size();
    std::size_t next = 0, window = step;
    while (next < blocks_.size() && to_give_ > 0 && !emitter_.stopped() && !context_.governor.stopped()) {
      const std::size_t end = std::min(blocks_.size(), next + window);
      collect(next, end);
      next = end;
      if (!context_.governor.stopped()) give_sure(next);
      if (plan_.by_time()) window = std::min(window * 2, std::max(kMaxWindow, step));
    }
    give_rest();
    emitter_.flush();
    result_.stopped = emitter_.stopped();
    result_.all_counted = next >= blocks_.size();
    result_.rest.assign(blocks_.begin() + static_cast<std::ptrdiff_t>(next), blocks_.end());
    result_.plan = describe(next);
    return std::move(result_);
  }

 private:
  // How early in the order a row of the block can stand.
  base::TimeNs best(const BlockRef& ref) const {
    return plan_.descending() ? ref.info.max_time : ref.info.min_time;
  }
  bool earlier(base::TimeNs a, base::TimeNs b) const { return plan_.descending() ? a > b : a < b; }

  void order_blocks() {
    if (!plan_.by_time()) return;
    if (cursor_) drop_before_cursor();
    std::stable_sort(blocks_.begin(), blocks_.end(),
                     [&](const BlockRef& a, const BlockRef& b) { return earlier(best(a), best(b)); });
  }

  // Blocks that lie wholly before the cursor have no row to give, but rows to count.
  void drop_before_cursor() {
    const base::TimeNs time = plan_.keys().empty() ? *cursor_->time : cursor_->keys[0].integer;
    const auto split = std::stable_partition(blocks_.begin(), blocks_.end(), [&](const BlockRef& ref) {
      return !earlier(plan_.descending() ? ref.info.min_time : ref.info.max_time, time);
    });
    before_cursor_.assign(split, blocks_.end());
    blocks_.erase(split, blocks_.end());
  }

  std::uint64_t wanted() const {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return to_give_ > most - to_skip_ ? most : to_give_ + to_skip_;
  }

  void collect(std::size_t begin, std::size_t end) {
    struct Worker {
      RowCollector collector;
      expr::Scratch scratch;
      std::uint64_t matched = 0;
    };
    std::vector<Worker> workers;
    for (std::size_t i = 0; i < context_.pool.size(); ++i) {
      workers.push_back({RowCollector(plan_, cursor_, wanted()), {}, 0});
    }
    context_.pool.run(end - begin, [&](std::size_t item, std::size_t worker) {
      const BlockRef& ref = blocks_[begin + item];
      auto selection = context_.select(ref, workers[worker].scratch);
      if (!selection) return;
      if (!selection->rows.none()) {
        const auto added = workers[worker].collector.add(
            *selection->block, selection->rows, static_cast<std::uint32_t>(begin + item), context_.governor);
        if (added) {
          workers[worker].matched += selection->rows.count();
        } else {
          context_.leave_out(ref, added.error());
        }
      }
      context_.finish(*selection->block);
    });
    for (Worker& worker : workers) {
      result_.matched += worker.matched;
      for (Candidate& candidate : worker.collector.take()) pending_.push_back(std::move(candidate));
    }
    std::sort(pending_.begin(), pending_.end(),
              [&](const Candidate& a, const Candidate& b) { return plan_.compare(a, b) < 0; });
    drop_surplus();
  }

  void drop_surplus() {
    if (pending_.size() <= wanted()) return;
    release(std::span(pending_).subspan(wanted()));
    pending_.resize(wanted());
  }

  void release(std::span<const Candidate> candidates) {
    std::int64_t bytes = 0;
    for (const Candidate& candidate : candidates) {
      bytes += sizeof(Candidate);
      for (const OwnedValue& key : candidate.keys) bytes += static_cast<std::int64_t>(key.bytes());
    }
    context_.governor.charge(-bytes);
  }

  // Gives the rows that no block from `next` on can stand before.
  void give_sure(std::size_t next) {
    std::size_t sure = pending_.size();
    if (next < blocks_.size()) {
      const base::TimeNs bound = best(blocks_[next]);
      sure = static_cast<std::size_t>(
          std::partition_point(pending_.begin(), pending_.end(),
                               [&](const Candidate& row) { return earlier(row.time, bound); }) -
          pending_.begin());
    }
    give(sure);
  }

  // A search that was cut gives what it has found, in order.
  void give_rest() {
    if (context_.governor.reason() != model::Cut::cancelled) give(pending_.size());
    release(pending_);
    pending_.clear();
  }

  void give(std::size_t count) {
    const std::size_t skipped = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, count));
    to_skip_ -= skipped;
    const std::size_t end =
        skipped + static_cast<std::size_t>(std::min<std::uint64_t>(to_give_, count - skipped));
    std::size_t at = skipped;
    while (at < end && !emitter_.stopped()) {
      const std::size_t chunk = std::min(end - at, chunk_);
      if (!read_and_emit(std::span(pending_).subspan(at, chunk))) break;
      at += chunk;
      to_give_ -= chunk;
    }
    release(std::span(pending_).first(count));
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // Reads the rows block by block, then emits them in order.
  bool read_and_emit(std::span<const Candidate> rows) {
    struct Part {
      std::uint32_t block;
      std::vector<std::uint32_t> rows;
      std::shared_ptr<const EventBatch> batch;
    };
    std::vector<Part> parts;
    std::unordered_map<std::uint32_t, std::size_t> part_of;
    std::vector<std::pair<std::size_t, std::uint32_t>> places;  // part, row of its batch
    for (const Candidate& row : rows) {
      const auto [known, added] = part_of.emplace(row.block, parts.size());
      if (added) parts.push_back({row.block, {}, nullptr});
      Part& part = parts[known->second];
      places.emplace_back(known->second, static_cast<std::uint32_t>(part.rows.size()));
      part.rows.push_back(row.row);
    }
    std::atomic<std::int64_t> bytes{0};
    context_.pool.run(parts.size(), [&](std::size_t item, std::size_t) {
      Part& part = parts[item];
      part.batch = context_.read_rows(blocks_[part.block], part.rows, projection_);
      if (!part.batch) return;
      std::int64_t own = 0;
      for (std::size_t row = 0; row < part.batch->size(); ++row) {
        for (const model::Cell& cell : (*part.batch)[row].cells()) {
          own += static_cast<std::int64_t>(bytes_of(cell.value)) + 8;
        }
      }
      bytes += own;
      context_.governor.charge(own);
    });
    for (const auto& [part, row] : places) {
      if (parts[part].batch && !emitter_.add(parts[part].batch, row)) break;
    }
    context_.governor.charge(-bytes.load());
    adapt_chunk(rows.size(), static_cast<std::uint64_t>(bytes.load()));
    return context_.governor.reason() != model::Cut::cancelled;
  }

  void adapt_chunk(std::size_t rows, std::uint64_t bytes) {
    const std::uint64_t per_row = bytes / rows + 64;
    const std::uint64_t room = context_.governor.limits().max_memory / 8 / per_row;
    chunk_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(room, 16, kMaxChunk));
  }

  std::string describe(std::size_t looked_at) {
    if (!before_cursor_.empty()) {
      result_.all_counted = false;
      result_.rest.insert(result_.rest.end(), before_cursor_.begin(), before_cursor_.end());
    }
    if (!plan_.by_time()) return fmt::format("rows: sorted, {} blocks", looked_at);
    return fmt::format("rows: {} first, {} of {} blocks{}", plan_.descending() ? "newest" : "oldest",
                       looked_at, blocks_.size(), looked_at < blocks_.size() ? ", then enough" : "");
  }

  Context& context_;
  const SortPlan& plan_;
  const std::optional<Cursor>& cursor_;
  Projection projection_;
  RowEmitter emitter_;
  std::vector<BlockRef> blocks_, before_cursor_;
  std::uint64_t to_skip_, to_give_;
  std::vector<Candidate> pending_;  // in order
  std::size_t chunk_ = kFirstChunk;
  RowSearchResult result_;
};

}  // namespace

RowSearchResult search_rows(Context& context, const SortPlan& plan, const std::optional<Cursor>& cursor,
                            const model::RowSink& sink) {
  return RowSearch(context, plan, cursor, sink).run();
}

}  // namespace vedette::store::search
