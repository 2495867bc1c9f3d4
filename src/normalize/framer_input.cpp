#include "framer_input.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kRawBytes = 128 * 1024;

}  // namespace

std::size_t byte_order_mark(std::string_view bytes, bool& utf16, bool& big_endian) {
  utf16 = big_endian = false;
  if (bytes.starts_with("\xef\xbb\xbf")) return 3;
  if (bytes.starts_with("\xff\xfe")) return utf16 = true, 2;
  if (bytes.starts_with("\xfe\xff")) return utf16 = big_endian = true, 2;
  return 0;
}

std::string decode_sample(std::string_view bytes) {
  std::string out;
  bool done = false;
  FramerInput input([&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
    if (done) return std::size_t{0};
    const std::size_t size = std::min(capacity, bytes.size());
    std::copy_n(bytes.data(), size, to);
    bytes.remove_prefix(size);
    done = bytes.empty();
    return size;
  });
  while (!input.at_end()) {
    if (!input.fill(out, out.size() + kRawBytes).ok()) break;
  }
  return out;
}

// Appends to `out` until it holds `size` bytes or the stream ends.
base::Status FramerInput::read_raw(std::string& out, std::size_t size) {
  std::size_t used = out.size();
  if (used >= size || raw_end_) return base::ok_status();
  out.resize(size);
  while (used < size) {
    auto got = read_(out.data() + used, size - used);
    if (!got.ok()) {
      out.resize(used);
      return got.error();
    }
    if (*got == 0) {
      raw_end_ = true;
      break;
    }
    used += std::min(*got, size - used);
  }
  out.resize(used);
  return base::ok_status();
}

base::Status FramerInput::sniff() {
  TRY(read_raw(raw_, 3));
  bool utf16 = false, big_endian = false;
  raw_.erase(0, byte_order_mark(raw_, utf16, big_endian));
  encoding_ = !utf16 ? Encoding::bytes : big_endian ? Encoding::utf16be : Encoding::utf16le;
  return base::ok_status();
}

base::Status FramerInput::fill(std::string& out, std::size_t size) {
  if (encoding_ == Encoding::unknown) TRY(sniff());
  if (encoding_ == Encoding::bytes) {
    out += raw_;
    raw_.clear();
    TRY(read_raw(out, size));
    at_end_ = raw_end_;
    return base::ok_status();
  }
  while (out.size() < size && !at_end_) {
    TRY(read_raw(raw_, kRawBytes));
    convert(out);
    at_end_ = raw_end_;
  }
  return base::ok_status();
}

// All whole units of raw_. An unpaired surrogate becomes U+FFFD.
void FramerInput::convert(std::string& out) {
  constexpr char32_t kReplacement = 0xfffd;
  const bool big = encoding_ == Encoding::utf16be;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(raw_[i]));
  };
  const std::size_t whole = raw_.size() & ~std::size_t{1};
  for (std::size_t i = 0; i < whole; i += 2) {
    const std::uint32_t unit = big ? byte(i) << 8 | byte(i + 1) : byte(i + 1) << 8 | byte(i);
    const bool low = unit >= 0xdc00 && unit < 0xe000;
    if (high_surrogate_ != 0) {
      const std::uint32_t high = high_surrogate_;
      high_surrogate_ = 0;
      if (low) {
        base::append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
        continue;
      }
      base::append_utf8(out, kReplacement);
    }
    if (unit < 0x80) {
      out += static_cast<char>(unit);
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      high_surrogate_ = unit;
    } else {
      base::append_utf8(out, low ? kReplacement : static_cast<char32_t>(unit));
    }
  }
  raw_.erase(0, whole);
  if (raw_end_ && (high_surrogate_ != 0 || !raw_.empty())) {
    base::append_utf8(out, kReplacement);
    high_surrogate_ = 0;
    raw_.clear();
  }
}

}  // namespace vedette::normalize
