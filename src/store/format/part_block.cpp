#include <algorithm>
#include <unordered_map>

#include "format/bytes.hpp"
#include "format/open_part.hpp"

namespace vedette::store::format {
namespace {

class PartBlock final : public Block {
 public:
  PartBlock(std::shared_ptr<const OpenPart> part, std::uint32_t index)
      : part_(std::move(part)), index_(index) {}

  std::uint32_t rows() const override { return part_->blocks()[index_].rows; }

  base::Result<std::span<const base::TimeNs>> times() override { return head_numbers(kTimes); }

  base::Result<std::span<const std::uint64_t>> sequences() override {
    TRY_ASSIGN(const auto numbers, head_numbers(kSequences));
    return std::span(reinterpret_cast<const std::uint64_t*>(numbers.data()), numbers.size());
  }

  base::Result<const Column*> column(model::FieldId field) override {
    const auto number = part_->column_of(field);
    if (!number) return static_cast<const Column*>(nullptr);
    return column_at(*number);
  }

  base::Result<RowHead> head(std::uint32_t row) override {
    TRY_ASSIGN(const auto positions, head_numbers(kPositions));
    TRY_ASSIGN(const Column* paths, column_at(kSourcePaths));
    if (!paths || !paths->has(row) || !paths->at(row).is_string()) return corrupt("head column");
    return RowHead{static_cast<std::uint64_t>(positions[row]), paths->at(row).as_string()};
  }

  std::vector<model::FieldId> fields() const override {
    std::vector<model::FieldId> all;
    for (const FieldInfo& info : part_->fields()) all.push_back(info.field);
    return all;
  }

  std::uint64_t bytes_read() const override { return bytes_read_; }
  std::uint64_t memory() const override { return memory_; }

 private:
  base::Result<const Column*> column_at(std::uint32_t number) {
    auto found = columns_.find(number);
    if (found == columns_.end()) {
      TRY_ASSIGN(auto decoded, part_->read_column(number, index_, bytes_read_));
      if (decoded) memory_ += decoded->memory();
      found = columns_.emplace(number, std::move(decoded)).first;
    }
    const DecodedColumn* decoded = found->second.get();
    return decoded ? &decoded->column : nullptr;
  }

  base::Result<std::span<const std::int64_t>> head_numbers(HeadColumn which) {
    TRY_ASSIGN(const Column* column, column_at(which));
    if (!column || column->form != Column::Form::integers || column->present) return corrupt("head column");
    return column->integers;
  }

  const std::shared_ptr<const OpenPart> part_;
  const std::uint32_t index_;
  std::unordered_map<std::uint32_t, std::unique_ptr<DecodedColumn>> columns_;
  std::uint64_t bytes_read_ = 0, memory_ = 0;
};

}  // namespace

std::unique_ptr<Block> make_part_block(std::shared_ptr<const OpenPart> part, std::uint32_t index) {
  return std::make_unique<PartBlock>(std::move(part), index);
}

}  // namespace vedette::store::format
