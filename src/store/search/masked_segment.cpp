#include "search/masked_segment.hpp"

namespace vedette::store::search {

using model::FieldId;

namespace {

class MaskedBlock final : public Block {
 public:
  MaskedBlock(std::unique_ptr<Block> block, HiddenFieldsPtr hidden)
      : block_(std::move(block)), hidden_(std::move(hidden)) {}

  std::uint32_t rows() const override { return block_->rows(); }
  base::Result<std::span<const base::TimeNs>> times() override { return block_->times(); }
  base::Result<std::span<const std::uint64_t>> sequences() override { return block_->sequences(); }
  base::Result<const Column*> column(FieldId field) override {
    if (hidden_->hides(field)) return nullptr;
    return block_->column(field);
  }
  base::Result<RowHead> head(std::uint32_t row) override {
    TRY_ASSIGN(RowHead head, block_->head(row));
    if (hidden_->hides(model::field::log_file_path)) head.source_path = {};
    return head;
  }
  std::vector<FieldId> fields() const override {
    std::vector<FieldId> fields = block_->fields();
    std::erase_if(fields, [&](FieldId field) { return hidden_->hides(field); });
    return fields;
  }
  bool may_hold(FieldId field, const ValueProbe& probe) override {
    return !hidden_->hides(field) && block_->may_hold(field, probe);
  }
  std::uint64_t bytes_read() const override { return block_->bytes_read(); }
  std::uint64_t memory() const override { return block_->memory(); }

 private:
  std::unique_ptr<Block> block_;
  HiddenFieldsPtr hidden_;
};

class MaskedSegment final : public Segment {
 public:
  MaskedSegment(std::shared_ptr<const Segment> segment, HiddenFieldsPtr hidden)
      : segment_(std::move(segment)), hidden_(std::move(hidden)) {
    for (const FieldInfo& info : segment_->fields()) {
      if (!hidden_->hides(info.field)) fields_.push_back(info);
    }
  }

  std::string name() const override { return segment_->name(); }
  std::span<const BlockInfo> blocks() const override { return segment_->blocks(); }
  std::span<const FieldInfo> fields() const override { return fields_; }
  base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const override {
    TRY_ASSIGN(auto block, segment_->open_block(index));
    return mask_block(std::move(block), hidden_);
  }

  // Of any field: those that are hidden may keep blocks, which does no harm.
  void prune_whole(std::optional<FieldId> field, std::string_view folded, Bitmap& blocks,
                   std::uint64_t& bytes_read) const override {
    if (is_absent(field, blocks)) return;
    segment_->prune_whole(field, folded, blocks, bytes_read);
  }
  void prune_words(std::optional<FieldId> field, std::span<const std::string_view> words, Bitmap& blocks,
                   std::uint64_t& bytes_read) const override {
    if (is_absent(field, blocks)) return;
    segment_->prune_words(field, words, blocks, bytes_read);
  }
  void prune_substring(std::optional<FieldId> field, std::string_view folded, Bitmap& blocks,
                       std::uint64_t& bytes_read) const override {
    if (is_absent(field, blocks)) return;
    segment_->prune_substring(field, folded, blocks, bytes_read);
  }
  void prune_range(FieldId field, double low, double high, Bitmap& blocks,
                   std::uint64_t& bytes_read) const override {
    if (is_absent(field, blocks)) return;
    segment_->prune_range(field, low, high, blocks, bytes_read);
  }
  void prune_exists(FieldId field, Bitmap& blocks, std::uint64_t& bytes_read) const override {
    if (is_absent(field, blocks)) return;
    segment_->prune_exists(field, blocks, bytes_read);
  }
  std::optional<ValueCounts> value_counts(FieldId field, std::uint64_t& bytes_read) const override {
    if (hidden_->hides(field)) return ValueCounts();
    return segment_->value_counts(field, bytes_read);
  }
  std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> minute_counts(
      std::uint64_t& bytes_read) const override {
    return segment_->minute_counts(bytes_read);
  }

 private:
  bool is_absent(std::optional<FieldId> field, Bitmap& blocks) const {
    if (!field || !hidden_->hides(*field)) return false;
    blocks = Bitmap(blocks.size());
    return true;
  }

  std::shared_ptr<const Segment> segment_;
  HiddenFieldsPtr hidden_;
  std::vector<FieldInfo> fields_;
};

}  // namespace

std::shared_ptr<const Segment> mask_segment(std::shared_ptr<const Segment> segment, HiddenFieldsPtr hidden) {
  return std::make_shared<MaskedSegment>(std::move(segment), std::move(hidden));
}

std::unique_ptr<Block> mask_block(std::unique_ptr<Block> block, HiddenFieldsPtr hidden) {
  return std::make_unique<MaskedBlock>(std::move(block), std::move(hidden));
}

}  // namespace vedette::store::search
