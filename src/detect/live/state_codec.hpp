// Bytes of the saved state: varints and texts. Reading bears any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::detect {

class StateWriter {
 public:
  explicit StateWriter(std::string& out) : out_(out) {}
  void number(std::uint64_t n) {
    while (n >= 0x80) {
      out_ += static_cast<char>(n | 0x80);
      n >>= 7;
    }
    out_ += static_cast<char>(n);
  }
  void time(std::int64_t t) {
    const auto n = static_cast<std::uint64_t>(t);
    number((n << 1) ^ (0 - (n >> 63)));
  }
  void text(std::string_view text) {
    number(text.size());
    out_.append(text);
  }
  // Bytes that optional copies of events may still take.
  std::size_t event_budget = 4u << 20;

 private:
  std::string& out_;
};

// After a failure everything read is 0 or empty.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : left_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_.empty(); }

  std::uint64_t number() {
    std::uint64_t n = 0;
    for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      n |= std::uint64_t{byte & 0x7fu} << shift;
      if (!(byte & 0x80)) return n;
    }
    fail();
    return 0;
  }
  std::int64_t time() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>((n >> 1) ^ (0 - (n & 1)));
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > left_.size()) return fail(), std::string_view{};
    const std::string_view text = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(static_cast<std::size_t>(size));
    return text;
  }
  // A number of things that take at least a byte each.
  std::size_t count() {
    const std::uint64_t n = number();
    if (n > left_.size()) return fail(), std::size_t{0};
    return static_cast<std::size_t>(n);
  }
  void fail() {
    ok_ = false;
    left_ = {};
  }

 private:
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace vedette::detect
