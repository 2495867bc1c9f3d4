// Byte streams below the decompressed ones: a file, and any stream with its first bytes looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {

inline constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

// A stream that may know its size, and can then seek.
class ByteSource : public InputStream {
 public:
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  virtual base::Status seek(std::uint64_t) {
    return base::make_error(base::ErrorCode::unsupported, "the stream cannot seek");
  }
};

// A regular file, or the standard input.
class FileSource final : public ByteSource {
 public:
  using Consumed = std::function<void(std::uint64_t)>;

  // `consumed` may be null; it is told the bytes read, never more than the size of a regular file, and must
  // live as long as the source.
  static base::Result<std::unique_ptr<FileSource>> open(const std::string& path, const Consumed* consumed);
  static std::unique_ptr<FileSource> standard_input(const Consumed* consumed);
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override;

  base::Result<std::size_t> read(char* to, std::size_t capacity) override;
  std::optional<std::uint64_t> size() const override { return size_; }
  base::Status seek(std::uint64_t offset) override;
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  FileSource(int fd, bool owned, const Consumed* consumed) : fd_(fd), owned_(owned), consumed_(consumed) {}

  int fd_;
  bool owned_;
  const Consumed* consumed_;
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_read_ = 0;
};

// Lets the first bytes of `source`, which must outlive it, be seen before they are read.
class PeekSource final : public ByteSource {
 public:
  explicit PeekSource(ByteSource& source) : source_(source) {}

  // The next bytes: at least `count` of them, unless the source ends or fails before. To be called before
  // the first read() or seek().
  std::string_view peek(std::size_t count);
  // What stopped peek(), if it was an error; read() returns it after the bytes before it.
  const std::optional<base::Error>& error() const { return error_; }

  base::Result<std::size_t> read(char* to, std::size_t capacity) override;
  // A source that peek() saw whole can seek in memory.
  std::optional<std::uint64_t> size() const override;
  base::Status seek(std::uint64_t offset) override;

 private:
  ByteSource& source_;
  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t position_ = 0;
  bool whole_ = false;
  std::optional<base::Error> error_;
};

}  // namespace vedette::ingest
