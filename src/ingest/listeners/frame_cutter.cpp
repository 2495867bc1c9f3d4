#include "listeners/frame_cutter.hpp"

#include <algorithm>
#include <cstring>

#include "vedette/base/text.hpp"

namespace vedette::ingest {

namespace {
constexpr std::size_t kMostCountDigits = 8;
}

// "123 <": digits alone may begin a plain line, too.
FrameCutter::Count FrameCutter::read_count(std::string_view bytes, bool at_end, std::size_t& header) {
  if (!options_.octet_counting || bytes[0] < '1' || bytes[0] > '9') return Count::none;
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < bytes.size() && base::is_digit(bytes[digits]); ++digits) {
    if (digits == kMostCountDigits) return Count::bad;
    value = value * 10 + static_cast<std::uint64_t>(bytes[digits] - '0');
  }
  if (bytes.size() < digits + 2) {
    const bool blank = bytes.size() == digits || bytes[digits] == ' ';
    return blank && !at_end ? Count::partial : Count::none;
  }
  if (bytes[digits] != ' ' || bytes[digits + 1] != '<') return Count::none;
  count_ = value;
  header = digits + 1;
  return Count::found;
}

bool FrameCutter::skip(std::string_view bytes, std::size_t& at) {
  if (skip_count_ != 0) {
    const std::uint64_t step = std::min<std::uint64_t>(skip_count_, bytes.size() - at);
    skip_count_ -= step;
    at += static_cast<std::size_t>(step);
    if (skip_count_ != 0) return false;
  }
  if (skip_to_end_) {
    const std::size_t end = find_end(bytes, at);
    skip_to_end_ = end == bytes.size();
    at = skip_to_end_ ? end : end + 1;
  }
  return !skip_to_end_;
}

std::size_t FrameCutter::find_end(std::string_view bytes, std::size_t from) const {
  std::size_t end = bytes.size();
  for (const auto& [wanted, c] : {std::pair{options_.newline, '\n'}, std::pair{options_.nul, '\0'}}) {
    if (!wanted || from >= end) continue;
    const void* const found = std::memchr(bytes.data() + from, c, end - from);
    if (found) end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
  }
  return end;
}

std::optional<Frame> FrameCutter::counted(std::string_view bytes, std::size_t& at, bool at_end) {
  const std::size_t left = bytes.size() - at;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count_, options_.max_message_bytes));
  if (left < wanted && !at_end) return std::nullopt;
  const std::size_t size = std::min(left, wanted);
  Frame frame{bytes.substr(at, size), size < count_};
  at += size;
  skip_count_ = count_ - size;
  count_ = 0;
  while (!frame.cut && frame.bytes.ends_with('\n')) frame.bytes.remove_suffix(1);
  return frame;
}

std::optional<Frame> FrameCutter::delimited(std::string_view bytes, std::size_t& at, bool at_end) {
  const std::string_view view = bytes.substr(at);
  const std::size_t end = find_end(view, looked_at_);
  looked_at_ = view.size();
  const bool whole = end < view.size();
  if (!whole && view.size() <= options_.max_message_bytes && !at_end) return std::nullopt;
  looked_at_ = 0;
  delimited_ = false;
  const std::size_t size = std::min(end, options_.max_message_bytes);
  Frame frame{view.substr(0, size), size < end};
  if (whole) {
    at += end + 1;
  } else {
    at += size;
    skip_to_end_ = !at_end;
    if (at_end) at = bytes.size();
  }
  if (!frame.cut && options_.newline && frame.bytes.ends_with('\r')) frame.bytes.remove_suffix(1);
  return frame;
}

std::optional<Frame> FrameCutter::next(std::string_view bytes, std::size_t& at, bool at_end) {
  while (!broken_ && at < bytes.size()) {
    if (!skip(bytes, at)) return std::nullopt;
    if (at >= bytes.size()) break;
    if (count_ == 0 && !delimited_) {
      std::size_t header = 0;
      const Count count = read_count(bytes.substr(at), at_end, header);
      if (count == Count::partial) return std::nullopt;
      broken_ = count == Count::bad;
      if (broken_) return std::nullopt;
      delimited_ = count == Count::none;
      at += header;
    }
    const auto frame = count_ != 0 ? counted(bytes, at, at_end) : delimited(bytes, at, at_end);
    if (!frame) return std::nullopt;
    if (!frame->bytes.empty()) return frame;
  }
  return std::nullopt;
}

}  // namespace vedette::ingest
