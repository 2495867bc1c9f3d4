#include "body.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr std::size_t kFirstGrowth = std::size_t{1} << 20;
constexpr std::size_t kLeastGrowth = std::size_t{16} << 10;
// So much of a string is filled with zeros at a time: it is still in the cache when bytes are read over it.
constexpr std::size_t kFillStep = std::size_t{256} << 10;
constexpr int kMaxSizeDigits = 15;
constexpr std::size_t kMaxChunkOverhead = std::size_t{16} << 10;

}  // namespace

bool BodyBudget::take(std::size_t bytes) {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || used > limit_ - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

bool BodyBudget::could_take(std::uint64_t bytes) const {
  const std::size_t used = used_.load(std::memory_order_relaxed);
  return bytes <= limit_ && used <= limit_ - bytes;
}

bool BodySink::grow() {
  const std::size_t first = static_cast<std::size_t>(std::min<std::uint64_t>(expected_, kFirstGrowth));
  std::size_t wanted = std::max(body_.capacity() * 2, kLeastGrowth);
  if (filled_ == 0 && first > 0) wanted = first;
  if (filled_ < expected_) wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, expected_));
  wanted = std::min(wanted, limit_);
  if (wanted > charged_) {
    if (!budget_.take(wanted - charged_)) return false;
    charged_ = wanted;
  }
  body_.reserve(wanted);
  return true;
}

char* BodySink::room(std::size_t& size) {
  if (filled_ == limit_) {
    spilling_ = true;
    size = 1;
    return &spill_;
  }
  if (filled_ == body_.size()) {
    if (filled_ >= charged_ && !grow()) return nullptr;
    body_.resize(std::min(charged_, filled_ + kFillStep));
  }
  size = body_.size() - filled_;
  return body_.data() + filled_;
}

BodyStatus BodySink::commit(std::size_t count) {
  if (spilling_ && count > 0) return BodyStatus::too_large;
  filled_ += count;
  return BodyStatus::ok;
}

std::size_t BodySink::finish() {
  body_.resize(filled_);
  return std::exchange(charged_, 0);
}

BodyStatus BodySink::append(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t size = 0;
    char* to = room(size);
    if (to == nullptr) return BodyStatus::over_budget;
    const std::size_t count = std::min(size, bytes.size());
    std::memcpy(to, bytes.data(), count);
    bytes.remove_prefix(count);
    if (const BodyStatus status = commit(count); status != BodyStatus::ok) return status;
  }
  return BodyStatus::ok;
}

BodyStatus ChunkDecoder::next(std::string_view bytes, std::size_t& consumed, std::string_view& data) {
  consumed = 0;
  data = {};
  while (consumed < bytes.size() && state_ != State::finished) {
    if (state_ == State::data) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - consumed));
      data = bytes.substr(consumed, count);
      consumed += count;
      left_ -= count;
      if (left_ == 0) state_ = State::data_cr;
      return BodyStatus::ok;
    }
    if (step(bytes[consumed]) != BodyStatus::ok) return BodyStatus::malformed;
    ++consumed;
  }
  return BodyStatus::ok;
}

BodyStatus ChunkDecoder::size_is_known() {
  if (digits_ == 0) return BodyStatus::malformed;
  state_ = State::size_end;
  return BodyStatus::ok;
}

BodyStatus ChunkDecoder::step(char c) {
  constexpr auto kOk = BodyStatus::ok;
  const auto expect = [this, c](char wanted, State next) {
    if (c != wanted) return BodyStatus::malformed;
    state_ = next;
    return kOk;
  };
  // A text that is dropped: no line ends but CRLF, and no more than a bound.
  const auto skip = [this, c](State after_cr) {
    if (c == '\n' || ++overhead_ > kMaxChunkOverhead) return BodyStatus::malformed;
    if (c == '\r') state_ = after_cr;
    return kOk;
  };
  switch (state_) {
    case State::size: {
      if (const int digit = base::hex_digit(c); digit >= 0) {
        if (++digits_ > kMaxSizeDigits) return BodyStatus::malformed;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return kOk;
      }
      if (c == '\r') return size_is_known();
      if (c != ';' || digits_ == 0) return BodyStatus::malformed;
      state_ = State::extension;
      return kOk;
    }
    case State::extension:
      return skip(State::size_end);
    case State::size_end:
      digits_ = 0;
      return expect('\n', left_ > 0 ? State::data : State::trailer_begin);
    case State::data_cr:
      return expect('\r', State::data_lf);
    case State::data_lf:
      return expect('\n', State::size);
    case State::trailer_begin:
      if (c == '\r') return expect('\r', State::final_lf);
      state_ = State::trailer;
      return skip(State::trailer_lf);
    case State::trailer:
      return skip(State::trailer_lf);
    case State::trailer_lf:
      return expect('\n', State::trailer_begin);
    case State::final_lf:
      return expect('\n', State::finished);
    case State::data:
    case State::finished:
      break;
  }
  return BodyStatus::malformed;
}

}  // namespace vedette::net
