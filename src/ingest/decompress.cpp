#include "decompress.hpp"

#include <cstring>

namespace vedette::ingest {

DecompressSource::DecompressSource(Container kind, ByteSource& source, ReadBudget& budget)
    : kind_(kind),
      source_(source),
      guard_(budget, OutputGuard::Charge::growth),
      codec_(make_codec(kind)),
      buffer_(kChunkBytes, '\0'),
      in_(buffer_.data(), 0) {}

base::Result<std::size_t> DecompressSource::read(char* to, std::size_t capacity) {
  for (;;) {
    if (error_) return *error_;
    if (!in_frame_ && !next_frame()) {
      if (error_) continue;
      return std::size_t{0};
    }
    if (in_.empty() && !pending_output_ && !refill()) {
      fail(source_error_ ? *source_error_
                         : base::make_error(base::ErrorCode::corrupt,
                                            "truncated " + std::string(container_name(kind_)) + " data"));
      continue;
    }
    CodecStep step = codec_->step(in_, to, capacity);
    in_.remove_prefix(step.consumed);
    consumed_ += step.consumed;
    pending_output_ = step.produced == capacity;
    if (step.frame_end) in_frame_ = pending_output_ = false;
    if (step.error) {
      fail(std::move(*step.error));
    } else if (step.produced == 0 && step.consumed == 0 && !step.frame_end && !in_.empty()) {
      fail(base::make_error(base::ErrorCode::corrupt,
                            "corrupt " + std::string(container_name(kind_)) + " data"));
    }
    if (base::Status bounded = guard_.add(step.produced, consumed_); !bounded.ok()) fail(bounded.error());
    if (step.produced > 0) return step.produced;
  }
}

bool DecompressSource::next_frame() {
  constexpr std::size_t kFrameMagicBytes = 4;
  const bool first = consumed_ == 0;
  do {
    const std::size_t padding = first ? 0 : std::min(in_.find_first_not_of('\0'), in_.size());
    in_.remove_prefix(padding);
    consumed_ += padding;
  } while (in_.size() < kFrameMagicBytes && refill());
  if (in_.empty()) {
    if (source_error_) fail(*source_error_);
    return false;
  }
  if (!starts_frame(kind_, in_)) {
    return fail(base::make_error(
        base::ErrorCode::corrupt,
        "the " + std::string(container_name(kind_)) + " data is followed by bytes that are not compressed"));
  }
  if (base::Status ready = codec_->restart(); !ready.ok()) return fail(ready.error());
  in_frame_ = true;
  return true;
}

bool DecompressSource::refill() {
  if (source_ended_ || source_error_) return false;
  std::memmove(buffer_.data(), in_.data(), in_.size());
  const base::Result<std::size_t> got =
      source_.read(buffer_.data() + in_.size(), buffer_.size() - in_.size());
  if (!got.ok()) source_error_ = got.error();
  if (got.ok() && *got == 0) source_ended_ = true;
  if (!got.ok() || *got == 0) {
    in_ = std::string_view(buffer_.data(), in_.size());
    return false;
  }
  in_ = std::string_view(buffer_.data(), in_.size() + *got);
  return true;
}

bool DecompressSource::fail(base::Error error) {
  if (!error_) error_ = std::move(error);
  return false;
}

}  // namespace vedette::ingest
