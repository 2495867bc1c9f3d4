#include "listeners/file_tail.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {

TailFile::~TailFile() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<TailFile> TailFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    const auto code = errno == ENOENT ? base::ErrorCode::not_found : base::ErrorCode::io;
    return base::make_error(code, "cannot open \"" + path + "\"");
  }
  TailFile file(fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return base::make_error(base::ErrorCode::invalid_argument, "\"" + path + "\" is no regular file");
  }
  return file;
}

std::string TailFile::read(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        ::pread(fd_, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

bool mark_matches(const TailFile& file, const TailMark& mark) {
  if (mark.tail_size == 0) return true;
  const std::string tail = file.read(mark.offset - mark.tail_size, mark.tail_size);
  return tail.size() == mark.tail_size && base::hash64(tail) == mark.tail_hash;
}

LineTail::LineTail(TailFile file, const TailState& state, std::unique_ptr<LineCutter> cutter)
    : file_(std::move(file)), cutter_(std::move(cutter)), begin_(state.mark.offset) {
  before_ = file_.read(begin_ - state.mark.tail_size, state.mark.tail_size);
  utf16_ = file_.read(0, 2) == "\xff\xfe";
}

std::string LineTail::overlap() const {
  if (buffer_.size() >= kTailBytes) return buffer_.substr(buffer_.size() - kTailBytes);
  const std::size_t more = std::min(before_.size(), kTailBytes - buffer_.size());
  return before_.substr(before_.size() - more) + buffer_;
}

// The bytes that were read last are read again with the new ones: if they are others, the file was truncated
// and has grown past the place since.
LineTail::Look LineTail::look(const TailState& state) {
  const std::string known = overlap();
  if (fetched() == 0) utf16_ = file_.read(0, 2) == "\xff\xfe";
  const std::string bytes = file_.read(fetched() - known.size(), known.size() + kReadBytes);
  if (bytes.size() < known.size() || !bytes.starts_with(known)) return Look::replaced;
  if (bytes.size() == known.size()) {
    // Something shorter may have been written over it just now.
    struct stat info {};
    const bool shorter =
        ::fstat(file_.fd(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) < fetched();
    return shorter ? Look::replaced : Look::nothing;
  }
  if (state.head_size != 0 && !head_matches(state, file_.read(0, state.head_size))) return Look::replaced;
  buffer_.append(bytes, known.size());
  return Look::data;
}

void LineTail::consume(std::size_t bytes) {
  if (bytes >= kTailBytes) {
    before_ = buffer_.substr(bytes - kTailBytes, kTailBytes);
  } else {
    before_ += buffer_.substr(0, bytes);
    if (before_.size() > kTailBytes) before_.erase(0, before_.size() - kTailBytes);
  }
  buffer_.erase(0, bytes);
  begin_ += bytes;
}

void LineTail::cut(LineCutter::Flush flush, std::vector<TailRecord>& records) {
  std::vector<CutRecord> found;
  const std::size_t done = cutter_->cut(buffer_, flush, utf16_, found);
  const std::string all = before_ + buffer_;
  const auto mark_of = [&](std::size_t at) {
    return mark_at(begin_ + at, std::string_view(all).substr(0, before_.size() + at));
  };
  for (const auto& item : found) {
    std::string_view view = std::string_view(buffer_).substr(item.begin, item.end - item.begin);
    if (begin_ + item.begin == 0) {
      if (utf16_) view.remove_prefix(std::min<std::size_t>(2, view.size()));
      if (view.starts_with("\xef\xbb\xbf")) view.remove_prefix(3);
    }
    TailRecord& record = records.emplace_back();
    record.offset = begin_ + item.begin;
    record.text = utf16_ ? base::utf16le_to_utf8(view) : std::string(view);
    record.cut = item.cut;
    // Of a line whose end was not seen, a restart reads the beginning again.
    record.after = mark_of(item.next);
  }
  consume(done);
}

}  // namespace vedette::ingest
