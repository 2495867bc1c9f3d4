// Small file-system helpers that report errors as values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::base {

// A whole file; ErrorCode::limit if it is larger than `max_bytes`.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes = std::size_t{1} << 30);
enum class FileAccess : std::uint8_t {
  usual,  // a file that is there must be a regular one (or a link to one) and passes its permissions on
  owner,  // nobody but the owner may read it (mode 0600)
};
// Writes to a temporary file beside `path`, then renames it over `path`.
Status write_file_atomically(const std::string& path, std::string_view bytes,
                             FileAccess access = FileAccess::usual);
// Regular files below `path` (or `path` itself) whose name ends in one of `suffixes` (all if empty), sorted.
// Symbolic links to folders are not followed.
Result<std::vector<std::string>> list_files(const std::string& path,
                                            const std::vector<std::string>& suffixes = {});

}  // namespace vedette::base
