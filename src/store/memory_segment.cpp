#include "memory_segment.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <unordered_map>

namespace vedette::store {
namespace {

using model::EventBatch;
using model::FieldId;
using model::Value;

struct RowRef {
  const EventBatch* batch;
  std::uint32_t row;
  base::TimeNs time;
  std::uint64_t sequence;
};

class MemoryBlock : public Block {
 public:
  // `batches` keeps alive what `refs` point to.
  MemoryBlock(std::shared_ptr<const void> batches, std::span<const RowRef> refs)
      : batches_(std::move(batches)), refs_(refs) {}

  std::uint32_t rows() const override { return static_cast<std::uint32_t>(refs_.size()); }

  base::Result<std::span<const base::TimeNs>> times() override {
    if (times_.empty()) {
      for (const RowRef& ref : refs_) times_.push_back(ref.time);
    }
    return std::span<const base::TimeNs>(times_);
  }

  base::Result<std::span<const std::uint64_t>> sequences() override {
    if (sequences_.empty()) {
      for (const RowRef& ref : refs_) sequences_.push_back(ref.sequence);
    }
    return std::span<const std::uint64_t>(sequences_);
  }

  base::Result<const Column*> column(FieldId field) override {
    const auto known = columns_.find(field);
    if (known != columns_.end()) return column_of(known->second.get());
    return column_of(columns_.emplace(field, make(field)).first->second.get());
  }

  base::Result<RowHead> head(std::uint32_t row) override {
    const model::Event event = (*refs_[row].batch)[refs_[row].row];
    return RowHead{event.position(), event.source().path};
  }

  std::vector<FieldId> fields() const override {
    std::vector<bool> seen(model::FieldTable::instance().size());
    std::vector<FieldId> found;
    for (const RowRef& ref : refs_) {
      for (const model::Cell& cell : (*ref.batch)[ref.row].cells()) {
        const std::uint32_t at = model::index_of(cell.field);
        if (seen[at]) continue;
        seen[at] = true;
        found.push_back(cell.field);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  std::uint64_t memory() const override {
    return times_.size() * 8 + sequences_.size() * 8 + columns_.size() * refs_.size() * sizeof(Value);
  }

 private:
  struct Stored {
    std::vector<Value> values;
    Bitmap present;
    Column column;
  };

  static const Column* column_of(const Stored* stored) { return stored ? &stored->column : nullptr; }

  std::unique_ptr<Stored> make(FieldId field) const {
    std::unique_ptr<Stored> stored;
    std::uint32_t found = 0;
    for (std::uint32_t row = 0; row < refs_.size(); ++row) {
      const Value* value = (*refs_[row].batch)[refs_[row].row].find(field);
      if (!value) continue;
      if (!stored) {
        stored = std::make_unique<Stored>();
        stored->values.resize(refs_.size());
        stored->present = Bitmap(rows());
      }
      stored->values[row] = *value;
      stored->present.set(row);
      ++found;
    }
    if (!stored) return nullptr;
    stored->column.values = stored->values;
    if (found < refs_.size()) stored->column.present = &stored->present;
    return stored;
  }

  std::shared_ptr<const void> batches_;
  std::span<const RowRef> refs_;
  std::vector<base::TimeNs> times_;
  std::vector<std::uint64_t> sequences_;
  std::unordered_map<FieldId, std::unique_ptr<Stored>> columns_;
};

class MemorySegment : public Segment, public std::enable_shared_from_this<MemorySegment> {
 public:
  MemorySegment(std::string name, std::vector<std::shared_ptr<const EventBatch>> batches,
                std::uint32_t block_rows)
      : name_(std::move(name)), batches_(std::move(batches)), block_rows_(std::max(block_rows, 1u)) {
    for (const auto& batch : batches_) {
      for (std::uint32_t row = 0; row < batch->size(); ++row) {
        const model::Event event = (*batch)[row];
        refs_.push_back({batch.get(), row, event.time(), event.sequence()});
      }
    }
    const auto before = [](const RowRef& a, const RowRef& b) {
      return std::tie(a.time, a.sequence) < std::tie(b.time, b.sequence);
    };
    if (!std::is_sorted(refs_.begin(), refs_.end(), before)) {
      std::stable_sort(refs_.begin(), refs_.end(), before);
    }
    for (std::size_t first = 0; first < refs_.size(); first += block_rows_) add_block(rows_from(first));
  }

  std::string name() const override { return name_; }
  std::span<const BlockInfo> blocks() const override { return blocks_; }

  std::span<const FieldInfo> fields() const override {
    std::call_once(fields_made_, [this] { count_fields(); });
    return fields_;
  }

  base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const override {
    return std::unique_ptr<Block>(
        std::make_unique<MemoryBlock>(shared_from_this(), rows_from(index * block_rows_)));
  }

 private:
  std::span<const RowRef> rows_from(std::size_t first) const {
    return std::span(refs_).subspan(first, std::min<std::size_t>(block_rows_, refs_.size() - first));
  }

  void add_block(std::span<const RowRef> rows) {
    BlockInfo info{static_cast<std::uint32_t>(rows.size()), rows.front().time, rows.back().time,
                   rows.front().sequence, rows.front().sequence};
    for (const RowRef& ref : rows) {
      info.min_sequence = std::min(info.min_sequence, ref.sequence);
      info.max_sequence = std::max(info.max_sequence, ref.sequence);
    }
    blocks_.push_back(info);
  }

  static void count(FieldInfo& info, const Value& value) {
    ++info.rows;
    switch (value.kind()) {
      case model::ValueKind::null:
        ++info.nulls;
        break;
      case model::ValueKind::boolean:
        ++info.booleans;
        break;
      case model::ValueKind::integer:
        ++info.integers;
        break;
      case model::ValueKind::real:
        ++info.reals;
        break;
      case model::ValueKind::string:
        ++info.texts;
        break;
      case model::ValueKind::list:
        ++info.lists;
        break;
    }
  }

  void count_fields() const {
    std::vector<FieldInfo> by_id(model::FieldTable::instance().size());
    for (const RowRef& ref : refs_) {
      for (const model::Cell& cell : (*ref.batch)[ref.row].cells()) {
        FieldInfo& info = by_id[model::index_of(cell.field)];
        info.field = cell.field;
        count(info, cell.value);
      }
    }
    for (const FieldInfo& info : by_id) {
      if (info.rows) fields_.push_back(info);
    }
  }

  std::string name_;
  std::vector<std::shared_ptr<const EventBatch>> batches_;
  std::uint32_t block_rows_;
  std::vector<RowRef> refs_;
  std::vector<BlockInfo> blocks_;
  mutable std::once_flag fields_made_;
  mutable std::vector<FieldInfo> fields_;
};

}  // namespace

std::shared_ptr<const Segment> make_memory_segment(std::string name,
                                                   std::vector<std::shared_ptr<const EventBatch>> batches,
                                                   std::uint32_t block_rows) {
  return std::make_shared<const MemorySegment>(std::move(name), std::move(batches), block_rows);
}

}  // namespace vedette::store
