#include "vedette/base/time.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

// Day numbers from 1970-01-01 in the proleptic Gregorian calendar, on years that start in March.
constexpr std::int64_t days_from_date(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146'097 + day_of_era - 719'468;
}

struct Date {
  int year, month, day;
};

constexpr Date date_from_days(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int day_of_era = static_cast<int>(shifted - era * 146'097);
  const int year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int march_month = (5 * day_of_year + 2) / 153;
  const int day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {static_cast<int>(era) * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

constexpr bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Reads the fixed-width parts of a time stamp; `ok` turns false at the first thing that does not fit.
struct Reader {
  const char* p;
  const char* end;
  bool ok = true;

  bool at_end() const { return p == end; }
  bool at(char c) const { return p != end && *p == c; }
  bool at_digit() const { return p != end && is_digit(*p); }
  int digits(int count) {
    int value = 0;
    if (end - p < count) ok = false;
    for (int i = 0; ok && i < count; ++i) {
      if (!is_digit(p[i])) ok = false;
      value = value * 10 + (p[i] - '0');
    }
    if (ok) p += count;
    return value;
  }
  void expect(char c) {
    if (at(c)) {
      ++p;
    } else {
      ok = false;
    }
  }
};

// Digits beyond the ninth are dropped.
std::int32_t read_fraction(Reader& in) {
  if (!in.at_digit()) in.ok = false;
  std::int32_t nanos = 0;
  int count = 0;
  for (; in.at_digit(); ++in.p) {
    if (count == 9) continue;
    nanos = nanos * 10 + (*in.p - '0');
    ++count;
  }
  for (; count < 9; ++count) nanos *= 10;
  return nanos;
}

// "Z", "+02:00", "+0200", "+02", the latter also after one blank.
int read_offset(Reader& in) {
  if (in.at('Z') || in.at('z')) {
    ++in.p;
    return 0;
  }
  if (in.at(' ')) ++in.p;
  if (!in.at('+') && !in.at('-')) {
    in.ok = false;
    return 0;
  }
  const bool negative = *in.p++ == '-';
  const int hours = in.digits(2);
  int minutes = 0;
  if (!in.at_end()) {
    if (in.at(':')) ++in.p;
    minutes = in.digits(2);
  }
  if (hours > 23 || minutes > 59) in.ok = false;
  const int seconds = hours * 3600 + minutes * 60;
  return negative ? -seconds : seconds;
}

void read_time_of_day(Reader& in, CivilTime& civil) {
  civil.hour = in.digits(2);
  in.expect(':');
  civil.minute = in.digits(2);
  if (!in.at(':')) return;
  ++in.p;
  civil.second = in.digits(2);
  if (!in.at('.') && !in.at(',')) return;
  ++in.p;
  civil.nanos = read_fraction(in);
}

void write_digits(char* out, std::int64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

constexpr auto make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr auto kPairs = make_pairs();

void write_pair(char* out, int value) {
  const auto at = static_cast<std::size_t>(value) * 2;
  out[0] = kPairs[at];
  out[1] = kPairs[at + 1];
}

struct DurationUnit {
  std::string_view name;
  TimeNs ns;
};
constexpr DurationUnit kDurationUnits[] = {  // coarsest first
    {"w", 7 * kSecondsPerDay* kNsPerSecond},
    {"d", kSecondsPerDay* kNsPerSecond},
    {"h", 3600 * kNsPerSecond},
    {"m", 60 * kNsPerSecond},
    {"s", kNsPerSecond},
    {"ms", kNsPerMs},
    {"us", 1000},
    {"ns", 1}};

constexpr std::int64_t kMaxNs = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::optional<TimeNs> from_civil(const CivilTime& civil) {
  if (civil.year < 1678 || civil.year > 2261 || civil.month < 1 || civil.month > 12) return std::nullopt;
  if (civil.day < 1 || civil.day > days_in_month(civil.year, civil.month)) return std::nullopt;
  if (civil.hour < 0 || civil.hour > 23 || civil.minute < 0 || civil.minute > 59) return std::nullopt;
  if (civil.second < 0 || civil.second > 60 || civil.nanos < 0 || civil.nanos >= kNsPerSecond) {
    return std::nullopt;
  }
  const std::int64_t days = days_from_date(civil.year, civil.month, civil.day);
  const std::int64_t seconds = days * kSecondsPerDay + civil.hour * 3600 + civil.minute * 60 + civil.second;
  return seconds * kNsPerSecond + civil.nanos;
}

CivilTime to_civil(TimeNs time) {
  const std::int64_t seconds = floor_div(time, kNsPerSecond);
  const std::int64_t days = floor_div(seconds, kSecondsPerDay);
  const int second_of_day = static_cast<int>(seconds - days * kSecondsPerDay);
  const Date date = date_from_days(days);
  CivilTime civil;
  civil.year = date.year;
  civil.month = date.month;
  civil.day = date.day;
  civil.hour = second_of_day / 3600;
  civil.minute = second_of_day / 60 % 60;
  civil.second = second_of_day % 60;
  std::int64_t nanos = time % kNsPerSecond;
  if (nanos < 0) nanos += kNsPerSecond;
  civil.nanos = static_cast<std::int32_t>(nanos);
  return civil;
}

// A week belongs to the year of its Thursday.
int iso_week(TimeNs time) {
  const std::int64_t days = floor_div(time, kSecondsPerDay * kNsPerSecond);
  const std::int64_t monday_based = days + 3 - 7 * floor_div(days + 3, 7);  // 1970-01-01 was a Thursday
  const std::int64_t thursday = days - monday_based + 3;
  const std::int64_t new_year = days_from_date(date_from_days(thursday).year, 1, 1);
  return static_cast<int>((thursday - new_year) / 7 + 1);
}

std::optional<TimeNs> parse_iso8601(std::string_view text, int default_offset_seconds) {
  Reader in{text.data(), text.data() + text.size()};
  CivilTime civil;
  civil.year = in.digits(4);
  in.expect('-');
  civil.month = in.digits(2);
  in.expect('-');
  civil.day = in.digits(2);
  int offset = default_offset_seconds;
  if (in.ok && !in.at_end()) {
    if (!in.at('T') && !in.at('t') && !in.at(' ')) return std::nullopt;
    ++in.p;
    read_time_of_day(in, civil);
    if (in.ok && !in.at_end()) offset = read_offset(in);
  }
  if (!in.ok || !in.at_end()) return std::nullopt;
  const auto local = from_civil(civil);
  TimeNs time = 0;
  if (!local || __builtin_sub_overflow(*local, offset * kNsPerSecond, &time)) return std::nullopt;
  return time;
}

std::optional<TimeNs> from_epoch_number(std::int64_t value) {
  for (const std::int64_t unit : {kNsPerSecond, kNsPerMs, std::int64_t{1000}}) {
    TimeNs time = 0;
    if (!__builtin_mul_overflow(value, unit, &time)) return time;
  }
  return value;
}

std::optional<TimeNs> from_epoch_number(double value) {
  constexpr auto kMaxMicros = static_cast<double>(kMaxNs / 1000);
  for (const double micros_per_unit : {1e6, 1e3, 1.0}) {
    const double micros = std::nearbyint(value * micros_per_unit);
    if (std::fabs(micros) < kMaxMicros) return static_cast<std::int64_t>(micros) * 1000;
  }
  if (!(std::fabs(value) < 0x1p63)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

int month_from_name(std::string_view name) {
  static constexpr std::string_view kNames = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (name.size() != 3) return 0;
  for (std::size_t month = 0; month < 12; ++month) {
    if (equals_ignore_case_ascii(name, kNames.substr(month * 3, 3))) return static_cast<int>(month) + 1;
  }
  return 0;
}

std::size_t format_rfc3339(TimeNs time, char* out) {
  const CivilTime civil = to_civil(time);
  write_pair(out, civil.year / 100);
  write_pair(out + 2, civil.year % 100);
  out[4] = '-';
  write_pair(out + 5, civil.month);
  out[7] = '-';
  write_pair(out + 8, civil.day);
  out[10] = 'T';
  write_pair(out + 11, civil.hour);
  out[13] = ':';
  write_pair(out + 14, civil.minute);
  out[16] = ':';
  write_pair(out + 17, civil.second);
  out[19] = '.';
  write_digits(out + 20, civil.nanos / kNsPerMs, 3);
  std::size_t length = 23;
  if (const std::int64_t rest = civil.nanos % kNsPerMs; rest != 0) {
    write_digits(out + 23, rest, 6);
    length = 29;
    while (out[length - 1] == '0') --length;
  }
  out[length] = 'Z';
  return length + 1;
}

std::string format_rfc3339(TimeNs time) {
  char text[32];
  return {text, format_rfc3339(time, text)};
}

std::optional<TimeNs> parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto count = parse_int(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const DurationUnit& unit : kDurationUnits) {
    if (text.substr(digits) != unit.name) continue;
    TimeNs duration = 0;
    if (__builtin_mul_overflow(*count, unit.ns, &duration)) return std::nullopt;
    return duration;
  }
  return std::nullopt;
}

std::string format_duration(TimeNs duration) {
  if (duration == 0) return "0s";
  for (const DurationUnit& unit : kDurationUnits) {
    if (duration % unit.ns == 0) return std::to_string(duration / unit.ns).append(unit.name);
  }
  return "0s";
}

}  // namespace vedette::base
