// The rows of one column in one block as bytes (a chunk), and back. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/value_stream.hpp"
#include "format/value_table.hpp"
#include "segment.hpp"

namespace vedette::store::format {

inline constexpr std::uint32_t kMaxBlockRows = 32768;
inline constexpr std::size_t kMaxDictionary = 4096;

enum class Layout : std::uint8_t { constant, dictionary, plain, reference };
enum Presence : std::uint8_t { kAllRows, kBitRows, kListedRows };

// A column of a block as it is gathered.
struct GatheredColumn {
  std::vector<std::uint32_t> rows;  // that have the field, ascending
  std::vector<model::Value> values;
  void clear() {
    rows.clear();
    values.clear();
  }
};

struct ChunkShape {
  Layout layout = Layout::constant;
  StreamKind stream = StreamKind::mixed;
};

// Finds the distinct values of one column after the other.
class ColumnAnalysis {
 public:
  void run(const GatheredColumn& column);
  const ValueTable& distinct() const { return table_; }
  std::span<const std::uint32_t> codes() const { return codes_; }
  // Of the values and their rows.
  std::uint64_t hash() const { return hash_; }

 private:
  ValueTable table_;
  std::vector<std::uint32_t> codes_;
  std::uint64_t hash_ = 0;
};

ChunkShape put_chunk(std::string& out, const GatheredColumn& column, const ColumnAnalysis& analysis,
                     std::uint32_t block_rows);
// A plain chunk of integers that every row has.
void put_integer_chunk(std::string& out, std::span<const std::int64_t> numbers);
// The chunk of a column that equals another one of the same block.
void put_reference_chunk(std::string& out, std::uint32_t column);
// The number of the other column if the chunk is a reference; nullopt if it is none.
std::optional<std::uint64_t> reference_of(std::string_view chunk);

// A column and all that it points to.
struct DecodedColumn {
  Column column;
  std::vector<std::uint16_t> codes;
  std::vector<std::int64_t> integers;
  std::vector<model::Value> values;  // or the dictionary
  Bitmap present;
  ValueStore store;
  std::uint64_t memory() const;
};

// nullptr if the chunk is broken (or a reference).
std::unique_ptr<DecodedColumn> read_chunk(std::string_view chunk, std::uint32_t block_rows);

}  // namespace vedette::store::format
