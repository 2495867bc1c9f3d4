#include "format/block_encoder.hpp"

#include <algorithm>

#include "format/blob.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store::format {

using model::Value;

BlockEncoder::BlockEncoder() {
  for (std::uint32_t i = 0; i < kHeadColumns; ++i) columns_.push_back(std::make_unique<WrittenColumn>(false));
}

std::uint32_t BlockEncoder::column_of(model::FieldId field) {
  const std::uint32_t at = model::index_of(field);
  if (at >= column_of_field_.size()) column_of_field_.resize(at + at / 2 + 64, 0);
  if (column_of_field_[at] == 0) {
    const std::string_view name = model::name_of(field);
    columns_.push_back(std::make_unique<WrittenColumn>(is_substring_field(name)));
    columns_.back()->name = name;
    column_of_field_[at] = static_cast<std::uint32_t>(columns_.size());
  }
  return column_of_field_[at] - 1;
}

void BlockEncoder::add(const model::Event& event) {
  const std::uint32_t row = rows();
  times_.push_back(event.time());
  sequences_.push_back(static_cast<std::int64_t>(event.sequence()));
  positions_.push_back(static_cast<std::int64_t>(event.position()));
  GatheredColumn& sources = columns_[kSourcePaths]->gathered;
  sources.rows.push_back(row);
  sources.values.push_back(Value::string(event.source().path));
  for (const model::Cell& cell : event.cells()) {
    const std::uint32_t number = column_of(cell.field);
    GatheredColumn& column = columns_[number]->gathered;
    if (column.rows.empty()) touched_.push_back(number);
    column.rows.push_back(row);
    column.values.push_back(cell.value);
    if (cell.value.is_string()) text_bytes_ += cell.value.as_string().size();
    if (cell.value.is_list()) text_bytes_ += cell.value.as_list().size() * 16;
  }
}

void BlockEncoder::end_chunk(WrittenColumn& column, std::size_t start) {
  put_u64(column.chunks, base::hash64(std::string_view(column.chunks).substr(start)));
  column.summary.chunks().back().size = column.chunks.size() - start;
  encoded_bytes_ += column.chunks.size() - start;
}

void BlockEncoder::encode_head(HeadColumn which, const std::vector<std::int64_t>& numbers) {
  WrittenColumn& column = *columns_[which];
  const std::size_t start = column.chunks.size();
  put_integer_chunk(column.chunks, numbers);
  ChunkPlace& chunk = column.summary.chunks().emplace_back();
  chunk.block = static_cast<std::uint32_t>(blocks_.size() - 1);
  chunk.rows = rows();
  end_chunk(column, start);
}

// A column of the block with data, equal rows and equal values; kNone if there is none.
std::uint32_t BlockEncoder::find_equal(std::uint32_t number) const {
  const auto found = by_hash_.find(analysis_.hash());
  if (found == by_hash_.end()) return WrittenColumn::kNone;
  const GatheredColumn &a = columns_[number]->gathered, &b = columns_[found->second]->gathered;
  const bool equal = a.rows == b.rows && std::equal(a.values.begin(), a.values.end(), b.values.begin(),
                                                    b.values.end(), same_value);
  return equal ? found->second : WrittenColumn::kNone;
}

void BlockEncoder::encode_column(std::uint32_t number) {
  WrittenColumn& column = *columns_[number];
  analysis_.run(column.gathered);
  const std::uint32_t equal = find_equal(number);
  const std::size_t start = column.chunks.size();
  if (equal != WrittenColumn::kNone) {
    put_reference_chunk(column.chunks, equal);
  } else {
    put_chunk(column.chunks, column.gathered, analysis_, rows());
    by_hash_.emplace(analysis_.hash(), number);
  }
  if (column.equals == WrittenColumn::kNoBlockYet) column.equals = equal;
  if (column.equals != equal) column.equals = WrittenColumn::kNone;
  column.summary.add_block(analysis_.distinct(), static_cast<std::uint32_t>(blocks_.size() - 1),
                           static_cast<std::uint32_t>(column.gathered.rows.size()), scratch_);
  end_chunk(column, start);
}

void BlockEncoder::finish_block() {
  BlockInfo block;
  block.rows = rows();
  const auto [min_time, max_time] = std::minmax_element(times_.begin(), times_.end());
  block.min_time = *min_time;
  block.max_time = *max_time;
  const auto below = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
  };
  const auto [min_sequence, max_sequence] = std::minmax_element(sequences_.begin(), sequences_.end(), below);
  block.min_sequence = static_cast<std::uint64_t>(*min_sequence);
  block.max_sequence = static_cast<std::uint64_t>(*max_sequence);
  blocks_.push_back(block);
  encode_head(kTimes, times_);
  encode_head(kSequences, sequences_);
  encode_head(kPositions, positions_);
  encode_column(kSourcePaths);
  by_hash_.clear();  // fields do not refer to heads
  for (const std::uint32_t number : touched_) encode_column(number);
  for (const std::uint32_t number : touched_) columns_[number]->gathered.clear();
  columns_[kSourcePaths]->gathered.clear();
  by_hash_.clear();
  touched_.clear();
  times_.clear();
  sequences_.clear();
  positions_.clear();
  text_bytes_ = 0;
}

}  // namespace vedette::store::format
