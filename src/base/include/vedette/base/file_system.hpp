// The file system as the durable parts of Vedette (the log, the store) use it: a seam at which tests inject
// faults, and one place where the calls that make data durable are written down.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::base {

// An open file. Positional reads may come from several threads at once; everything else from one.
// Errors: ErrorCode::io, no_space when the disk (or a quota, or the file-size limit) has no room.
class File {
 public:
  virtual ~File() = default;
  // Reads at most `size` bytes at `offset`; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const = 0;
  // Writes all of it or fails; a failed write may have left a part behind.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  // fdatasync: content and size are on the disk when it returns.
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() const = 0;
  // The whole file mapped read-only (at least `size` bytes), valid as long as the File; empty if it cannot
  // be.
  virtual std::string_view map(std::uint64_t size) = 0;
};

// Thread safe.
class FileSystem {
 public:
  enum class Open : std::uint8_t { read, read_write, create };  // create: read_write, made if absent
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open mode) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;  // a file or an empty folder; not_found if absent
  virtual Status make_folders(const std::string& path) = 0;
  // fsync of the folder, so that names created, renamed or removed in it stay so.
  virtual Status sync_folder(const std::string& path) = 0;
  // Names (not paths) in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  // An exclusive advisory lock on the file, made if absent, held until the object dies (or the process).
  // ErrorCode::busy if another process or object holds it.
  virtual Result<std::shared_ptr<void>> lock(const std::string& path) = 0;

  // New content for `path`: a temporary file, synced, renamed over it, and the folder synced.
  Status replace(const std::string& path, std::string_view bytes);
  Result<std::string> read_all(const std::string& path, std::size_t max_bytes);
};

// The one of the operating system.
FileSystem& posix_file_system();

}  // namespace vedette::base
