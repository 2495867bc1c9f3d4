// Copies of files that are compared with what they were copied from. Internal to the store.
#pragma once

#include <string>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::store {

// Copies to a temporary file, syncs it, reads it again, and renames it to `to`; not the folder's sync. The
// bytes copied.
base::Result<std::uint64_t> copy_file(base::FileSystem& files, const std::string& from, const std::string& to,
                                      const base::CancellationToken& cancellation);
// Whether both exist with the same size, and the same last bytes: parts have their checksums there.
bool same_part_file(base::FileSystem& files, const std::string& one, const std::string& other);

}  // namespace vedette::store
