// The bytes of the log's files: docs/formats/log.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::bus {

constexpr std::size_t kMaxPayloadBytes = 256u << 20;
constexpr std::uint64_t kNoLimit = UINT64_MAX;

// Every checksum of a log is seeded with its salt, a random number that senders of events cannot know, so
// that bytes within an event never pass for a record.
using Salt = std::uint64_t;

struct SegmentHeader {
  static constexpr std::size_t kBytes = 56;
  std::uint64_t first_offset = 0;  // of the segment's first record, and its file's name
  std::uint64_t previous_end = 0;  // earlier segments hold no valid record from this offset on
  base::TimeNs created = 0;
  Salt salt = 0;

  std::string encode() const;
  static std::optional<SegmentHeader> decode(std::string_view bytes);
};

struct RecordHeader {
  static constexpr std::size_t kBytes = 56;
  static constexpr std::string_view kMagic = "VREC";
  std::uint32_t compressed = 0;  // 1: the payload is one zstd frame; 0: as it is
  std::uint32_t bytes = 0;       // of the payload
  std::uint32_t raw_bytes = 0;   // of the payload once decompressed
  std::uint32_t count = 0;
  std::uint64_t offset = 0;
  base::TimeNs appended = 0;
  std::uint64_t payload_checksum = 0;

  std::uint64_t end() const { return offset + count; }
  std::uint64_t file_bytes() const { return kBytes + std::uint64_t{bytes}; }

  void encode(char* to, Salt salt) const;
  // nullopt if it is damaged or can be no header.
  static std::optional<RecordHeader> decode(std::string_view bytes, Salt salt);
};

// The file "durable" of a partition: how far other processes may read. Overwritten in place, never synced.
struct DurableMark {
  static constexpr std::size_t kBytes = 64;
  std::uint64_t begin = 0;          // first offset held
  std::uint64_t data_end = 0;       // end of the last record
  std::uint64_t next = 0;           // offset of the next record
  std::uint64_t segment = 0;        // first offset of the newest segment; 0: there is none
  std::uint64_t segment_bytes = 0;  // how much of it is durable

  bool operator==(const DurableMark&) const = default;
  std::string encode() const;
  static std::optional<DurableMark> decode(std::string_view bytes);
};

// The file "log": what holds for all partitions.
std::string encode_log_file(Salt salt);
std::optional<Salt> decode_log_file(std::string_view bytes);

// The file "reserved" of a partition: offsets below it may have been given out.
std::string encode_reserved(std::uint64_t offset);
std::optional<std::uint64_t> decode_reserved(std::string_view bytes);

std::string segment_name(std::uint64_t first_offset);
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

}  // namespace vedette::bus
