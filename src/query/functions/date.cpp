#include <cmath>

#include "functions.hpp"
#include "time_format.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::string_view kNoTime = "not a time";
constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;

struct Unit {
  std::string_view name;
  base::TimeNs ns;
};
constexpr Unit kUnits[] = {
    {"ns", 1},
    {"nanosecond", 1},
    {"us", 1000},
    {"microsecond", 1000},
    {"ms", 1'000'000},
    {"millisecond", 1'000'000},
    {"s", 1'000'000'000},
    {"second", 1'000'000'000},
    {"m", 60'000'000'000},
    {"minute", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"hour", 3'600'000'000'000},
    {"d", kDay},
    {"day", kDay},
    {"w", 7 * kDay},
    {"week", 7 * kDay},
};

std::optional<base::TimeNs> unit_of(std::string_view name) {
  if (name.size() > 2 && name.ends_with('s')) name.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.ns;
  }
  return std::nullopt;
}

Value now(Call& call) {
  return time_value(call.now, call.arena);
}

// Texts without a format are RFC 3339; numbers are seconds, milli-, micro- or nanoseconds since 1970.
Value to_time(Call& call) {
  std::optional<base::TimeNs> time;
  if (call.args.size() > 1) {
    model::TextBuffer buffer, format_buffer;
    time = parse_time(text_in(call.args[0], buffer), text_in(call.args[1], format_buffer));
  } else {
    time = time_in(call.args[0]);
    if (!time && call.args[0].is_string()) {
      if (const auto number = base::parse_double(call.args[0].as_string()))
        time = base::from_epoch_number(*number);
    }
  }
  return time ? time_value(*time, call.arena) : call.fail(kNoTime);
}

Value format(Call& call) {
  const auto time = time_in(call.args[0]);
  if (!time) return call.fail(kNoTime);
  model::TextBuffer buffer;
  const auto text = format_time(*time, text_in(call.args[1], buffer));
  return text ? call.text(*text) : call.fail("the format has an unknown letter");
}

// A constant interval: a duration (5m), or "minute" ... "year".
struct Interval : Prepared {
  std::optional<base::TimeNs> ns;
  std::optional<double> width;
  std::string calendar;
};

constexpr std::string_view kCalendar[] = {"week", "month", "quarter", "year"};

base::Result<std::unique_ptr<Prepared>> prepare_interval(std::span<const Expr> args) {
  const Expr& argument = args[1];
  auto interval = std::make_unique<Interval>();
  if (const auto* whole = std::get_if<std::int64_t>(&argument.literal))
    interval->width = static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&argument.literal)) interval->width = *real;
  if (const auto* text = std::get_if<std::string>(&argument.literal)) {
    interval->ns = base::parse_duration(*text);
    for (const std::string_view name : kCalendar) {
      if (*text == name) interval->calendar = name;
    }
    if (!interval->ns && interval->calendar.empty()) interval->ns = unit_of(*text);
  }
  if (argument.duration) interval->ns = argument.duration;
  if (interval->ns && interval->ns != 0) interval->width.reset();
  const bool positive = (interval->ns && *interval->ns > 0) || (interval->width && *interval->width > 0);
  if (!positive && interval->calendar.empty()) {
    return argument_error(argument, "the width is a constant duration such as 5m, or a number above 0");
  }
  return std::unique_ptr<Prepared>(std::move(interval));
}

std::optional<base::TimeNs> calendar_start(base::TimeNs time, std::string_view unit) {
  if (unit == "week") {
    const base::TimeNs from_monday = 3 * kDay;  // 1970-01-01 was a Thursday
    base::TimeNs shifted = 0, start = 0;
    if (__builtin_add_overflow(time, from_monday, &shifted)) return std::nullopt;
    if (__builtin_sub_overflow(floor_to(shifted, 7 * kDay), from_monday, &start)) return std::nullopt;
    return start;
  }
  const base::CivilTime civil = base::to_civil(time);
  int month = 1;
  if (unit == "month") month = civil.month;
  if (unit == "quarter") month = (civil.month - 1) / 3 * 3 + 1;
  return base::from_civil({.year = civil.year, .month = month});
}

Value truncated(Call& call, const Interval& interval, base::TimeNs time) {
  if (interval.calendar.empty()) return time_value(floor_to(time, *interval.ns), call.arena);
  const auto start = calendar_start(time, interval.calendar);
  return start ? time_value(*start, call.arena) : call.fail(kNoTime);
}

Value date_trunc(Call& call) {
  const auto& interval = *static_cast<const Interval*>(call.prepared);
  const auto time = time_in(call.args[0]);
  if (!time || interval.width) return call.fail(kNoTime);
  return truncated(call, interval, *time);
}

// The start of the interval a time or number lies in.
Value bucket(Call& call) {
  const auto& interval = *static_cast<const Interval*>(call.prepared);
  if (!interval.width) return date_trunc(call);
  const auto number = number_in(call.args[0]);
  if (!number) return call.fail("not a number");
  return number_value(std::floor(*number / *interval.width) * *interval.width);
}

template <int base::CivilTime::*member>
Value civil_part(Call& call) {
  const auto time = time_in(call.args[0]);
  return time ? Value::integer(base::to_civil(*time).*member) : call.fail(kNoTime);
}

Value week(Call& call) {
  const auto time = time_in(call.args[0]);
  return time ? Value::integer(base::iso_week(*time)) : call.fail(kNoTime);
}

// 1 is Monday, 7 Sunday.
Value weekday(Call& call) {
  const auto time = time_in(call.args[0]);
  if (!time) return call.fail(kNoTime);
  const base::TimeNs days = floor_to(*time, kDay) / kDay;
  return Value::integer(((days + 3) % 7 + 7) % 7 + 1);
}

// Seconds from then till now.
Value age(Call& call) {
  const auto time = time_in(call.args[0]);
  base::TimeNs between = 0;
  if (!time || __builtin_sub_overflow(call.now, *time, &between)) return call.fail(kNoTime);
  return duration_value(between);
}

// From `a` to `b` in the unit, with a fraction; seconds unless given.
Value time_diff(Call& call) {
  const auto a = time_in(call.args[0]), b = time_in(call.args[1]);
  base::TimeNs between = 0;
  if (!a || !b || __builtin_sub_overflow(*b, *a, &between)) return call.fail(kNoTime);
  model::TextBuffer buffer;
  const auto unit = call.args.size() > 2 ? unit_of(text_in(call.args[2], buffer)) : base::kNsPerSecond;
  if (!unit) return call.fail("the unit is one of ns, us, ms, s, m, h, d, w");
  if (between % *unit == 0) return Value::integer(between / *unit);
  return number_value(static_cast<double>(between) / static_cast<double>(*unit));
}

constexpr Function kDateFunctions[] = {
    {"now", 0, 0, now},
    {"to_time", 1, 2, to_time},
    {"format_time", 2, 2, format},
    {"date_trunc", 2, 2, date_trunc, Nulls::propagate, Lists::each, prepare_interval},
    {"bucket", 2, 2, bucket, Nulls::propagate, Lists::each, prepare_interval},
    {"hour", 1, 1, civil_part<&base::CivilTime::hour>},
    {"minute", 1, 1, civil_part<&base::CivilTime::minute>},
    {"day", 1, 1, civil_part<&base::CivilTime::day>},
    {"weekday", 1, 1, weekday},
    {"month", 1, 1, civil_part<&base::CivilTime::month>},
    {"year", 1, 1, civil_part<&base::CivilTime::year>},
    {"week", 1, 1, week},
    {"age", 1, 1, age},
    {"time_diff", 2, 3, time_diff},
};

}  // namespace

std::span<const Function> date_functions() {
  return kDateFunctions;
}

}  // namespace vedette::query
