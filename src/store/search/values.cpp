#include "search/values.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "vedette/base/text.hpp"

namespace vedette::store::search {

using model::Value;
using model::ValueKind;

namespace {

std::weak_ordering compare_reals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return int{!std::isnan(a)} <=> int{!std::isnan(b)};
  return a < b   ? std::weak_ordering::less
         : a > b ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

std::weak_ordering compare_mixed(std::int64_t a, double b) {
  if (std::isnan(b)) return std::weak_ordering::greater;
  if (b >= 9223372036854775808.0) return std::weak_ordering::less;
  if (b < -9223372036854775808.0) return std::weak_ordering::greater;
  const double whole = std::floor(b);
  const auto integer = static_cast<std::int64_t>(whole);
  if (a != integer) return a <=> integer;
  return b > whole ? std::weak_ordering::less : std::weak_ordering::equivalent;
}

int rank(const Value& value) {
  switch (value.kind()) {
    case ValueKind::null:
    case ValueKind::list:
      return 0;
    case ValueKind::boolean:
      return 1;
    case ValueKind::integer:
    case ValueKind::real:
      return 2;
    case ValueKind::string:
      break;
  }
  return 3;
}

constexpr std::size_t kFewElements = 16;

}  // namespace

std::weak_ordering compare_numbers(const Value& a, const Value& b) {
  const bool a_integer = a.kind() == ValueKind::integer, b_integer = b.kind() == ValueKind::integer;
  if (a_integer && b_integer) return a.as_integer() <=> b.as_integer();
  if (a_integer) return compare_mixed(a.as_integer(), b.as_real());
  if (b_integer) return 0 <=> compare_mixed(b.as_integer(), a.as_real());
  return compare_reals(a.as_real(), b.as_real());
}

std::weak_ordering compare_values(const Value& a, const Value& b) {
  const int rank_a = rank(a), rank_b = rank(b);
  if (rank_a != rank_b) return rank_a <=> rank_b;
  if (rank_a == 1) return a.as_boolean() <=> b.as_boolean();
  if (rank_a == 2) return compare_numbers(a, b);
  if (rank_a == 3) return a.as_string() <=> b.as_string();
  return std::weak_ordering::equivalent;
}

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
