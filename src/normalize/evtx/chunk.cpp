#include "chunk.hpp"

#include <algorithm>
#include <optional>

#include "binxml.hpp"
#include "crc32.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/windows_event.hpp"

namespace vedette::normalize {
namespace {

using evtx::load;

constexpr std::string_view kChunkMagic("ElfChnk\0", 8);
constexpr std::uint32_t kRecordMagic = 0x00002a2a;
constexpr std::size_t kChunkHeader = 512;
constexpr std::size_t kRecordHeader = 24;  // magic, size, identifier, time
constexpr std::size_t kRecordTrailer = 4;  // size
constexpr std::size_t kSmallestRecord = kRecordHeader + kRecordTrailer;
constexpr std::size_t kAlignment = 8;

// Offsets within the chunk header.
constexpr std::size_t kFreeSpaceAt = 0x30;
constexpr std::size_t kRecordsChecksumAt = 0x34;
constexpr std::size_t kFlagsAt = 0x78;
constexpr std::size_t kHeaderChecksumAt = 0x7c;
constexpr std::uint32_t kNoChecksums = 0x2;

struct ChunkHeader {
  bool has_magic = false;
  std::size_t free_space = 0;  // 0 if it makes no sense
};

ChunkHeader read_header(std::string_view chunk) {
  ChunkHeader header;
  header.has_magic = chunk.starts_with(kChunkMagic);
  if (!header.has_magic || chunk.size() < kChunkHeader) return header;
  const auto free_space = load<std::uint32_t>(chunk.data() + kFreeSpaceAt);
  if (free_space >= kChunkHeader && free_space <= kEvtxChunkBytes) header.free_space = free_space;
  return header;
}

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

std::string describe_problem(std::string_view chunk, const ChunkHeader& header) {
  if (!header.has_magic) return "the chunk has no signature";
  if (chunk.size() < kChunkHeader) return "the chunk ends within its header";
  if (header.free_space == 0) return "the chunk header is damaged";
  if (chunk.size() < header.free_space) {
    return "the chunk is cut short: " + std::to_string(chunk.size()) + " bytes";
  }
  const auto flags = load<std::uint32_t>(chunk.data() + kFlagsAt);
  if (flags & kNoChecksums) return {};
  const auto header_checksum =
      evtx::crc32(chunk.substr(128, kChunkHeader - 128), evtx::crc32(chunk.substr(0, 120)));
  if (load<std::uint32_t>(chunk.data() + kHeaderChecksumAt) != header_checksum) {
    return "the checksum of the chunk header is wrong";
  }
  const auto records = chunk.substr(kChunkHeader, header.free_space - kChunkHeader);
  if (load<std::uint32_t>(chunk.data() + kRecordsChecksumAt) != evtx::crc32(records)) {
    return "the checksum of the chunk's records is wrong";
  }
  return {};
}

}  // namespace

struct EvtxChunkReader::State {
  evtx::BinaryXml xml;
  std::string_view chunk;
  EvtxSink* sink = nullptr;
  EvtxChunkResult result;

  bool has_magic(std::size_t at) const {
    return at + kSmallestRecord <= chunk.size() && load<std::uint32_t>(chunk.data() + at) == kRecordMagic;
  }

  // Size of the record at `at`, 0 if it does not fit.
  std::size_t record_size(std::size_t at) const {
    if (!has_magic(at)) return 0;
    const std::size_t size = load<std::uint32_t>(chunk.data() + at + 4);
    return size >= kSmallestRecord && size <= chunk.size() - at ? size : 0;
  }

  bool has_trailer(std::size_t at, std::size_t size) const {
    return load<std::uint32_t>(chunk.data() + at + size - kRecordTrailer) == size;
  }

  std::optional<std::size_t> find_record(std::size_t at, std::size_t end) const {
    for (at = (at + kAlignment - 1) / kAlignment * kAlignment; at < end; at += kAlignment) {
      const std::size_t size = record_size(at);
      if (size != 0 && has_trailer(at, size)) return at;
    }
    return std::nullopt;
  }

  // The bytes that a record whose walk goes on behind it takes up; 0 if its size is not to be trusted.
  std::size_t trusted_size(std::size_t at, std::size_t end) const {
    const std::size_t size = record_size(at);
    if (size == 0) return 0;
    return has_trailer(at, size) || at + size == end || has_magic(at + size) ? size : 0;
  }

  void finish_damaged(Row& row, std::string_view bytes, const char* why) {
    row.fail(why);
    row.copy(model::field::event_original, base::base64_encode(bytes));
    ++result.damaged;
  }

  // The record of `size` bytes; `damage` tells what is already known to be wrong with it.
  void deliver(std::size_t at, std::size_t size, const char* damage) {
    const auto id = load<std::uint64_t>(chunk.data() + at + 8);
    const auto written = load<std::uint64_t>(chunk.data() + at + 16);
    Row& row = sink->begin_record(id);
    WindowsRecord record(row);
    const std::size_t end = at + size - (damage ? 0 : kRecordTrailer);
    const char* error = xml.run(at + kRecordHeader, end, record);
    if (damage) error = damage;
    if (!error && row.builder().open_cells().empty()) error = "the record holds no event";
    if (!row.has_time()) {
      if (const auto time = evtx::time_from_file_time(written)) row.time(*time);
    }
    if (error && !row.builder().find_open(model::field::winlog_record_id)) {
      row.add(model::field::winlog_record_id, model::Value::integer(static_cast<std::int64_t>(id)));
    }
    complete_windows_event(row, {});
    if (error) {
      finish_damaged(row, chunk.substr(at, size), error);
    } else {
      ++result.records;
    }
    sink->end_record();
  }

  void deliver_bytes(std::size_t begin, std::size_t end) {
    Row& row = sink->begin_record(0);
    finish_damaged(row, chunk.substr(begin, end - begin), "no event record can be made out in these bytes");
    sink->end_record();
  }

  // From `at` to `end`; where the end of the records is not known, what stands behind the last one is none of
  // them.
  void walk(std::size_t at, std::size_t end, bool end_known) {
    while (at < end) {
      if (const std::size_t size = trusted_size(at, end)) {
        deliver(at, size, nullptr);
        at += size;
        continue;
      }
      const auto next = find_record(at + kAlignment, end);
      if (!next && !end_known && !has_magic(at)) return;
      const std::size_t damaged_end = next.value_or(end);
      if (has_magic(at)) {
        deliver(at, damaged_end - at, "the size of the record is damaged");
      } else {
        deliver_bytes(at, damaged_end);
      }
      at = damaged_end;
    }
  }
};

EvtxChunkReader::EvtxChunkReader() : state_(std::make_unique<State>()) {}
EvtxChunkReader::~EvtxChunkReader() = default;

EvtxChunkResult EvtxChunkReader::read(std::string_view chunk, EvtxSink& sink) {
  chunk = chunk.substr(0, kEvtxChunkBytes);
  const ChunkHeader header = read_header(chunk);
  State& state = *state_;
  state.result = {};
  if (!header.has_magic && is_zero(chunk)) return {};
  state.result.problem = describe_problem(chunk, header);
  state.chunk = chunk;
  state.sink = &sink;
  state.xml.begin_chunk(chunk);
  const bool end_known = header.free_space != 0;
  const std::size_t end = end_known ? std::min(header.free_space, chunk.size()) : chunk.size();
  std::size_t at = kChunkHeader;
  if (!header.has_magic) at = state.find_record(0, end).value_or(end);
  state.walk(at, end, end_known);
  return std::move(state.result);
}

EvtxChunkResult parse_evtx_chunk(std::string_view chunk, EvtxSink& sink) {
  return EvtxChunkReader().read(chunk, sink);
}

}  // namespace vedette::normalize
