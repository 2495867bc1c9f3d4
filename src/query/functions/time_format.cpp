#include "time_format.hpp"

#include "functions.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {
namespace {

constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};

void append_padded(std::string& out, std::int64_t value, std::size_t width, char fill = '0') {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), fill);
  out += digits;
}

std::size_t weekday_index(base::TimeNs time) {
  const base::TimeNs days = floor_to(time, kDay) / kDay;
  return static_cast<std::size_t>(((days + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

int day_of_year(base::TimeNs time, int year) {
  const auto new_year = base::from_civil({.year = year});
  return new_year ? static_cast<int>((time - *new_year) / kDay) + 1 : 0;
}

bool append_part(std::string& out, char letter, base::TimeNs time, const base::CivilTime& civil) {
  switch (letter) {
    case 'Y':
      append_padded(out, civil.year, 4);
      return true;
    case 'y':
      append_padded(out, civil.year % 100, 2);
      return true;
    case 'm':
      append_padded(out, civil.month, 2);
      return true;
    case 'd':
      append_padded(out, civil.day, 2);
      return true;
    case 'e':
      append_padded(out, civil.day, 2, ' ');
      return true;
    case 'H':
      append_padded(out, civil.hour, 2);
      return true;
    case 'I':
      append_padded(out, (civil.hour + 11) % 12 + 1, 2);
      return true;
    case 'p':
      out += civil.hour < 12 ? "AM" : "PM";
      return true;
    case 'M':
      append_padded(out, civil.minute, 2);
      return true;
    case 'S':
      append_padded(out, civil.second, 2);
      return true;
    case 'f':
      append_padded(out, civil.nanos / 1000, 6);
      return true;
    case 'L':
      append_padded(out, civil.nanos / 1'000'000, 3);
      return true;
    case 'j':
      append_padded(out, day_of_year(time, civil.year), 3);
      return true;
    case 'b':
      out += kMonths[civil.month - 1].substr(0, 3);
      return true;
    case 'B':
      out += kMonths[civil.month - 1];
      return true;
    case 'a':
      out += kDays[weekday_index(time)].substr(0, 3);
      return true;
    case 'A':
      out += kDays[weekday_index(time)];
      return true;
    case 'z':
      out += "+0000";
      return true;
    case 'Z':
      out += "UTC";
      return true;
    case 's':
      out += std::to_string(floor_to(time, base::kNsPerSecond) / base::kNsPerSecond);
      return true;
    case '%':
      out += '%';
      return true;
    default:
      return false;
  }
}

// %F and %T written out.
std::string expanded(std::string_view format) {
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] == '%' && at + 1 < format.size()) {
      const char letter = format[++at];
      if (letter == 'F') {
        out += "%Y-%m-%d";
      } else if (letter == 'T') {
        out += "%H:%M:%S";
      } else {
        out += '%';
        out += letter;
      }
    } else {
      out += format[at];
    }
  }
  return out;
}

struct TimeReader {
  std::string_view text;
  base::CivilTime civil{};
  bool afternoon = false, morning = false;
  std::int64_t offset_seconds = 0;
  std::optional<std::int64_t> epoch{};
  std::optional<int> day_in_year{};

  bool digits(std::size_t most, std::int64_t& out) {
    std::size_t count = 0;
    while (count < most && count < text.size() && base::is_digit(text[count])) ++count;
    const auto value = base::parse_int(text.substr(0, count));
    if (!value) return false;
    out = *value;
    text.remove_prefix(count);
    return true;
  }
  bool number(std::size_t most, int& out) {
    std::int64_t value = 0;
    if (!digits(most, value)) return false;
    out = static_cast<int>(value);
    return true;
  }
  bool name(std::span<const std::string_view> names, int* out) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (const std::string_view form : {names[i], names[i].substr(0, 3)}) {
        if (!base::starts_with_ignore_case_ascii(text, form)) continue;
        text.remove_prefix(form.size());
        if (out) *out = static_cast<int>(i) + 1;
        return true;
      }
    }
    return false;
  }
  bool fraction() {
    std::size_t count = 0;
    std::int32_t nanos = 0;
    for (; count < text.size() && base::is_digit(text[count]); ++count) {
      if (count < 9) nanos = nanos * 10 + (text[count] - '0');
    }
    if (count == 0) return false;
    for (std::size_t i = count; i < 9; ++i) nanos *= 10;
    civil.nanos = nanos;
    text.remove_prefix(count);
    return true;
  }
  bool half_of_day() {
    afternoon = base::starts_with_ignore_case_ascii(text, "pm");
    morning = base::starts_with_ignore_case_ascii(text, "am");
    if (!afternoon && !morning) return false;
    text.remove_prefix(2);
    return true;
  }
  bool zone() {
    for (const std::string_view utc : {"UTC", "GMT", "Z"}) {
      if (!base::starts_with_ignore_case_ascii(text, utc)) continue;
      text.remove_prefix(utc.size());
      return true;
    }
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
    const bool negative = text[0] == '-';
    text.remove_prefix(1);
    std::int64_t hours = 0, minutes = 0;
    if (!digits(2, hours)) return false;
    if (text.starts_with(':')) text.remove_prefix(1);
    if (!digits(2, minutes)) minutes = 0;
    offset_seconds = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
  }
  bool part(char letter) {
    switch (letter) {
      case 'Y':
        return number(4, civil.year);
      case 'y':
        if (!number(2, civil.year)) return false;
        civil.year += civil.year < 69 ? 2000 : 1900;
        return true;
      case 'm':
        return number(2, civil.month);
      case 'e':
        while (text.starts_with(' ')) text.remove_prefix(1);
        return number(2, civil.day);
      case 'd':
        return number(2, civil.day);
      case 'H':
      case 'I':
        return number(2, civil.hour);
      case 'p':
        return half_of_day();
      case 'M':
        return number(2, civil.minute);
      case 'S':
        return number(2, civil.second);
      case 'f':
      case 'L':
        return fraction();
      case 'j':
        return number(3, day_in_year.emplace());
      case 'b':
      case 'B':
        return name(kMonths, &civil.month);
      case 'a':
      case 'A':
        return name(kDays, nullptr);
      case 'z':
      case 'Z':
        return zone();
      case 's':
        return digits(11, epoch.emplace());
      case '%':
        if (!text.starts_with('%')) return false;
        text.remove_prefix(1);
        return true;
      default:
        return false;
    }
  }
  std::optional<base::TimeNs> time() {
    base::TimeNs out = 0;
    if (epoch) {
      if (__builtin_mul_overflow(*epoch, base::kNsPerSecond, &out)) return std::nullopt;
      if (__builtin_add_overflow(out, base::TimeNs{civil.nanos}, &out)) return std::nullopt;
      return out;
    }
    if (afternoon && civil.hour < 12) civil.hour += 12;
    if (morning && civil.hour == 12) civil.hour = 0;
    const auto local = base::from_civil(civil);
    if (!local) return std::nullopt;
    const base::TimeNs days = day_in_year ? (*day_in_year - 1) * kDay : 0;
    if (__builtin_add_overflow(*local, days - offset_seconds * base::kNsPerSecond, &out)) return std::nullopt;
    return out;
  }
};

}  // namespace

std::optional<std::string> format_time(base::TimeNs time, std::string_view format) {
  const base::CivilTime civil = base::to_civil(time);
  const std::string pattern = expanded(format);
  std::string out;
  for (std::size_t at = 0; at < pattern.size() && out.size() <= kMaxResultBytes; ++at) {
    if (pattern[at] != '%') {
      out += pattern[at];
    } else if (++at >= pattern.size() || !append_part(out, pattern[at], time, civil)) {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<base::TimeNs> parse_time(std::string_view text, std::string_view format) {
  TimeReader in{.text = text};
  const std::string pattern = expanded(format);
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '%') {
      if (++at >= pattern.size() || !in.part(pattern[at])) return std::nullopt;
    } else if (in.text.starts_with(pattern[at])) {
      in.text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  if (!in.text.empty()) return std::nullopt;
  return in.time();
}

}  // namespace vedette::query
