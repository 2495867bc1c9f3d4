#include "search/group_search.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include <fmt/format.h>

#include "search/field_reader.hpp"
#include "search/time_bucket.hpp"

namespace vedette::store::search {

using model::GroupKey;

namespace {

// Pieces into which an order-sensitive grouping is cut, whatever the number of threads.
constexpr std::size_t kPieces = 16;
constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;

using Aggregators = std::vector<std::unique_ptr<Aggregator>>;

class GroupSearch {
 public:
  GroupSearch(Context& context, const std::vector<GroupPlan>& plans) : context_(context), plans_(plans) {
    from_header_.resize(plans.size(), std::vector<bool>(context.segments.size()));
    in_order_ =
        std::any_of(plans.begin(), plans.end(), [](const GroupPlan& plan) { return plan.order_sensitive(); });
  }

  void run(model::SearchResult& result) {
    total_ = new_aggregators();
    read_headers();
    choose_blocks();
    if (in_order_) {
      run_pieces();
    } else {
      run_blocks();
    }
    result.total = matched_;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      result.approximate = result.approximate || total_[i]->approximate();
      result.groups.push_back(make_group_table(context_, plans_[i], *total_[i]));
      result.stats.plan.push_back(describe(i));
    }
  }

 private:
  Aggregators new_aggregators() const {
    Aggregators made;
    for (const GroupPlan& plan : plans_)
      made.push_back(std::make_unique<Aggregator>(plan, context_.governor));
    return made;
  }

  // --- Headers

  void read_headers() {
    if (!context_.filter.is_always()) return;
    std::vector<std::size_t> whole(context_.segments.size());
    for (const BlockRef& ref : context_.blocks()) whole[ref.segment] += ref.whole;
    for (std::size_t segment = 0; segment < whole.size(); ++segment) {
      const Segment& read = *context_.segments[segment];
      if (whole[segment] == 0 || whole[segment] != read.blocks().size()) continue;
      if (!context_.scope_is_whole(segment)) continue;
      for (std::size_t i = 0; i < plans_.size(); ++i) from_header_[i][segment] = read_header(i, read);
    }
    for (const auto& aggregator : total_) aggregator->charge();
  }

  bool read_header(std::size_t at, const Segment& segment) {
    const GroupPlan& plan = plans_[at];
    if (plan.keys.size() != 1 || !plan.only_counts()) return false;
    const GroupKey& key = *plan.keys[0].asked;
    if (key.keep_missing) return false;
    const bool is_time = plan.keys[0].field == model::field::timestamp;
    if (key.kind == GroupKey::Kind::time_bucket && is_time) return read_minutes(key, *total_[at], segment);
    if (key.kind != GroupKey::Kind::value || is_time || plan.keys[0].field == id_field()) return false;
    return read_values(plan.keys[0].field, *total_[at], segment);
  }

  bool read_minutes(const GroupKey& key, Aggregator& to, const Segment& segment) {
    const bool by_minutes = key.calendar != GroupKey::Calendar::none || key.interval % kMinute == 0;
    if (!by_minutes || key.offset % kMinute != 0) return false;
    for (const BlockInfo& info : segment.blocks()) {
      if (info.min_time <= 0 && info.max_time >= 0) return false;  // events without a time are among them
    }
    const auto minutes = minute_counts(segment);
    if (!minutes) return false;
    for (const auto& [minute, rows] : *minutes) {
      to.add_count({KeyValue::Tag::time, model::Value::integer(time_bucket_of(key, minute).start)}, rows);
      to.add_rows(rows);
    }
    return true;
  }

  std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> minute_counts(const Segment& segment) {
    std::uint64_t bytes = 0;
    auto minutes = segment.minute_counts(bytes);
    context_.bytes_read += bytes;
    return minutes;
  }

  // Rows that have several values are in the counts several times, so that they cannot tell how many rows
  // took part.
  bool read_values(model::FieldId field, Aggregator& to, const Segment& segment) {
    const auto fields = segment.fields();
    const auto info = std::lower_bound(
        fields.begin(), fields.end(), field,
        [](const FieldInfo& a, model::FieldId b) { return model::index_of(a.field) < model::index_of(b); });
    if (info == fields.end() || info->field != field) return true;
    if (info->lists > 0) return false;
    std::uint64_t bytes = 0;
    const auto counts = segment.value_counts(field, bytes);
    context_.bytes_read += bytes;
    if (!counts) return false;
    for (const auto& [value, rows] : *counts) {
      to.add_count({KeyValue::Tag::value, value}, rows);
      to.add_rows(rows);
    }
    return true;
  }

  // --- Blocks

  void choose_blocks() {
    for (std::uint32_t i = 0; i < context_.blocks().size(); ++i) {
      const BlockRef& ref = context_.blocks()[i];
      bool needed = false;
      for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
        needed = needed || !(from_header_[plan][ref.segment] || counts_only(plan, ref));
      }
      if (needed) {
        blocks_.push_back(i);
        continue;
      }
      const std::uint64_t rows = *context_.count_without_reading(ref);
      for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
        if (counts_only(plan, ref)) total_[plan]->add_count_of_all(rows);
      }
      matched_ += rows;
      ++context_.blocks_from_header;
    }
  }

  // No keys and nothing but counts: the number of rows is enough.
  bool counts_only(std::size_t plan, const BlockRef& ref) const {
    return plans_[plan].keys.empty() && plans_[plan].only_counts() && context_.count_without_reading(ref);
  }

  void run_blocks() {
    std::vector<Aggregators> workers(context_.pool.size());
    std::vector<Local> local(context_.pool.size());
    context_.pool.run(blocks_.size(), [&](std::size_t item, std::size_t worker) {
      if (workers[worker].empty()) workers[worker] = new_aggregators();
      add_block(blocks_[item], workers[worker], local[worker]);
    });
    for (Aggregators& worker : workers) merge(worker);
  }

  void run_pieces() {
    const std::size_t pieces = std::min(kPieces, blocks_.size());
    std::map<std::size_t, Aggregators> done;
    std::mutex mutex;  // guards done, next and total_
    std::size_t next = 0;
    std::vector<Local> local(context_.pool.size());
    context_.pool.run(pieces, [&](std::size_t piece, std::size_t worker) {
      Aggregators own = new_aggregators();
      const std::size_t begin = piece * blocks_.size() / pieces, end = (piece + 1) * blocks_.size() / pieces;
      for (std::size_t i = begin; i < end; ++i) add_block(blocks_[i], own, local[worker]);
      const std::lock_guard lock(mutex);
      done[piece] = std::move(own);
      for (auto ready = done.find(next); ready != done.end(); ready = done.find(++next)) {
        merge(ready->second);
        done.erase(ready);
      }
    });
  }

  struct Local {
    expr::Scratch scratch;
    std::vector<std::uint32_t> rows;
  };

  void add_block(std::uint32_t number, Aggregators& to, Local& local) {
    const BlockRef& ref = context_.blocks()[number];
    const auto selection = context_.select(ref, local.scratch);
    if (!selection) return;
    add_selection(number, *selection, to, local);
    context_.finish(*selection->block);
  }

  void add_selection(std::uint32_t number, const Selection& selection, Aggregators& to, Local& local) {
    const BlockRef& ref = context_.blocks()[number];
    local.rows.clear();
    selection.rows.for_each([&](std::uint32_t row) { local.rows.push_back(row); });
    if (local.rows.empty()) return;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (from_header_[i][ref.segment]) continue;
      const auto opened = to[i]->open(*selection.block, number, selection.rows, local.rows, local.scratch);
      if (!opened) return context_.leave_out(ref, opened.error());
    }
    if (!context_.governor.has_room(selection.block->memory())) return;
    matched_ += local.rows.size();
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (from_header_[i][ref.segment]) continue;
      to[i]->add(local.rows);
      to[i]->charge();
    }
  }

  void merge(Aggregators& from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      total_[i]->merge(*from[i]);
      total_[i]->charge();
      context_.governor.charge(-static_cast<std::int64_t>(from[i]->charged()));
      from[i].reset();
    }
  }

  std::string describe(std::size_t at) const {
    std::size_t segments = 0, scanned = 0;
    std::unordered_set<std::uint32_t> seen;
    for (const BlockRef& ref : context_.blocks()) {
      if (!from_header_[at][ref.segment]) continue;
      if (seen.insert(ref.segment).second) ++segments;
    }
    for (const std::uint32_t block : blocks_) scanned += !from_header_[at][context_.blocks()[block].segment];
    std::string by;
    for (const GroupPlan::Key& key : plans_[at].keys) by += (by.empty() ? "" : ", ") + key.asked->name;
    return fmt::format("groups by {}: {} groups of {} rows; {} parts from headers, {} blocks read",
                       by.empty() ? "nothing" : by, total_[at]->groups(), total_[at]->rows(), segments,
                       scanned);
  }

  Context& context_;
  const std::vector<GroupPlan>& plans_;
  std::vector<std::vector<bool>> from_header_;  // by plan and segment
  bool in_order_ = false;
  std::vector<std::uint32_t> blocks_;  // that are read
  std::atomic<std::uint64_t> matched_{0};
  Aggregators total_;
};

}  // namespace

void search_groups(Context& context, const std::vector<GroupPlan>& plans, model::SearchResult& result) {
  GroupSearch(context, plans).run(result);
}

}  // namespace vedette::store::search
