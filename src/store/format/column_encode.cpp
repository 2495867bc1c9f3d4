#include <algorithm>
#include <bit>

#include "format/blob.hpp"
#include "format/column_chunk.hpp"

namespace vedette::store::format {

using model::Value;
using model::ValueKind;

namespace {

void put_presence(std::string& out, std::span<const std::uint32_t> rows, std::uint32_t block_rows) {
  if (rows.size() == block_rows) return put_u8(out, kAllRows);
  if (rows.size() * 8 < block_rows) {
    put_u8(out, kListedRows);
    put_varint(out, rows.size());
    const std::vector<std::int64_t> numbers(rows.begin(), rows.end());
    put_integers(out, numbers);
    return;
  }
  std::string bits((block_rows + 7) / 8, '\0');
  for (const std::uint32_t row : rows) {
    bits[row / 8] = static_cast<char>(static_cast<unsigned char>(bits[row / 8]) | (1U << (row % 8)));
  }
  put_u8(out, kBitRows);
  put_blob(out, bits);
}

// Codes as bytes (which zstd can shorten) or as bits, whichever is smaller.
void put_codes(std::string& out, std::span<const std::uint32_t> codes, std::size_t distinct) {
  const auto width = static_cast<unsigned>(std::bit_width(distinct - 1));
  std::string bytes;
  if (distinct <= 256) {
    for (const std::uint32_t code : codes) bytes.push_back(static_cast<char>(code));
  } else {
    for (const std::uint32_t code : codes) bytes.push_back(static_cast<char>(code));
    for (const std::uint32_t code : codes) bytes.push_back(static_cast<char>(code >> 8));
  }
  std::string as_bytes;
  put_blob(as_bytes, bytes);
  if (as_bytes.size() <= packed_bytes(codes.size(), width) + 2) {
    put_u8(out, 0);
    out += as_bytes;
    return;
  }
  const std::vector<std::uint64_t> numbers(codes.begin(), codes.end());
  put_u8(out, static_cast<std::uint8_t>(width));
  pack_bits(out, numbers, width);
}

bool wants_dictionary(const GatheredColumn& column, const ColumnAnalysis& analysis) {
  const std::size_t distinct = analysis.distinct().size(), rows = column.values.size();
  if (distinct > kMaxDictionary || distinct * 2 > rows) return false;
  const auto is_integer = [](const Value& value) { return value.kind() == ValueKind::integer; };
  const auto values = analysis.distinct().values();
  if (distinct <= 16 || !std::all_of(values.begin(), values.end(), is_integer)) return true;
  std::vector<std::int64_t> all, few;
  for (const Value& value : column.values) all.push_back(value.as_integer());
  for (const Value& value : values) few.push_back(value.as_integer());
  const auto code_bits = static_cast<unsigned>(std::bit_width(distinct - 1));
  return packed_bytes(rows, code_bits) + integers_size(few) <= integers_size(all);
}

}  // namespace

void ColumnAnalysis::run(const GatheredColumn& column) {
  table_.clear();
  codes_.clear();
  hash_ = column.values.size();
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const std::uint64_t hash = hash_value(column.values[i]);
    codes_.push_back(table_.add(column.values[i], hash, 1));
    hash_ = (std::rotl(hash_, 5) ^ hash ^ column.rows[i]) * 0x9e3779b97f4a7c15ULL;
  }
}

ChunkShape put_chunk(std::string& out, const GatheredColumn& column, const ColumnAnalysis& analysis,
                     std::uint32_t block_rows) {
  ChunkShape shape;
  const std::size_t distinct = analysis.distinct().size();
  if (distinct > 1) {
    shape.layout = wants_dictionary(column, analysis) ? Layout::dictionary : Layout::plain;
  }
  put_u8(out, static_cast<std::uint8_t>(shape.layout));
  put_presence(out, column.rows, block_rows);
  if (shape.layout == Layout::plain) {
    shape.stream = put_values(out, column.values);
    return shape;
  }
  if (shape.layout == Layout::dictionary) put_varint(out, distinct);
  shape.stream = put_values(out, analysis.distinct().values());
  if (shape.layout == Layout::dictionary) put_codes(out, analysis.codes(), distinct);
  return shape;
}

void put_integer_chunk(std::string& out, std::span<const std::int64_t> numbers) {
  put_u8(out, static_cast<std::uint8_t>(Layout::plain));
  put_u8(out, kAllRows);
  put_u8(out, static_cast<std::uint8_t>(StreamKind::integers));
  put_integers(out, numbers);
}

void put_reference_chunk(std::string& out, std::uint32_t column) {
  put_u8(out, static_cast<std::uint8_t>(Layout::reference));
  put_varint(out, column);
}

}  // namespace vedette::store::format
