// Finds the files that patterns name.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace vedette::ingest {

struct FoundFile {
  std::string path;
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0;  // seconds since the epoch
};

struct GlobLimits {
  std::size_t max_files = 20'000;
  std::size_t max_entries = 1'000'000;  // looked at
  int max_depth = 32;
};

// The regular files that a pattern names: "*", "?" and "[...]" within a name, "**" for any folders; a folder
// stands for all below it. Links to files are followed, to folders only where the pattern names them. Each
// file once (by device and inode), in the order of the paths. `folders`: where the files are or could be.
std::vector<FoundFile> find_files(const std::vector<std::string>& patterns,
                                  const std::vector<std::string>& exclude, const GlobLimits& limits,
                                  std::set<std::string>& folders);
// Whether a path fits a pattern of that kind; one without a slash is compared with the last name.
bool matches_glob(const std::string& pattern, const std::string& path);

}  // namespace vedette::ingest
