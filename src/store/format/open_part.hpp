// The reader of a part. Internal to the store.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/column_chunk.hpp"
#include "format/column_header.hpp"
#include "format/directory.hpp"
#include "part.hpp"

namespace vedette::store::format {

class OpenPart final : public PartReader, public std::enable_shared_from_this<OpenPart> {
 public:
  OpenPart(std::unique_ptr<base::File> file, PartSummary summary, Directory directory,
           std::uint64_t data_end);

  std::string name() const override { return summary_.path; }
  std::span<const BlockInfo> blocks() const override { return directory_.blocks; }
  std::span<const FieldInfo> fields() const override { return fields_; }
  base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const override;
  const PartSummary& summary() const override { return summary_; }
  base::Status verify(const base::CancellationToken& cancellation) const override;

  void prune_whole(std::optional<model::FieldId> field, std::string_view folded, Bitmap& blocks,
                   std::uint64_t& bytes_read) const override;
  void prune_words(std::optional<model::FieldId> field, std::span<const std::string_view> words,
                   Bitmap& blocks, std::uint64_t& bytes_read) const override;
  void prune_substring(std::optional<model::FieldId> field, std::string_view folded, Bitmap& blocks,
                       std::uint64_t& bytes_read) const override;
  void prune_range(model::FieldId field, double low, double high, Bitmap& blocks,
                   std::uint64_t& bytes_read) const override;
  void prune_exists(model::FieldId field, Bitmap& blocks, std::uint64_t& bytes_read) const override;
  std::optional<ValueCounts> value_counts(model::FieldId field, std::uint64_t& bytes_read) const override;
  std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> minute_counts(
      std::uint64_t& bytes_read) const override;

  // Columns whose names the process has no more room for (model::FieldTable): their values are found under
  // model::field::overflow as "name=value", as those of new events are.
  std::span<const std::uint32_t> nameless() const { return nameless_; }
  std::string_view name_of_column(std::uint32_t column) const { return directory_.columns[column].name; }
  // Whether filters can tell nothing about a field (nullopt: about all of them).
  bool holds_nameless(std::optional<model::FieldId> field) const {
    return !nameless_.empty() && (!field || *field == model::field::overflow);
  }
  // The number of a field's column.
  std::optional<std::uint32_t> column_of(model::FieldId field) const;
  // The header of a column, or of the one that it equals; read once. `bytes_read` grows by what was read now.
  base::Result<std::shared_ptr<const ColumnHeader>> header(std::uint32_t column,
                                                           std::uint64_t& bytes_read) const;
  // A column of a block; nullptr if no row has it.
  base::Result<std::unique_ptr<DecodedColumn>> read_column(std::uint32_t column, std::uint32_t block,
                                                           std::uint64_t& bytes_read) const;
  base::Result<std::string> read(std::uint64_t offset, std::uint64_t size) const;
  // False if no value of any field can give the key, or one of the two.
  bool may_hold_whole(std::string_view folded, std::uint64_t& bytes_read) const;
  bool may_hold_word(std::string_view folded, std::uint64_t& bytes_read) const;

 private:
  bool may_hold_token(std::uint32_t key, std::uint64_t& bytes_read) const;
  base::Result<std::shared_ptr<const ColumnHeader>> load_header(std::uint32_t column,
                                                                std::uint64_t& bytes_read) const;
  base::Result<std::string> read_chunk_bytes(std::uint32_t column, std::uint32_t block,
                                             std::uint64_t& bytes_read) const;
  base::Status verify_filter(const FilterPlace& filter, std::uint64_t width, std::uint64_t& at) const;
  base::Status verify_column(std::uint32_t column, const base::CancellationToken& cancellation,
                             std::uint64_t& bytes_read) const;
  base::Status verify_layout() const;

  const std::unique_ptr<base::File> file_;
  const PartSummary summary_;
  const Directory directory_;
  const std::uint64_t data_end_;  // where the directory begins
  std::vector<FieldInfo> fields_;
  std::unordered_map<std::uint32_t, std::uint32_t> columns_;  // by FieldId
  std::vector<std::uint32_t> nameless_;
  mutable std::mutex mutex_;  // guards headers_
  mutable std::vector<std::shared_ptr<const ColumnHeader>> headers_;
};

// `part` stays open as long as the block.
std::unique_ptr<Block> make_part_block(std::shared_ptr<const OpenPart> part, std::uint32_t index);

}  // namespace vedette::store::format
