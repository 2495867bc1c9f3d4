#include "vedette/expr/order.hpp"

#include <cmath>

namespace vedette::expr {

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

}  // namespace vedette::expr
