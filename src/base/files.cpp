#include "vedette/base/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os_error.hpp"

namespace vedette::base {
namespace {

namespace fs = std::filesystem;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

Error too_large(const std::string& path, std::size_t max_bytes) {
  return make_error(ErrorCode::limit, path + " is larger than " + std::to_string(max_bytes) + " bytes");
}

Status write_all(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok_status();
}

// Creates a file beside `path` whose name no other writer uses; `temporary` gets the name.
int create_beside(const std::string& path, FileAccess access, std::string& temporary) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 1000; ++attempt) {
    temporary = path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          access == FileAccess::owner ? 0600 : 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

Status fill_and_rename(FileDescriptor& file, const std::string& temporary, const std::string& path,
                       std::string_view bytes, FileAccess access) {
  struct stat old {};
  if (access == FileAccess::usual && ::stat(path.c_str(), &old) == 0) {
    if (!S_ISREG(old.st_mode)) {
      return make_error(ErrorCode::invalid_argument, path + " is no regular file, it cannot be replaced");
    }
    if (::fchmod(file.get(), old.st_mode & 07777) != 0) {
      return os_error("set the permissions of", temporary, errno);
    }
  }
  TRY(write_all(file.get(), temporary, bytes));
  if (::fsync(file.get()) != 0 || !file.close()) return os_error("write", temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return os_error("replace", path, errno);
  return ok_status();
}

// Makes the rename itself durable. Some file systems refuse to sync a folder; the file is whole either way.
void sync_folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const FileDescriptor fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) static_cast<void>(::fsync(fd.get()));
}

bool suffix_matches(const std::string& path, const std::vector<std::string>& suffixes) {
  return suffixes.empty() || std::any_of(suffixes.begin(), suffixes.end(),
                                         [&](const std::string& suffix) { return path.ends_with(suffix); });
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return os_error("open", path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return os_error("read", path, errno);
  const auto expected = static_cast<std::size_t>(std::max<off_t>(info.st_size, 0));
  const bool regular = S_ISREG(info.st_mode);
  if (regular && expected > max_bytes) return too_large(path, max_bytes);

  // One byte more than expected, so that the end shows without a second buffer. Sizes may be 0 (/proc) or
  // change.
  std::string bytes(regular ? expected + 1 : 4096, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == bytes.size()) bytes.resize(std::max<std::size_t>(4096, size * 2));
    const ssize_t count = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error("read", path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size > max_bytes) return too_large(path, max_bytes);
  }
  bytes.resize(size);
  return bytes;
}

Status write_file_atomically(const std::string& named, std::string_view bytes, FileAccess access) {
  std::error_code absent;
  const fs::path linked = fs::canonical(named, absent);  // a symbolic link stays, its target is replaced
  const std::string path = absent ? named : linked.string();
  std::string temporary;
  FileDescriptor file(create_beside(path, access, temporary));
  if (file.get() < 0) return os_error("create", temporary, errno);
  Status status = fill_and_rename(file, temporary, path, bytes, access);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  sync_folder_of(path);
  return status;
}

Result<std::vector<std::string>> list_files(const std::string& path,
                                            const std::vector<std::string>& suffixes) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error) return os_error("list", path, error.value());
  std::vector<std::string> files;
  if (fs::is_regular_file(status)) {
    if (suffix_matches(path, suffixes)) files.push_back(path);
    return files;
  }
  if (!fs::is_directory(status)) {
    return make_error(ErrorCode::invalid_argument, path + " is neither a file nor a folder");
  }
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;  // an entry may vanish, or be a link to nowhere
    if (!entry->is_regular_file(gone)) continue;
    std::string name = entry->path().string();
    if (suffix_matches(name, suffixes)) files.push_back(std::move(name));
  }
  if (error) return os_error("list", path, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace vedette::base
