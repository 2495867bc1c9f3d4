#include "dates.hpp"

#include "date_units.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {

namespace {

constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;

std::optional<base::TimeNs> add_months(base::TimeNs time, std::int64_t months) {
  base::CivilTime civil = base::to_civil(time);
  if (months > 12'000 || months < -12'000) return std::nullopt;
  const std::int64_t total = civil.year * std::int64_t{12} + civil.month - 1 + months;
  civil.year = static_cast<int>(total / 12);
  civil.month = static_cast<int>(total % 12) + 1;
  if (civil.year < 1678 || civil.year > 2261) return std::nullopt;
  civil.day = std::min(civil.day, days_in_month(civil.year, civil.month));
  return base::from_civil(civil);
}

std::optional<base::TimeNs> add(base::TimeNs time, std::int64_t count, char unit) {
  if (unit == 'M') return add_months(time, count);
  if (unit == 'y') return count > 1000 || count < -1000 ? std::nullopt : add_months(time, count * 12);
  const base::TimeNs width = fixed_unit(unit);
  base::TimeNs step = 0;
  base::TimeNs sum = 0;
  if (width == 0 || __builtin_mul_overflow(width, count, &step) || __builtin_add_overflow(time, step, &sum)) {
    return std::nullopt;
  }
  return sum;
}

std::optional<base::TimeNs> round_down(base::TimeNs time, char unit) {
  if (unit == 'M' || unit == 'y') {
    base::CivilTime civil{.year = base::to_civil(time).year};
    if (unit == 'M') civil.month = base::to_civil(time).month;
    return base::from_civil(civil);
  }
  const base::TimeNs width = fixed_unit(unit);
  if (width == 0) return std::nullopt;
  const base::TimeNs offset = unit == 'w' ? 4 * kDay : 0;  // 1970-01-05 was a Monday
  base::TimeNs rest = (time - offset) % width;
  if (rest < 0) rest += width;
  return time - rest;
}

std::optional<Moment> apply_math(Moment moment, std::string_view math) {
  while (!math.empty()) {
    const char op = math[0];
    math.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < math.size() && base::is_digit(math[digits])) ++digits;
    if (digits >= math.size() || (op == '/' && digits > 0)) return std::nullopt;
    const std::int64_t count = digits == 0 ? 1 : base::parse_int(math.substr(0, digits)).value_or(0);
    const char unit = math[digits];
    math.remove_prefix(digits + 1);
    if (op == '/') {
      const auto from = round_down(moment.from, unit);
      const auto to = from ? add(*from, 1, unit) : std::nullopt;
      if (!to) return std::nullopt;
      moment = {*from, *to};
    } else if (op == '+' || op == '-') {
      const std::int64_t signed_count = op == '-' ? -count : count;
      const auto from = add(moment.from, signed_count, unit);
      const auto to = add(moment.to, signed_count, unit);
      if (!from || !to) return std::nullopt;
      moment = {*from, *to};
    } else {
      return std::nullopt;
    }
  }
  return moment;
}

std::optional<Moment> anchor_of(std::string_view text) {
  const auto from = base::parse_iso8601(text);
  if (!from) return std::nullopt;
  base::TimeNs width = base::kNsPerSecond;
  if (text.size() == 10) {
    width = kDay;
  } else if (text.find_first_of(".,") != std::string_view::npos) {
    width = 1;
  }
  base::TimeNs to = 0;
  if (__builtin_add_overflow(*from, width, &to)) return std::nullopt;
  return Moment{*from, to};
}

}  // namespace

bool is_date_math(std::string_view text) {
  if (!base::starts_with_ignore_case_ascii(text, "now")) return false;
  return text.size() == 3 || text[3] == '-' || text[3] == '+' || text[3] == '/';
}

std::optional<Moment> parse_moment(std::string_view text, base::TimeNs now) {
  if (is_date_math(text)) return apply_math({now, now + 1}, text.substr(3));
  if (const std::size_t bars = text.find("||"); bars != std::string_view::npos) {
    const auto anchor = anchor_of(text.substr(0, bars));
    return anchor ? apply_math(*anchor, text.substr(bars + 2)) : std::nullopt;
  }
  return anchor_of(text);
}

}  // namespace vedette::query
