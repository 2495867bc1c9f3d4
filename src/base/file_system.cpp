#include "vedette/base/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os_error.hpp"

namespace vedette::base {
namespace {

// Repeats a call that a signal interrupted.
template <typename Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override {
    for (const std::string_view mapping : mappings_) {
      ::munmap(const_cast<char*>(mapping.data()), mapping.size());
    }
    ::close(fd_);
  }

  Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = uninterrupted(
          [&] { return ::pread(fd_, to + done, size - done, static_cast<off_t>(offset + done)); });
      if (count < 0) return os_error("read", path_, errno);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = uninterrupted(
          [&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count < 0) return os_error("write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return ok_status();
  }

  Status truncate(std::uint64_t size) override {
    const int result = uninterrupted([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); });
    if (result != 0) return os_error("truncate", path_, errno);
    return ok_status();
  }

  // Not repeated after a failure: the kernel may have dropped the pages it could not write, and a second call
  // would report success.
  Status sync() override {
    if (::fdatasync(fd_) != 0) return os_error("sync", path_, errno);
    return ok_status();
  }

  Result<std::uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return os_error("examine", path_, errno);
    return static_cast<std::uint64_t>(std::max<off_t>(info.st_size, 0));
  }

  std::string_view map(std::uint64_t wanted) override {
    std::lock_guard lock(mutex_);
    if (!mappings_.empty() && mappings_.back().size() >= wanted) return mappings_.back();
    const auto all = size();
    if (!all.ok() || *all == 0 || *all < wanted) return {};
    void* at = ::mmap(nullptr, static_cast<std::size_t>(*all), PROT_READ, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) return {};
    mappings_.emplace_back(static_cast<const char*>(at), static_cast<std::size_t>(*all));
    return mappings_.back();
  }

 private:
  const int fd_;
  const std::string path_;
  std::mutex mutex_;
  std::vector<std::string_view> mappings_;  // guarded by mutex_; earlier ones stay valid
};

std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

// Closing the file gives the lock back.
struct LockedFile {
  explicit LockedFile(int locked) : fd(locked) {}
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  ~LockedFile() { ::close(fd); }
  const int fd;
};

class PosixFileSystem final : public FileSystem {
 public:
  // Growing a file past RLIMIT_FSIZE shall fail with EFBIG instead of killing the process. A store has a file
  // open for each part: more than the usual soft limit of 1,024 allows.
  PosixFileSystem() {
    rlimit open_files{};
    if (::getrlimit(RLIMIT_NOFILE, &open_files) == 0 && open_files.rlim_cur < open_files.rlim_max) {
      open_files.rlim_cur = open_files.rlim_max;
      ::setrlimit(RLIMIT_NOFILE, &open_files);
    }
    struct sigaction current {};
    if (::sigaction(SIGXFSZ, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
      std::signal(SIGXFSZ, SIG_IGN);
    }
  }

  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override {
    int flags = O_CLOEXEC | (mode == Open::read ? O_RDONLY : O_RDWR);
    if (mode == Open::create) flags |= O_CREAT;
    const int fd = uninterrupted([&] { return ::open(path.c_str(), flags, 0666); });
    if (fd < 0) return os_error(mode == Open::create ? "create" : "open", path, errno);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename", from, errno);
    return ok_status();
  }

  Status remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0) return os_error("remove", path, errno);
    return ok_status();
  }

  // Each new folder's name is made durable in its parent.
  Status make_folders(const std::string& path) override {
    if (path.empty() || path == "/") return ok_status();
    if (::mkdir(path.c_str(), 0777) == 0) return sync_folder(parent_of(path));
    const int error = errno;
    if (error == EEXIST) {
      struct stat info {};
      if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return ok_status();
    }
    if (error != ENOENT || parent_of(path) == path) return os_error("create the folder", path, error);
    TRY(make_folders(parent_of(path)));
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
      return os_error("create the folder", path, errno);
    }
    return sync_folder(parent_of(path));
  }

  Status sync_folder(const std::string& path) override {
    const int fd = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return os_error("open the folder", path, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    // EINVAL: a file system whose folders need no sync.
    if (result != 0 && error != EINVAL) return os_error("sync the folder", path, error);
    return ok_status();
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    DIR* folder = ::opendir(path.c_str());
    if (!folder) return os_error("list", path, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(folder);
    if (error != 0) return os_error("list", path, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  bool exists(const std::string& path) override {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0;
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return os_error("examine the file system of", path, errno);
    return std::uint64_t{info.f_bavail} * std::uint64_t{info.f_frsize};
  }

  Result<std::shared_ptr<void>> lock(const std::string& path) override {
    const int fd = uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); });
    if (fd < 0) return os_error("create", path, errno);
    if (uninterrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) != 0) {
      const int error = errno;
      ::close(fd);
      if (error == EWOULDBLOCK) return make_error(ErrorCode::busy, path + " is in use by another process");
      return os_error("lock", path, error);
    }
    return std::shared_ptr<void>(std::make_shared<LockedFile>(fd));
  }
};

Status write_whole(FileSystem& files, const std::string& path, std::string_view bytes) {
  TRY_ASSIGN(const auto file, files.open(path, FileSystem::Open::create));
  TRY(file->truncate(0));
  TRY(file->write_at(0, bytes));
  return file->sync();
}

}  // namespace

Status FileSystem::replace(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  Status status = write_whole(*this, temporary, bytes);
  if (status.ok()) status = rename(temporary, path);
  if (!status.ok()) {
    static_cast<void>(remove(temporary));
    return status;
  }
  return sync_folder(parent_of(path));
}

Result<std::string> FileSystem::read_all(const std::string& path, std::size_t max_bytes) {
  TRY_ASSIGN(const auto file, open(path, Open::read));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  if (size > max_bytes) {
    return make_error(ErrorCode::limit, path + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  TRY_ASSIGN(const std::size_t got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

FileSystem& posix_file_system() {
  static PosixFileSystem system;
  return system;
}

}  // namespace vedette::base
