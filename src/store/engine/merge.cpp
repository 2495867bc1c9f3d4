#include "merge.hpp"

#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>

namespace vedette::store {
namespace {

// Reads the rows of a part one by one.
class Cursor {
 public:
  explicit Cursor(const PartReader& reader) : reader_(reader) {}

  // False at the end.
  base::Result<bool> next() {
    if (batch_ && ++row_ < batch_->size()) return true;
    while (block_ < reader_.blocks().size()) {
      TRY_ASSIGN(const auto block, reader_.open_block(block_++));
      TRY_ASSIGN(batch_, rows_of(*block));
      row_ = 0;
      if (!batch_->empty()) return true;
    }
    batch_ = nullptr;
    return false;
  }
  std::pair<base::TimeNs, std::uint64_t> key() const {
    const model::Event event = (*batch_)[row_];
    return {event.time(), event.sequence()};
  }
  const std::shared_ptr<const model::EventBatch>& batch() const { return batch_; }
  std::uint32_t row() const { return row_; }

 private:
  const PartReader& reader_;
  std::size_t block_ = 0;
  std::shared_ptr<const model::EventBatch> batch_;
  std::uint32_t row_ = 0;
};

std::uint64_t rows_in(const PartPtr& part) {
  return part->entry.summary.rows;
}

}  // namespace

PartSet choose_merge(const PartSet& group, const MergePolicy& policy, bool quiet, bool compact) {
  PartSet small;
  for (const PartPtr& part : group) {
    const std::uint64_t full = compact ? policy.max_part_rows : policy.max_part_rows / 2;
    if (rows_in(part) < full) small.push_back(part);
  }
  if (small.size() < (quiet || compact ? 2 : policy.fan)) return {};
  std::stable_sort(small.begin(), small.end(),
                   [](const PartPtr& a, const PartPtr& b) { return rows_in(a) < rows_in(b); });
  std::uint64_t sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(small.size(), policy.max_inputs); ++i) {
    if (compact || i == 0 || rows_in(small[i]) <= 4 * sum) count = i + 1;
    sum += rows_in(small[i]);
  }
  small.resize(count);
  std::uint64_t rows = 0;
  for (const PartPtr& part : small) rows += rows_in(part);
  const std::uint64_t parts_after = (rows + policy.max_part_rows - 1) / policy.max_part_rows;
  if (count < 2 || parts_after >= count) return {};
  return small;
}

base::Status merge_parts(const PartSet& inputs, const MergePolicy& policy, const PartOptions& options,
                         const std::function<bool(std::uint64_t sequence)>& skip,
                         const base::CancellationToken& cancellation, PartFiles& out) {
  std::vector<Cursor> cursors;
  base::TimeNs sealed_at = 0;
  for (const PartPtr& part : inputs) {
    cursors.emplace_back(*part->reader);
    sealed_at = std::max(sealed_at, part->entry.sealed_at);
  }
  using Head = std::tuple<base::TimeNs, std::uint64_t, std::size_t>;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto advance = [&](std::size_t i) -> base::Status {
    TRY_ASSIGN(const bool more, cursors[i].next());
    if (more) heads.emplace(cursors[i].key().first, cursors[i].key().second, i);
    return base::ok_status();
  };
  for (std::size_t i = 0; i < cursors.size(); ++i) TRY(advance(i));
  const PartName& name = inputs.front()->entry.name;
  std::optional<PartWriter> writer;
  std::uint64_t rows = 0;
  while (!heads.empty()) {
    const std::size_t i = std::get<2>(heads.top());
    const std::uint64_t sequence = std::get<1>(heads.top());
    heads.pop();
    if (++rows % 1024 == 0 && cancellation.cancelled()) {
      return base::make_error(base::ErrorCode::cancelled, "the merge was cancelled");
    }
    if (!skip || !skip(sequence)) {
      if (!writer) writer.emplace(options);
      writer->add(cursors[i].batch(), cursors[i].row());
      if (writer->rows() >= policy.max_part_rows) {
        TRY(out.write(*writer, name.day, name.dataset, sealed_at));
        writer.reset();
      }
    }
    TRY(advance(i));
  }
  if (writer) TRY(out.write(*writer, name.day, name.dataset, sealed_at));
  return base::ok_status();
}

}  // namespace vedette::store
