#include <algorithm>
#include <optional>
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
    if (part_->holds_nameless(field)) return nameless();
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

  bool may_hold(model::FieldId field, const ValueProbe& probe) override {
    Bitmap blocks(static_cast<std::uint32_t>(part_->blocks().size()));
    blocks.set(index_);
    switch (probe.kind) {
      case ValueProbe::Kind::whole:
        part_->prune_whole(field, probe.folded, blocks, bytes_read_);
        break;
      case ValueProbe::Kind::words: {
        const std::vector<std::string_view> words(probe.words.begin(), probe.words.end());
        part_->prune_words(field, words, blocks, bytes_read_);
        break;
      }
      case ValueProbe::Kind::substring:
        part_->prune_substring(field, probe.folded, blocks, bytes_read_);
        break;
    }
    return blocks.test(index_);
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

  // The values of columns that have no name here, and those of the field itself, as lists of "name=value".
  base::Result<const Column*> nameless() {
    if (nameless_) return &*nameless_;
    std::vector<std::vector<model::Value>> lists(rows());
    if (const auto own = part_->column_of(model::field::overflow)) TRY(gather(*own, {}, lists));
    for (const std::uint32_t number : part_->nameless())
      TRY(gather(number, part_->name_of_column(number), lists));
    nameless_values_.resize(lists.size());
    nameless_present_ = Bitmap(rows());
    for (std::uint32_t row = 0; row < lists.size(); ++row) {
      if (lists[row].empty()) continue;
      nameless_present_.set(row);
      auto list = arena_.allocate_array<model::Value>(lists[row].size());
      std::copy(lists[row].begin(), lists[row].end(), list.begin());
      nameless_values_[row] = model::Value::list(list);
    }
    nameless_.emplace();
    nameless_->values = nameless_values_;
    nameless_->present = &nameless_present_;
    return &*nameless_;
  }

  base::Status gather(std::uint32_t number, std::string_view name,
                      std::vector<std::vector<model::Value>>& lists) {
    TRY_ASSIGN(const Column* column, column_at(number));
    if (!column) return base::ok_status();
    for (std::uint32_t row = 0; row < lists.size(); ++row) {
      if (!column->has(row)) continue;
      const model::Value value = column->at(row);
      if (name.empty()) {
        const auto elements = value.elements();
        lists[row].insert(lists[row].end(), elements.begin(), elements.end());
        continue;
      }
      std::string text = std::string(name) + '=';
      model::TextBuffer buffer;
      if (value.is_list()) {
        append_json(text, value);
      } else {
        text += text_of(value, buffer);
      }
      lists[row].push_back(model::Value::string(arena_.copy(text)));
    }
    return base::ok_status();
  }

  base::Result<std::span<const std::int64_t>> head_numbers(HeadColumn which) {
    TRY_ASSIGN(const Column* column, column_at(which));
    if (!column || column->form != Column::Form::integers || column->present) return corrupt("head column");
    return column->integers;
  }

  const std::shared_ptr<const OpenPart> part_;
  const std::uint32_t index_;
  std::unordered_map<std::uint32_t, std::unique_ptr<DecodedColumn>> columns_;
  std::optional<Column> nameless_;
  std::vector<model::Value> nameless_values_;
  Bitmap nameless_present_;
  base::Arena arena_;
  std::uint64_t bytes_read_ = 0, memory_ = 0;
};

}  // namespace

std::unique_ptr<Block> make_part_block(std::shared_ptr<const OpenPart> part, std::uint32_t index) {
  return std::make_unique<PartBlock>(std::move(part), index);
}

}  // namespace vedette::store::format
