// The directory and the trailer of a part: all that is read when a part is opened. Internal to the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/filter.hpp"
#include "part.hpp"
#include "segment.hpp"
#include "vedette/base/result.hpp"

namespace vedette::store::format {

inline constexpr std::string_view kMagic = "VDTPART1";
inline constexpr std::uint64_t kVersion = 2, kOldestVersion = 1;  // version 1 has no token filter
inline constexpr std::size_t kTrailerBytes = 48;
inline constexpr std::uint32_t kMaxBlocks = 65536;

// The first columns of every part have no name.
enum HeadColumn : std::uint32_t { kTimes, kSequences, kPositions, kSourcePaths, kHeadColumns };

struct DirectoryColumn {
  std::string name;
  std::uint64_t offset = 0, size = 0, checksum = 0;  // of the header
  FieldInfo info;                                    // without the id
};

struct Directory {
  std::uint64_t rows = 0, raw_bytes = 0;
  std::vector<BlockInfo> blocks;
  bool has_minutes = false;
  std::vector<std::pair<base::TimeNs, std::uint64_t>> minutes;  // start, rows
  std::uint64_t headers_offset = 0;
  std::vector<DirectoryColumn> columns;
  FilterPlace tokens;  // of all columns, one bit wide
};

struct Trailer {
  std::uint64_t directory_offset = 0, directory_size = 0, directory_checksum = 0;
  std::uint64_t version = kVersion;  // that it was read with
};

// Without path and bytes.
PartSummary summary_of(const Directory& directory);

std::int64_t minute_of(base::TimeNs time);
base::TimeNs start_of_minute(std::int64_t minute);

void put_directory(std::string& out, const Directory& directory);
// `headers_end`: where the last header must end.
base::Result<Directory> read_directory(std::string_view bytes, std::uint64_t headers_end,
                                       std::uint64_t version);

void put_trailer(std::string& out, const Trailer& trailer);
// Errors: corrupt, unsupported.
base::Result<Trailer> read_trailer(std::string_view bytes, std::uint64_t file_size);

}  // namespace vedette::store::format
