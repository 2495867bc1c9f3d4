// Appends JSON text to a string: no tree, no allocation beyond the buffer.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace vedette::base {

// Appends `text` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD, so that the output is valid
// always.
void append_json_string(std::string& out, std::string_view text);
void append_json_double(std::string& out,
                        double value);  // shortest round-trip form; NaN and infinities are null

// Writes objects and arrays with commas placed. The caller keeps begin/end in balance (CHECKed in debug
// builds).
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(double value);
  JsonWriter& number(int value) { return number(std::int64_t{value}); }
  JsonWriter& number(unsigned value) { return number(std::uint64_t{value}); }
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // already JSON

  JsonWriter& field(std::string_view name, std::string_view value) { return key(name).string(value); }
  // Constrained, so that a literal is never taken for a boolean.
  JsonWriter& field(std::string_view name, std::integral auto value) {
    if constexpr (std::is_same_v<decltype(value), bool>) {
      return key(name).boolean(value);
    } else if constexpr (std::is_signed_v<decltype(value)>) {
      return key(name).number(std::int64_t{value});
    } else {
      return key(name).number(std::uint64_t{value});
    }
  }
  JsonWriter& field(std::string_view name, std::floating_point auto value) {
    return key(name).number(double{value});
  }

 private:
  void comma();
  JsonWriter& open(char c);
  JsonWriter& close(char c);

  std::string& out_;
  bool need_comma_ = false;
  std::uint64_t open_objects_ = 0;  // one bit per open level, innermost lowest: 1 object, 0 array
  std::uint32_t depth_ = 0;
};

}  // namespace vedette::base
