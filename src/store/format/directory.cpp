#include "format/directory.hpp"

#include <algorithm>
#include <limits>

#include "format/blob.hpp"
#include "format/column_chunk.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/model/field.hpp"

namespace vedette::store::format {
namespace {

constexpr std::int64_t kMinute = 60 * base::kNsPerSecond;

void put_time(std::string& out, std::int64_t time) {
  put_u64(out, static_cast<std::uint64_t>(time));
}
std::int64_t read_time(ByteReader& in) {
  return static_cast<std::int64_t>(in.u64());
}

void put_blocks(std::string& out, const std::vector<BlockInfo>& blocks) {
  put_varint(out, blocks.size());
  for (const BlockInfo& block : blocks) {
    put_varint(out, block.rows);
    put_time(out, block.min_time);
    put_time(out, block.max_time);
    put_u64(out, block.min_sequence);
    put_u64(out, block.max_sequence);
  }
}

bool read_blocks(ByteReader& in, Directory& to) {
  const std::uint64_t count = in.varint();
  if (!in.ok() || count > kMaxBlocks) return false;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    BlockInfo block;
    const std::uint64_t rows = in.varint();
    block.rows = static_cast<std::uint32_t>(rows);
    block.min_time = read_time(in);
    block.max_time = read_time(in);
    block.min_sequence = in.u64();
    block.max_sequence = in.u64();
    if (!in.ok() || rows == 0 || rows > kMaxBlockRows) return false;
    total += rows;
    to.blocks.push_back(block);
  }
  return total == to.rows;
}

void put_minutes(std::string& out, const Directory& directory) {
  put_u8(out, directory.has_minutes ? 1 : 0);
  if (!directory.has_minutes) return;
  put_varint(out, directory.minutes.size());
  std::int64_t last = 0;
  for (const auto& [start, rows] : directory.minutes) {
    const std::int64_t minute = minute_of(start);
    put_varint(out, zigzag(minute - last));
    put_varint(out, rows);
    last = minute;
  }
}

bool read_minutes(ByteReader& in, Directory& to) {
  const std::uint8_t has = in.u8();
  to.has_minutes = has == 1;
  if (!to.has_minutes) return in.ok() && has == 0;
  const std::uint64_t count = in.varint();
  if (!in.ok() || count > in.left()) return false;
  std::uint64_t minute = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    minute += static_cast<std::uint64_t>(unzigzag(in.varint()));
    const std::uint64_t rows = in.varint();
    to.minutes.emplace_back(start_of_minute(static_cast<std::int64_t>(minute)), rows);
  }
  return in.ok();
}

void put_columns(std::string& out, const Directory& directory) {
  put_varint(out, directory.headers_offset);
  put_varint(out, directory.columns.size());
  for (const DirectoryColumn& column : directory.columns) {
    put_varint(out, column.name.size());
    out += column.name;
    put_varint(out, column.size);
    put_u64(out, column.checksum);
    for (const std::uint64_t count :
         {column.info.rows, column.info.nulls, column.info.booleans, column.info.integers, column.info.reals,
          column.info.texts, column.info.lists}) {
      put_varint(out, count);
    }
  }
}

bool read_columns(ByteReader& in, std::uint64_t headers_end, Directory& to) {
  std::uint64_t offset = to.headers_offset = in.varint();
  const std::uint64_t count = in.varint();
  if (!in.ok() || count > in.left() || offset > headers_end) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    DirectoryColumn column;
    const std::uint64_t name_bytes = in.varint();
    if (name_bytes > model::FieldTable::kMaxNameBytes) return false;
    column.name = in.bytes(name_bytes);
    column.offset = offset;
    column.size = in.varint();
    column.checksum = in.u64();
    FieldInfo& info = column.info;
    for (std::uint64_t* kind :
         {&info.rows, &info.nulls, &info.booleans, &info.integers, &info.reals, &info.texts, &info.lists}) {
      *kind = in.varint();
    }
    if (!in.ok() || column.size > headers_end - offset) return false;
    offset += column.size;
    to.columns.push_back(std::move(column));
  }
  return offset == headers_end && (to.rows == 0 ? count == 0 : count >= kHeadColumns);
}

void put_tokens(std::string& out, const FilterPlace& tokens) {
  put_u8(out, tokens.pages ? 1 : 0);
  if (tokens.pages) put_filter(out, tokens);
}

bool read_tokens(ByteReader& in, Directory& to) {
  const std::uint8_t has = in.u8();
  return has == 1 ? read_filter(in, 1, to.headers_offset, to.tokens) : in.ok() && has == 0;
}

}  // namespace

PartSummary summary_of(const Directory& directory) {
  PartSummary summary;
  summary.rows = directory.rows;
  summary.raw_bytes = directory.raw_bytes;
  bool first = true;
  for (const BlockInfo& block : directory.blocks) {
    summary.min_time = first ? block.min_time : std::min(summary.min_time, block.min_time);
    summary.max_time = first ? block.max_time : std::max(summary.max_time, block.max_time);
    summary.min_sequence = first ? block.min_sequence : std::min(summary.min_sequence, block.min_sequence);
    summary.max_sequence = first ? block.max_sequence : std::max(summary.max_sequence, block.max_sequence);
    first = false;
  }
  return summary;
}

std::int64_t minute_of(base::TimeNs time) {
  return time / kMinute - (time % kMinute < 0 ? 1 : 0);
}

base::TimeNs start_of_minute(std::int64_t minute) {
  constexpr base::TimeNs kLow = std::numeric_limits<base::TimeNs>::min();
  constexpr base::TimeNs kHigh = std::numeric_limits<base::TimeNs>::max();
  base::TimeNs start = 0;
  if (__builtin_mul_overflow(minute, kMinute, &start)) return minute < 0 ? kLow : kHigh;
  return start;
}

void put_directory(std::string& out, const Directory& directory) {
  std::string bytes;
  put_varint(bytes, directory.rows);
  put_varint(bytes, directory.raw_bytes);
  put_blocks(bytes, directory.blocks);
  put_minutes(bytes, directory);
  put_columns(bytes, directory);
  put_tokens(bytes, directory.tokens);
  put_blob(out, bytes);
}

base::Result<Directory> read_directory(std::string_view bytes, std::uint64_t headers_end,
                                       std::uint64_t version) {
  ByteReader blob(bytes);
  std::string plain;
  if (!read_blob(blob, plain) || !blob.at_end()) return corrupt("directory");
  ByteReader in(plain);
  Directory directory;
  directory.rows = in.varint();
  directory.raw_bytes = in.varint();
  if (!in.ok() || !read_blocks(in, directory) || !read_minutes(in, directory) ||
      !read_columns(in, headers_end, directory) || (version >= 2 && !read_tokens(in, directory)) ||
      !in.at_end()) {
    return corrupt("directory");
  }
  return directory;
}

void put_trailer(std::string& out, const Trailer& trailer) {
  std::string bytes;
  put_u64(bytes, trailer.directory_offset);
  put_u64(bytes, trailer.directory_size);
  put_u64(bytes, trailer.directory_checksum);
  put_u64(bytes, kVersion);
  put_u64(bytes, base::hash64(bytes));
  bytes += kMagic;
  out += bytes;
}

base::Result<Trailer> read_trailer(std::string_view bytes, std::uint64_t file_size) {
  ByteReader in(bytes);
  Trailer trailer;
  trailer.directory_offset = in.u64();
  trailer.directory_size = in.u64();
  trailer.directory_checksum = in.u64();
  trailer.version = in.u64();
  const std::uint64_t checksum = in.u64();
  if (in.bytes(kMagic.size()) != kMagic || checksum != base::hash64(bytes.substr(0, 32))) {
    return corrupt("trailer");
  }
  if (trailer.version < kOldestVersion || trailer.version > kVersion) {
    return base::make_error(base::ErrorCode::unsupported,
                            "the part has format version " + std::to_string(trailer.version));
  }
  const std::uint64_t room = file_size - kTrailerBytes;
  if (trailer.directory_offset < kMagic.size() || trailer.directory_offset > room ||
      trailer.directory_size != room - trailer.directory_offset) {
    return corrupt("trailer");
  }
  return trailer;
}

}  // namespace vedette::store::format
