#include "format/column_header.hpp"

#include <algorithm>

#include "format/blob.hpp"
#include "format/column_chunk.hpp"

namespace vedette::store::format {
namespace {

enum Flag : std::uint8_t { kSameAs = 1, kValues = 2, kKeys = 4, kTrigrams = 8 };

void put_chunks(std::string& out, const std::vector<ChunkPlace>& chunks) {
  put_varint(out, chunks.size());
  put_varint(out, chunks[0].offset);
  std::uint32_t next = 0;
  for (const ChunkPlace& chunk : chunks) {
    put_varint(out, chunk.block - next);
    put_varint(out, chunk.size);
    put_varint(out, chunk.rows);
    put_u8(out, chunk.numbers ? 1 : 0);
    if (chunk.numbers) {
      put_double(out, chunk.low);
      put_double(out, chunk.high);
    }
    next = chunk.block + 1;
  }
}

bool read_chunks(ByteReader& in, std::span<const BlockInfo> blocks, std::uint64_t data_end,
                 std::vector<ChunkPlace>& to) {
  const std::uint64_t count = in.varint();
  std::uint64_t offset = in.varint(), next = 0;
  if (!in.ok() || count == 0 || count > blocks.size()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    ChunkPlace chunk;
    const std::uint64_t skip = in.varint();
    if (!in.ok() || skip >= blocks.size() - next) return false;
    chunk.block = static_cast<std::uint32_t>(next + skip);
    chunk.offset = offset;
    chunk.size = in.varint();
    const std::uint64_t rows = in.varint();
    chunk.rows = static_cast<std::uint32_t>(rows);
    chunk.numbers = in.u8() != 0;
    if (chunk.numbers) {
      chunk.low = in.real();
      chunk.high = in.real();
    }
    if (!in.ok() || rows == 0 || rows > blocks[chunk.block].rows || chunk.size < 9 || offset > data_end ||
        chunk.size > data_end - offset) {
      return false;
    }
    offset += chunk.size;
    next = chunk.block + 1;
    to.push_back(chunk);
    if (next >= blocks.size() && i + 1 < count) return false;
  }
  return true;
}

void put_value_counts(std::string& out, const ColumnHeader& header) {
  put_varint(out, header.values.size());
  if (header.values.empty()) return;
  put_values(out, header.values);
  const std::vector<std::int64_t> counts(header.counts.begin(), header.counts.end());
  put_integers(out, counts);
  put_blob(out, header.value_chunks);
}

bool read_value_counts(ByteReader& in, ColumnHeader& to) {
  const std::uint64_t count = in.varint();
  if (!in.ok() || count > kMaxDictionary) return false;
  to.has_values = true;
  if (count == 0) return true;
  std::vector<std::int64_t> counts(count);
  if (!read_values(in, count, to.store, to.values) || !read_integers(in, counts) ||
      !read_blob(in, to.value_chunks)) {
    return false;
  }
  to.counts.assign(counts.begin(), counts.end());
  return to.value_chunks.size() == count * to.chunk_bytes();
}

}  // namespace

void put_header(std::string& out, const ColumnHeader& header) {
  if (header.same_as) {
    put_u8(out, kSameAs);
    return put_varint(out, *header.same_as);
  }
  put_u8(out, static_cast<std::uint8_t>((header.has_values ? kValues : 0) | (header.keys.pages ? kKeys : 0) |
                                        (header.trigrams.pages ? kTrigrams : 0)));
  put_chunks(out, header.chunks);
  if (header.has_values) put_value_counts(out, header);
  if (header.keys.pages) put_filter(out, header.keys);
  if (header.trigrams.pages) put_filter(out, header.trigrams);
}

std::shared_ptr<const ColumnHeader> read_header(std::string_view bytes, std::span<const BlockInfo> blocks,
                                                std::uint64_t data_end) {
  ByteReader in(bytes);
  auto header = std::make_shared<ColumnHeader>();
  const std::uint8_t flags = in.u8();
  if (flags == kSameAs) {
    const std::uint64_t column = in.varint();
    if (!in.ok() || !in.at_end() || column > 0xffff'ffffULL) return nullptr;
    header->same_as = static_cast<std::uint32_t>(column);
    return header;
  }
  if (!in.ok() || (flags & ~(kValues | kKeys | kTrigrams)) != 0 ||
      !read_chunks(in, blocks, data_end, header->chunks)) {
    return nullptr;
  }
  const std::size_t width = header->chunks.size();
  if ((flags & kValues) && !read_value_counts(in, *header)) return nullptr;
  if ((flags & kKeys) && !read_filter(in, width, data_end, header->keys)) return nullptr;
  if ((flags & kTrigrams) && !read_filter(in, width, data_end, header->trigrams)) return nullptr;
  return in.ok() && in.at_end() ? header : nullptr;
}

}  // namespace vedette::store::format
