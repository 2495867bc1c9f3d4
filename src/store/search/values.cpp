#include "search/values.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "vedette/base/text.hpp"

namespace vedette::store::search {

using model::Value;
using model::ValueKind;

namespace {

constexpr std::size_t kFewElements = 16;

}  // namespace

OwnedValue::OwnedValue(const Value& value) : kind(value.kind()) {
  switch (kind) {
    case ValueKind::boolean:
      integer = value.as_boolean();
      break;
    case ValueKind::integer:
      integer = value.as_integer();
      break;
    case ValueKind::real:
      real = value.as_real();
      break;
    case ValueKind::string:
      text = value.as_string();
      break;
    case ValueKind::null:
    case ValueKind::list:
      kind = ValueKind::null;
  }
}

OwnedValue::OwnedValue(const model::Literal& literal) {
  if (const auto* boolean = std::get_if<bool>(&literal)) {
    kind = ValueKind::boolean;
    integer = *boolean;
  } else if (const auto* number = std::get_if<std::int64_t>(&literal)) {
    kind = ValueKind::integer;
    integer = *number;
  } else if (const auto* fraction = std::get_if<double>(&literal)) {
    kind = ValueKind::real;
    real = *fraction;
  } else if (const auto* string = std::get_if<std::string>(&literal)) {
    kind = ValueKind::string;
    text = *string;
  }
}

Value OwnedValue::view() const {
  switch (kind) {
    case ValueKind::boolean:
      return Value::boolean(integer != 0);
    case ValueKind::integer:
      return Value::integer(integer);
    case ValueKind::real:
      return Value::real(real);
    case ValueKind::string:
      return Value::string(text);
    case ValueKind::null:
    case ValueKind::list:
      break;
  }
  return Value::null();
}

Value copy_value(const Value& value, base::Arena& arena) {
  if (value.is_string()) return Value::string(arena.copy(value.as_string()));
  if (!value.is_list()) return value;
  const auto items = value.as_list();
  if (items.empty()) return Value::list({});
  const auto copies = arena.allocate_array<Value>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) copies[i] = copy_value(items[i], arena);
  return Value::list(copies);
}

std::uint64_t bytes_of(const Value& value) {
  std::uint64_t bytes = sizeof(Value);
  if (value.is_string()) return bytes + value.as_string().size();
  if (value.is_list()) {
    for (const Value& item : value.as_list()) bytes += bytes_of(item);
  }
  return bytes;
}

bool has_content(const Value& value) {
  const auto elements = value.elements();
  return std::any_of(elements.begin(), elements.end(), [](const Value& item) { return !item.is_null(); });
}

bool as_number(const Value& value, Value& out) {
  if (value.kind() == ValueKind::integer || value.kind() == ValueKind::real) {
    out = value;
    return true;
  }
  if (!value.is_string()) return false;
  if (const auto integer = base::parse_int(value.as_string())) {
    out = Value::integer(*integer);
    return true;
  }
  double number = 0;
  if (!number_of(value, number)) return false;
  out = Value::real(number);
  return true;
}

void append_distinct(const Value& value, std::vector<Value>& out) {
  if (!value.is_list()) {
    if (!value.is_null()) out.push_back(value);
    return;
  }
  const auto items = value.as_list();
  const std::size_t first = out.size();
  std::unordered_set<std::string> seen;
  model::TextBuffer buffer, other;
  for (const Value& item : items) {
    if (item.is_null()) continue;
    const std::string_view text = text_of(item, buffer);
    if (items.size() > kFewElements) {
      if (seen.emplace(text).second) out.push_back(item);
      continue;
    }
    const bool known = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                   [&](const Value& had) { return text_of(had, other) == text; });
    if (!known) out.push_back(item);
  }
}

}  // namespace vedette::store::search
