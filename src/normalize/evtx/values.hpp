// Values of binary XML, and their texts as Windows prints them.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "vedette/base/arena.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/value.hpp"

namespace vedette::normalize::evtx {

enum class ValueType : std::uint8_t {
  null = 0x00,
  string = 0x01,
  ansi_string = 0x02,
  int8 = 0x03,
  uint8 = 0x04,
  int16 = 0x05,
  uint16 = 0x06,
  int32 = 0x07,
  uint32 = 0x08,
  int64 = 0x09,
  uint64 = 0x0a,
  real32 = 0x0b,
  real64 = 0x0c,
  boolean = 0x0d,
  binary = 0x0e,
  guid = 0x0f,
  size = 0x10,
  file_time = 0x11,
  system_time = 0x12,
  sid = 0x13,
  hex32 = 0x14,
  hex64 = 0x15,
  handle = 0x20,
  binary_xml = 0x21,
};
inline constexpr std::uint8_t kArrayFlag = 0x80;

// Bytes of a chunk and how to read them.
struct BinaryValue {
  std::string_view bytes;
  std::uint8_t raw_type = 0;

  bool is_array() const { return (raw_type & kArrayFlag) != 0; }
  ValueType type() const { return static_cast<ValueType>(raw_type & ~kArrayFlag); }
  bool is_binary_xml() const { return type() == ValueType::binary_xml; }
};

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Little endian; missing high bytes are zero.
std::uint64_t load_unsigned(std::string_view bytes);

// The text of a scalar, in the arena. Bytes that do not fit their type come out as upper-case hexadecimal
// digits.
std::string_view text_of(const BinaryValue& value, base::Arena& arena);
// Integers as integers (uint64 beyond int64 as text), the rest as text_of().
model::Value typed_value(const BinaryValue& value, base::Arena& arena);
// Of file_time; nothing if it is zero or beyond the range of TimeNs.
std::optional<base::TimeNs> time_from_file_time(std::uint64_t file_time);

// Walks the items of an array: while (items.next(item)) ...
class ArrayItems {
 public:
  explicit ArrayItems(const BinaryValue& array) : rest_(array.bytes), type_(array.type()) {}
  bool next(BinaryValue& item);

 private:
  std::size_t item_size() const;
  std::size_t text_size(std::size_t unit, std::size_t& skipped) const;

  std::string_view rest_;
  ValueType type_;
};

}  // namespace vedette::normalize::evtx
