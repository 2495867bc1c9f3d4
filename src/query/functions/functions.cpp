#include "functions.hpp"

#include <cmath>
#include <unordered_map>

#include "vedette/base/text.hpp"

namespace vedette::query {

using model::Value;
using model::ValueKind;

Value Call::text(std::string_view made) {
  if (made.size() > kMaxResultBytes) return fail("the result is longer than 1 MiB");
  return Value::string(arena.copy(made));
}

const Function* find_function(std::string_view name) {
  static const auto table = [] {
    std::unordered_map<std::string_view, const Function*> all;
    for (const auto family :
         {arithmetic_functions(), text_functions(), pattern_functions(), coding_functions(), date_functions(),
          ip_functions(), hash_functions(), conversion_functions(), list_functions()}) {
      for (const Function& function : family) all.emplace(function.name, &function);
    }
    return all;
  }();
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

base::Error argument_error(const Expr& argument, std::string_view message) {
  std::string text(message);
  if (argument.span.column > 0) text += " (column " + std::to_string(argument.span.column) + ")";
  return base::make_error(base::ErrorCode::invalid_argument, std::move(text));
}

std::optional<double> number_in(const Value& value) {
  double number = 0;
  if (!model::number_of(value, number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> integer_in(const Value& value) {
  if (value.kind() == ValueKind::integer) return value.as_integer();
  if (value.is_string()) {
    if (const auto whole = base::parse_int(value.as_string())) return whole;
  }
  const auto number = number_in(value);
  if (!number || !(std::fabs(*number) < 0x1p63)) return std::nullopt;
  return static_cast<std::int64_t>(std::trunc(*number));
}

std::string_view text_in(const Value& value, model::TextBuffer& buffer) {
  return model::text_of(value, buffer);
}

std::optional<base::TimeNs> time_in(const Value& value) {
  if (value.is_string()) return base::parse_iso8601(value.as_string());
  if (value.kind() == ValueKind::integer) return base::from_epoch_number(value.as_integer());
  if (value.kind() == ValueKind::real) return base::from_epoch_number(value.as_real());
  return std::nullopt;
}

Value number_value(double value) {
  if (!std::isfinite(value)) return Value::null();
  if (value == std::trunc(value) && std::fabs(value) < 0x1p53) {
    return Value::integer(static_cast<std::int64_t>(value));
  }
  return Value::real(value);
}

Value time_value(base::TimeNs time, base::Arena& arena) {
  char text[40];
  return Value::string(arena.copy({text, base::format_rfc3339(time, text)}));
}

Value duration_value(base::TimeNs duration) {
  if (duration % base::kNsPerSecond == 0) return Value::integer(duration / base::kNsPerSecond);
  return Value::real(static_cast<double>(duration) / 1e9);
}

base::TimeNs floor_to(base::TimeNs time, base::TimeNs interval) {
  base::TimeNs into = time % interval, start = 0;
  if (into < 0) into += interval;
  return __builtin_sub_overflow(time, into, &start) ? time : start;
}

}  // namespace vedette::query
