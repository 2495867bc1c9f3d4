#include "formats/text_scan.hpp"

#include <limits>

namespace vedette::normalize {
namespace {

bool take_number(Scan& scan, int width, int& out) {
  int value = 0;
  for (int i = 0; i < width; ++i) {
    const char c = scan.peek();
    if (!base::is_digit(c)) return false;
    value = value * 10 + (c - '0');
    scan.skip(1);
  }
  out = value;
  return true;
}

// "hh:mm:ss" with an optional fraction.
bool take_clock(Scan& scan, base::CivilTime& civil) {
  if (!take_number(scan, 2, civil.hour) || !scan.take(':') || !take_number(scan, 2, civil.minute))
    return false;
  if (!scan.take(':') || !take_number(scan, 2, civil.second)) return false;
  if ((scan.peek() != '.' && scan.peek() != ',') || !base::is_digit(scan.peek(1))) return true;
  scan.skip(1);
  std::int32_t unit = 100'000'000;
  for (; base::is_digit(scan.peek()); scan.skip(1), unit /= 10) civil.nanos += unit * (scan.peek() - '0');
  return true;
}

bool take_month(Scan& scan, base::CivilTime& civil) {
  if (scan.left() < 3) return false;
  civil.month = base::month_from_name(scan.rest().substr(0, 3));
  scan.skip(3);
  return civil.month != 0;
}

// "Z", "+hh:mm", "+hhmm" or "+hh". Nothing taken leaves `offset` as it is; false if a sign leads no offset.
bool take_offset(Scan& scan, int& offset) {
  if (scan.take('Z') || scan.take('z')) {
    offset = 0;
    return true;
  }
  const char sign = scan.peek();
  if (sign != '+' && sign != '-') return true;
  scan.skip(1);
  int hours = 0, minutes = 0;
  if (!take_number(scan, 2, hours)) return false;
  if (scan.peek() == ':' ? base::is_digit(scan.peek(1)) : base::is_digit(scan.peek())) {
    scan.take(':');
    if (!take_number(scan, 2, minutes)) return false;
  }
  if (hours > 18 || minutes > 59) return false;
  offset = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
  return true;
}

OptionalTime to_utc(const base::CivilTime& civil, int offset_seconds) {
  const auto time = base::from_civil(civil);
  if (!time) return std::nullopt;
  return *time - offset_seconds * base::kNsPerSecond;
}

}  // namespace

OptionalTime take_month_time(Scan& scan, const ParseContext& context) {
  Scan at = scan;
  base::CivilTime civil;
  if (!take_month(at, civil) || !at.take(' ')) return std::nullopt;
  at.take(' ');
  const auto day = at.digits(2);
  if (!day || !at.take(' ')) return std::nullopt;
  civil.day = static_cast<int>(*day);
  civil.year = civil.month > context.default_month ? context.default_year - 1 : context.default_year;
  if (base::is_digit(at.peek(3)) && at.peek(4) == ' ') {
    if (!take_number(at, 4, civil.year)) return std::nullopt;
    at.skip(1);
  }
  if (!take_clock(at, civil)) return std::nullopt;
  auto time = to_utc(civil, context.utc_offset_seconds);
  if (!time && civil.month == 2 && civil.day == 29) {
    // A leap day under a year guessed wrong: the latest leap year before it is meant.
    for (int i = 0; !time && i < 8; ++i) {
      --civil.year;
      time = to_utc(civil, context.utc_offset_seconds);
    }
  }
  if (time) scan = at;
  return time;
}

OptionalTime take_iso_time(Scan& scan, const ParseContext& context) {
  Scan at = scan;
  base::CivilTime civil;
  if (!take_number(at, 4, civil.year)) return std::nullopt;
  const char separator = at.peek();
  if (separator != '-' && separator != '/') return std::nullopt;
  at.skip(1);
  if (!take_number(at, 2, civil.month) || !at.take(separator) || !take_number(at, 2, civil.day))
    return std::nullopt;
  int offset = context.utc_offset_seconds;
  if ((at.peek() == 'T' || at.peek() == 't' || at.peek() == ' ') && base::is_digit(at.peek(1))) {
    at.skip(1);
    if (!take_clock(at, civil) || !take_offset(at, offset)) return std::nullopt;
  }
  const auto time = to_utc(civil, offset);
  if (time) scan = at;
  return time;
}

OptionalTime take_ctime(Scan& scan, const ParseContext& context) {
  Scan at = scan;
  base::CivilTime civil;
  if (at.peek(3) != ' ') return std::nullopt;
  at.skip(4);
  if (!take_month(at, civil) || !at.take(' ')) return std::nullopt;
  at.take(' ');
  const auto day = at.digits(2);
  if (!day || !at.take(' ') || !take_clock(at, civil) || !at.take(' ')) return std::nullopt;
  civil.day = static_cast<int>(*day);
  if (!take_number(at, 4, civil.year)) return std::nullopt;
  const auto time = to_utc(civil, context.utc_offset_seconds);
  if (time) scan = at;
  return time;
}

OptionalTime take_clf_time(Scan& scan, const ParseContext& context) {
  Scan at = scan;
  base::CivilTime civil;
  const auto day = at.digits(2);
  if (!day || !at.take('/') || !take_month(at, civil) || !at.take('/')) return std::nullopt;
  civil.day = static_cast<int>(*day);
  if (!take_number(at, 4, civil.year) || !at.take(':') || !take_clock(at, civil)) return std::nullopt;
  int offset = context.utc_offset_seconds;
  if (at.peek() == ' ' && (at.peek(1) == '+' || at.peek(1) == '-')) {
    at.skip(1);
    if (!take_offset(at, offset)) return std::nullopt;
  }
  const auto time = to_utc(civil, offset);
  if (time) scan = at;
  return time;
}

OptionalTime take_epoch_time(Scan& scan) {
  Scan at = scan;
  const auto seconds = at.digits(10);
  if (!seconds || base::is_digit(at.peek())) return std::nullopt;
  if (*seconds > 9'000'000'000u) return std::nullopt;
  auto time = static_cast<base::TimeNs>(*seconds) * base::kNsPerSecond;
  if (at.peek() == '.' && base::is_digit(at.peek(1))) {
    at.skip(1);
    std::int64_t unit = 100'000'000;
    for (; base::is_digit(at.peek()); at.skip(1), unit /= 10) time += unit * (at.peek() - '0');
  }
  scan = at;
  return time;
}

OptionalTime parse_any_time(std::string_view text, const ParseContext& context) {
  text = base::trim(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  Scan scan(text);
  std::int64_t number = 0;
  if (canonical_integer(text, number)) {
    return number >= 100'000'000 ? base::from_epoch_number(number) : std::nullopt;
  }
  if (auto time = take_iso_time(scan, context)) {
    if (scan.done() || scan.take(" UTC") || scan.take(" Z")) return time;
    return std::nullopt;
  }
  if (auto time = take_month_time(scan, context)) {
    // A zone by name cannot be trusted to be unambiguous, but UTC and GMT are.
    if (scan.rest() == " UTC" || scan.rest() == " GMT")
      return *time + context.utc_offset_seconds * base::kNsPerSecond;
    return time;
  }
  if (auto time = take_clf_time(scan, context)) return time;
  if (auto time = take_ctime(scan, context)) return time;
  const auto time = take_epoch_time(scan);
  return time && scan.done() && *time >= 100'000'000 * base::kNsPerSecond ? time : std::nullopt;
}

bool canonical_integer(std::string_view text, std::int64_t& out) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 19 || (digits[0] == '0' && text.size() > 1)) return false;
  std::uint64_t value = 0;  // 19 digits fit
  for (const char c : digits) {
    if (!base::is_digit(c)) return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  out = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  return true;
}

model::Value typed_value(std::string_view text) {
  std::int64_t number = 0;
  return canonical_integer(text, number) ? model::Value::integer(number) : model::Value::string(text);
}

void add_time_text(Row& row, model::FieldId field, base::TimeNs time) {
  char text[40];
  row.copy(field, {text, base::format_rfc3339(time, text)});
}

bool add_ip(Row& row, model::FieldId field, std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (const auto zone = text.find('%'); zone != text.npos) text = text.substr(0, zone);
  return !text.empty() && text.size() <= 45 && row.ip(field, text);
}

void add_port(Row& row, model::FieldId field, std::string_view text) {
  std::int64_t port = 0;
  if (canonical_integer(text, port) && port >= 0 && port <= 65535)
    row.add(field, model::Value::integer(port));
}

}  // namespace vedette::normalize
