#include "audit/anchor_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace vedette::api {

namespace {

constexpr std::size_t kMaxAnchorBytes = 256;  // a line

base::Error anchor_error(const std::string& path, const char* doing) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  return base::Error{full ? base::ErrorCode::no_space : base::ErrorCode::io,
                     fmt::format("cannot {} {}: {}", doing, path, std::strerror(error))};
}

}  // namespace

AnchorFile::~AnchorFile() {
  if (file_ >= 0) ::close(file_);
}

base::Status AnchorFile::open() {
  if (file_ >= 0) return base::ok_status();
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) return anchor_error(path_, "open");
  return base::ok_status();
}

base::Status AnchorFile::append(const AuditMark& mark) {
  TRY(open());
  std::string line = anchor_line(mark) + "\n";
  const off_t end = ::lseek(file_, 0, SEEK_END);
  char last = '\n';
  if (end > 0 && ::pread(file_, &last, 1, end - 1) == 1 && last != '\n') line.insert(line.begin(), '\n');
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote = ::write(file_, line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return anchor_error(path_, "write");
    done += static_cast<std::size_t>(wrote);
  }
  if (::fdatasync(file_) != 0) return anchor_error(path_, "sync");
  return base::ok_status();
}

AnchorReader::AnchorReader(const std::string& path) : file_(path, std::ios::binary) {
  is_there_ = file_.is_open();
}

std::optional<AnchorReader::Line> AnchorReader::next() {
  std::string text;
  for (int byte = file_.get(); byte != std::ifstream::traits_type::eof(); byte = file_.get()) {
    if (byte != '\n') {
      if (text.size() <= kMaxAnchorBytes) text += static_cast<char>(byte);
      continue;
    }
    Line line{++number_, std::nullopt};
    if (auto mark = parse_anchor_line(text)) line.mark = std::move(*mark);
    return line;
  }
  return std::nullopt;
}

std::optional<AuditMark> last_anchor(const std::string& path) {
  AnchorReader reader(path);
  std::optional<AuditMark> last;
  while (auto line = reader.next()) {
    if (line->mark && (!last || line->mark->sequence >= last->sequence)) last = std::move(line->mark);
  }
  return last;
}

}  // namespace vedette::api
