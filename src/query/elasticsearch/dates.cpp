#include "elasticsearch/dates.hpp"

#include <algorithm>
#include <array>

#include "date_units.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query::es {

using base::TimeNs;

namespace {

constexpr TimeNs kSecond = base::kNsPerSecond, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                 kDay = 24 * kHour;
constexpr TimeNs kFar = std::numeric_limits<TimeNs>::max();

TimeNs saturating_add(TimeNs a, TimeNs b) {
  TimeNs out = 0;
  if (__builtin_add_overflow(a, b, &out)) return b < 0 ? std::numeric_limits<TimeNs>::min() : kFar;
  return out;
}

TimeNs saturating_multiply(TimeNs a, TimeNs b) {
  TimeNs out = 0;
  if (__builtin_mul_overflow(a, b, &out))
    return (a < 0) != (b < 0) ? std::numeric_limits<TimeNs>::min() : kFar;
  return out;
}

TimeNs floor_to(TimeNs time, TimeNs step) {
  const TimeNs rest = time % step;
  return saturating_add(time, -(rest < 0 ? rest + step : rest));
}

bool is_unit(char unit) {
  return fixed_unit(unit) != 0 || unit == 'M' || unit == 'y' || unit == 'q';
}

class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}
  bool number(std::size_t count, int& out) {
    if (text_.size() < count) return false;
    const auto parsed = base::parse_uint(text_.substr(0, count));
    if (!parsed) return false;
    out = static_cast<int>(*parsed);
    text_.remove_prefix(count);
    return true;
  }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// Fraction digits after the point; `width` is what the last one counts.
bool read_fraction(std::string_view& rest, std::int32_t& nanos, TimeNs& width) {
  width = kSecond;
  std::size_t digits = 0;
  while (digits < rest.size() && base::is_digit(rest[digits])) {
    width /= 10;
    if (digits >= 9) return false;
    nanos += static_cast<std::int32_t>((rest[digits] - '0') * width);
    ++digits;
  }
  rest.remove_prefix(digits);
  width = digits <= 3 ? base::kNsPerMs : 1;
  return digits > 0;
}

// yyyy[-MM[-dd[THH[:mm[:ss[.fff]]]]]][zone]
std::optional<DateSpan> parse_iso(std::string_view text, TimeNs offset) {
  Digits in(text);
  base::CivilTime civil;
  if (!in.number(4, civil.year)) return std::nullopt;
  TimeNs width = kDay;  // months and days that are left out are 01 in either direction
  std::string_view rest;
  if (in.take('-')) {
    if (!in.number(2, civil.month)) return std::nullopt;
    if (in.take('-') && !in.number(2, civil.day)) return std::nullopt;
  }
  if (in.take('T') || in.take(' ')) {
    if (!in.number(2, civil.hour)) return std::nullopt;
    width = kHour;
    if (in.take(':')) {
      if (!in.number(2, civil.minute)) return std::nullopt;
      width = kMinute;
      if (in.take(':')) {
        if (!in.number(2, civil.second)) return std::nullopt;
        width = kSecond;
        if (in.take('.') || in.take(',')) {
          rest = in.rest();
          if (!read_fraction(rest, civil.nanos, width)) return std::nullopt;
          in = Digits(rest);
        }
      }
    }
  }
  if (!in.rest().empty()) {
    const auto zone = parse_zone(in.rest());
    if (!zone) return std::nullopt;
    offset = *zone;
  }
  const auto time = base::from_civil(civil);
  if (!time) return std::nullopt;
  const TimeNs first = saturating_add(*time, -offset);
  return DateSpan{first, saturating_add(first, width - 1)};
}

std::optional<DateSpan> parse_epoch(std::string_view text, TimeNs unit) {
  if (const auto number = base::parse_int(text)) {
    const TimeNs first = saturating_multiply(*number, unit);
    return DateSpan{first, saturating_add(first, std::min(unit, base::kNsPerMs) - 1)};
  }
  const auto real = base::parse_double(text);
  if (!real || text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
  const double nanos = *real * static_cast<double>(unit);
  if (!(nanos > -9.2e18 && nanos < 9.2e18)) return std::nullopt;
  const auto first = static_cast<TimeNs>(nanos);
  return DateSpan{first, first};
}

bool is_pattern(std::string_view format) {
  return (format.starts_with("yyyy") || format.starts_with("uuuu")) &&
         format.find_first_not_of("yuMdHmsSTXxZ-:. '") == std::string_view::npos;
}

std::optional<DateSpan> parse_plain(std::string_view text, const DateOptions& options) {
  std::string_view formats = options.format;
  if (formats.empty()) formats = "strict_date_optional_time||epoch_millis";
  while (!formats.empty()) {
    const std::string_view format = formats.substr(0, formats.find("||"));
    formats.remove_prefix(std::min(formats.size(), format.size() + 2));
    std::optional<DateSpan> span;
    if (format == "epoch_millis") {
      span = parse_epoch(text, base::kNsPerMs);
    } else if (format == "epoch_second") {
      span = parse_epoch(text, kSecond);
    } else {
      span = parse_iso(text, options.offset);
    }
    if (span) return span;
  }
  return std::nullopt;
}

// "+1M-2d/d" from its start on; `span` is moved.
bool apply_math(std::string_view math, TimeNs offset, DateSpan& span) {
  std::size_t operations = 0;
  while (!math.empty()) {
    if (++operations > 32) return false;
    const char sign = math.front();
    math.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < math.size() && base::is_digit(math[digits])) ++digits;
    if (digits > 9 || digits >= math.size()) return false;
    const std::int64_t count = digits == 0 ? 1 : base::parse_int(math.substr(0, digits)).value_or(0);
    const char unit = math[digits];
    if (!is_unit(unit) || unit == 'q') return false;
    math.remove_prefix(digits + 1);
    if (sign == '/') {
      if (digits != 0) return false;
      span.first = saturating_add(floor_to_unit(saturating_add(span.first, offset), unit), -offset);
      const TimeNs last = floor_to_unit(saturating_add(span.last, offset), unit);
      span.last = saturating_add(saturating_add(add_units(last, 1, unit), -offset), -1);
    } else if (sign == '+' || sign == '-') {
      span.first = add_units(span.first, sign == '+' ? count : -count, unit);
      span.last = add_units(span.last, sign == '+' ? count : -count, unit);
    } else {
      return false;
    }
  }
  return true;
}

std::string two(int number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

std::string zone_text(TimeNs offset) {
  if (offset == 0) return "Z";
  const auto minutes = static_cast<int>((offset < 0 ? -offset : offset) / kMinute);
  return std::string(offset < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

std::string format_pattern(TimeNs local, std::string_view pattern, TimeNs offset) {
  const base::CivilTime civil = base::to_civil(local);
  std::string out;
  while (!pattern.empty()) {
    const char c = pattern.front();
    std::size_t run = pattern.find_first_not_of(c);
    if (run == std::string_view::npos) run = pattern.size();
    pattern.remove_prefix(run);
    const std::string millis = std::to_string(1000 + civil.nanos / 1'000'000).substr(1);
    if (c == 'y' || c == 'u') {
      out += two(civil.year / 100) + two(civil.year % 100);
    } else if (c == 'S') {
      out += millis.substr(0, std::min<std::size_t>(run, 3));
    } else if (c == 'X' || c == 'x' || c == 'Z') {
      out += zone_text(offset);
    } else if (const std::size_t part = std::string_view("MdHms").find(c); part != std::string_view::npos) {
      const std::array parts{civil.month, civil.day, civil.hour, civil.minute, civil.second};
      out += run == 1 ? std::to_string(parts[part]) : two(parts[part]);
    } else if (c != '\'') {
      out.append(run, c);
    }
  }
  return out;
}

}  // namespace

TimeNs add_times(TimeNs a, TimeNs b) {
  return saturating_add(a, b);
}

TimeNs floor_div_ms(TimeNs time) {
  return floor_to(time, base::kNsPerMs) / base::kNsPerMs;
}

TimeNs floor_to_unit(TimeNs time, char unit) {
  if (unit == 'w') return saturating_add(floor_to(saturating_add(time, 3 * kDay), 7 * kDay), -3 * kDay);
  if (const TimeNs step = fixed_unit(unit)) return floor_to(time, step);
  base::CivilTime civil = base::to_civil(time);
  const int month = unit == 'M' ? civil.month : unit == 'q' ? (civil.month - 1) / 3 * 3 + 1 : 1;
  return base::from_civil({.year = civil.year, .month = month, .day = 1}).value_or(time);
}

TimeNs add_units(TimeNs time, std::int64_t count, char unit) {
  if (const TimeNs step = fixed_unit(unit)) return saturating_add(time, saturating_multiply(step, count));
  base::CivilTime civil = base::to_civil(time);
  const std::int64_t months = std::int64_t{civil.year} * 12 + civil.month - 1 +
                              count * (unit == 'M'   ? 1
                                       : unit == 'q' ? 3
                                                     : 12);
  if (months < 1678 * 12 || months >= 2262 * 12) return months < 1678 * 12 ? -kFar : kFar;
  civil.year = static_cast<int>(months / 12);
  civil.month = static_cast<int>(months % 12) + 1;
  civil.day = std::min(civil.day, days_in_month(civil.year, civil.month));
  return base::from_civil(civil).value_or(count < 0 ? -kFar : kFar);
}

bool known_format(std::string_view formats) {
  static constexpr std::string_view kNames[] = {"strict_date_optional_time",
                                                "date_optional_time",
                                                "strict_date_optional_time_nanos",
                                                "strict_date_time",
                                                "date_time",
                                                "strict_date_time_no_millis",
                                                "date_time_no_millis",
                                                "strict_date",
                                                "date",
                                                "epoch_millis",
                                                "epoch_second",
                                                "iso8601"};
  while (!formats.empty()) {
    const std::string_view format = formats.substr(0, formats.find("||"));
    formats.remove_prefix(std::min(formats.size(), format.size() + 2));
    if (std::find(std::begin(kNames), std::end(kNames), format) == std::end(kNames) && !is_pattern(format)) {
      return false;
    }
  }
  return true;
}

std::optional<DateSpan> parse_date(std::string_view text, const DateOptions& options) {
  if (text.size() > 256) return std::nullopt;
  DateSpan span;
  if (text.starts_with("now")) {
    span = {options.now, options.now};
    if (!apply_math(text.substr(3), options.offset, span)) return std::nullopt;
    return span;
  }
  const std::size_t bars = text.find("||");
  const auto anchor = parse_plain(text.substr(0, bars), options);
  if (!anchor || bars == std::string_view::npos) return anchor;
  span = {anchor->first, anchor->first};
  if (!apply_math(text.substr(bars + 2), options.offset, span)) return std::nullopt;
  return span;
}

std::optional<TimeNs> parse_zone(std::string_view text) {
  if (text == "Z" || text == "UTC" || text == "GMT" || text == "Etc/UTC") return 0;
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const TimeNs sign = text[0] == '-' ? -1 : 1;
  std::string digits;
  for (const char c : text.substr(1)) {
    if (base::is_digit(c)) {
      digits += c;
    } else if (c != ':') {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > 4 || digits.size() == 3) return std::nullopt;
  const std::int64_t number = base::parse_int(digits).value_or(0);
  const std::int64_t hours = digits.size() > 2 ? number / 100 : number;
  const std::int64_t minutes = digits.size() > 2 ? number % 100 : 0;
  if (hours > 18 || minutes > 59) return std::nullopt;
  return sign * (hours * kHour + minutes * kMinute);
}

std::string format_date(TimeNs time, std::string_view formats, TimeNs offset) {
  const std::string_view format = formats.substr(0, formats.find("||"));
  if (format == "epoch_millis") return std::to_string(floor_div_ms(time));
  if (format == "epoch_second") return std::to_string(floor_to(time, kSecond) / kSecond);
  const TimeNs local = saturating_add(time, offset);
  if (is_pattern(format)) return format_pattern(local, format, offset);
  std::string text = base::format_rfc3339(local);
  if (format == "strict_date" || format == "date") return text.substr(0, 10);
  text.pop_back();
  return text + zone_text(offset);
}

}  // namespace vedette::query::es
