// Little-endian bytes, varints (LEB128) and bounds-checked reading. Internal to the store.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::store::format {

static_assert(std::endian::native == std::endian::little);

inline base::Error corrupt(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, "the part has a broken " + std::string(what));
}

inline void put_u8(std::string& out, std::uint8_t value) {
  out.push_back(static_cast<char>(value));
}
inline void put_u64(std::string& out, std::uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void put_double(std::string& out, double value) {
  put_u64(out, std::bit_cast<std::uint64_t>(value));
}
inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

// Reads past the end give zeros and make ok() false for good.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }
  void fail() {
    ok_ = false;
    bytes_ = {};
  }
  std::string_view bytes(std::uint64_t count) {
    if (count > bytes_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::uint8_t u8() {
    const std::string_view one = bytes(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::uint64_t u64() {
    const std::string_view eight = bytes(8);
    std::uint64_t value = 0;
    if (!eight.empty()) std::memcpy(&value, eight.data(), sizeof value);
    return value;
  }
  double real() { return std::bit_cast<double>(u64()); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace vedette::store::format
