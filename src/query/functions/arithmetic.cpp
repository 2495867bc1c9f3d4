#include <algorithm>
#include <cmath>

#include "functions.hpp"

namespace vedette::query {
namespace {

using model::Value;
using model::ValueKind;

constexpr std::string_view kNoNumber = "not a number";

bool is_integer(const Value& value) {
  return value.kind() == ValueKind::integer;
}

template <double (*function)(double)>
Value real_function(Call& call) {
  const auto x = number_in(call.args[0]);
  return x ? number_value(function(*x)) : call.fail(kNoNumber);
}

Value abs_of(Call& call) {
  const Value& x = call.args[0];
  if (is_integer(x) && x.as_integer() != INT64_MIN) return Value::integer(std::abs(x.as_integer()));
  return real_function<std::fabs>(call);
}

template <double (*function)(double)>
Value whole(Call& call) {
  return is_integer(call.args[0]) ? call.args[0] : real_function<function>(call);
}

// Halves are rounded away from zero; negative digits round to tens, hundreds.
Value round_of(Call& call) {
  const auto x = number_in(call.args[0]);
  const auto digits = call.args.size() > 1 ? integer_in(call.args[1]) : std::optional<std::int64_t>(0);
  if (!x || !digits) return call.fail(kNoNumber);
  if (is_integer(call.args[0]) && *digits >= 0) return call.args[0];
  const double power = std::pow(10.0, static_cast<double>(std::clamp<std::int64_t>(*digits, -300, 300)));
  const double rounded = std::round(*x * power) / power;
  return std::isfinite(rounded) ? number_value(rounded) : number_value(*x);
}

Value pow_of(Call& call) {
  const auto x = number_in(call.args[0]), y = number_in(call.args[1]);
  return x && y ? number_value(std::pow(*x, *y)) : call.fail(kNoNumber);
}

Value log_of(Call& call) {
  if (call.args.size() == 1) return real_function<std::log>(call);
  const auto x = number_in(call.args[0]), base = number_in(call.args[1]);
  return x && base ? number_value(std::log(*x) / std::log(*base)) : call.fail(kNoNumber);
}

// Nulls are passed over.
template <bool largest>
Value extreme(Call& call) {
  const Value* best = nullptr;
  double best_number = 0;
  for (const Value& argument : call.args) {
    for (const Value& item : argument.elements()) {
      if (item.is_null()) continue;
      const auto number = number_in(item);
      if (!number) return call.fail(kNoNumber);
      if (best && (largest ? *number <= best_number : *number >= best_number)) continue;
      best = &item;
      best_number = *number;
    }
  }
  if (!best) return Value::null();
  return is_integer(*best) ? *best : number_value(best_number);
}

constexpr Function kArithmeticFunctions[] = {
    {"abs", 1, 1, abs_of},
    {"ceil", 1, 1, whole<std::ceil>},
    {"floor", 1, 1, whole<std::floor>},
    {"round", 1, 2, round_of},
    {"sqrt", 1, 1, real_function<std::sqrt>},
    {"pow", 2, 2, pow_of},
    {"log", 1, 2, log_of},
    {"log10", 1, 1, real_function<std::log10>},
    {"exp", 1, 1, real_function<std::exp>},
    {"min_of", 1, 100, extreme<false>, Nulls::see, Lists::see},
    {"max_of", 1, 100, extreme<true>, Nulls::see, Lists::see},
};

}  // namespace

std::span<const Function> arithmetic_functions() {
  return kArithmeticFunctions;
}

}  // namespace vedette::query
