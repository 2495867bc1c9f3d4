#include "byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::ingest {
namespace {

base::Error os_error(std::string_view action, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  return base::make_error(
      absent ? base::ErrorCode::not_found : base::ErrorCode::io,
      std::string("cannot ").append(action).append(": ") + std::generic_category().message(error));
}

}  // namespace

base::Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path,
                                                           const Consumed* consumed) {
  // Not to hang on a pipe that took the place of the file since it was planned.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return os_error("open", errno);
  std::unique_ptr<FileSource> source(new FileSource(fd, true, consumed));
  struct stat info {};
  if (::fstat(fd, &info) != 0) return os_error("open", errno);
  if (!S_ISREG(info.st_mode)) {
    return base::make_error(base::ErrorCode::invalid_argument, "not a regular file");
  }
  source->size_ = static_cast<std::uint64_t>(std::max<off_t>(info.st_size, 0));
  static_cast<void>(::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
  return source;
}

std::unique_ptr<FileSource> FileSource::standard_input(const Consumed* consumed) {
  std::unique_ptr<FileSource> source(new FileSource(STDIN_FILENO, false, consumed));
  struct stat info {};
  if (::fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) && ::lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
    source->size_ = static_cast<std::uint64_t>(std::max<off_t>(info.st_size, 0));
  }
  return source;
}

FileSource::~FileSource() {
  if (owned_) ::close(fd_);
}

base::Result<std::size_t> FileSource::read(char* to, std::size_t capacity) {
  ssize_t count = 0;
  do {
    count = ::read(fd_, to, capacity);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return os_error("read", errno);
  bytes_read_ += static_cast<std::uint64_t>(count);
  // An archive's directory is read twice, and a file may grow.
  if (count > 0 && consumed_ != nullptr && *consumed_) {
    (*consumed_)(size_ ? std::min(bytes_read_, *size_) : bytes_read_);
  }
  return static_cast<std::size_t>(count);
}

base::Status FileSource::seek(std::uint64_t offset) {
  if (!size_) return ByteSource::seek(offset);
  if (::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) return os_error("seek", errno);
  return base::ok_status();
}

std::string_view PeekSource::peek(std::size_t count) {
  while (filled_ < count && !whole_ && !error_) {
    if (buffer_.size() - filled_ < kChunkBytes) {
      buffer_.resize(std::max(filled_ + kChunkBytes, std::min(filled_ * 2, count)));
    }
    const base::Result<std::size_t> got = source_.read(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!got.ok()) {
      error_ = got.error();
    } else {
      filled_ += *got;
      whole_ = *got == 0;
    }
  }
  return std::string_view(buffer_).substr(0, filled_);
}

base::Result<std::size_t> PeekSource::read(char* to, std::size_t capacity) {
  if (position_ < filled_) {
    const std::size_t count = std::min(capacity, filled_ - position_);
    std::memcpy(to, buffer_.data() + position_, count);
    position_ += count;
    return count;
  }
  if (whole_) return std::size_t{0};
  if (error_) return *error_;
  if (!buffer_.empty()) {
    std::string().swap(buffer_);
    filled_ = position_ = 0;
  }
  return source_.read(to, capacity);
}

std::optional<std::uint64_t> PeekSource::size() const {
  if (whole_) return filled_;
  return error_ ? std::nullopt : source_.size();
}

base::Status PeekSource::seek(std::uint64_t offset) {
  if (whole_) {
    position_ = static_cast<std::size_t>(std::min<std::uint64_t>(offset, filled_));
    return base::ok_status();
  }
  filled_ = position_ = 0;
  return source_.seek(offset);
}

}  // namespace vedette::ingest
