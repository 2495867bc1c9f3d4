// What is known of a column without reading its rows. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/filter.hpp"
#include "format/value_stream.hpp"
#include "segment.hpp"

namespace vedette::store::format {

struct ChunkPlace {
  std::uint32_t block = 0;
  std::uint32_t rows = 0;    // that have the field
  std::uint64_t offset = 0;  // in the file
  std::uint64_t size = 0;    // with the checksum, the last 8 bytes
  bool numbers = false;      // a value of the block is a number, and all numbers are in [low, high]
  double low = 0, high = 0;
};

struct ColumnHeader {
  std::optional<std::uint32_t> same_as;  // the column equals this one in the whole part; all else is empty
  std::vector<ChunkPlace> chunks;        // in order of blocks
  // The distinct values (elements of lists, without null) if there are few: the rows that have them, and a
  // bit for each chunk in `value_chunks`, chunk_bytes() for each value.
  bool has_values = false;
  std::vector<model::Value> values;
  std::vector<std::uint64_t> counts;
  std::string value_chunks;
  ValueStore store;
  FilterPlace keys, trigrams;

  std::size_t chunk_bytes() const { return (chunks.size() + 7) / 8; }
  bool value_in_chunk(std::size_t value, std::size_t chunk) const {
    return static_cast<unsigned char>(value_chunks[value * chunk_bytes() + chunk / 8]) >> (chunk % 8) & 1;
  }
};

void put_header(std::string& out, const ColumnHeader& header);
// nullptr if the bytes are broken. `blocks` is the number of blocks of the part, `data_end` the end of all
// that a header may point to.
std::shared_ptr<const ColumnHeader> read_header(std::string_view bytes, std::span<const BlockInfo> blocks,
                                                std::uint64_t data_end);

}  // namespace vedette::store::format
