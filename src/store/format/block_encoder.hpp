// Gathers the rows of a block in columns and encodes them. Internal to the store.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/column_chunk.hpp"
#include "format/column_summary.hpp"
#include "format/directory.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store::format {

// A column while a part is written.
struct WrittenColumn {
  explicit WrittenColumn(bool trigrams) : summary(trigrams) {}
  std::string name;
  GatheredColumn gathered;
  std::string chunks;  // one after the other
  ColumnSummary summary;
  // The column that this one has equalled in all blocks so far, or one of these.
  static constexpr std::uint32_t kNoBlockYet = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t kNone = kNoBlockYet - 1;
  std::uint32_t equals = kNoBlockYet;
};

class BlockEncoder {
 public:
  BlockEncoder();
  void add(const model::Event& event);
  std::uint32_t rows() const { return static_cast<std::uint32_t>(times_.size()); }
  // Text gathered so far.
  std::uint64_t text_bytes() const { return text_bytes_; }
  std::uint64_t encoded_bytes() const { return encoded_bytes_; }
  // Encodes what was gathered (at least one row) as the next block.
  void finish_block();

  std::vector<BlockInfo>& blocks() { return blocks_; }
  std::vector<std::unique_ptr<WrittenColumn>>& columns() { return columns_; }
  SummaryScratch& scratch() { return scratch_; }

 private:
  std::uint32_t column_of(model::FieldId field);
  void encode_head(HeadColumn which, const std::vector<std::int64_t>& numbers);
  void encode_column(std::uint32_t number);
  std::uint32_t find_equal(std::uint32_t number) const;
  void end_chunk(WrittenColumn& column, std::size_t start);

  std::vector<BlockInfo> blocks_;
  std::vector<std::unique_ptr<WrittenColumn>> columns_;
  std::vector<std::uint32_t> column_of_field_;  // number + 1, or 0
  std::vector<std::uint32_t> touched_;          // columns of the open block
  std::vector<std::int64_t> times_, sequences_, positions_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_hash_;  // columns of the open block that have data
  ColumnAnalysis analysis_;
  SummaryScratch scratch_;
  std::uint64_t text_bytes_ = 0, encoded_bytes_ = 0;
};

}  // namespace vedette::store::format
