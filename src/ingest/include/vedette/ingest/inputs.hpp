// Files, folders, archives and the standard input as byte streams.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::ingest {

// Bounds on what compressed input may do. A passed bound ends that member with ErrorCode::limit; the rest is
// still read.
struct InputLimits {
  std::uint64_t max_ratio = 1000;  // decompressed to compressed bytes, once past 64 MiB
  std::uint64_t max_member_bytes = std::uint64_t{64} << 30;
  std::size_t max_members = 1'000'000;
  int max_depth = 4;        // an archive in an archive in ...
  int max_path_depth = 64;  // folders
};

// One stream of plain (decompressed) bytes. Not thread safe.
class InputStream {
 public:
  virtual ~InputStream() = default;
  // Up to `capacity` bytes; 0 at the end. An error, which comes after all bytes that could be read, is added
  // to the problems by read_input(); the visitor only stops.
  virtual base::Result<std::size_t> read(char* to, std::size_t capacity) = 0;
};

struct InputInfo {
  std::string path;  // "dir/a.zip/member.log", control characters of members escaped; "-": standard input
  std::int64_t modified = 0;     // seconds since the epoch of the (outer) file or member; 0 if unknown
  std::uint64_t bytes_hint = 0;  // size if known (compressed size of the outer file for archives)
};

// What happened to an input that could not be read (wholly).
struct InputProblem {
  std::string path;
  base::Error error;
};

// A file found by plan_inputs(); bytes as on disk.
struct PlannedInput {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;
};

// The regular files at or below the paths, sorted by path within each argument, each once; "-" stays.
// Unreadable paths, sockets, devices and loops go to `problems`. Symbolic links to files are followed, to
// folders only when named.
std::vector<PlannedInput> plan_inputs(const std::vector<std::string>& paths, const InputLimits& limits,
                                      std::vector<InputProblem>& problems);

// Opens one planned file and calls `visit` for each stream in it, in order: once for a plain or compressed
// file (gzip, zstd, xz, bzip2, lz4; told by magic bytes, not by name), once a member for zip and tar (7z),
// recursively within limits. A stream must be read during its call. Errors of a member do not end the others.
// `consumed` (may be null) is told the bytes of the file on disk read so far, for progress.
void read_input(const PlannedInput& input, const InputLimits& limits,
                const std::function<void(const InputInfo&, InputStream&)>& visit,
                const std::function<void(std::uint64_t)>& consumed, std::vector<InputProblem>& problems);

}  // namespace vedette::ingest
