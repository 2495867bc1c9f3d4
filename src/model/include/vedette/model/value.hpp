// One field value of an event, and its conversions to text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vedette::model {

enum class ValueKind : std::uint8_t { null, boolean, integer, real, string, list };

// 16 bytes, trivially copyable. Strings and lists point into the arena (or the raw bytes) of the batch that
// holds the value and live as long as it. Strings are UTF-8 as far as the source was: readers must accept
// invalid bytes. Lists hold no lists: nested arrays are flattened. Integers beyond int64 arrive as strings of
// digits, so that no digit is lost.
class Value {
 public:
  constexpr Value() : payload_{.integer = 0} {}
  static constexpr Value null() { return Value(); }
  static constexpr Value boolean(bool v) { return Value(ValueKind::boolean, 0, {.integer = v ? 1 : 0}); }
  static constexpr Value integer(std::int64_t v) { return Value(ValueKind::integer, 0, {.integer = v}); }
  static constexpr Value real(double v) { return Value(ValueKind::real, 0, {.real = v}); }
  static constexpr Value string(std::string_view v) {
    return Value(ValueKind::string, static_cast<std::uint32_t>(v.size()), {.text = v.data()});
  }
  static constexpr Value list(std::span<const Value> v) {
    return Value(ValueKind::list, static_cast<std::uint32_t>(v.size()), {.items = v.data()});
  }

  constexpr ValueKind kind() const { return kind_; }
  constexpr bool is_null() const { return kind_ == ValueKind::null; }
  constexpr bool is_string() const { return kind_ == ValueKind::string; }
  constexpr bool is_list() const { return kind_ == ValueKind::list; }
  constexpr bool as_boolean() const { return payload_.integer != 0; }                   // kind() == boolean
  constexpr std::int64_t as_integer() const { return payload_.integer; }                // kind() == integer
  constexpr double as_real() const { return payload_.real; }                            // kind() == real
  constexpr std::string_view as_string() const { return {payload_.text, size_}; }       // kind() == string
  constexpr std::span<const Value> as_list() const { return {payload_.items, size_}; }  // kind() == list

  // The elements of a list, or the value itself as the one element.
  std::span<const Value> elements() const { return is_list() ? as_list() : std::span<const Value>(this, 1); }

 private:
  union Payload {
    std::int64_t integer;
    double real;
    const char* text;
    const Value* items;
  };
  constexpr Value(ValueKind kind, std::uint32_t size, Payload payload)
      : payload_(payload), size_(size), kind_(kind) {}

  Payload payload_;
  std::uint32_t size_ = 0;
  ValueKind kind_ = ValueKind::null;
};
static_assert(sizeof(Value) == 16);

// Space for the text of a number.
struct TextBuffer {
  char bytes[32];
};

// The canonical text of a scalar: strings as they are, integers in decimal, reals in the shortest form that
// reads back
// ("5" for 5.0), "true"/"false"; empty for null and lists. May point into `buffer`.
std::string_view text_of(const Value& value, TextBuffer& buffer);

// A number from an integer, a real, or a string that is wholly a decimal number.
bool number_of(const Value& value, double& out);

// The value as JSON.
void append_json(std::string& out, const Value& value);

}  // namespace vedette::model
