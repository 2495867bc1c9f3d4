// One tailed file of lines: reads what is new, notices truncation and replacement, and cuts records.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "listeners/line_cutter.hpp"
#include "listeners/tail_state.hpp"

namespace vedette::ingest {

// A file descriptor that closes itself.
class TailFile {
 public:
  TailFile() = default;
  explicit TailFile(int fd) : fd_(fd) {}
  TailFile(TailFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  TailFile& operator=(TailFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~TailFile();
  // Follows links. not_found, io; invalid_argument: no regular file.
  static base::Result<TailFile> open(const std::string& path);
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  // As many as there are, up to `size`; fewer on an error, too.
  std::string read(std::uint64_t offset, std::size_t size) const;

 private:
  int fd_ = -1;
};

// What tells contents apart: the first bytes, and those before a mark.
bool mark_matches(const TailFile& file, const TailMark& mark);

struct TailRecord {
  std::uint64_t offset = 0;
  std::string text;  // UTF-8 if the file is UTF-16
  bool cut = false;
  TailMark after;  // where to go on once it, and all before it, is durable
};

// Not thread safe.
class LineTail {
 public:
  // `file` holds the content of `state`; begins at its mark.
  LineTail(TailFile file, const TailState& state, std::unique_ptr<LineCutter> cutter);

  enum class Look : std::uint8_t { nothing, data, replaced };
  // Reads what follows. replaced: the content is no more what it was (truncated, or written anew).
  Look look(const TailState& state);
  void cut(LineCutter::Flush flush, std::vector<TailRecord>& records);
  // Bytes that wait for the end of their record.
  std::size_t held() const { return buffer_.size(); }
  // The first bytes, as far as they were read.
  std::string head() const {
    return file_.read(0, static_cast<std::size_t>(std::min<std::uint64_t>(kHeadBytes, fetched())));
  }
  std::uint64_t fetched() const { return begin_ + buffer_.size(); }
  TailMark here() const { return mark_at(begin_, before_); }
  const TailFile& file() const { return file_; }

 private:
  std::string overlap() const;
  void consume(std::size_t bytes);

  static constexpr std::size_t kReadBytes = std::size_t{256} << 10;
  TailFile file_;
  std::unique_ptr<LineCutter> cutter_;
  std::uint64_t begin_;  // offset of buffer_
  std::string buffer_;
  std::string before_;  // up to kTailBytes before begin_
  bool utf16_ = false;
};

}  // namespace vedette::ingest
