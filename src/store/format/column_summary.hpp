// What a writer gathers of a column over all blocks of a part. Internal to the store.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "format/column_chunk.hpp"
#include "format/column_header.hpp"
#include "format/filter.hpp"
#include "format/value_table.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/model/field.hpp"

namespace vedette::store::format {

// Whether people look for parts of words in the field.
bool is_substring_field(std::string_view name);

// Shared by the columns of a writer.
struct SummaryScratch {
  KeyMaker maker;
  KeySet keys, trigrams;
};

class ColumnSummary {
 public:
  explicit ColumnSummary(bool wants_trigrams) : wants_trigrams_(wants_trigrams) {}

  // The next block that has the column.
  void add_block(const ValueTable& distinct, std::uint32_t block, std::uint32_t rows,
                 SummaryScratch& scratch);
  // The blocks so far; their sizes and offsets are the writer's.
  std::vector<ChunkPlace>& chunks() { return chunks_; }
  const FieldInfo& info() const { return info_; }
  // Of the values as JSON.
  std::uint64_t raw_bytes() const { return raw_bytes_; }

  // After the last block: decides whether the values are few. Then the keys of all values: those of few are
  // added to `few`, others to `runs` (valid until finish).
  void settle(SummaryScratch& scratch);
  void gather_keys(SummaryScratch& scratch, KeySet& few,
                   std::vector<std::span<const std::uint32_t>>& runs) const;
  // Values and counts go to the header if they are few; else the filters are made.
  void finish(ColumnHeader& header, std::string& keys, std::string& trigrams);

 private:
  static constexpr std::size_t kMaxValueBlocks = 128;
  using BlockBits = std::array<std::uint64_t, kMaxValueBlocks / 64>;
  struct Few {
    ValueTable table;
    std::vector<BlockBits> blocks;
    base::Arena arena{1024};
    std::size_t bytes = 0;
  };

  bool add_to_few(const model::Value& value, std::uint64_t rows);
  bool add_scalar(const model::Value& value, std::uint64_t rows);
  void give_up_few(SummaryScratch& scratch);
  void take_keys(SummaryScratch& scratch, std::size_t slot);
  void add_numbers(const model::Value& value, ChunkPlace& chunk);

  bool wants_trigrams_;
  std::vector<ChunkPlace> chunks_;
  FieldInfo info_;
  std::uint64_t raw_bytes_ = 0;
  std::unique_ptr<Few> few_ = std::make_unique<Few>();
  std::vector<std::vector<std::uint32_t>> keys_, trigrams_;
};

}  // namespace vedette::store::format
