#include <cmath>

#include "functions.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {
namespace {

using model::Value;
using model::ValueKind;

Value to_string(Call& call) {
  if (call.args[0].is_list()) {
    std::string json;
    model::append_json(json, call.args[0]);
    return call.text(json);
  }
  model::TextBuffer buffer;
  return call.text(text_in(call.args[0], buffer));
}

// Texts may have blanks around them, and hex digits after 0x.
Value to_number(Call& call) {
  const Value& value = call.args[0];
  if (value.kind() == ValueKind::boolean) return Value::integer(value.as_boolean() ? 1 : 0);
  if (!value.is_string()) return value;
  const std::string_view text = base::trim(value.as_string());
  if (const auto whole = base::parse_int(text)) return Value::integer(*whole);
  if (text.starts_with("0x") || text.starts_with("0X")) {
    if (const auto whole = base::parse_int(text.substr(2), 16)) return Value::integer(*whole);
  }
  const auto number = base::parse_double(text);
  return number ? number_value(*number) : call.fail("not a number");
}

Value to_integer(Call& call) {
  const Value number = to_number(call);
  if (number.kind() != ValueKind::real) return number;
  const auto whole = integer_in(number);
  return whole ? Value::integer(*whole) : call.fail("the number does not fit 64 bits");
}

Value to_bool(Call& call) {
  const Value& value = call.args[0];
  if (value.kind() == ValueKind::boolean) return value;
  if (!value.is_string()) {
    const auto number = number_in(value);
    return number ? Value::boolean(*number != 0) : call.fail("not a truth value");
  }
  const std::string text = base::to_lower_ascii(base::trim(value.as_string()));
  if (text == "true" || text == "yes" || text == "1" || text == "on") return Value::boolean(true);
  if (text == "false" || text == "no" || text == "0" || text == "off") return Value::boolean(false);
  return call.fail("not a truth value");
}

constexpr Function kConversionFunctions[] = {
    {"to_string", 1, 1, to_string, Nulls::propagate, Lists::see},
    {"to_number", 1, 1, to_number},
    {"to_integer", 1, 1, to_integer},
    {"to_bool", 1, 1, to_bool},
};

}  // namespace

std::span<const Function> conversion_functions() {
  return kConversionFunctions;
}

}  // namespace vedette::query
