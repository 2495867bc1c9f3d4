#include "search/time_bucket.hpp"

#include <limits>

namespace vedette::store::search {
namespace {

// Wide enough for sums of any two times.
__extension__ using Wide = __int128;

constexpr Wide kDay = Wide{86'400} * base::kNsPerSecond;

Wide floor_divide(Wide value, Wide by) {
  const Wide quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

base::TimeNs bounded(Wide time) {
  constexpr Wide low = std::numeric_limits<base::TimeNs>::min(),
                 high = std::numeric_limits<base::TimeNs>::max();
  return static_cast<base::TimeNs>(time < low ? low : time > high ? high : time);
}

// Days since 1970-01-01 of the first day of a month, counted from January of year 0.
Wide days_of_month(std::int64_t month) {
  const auto year = static_cast<std::int64_t>(floor_divide(month, 12));
  const auto of_year = static_cast<int>(month - year * 12);
  const std::int64_t shifted = of_year < 2 ? year - 1 : year;  // years that begin in March
  const auto era = static_cast<std::int64_t>(floor_divide(shifted, 400));
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (of_year < 2 ? of_year + 10 : of_year - 2) + 2) / 5;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

// The month that a day lies in, counted from January of year 0.
std::int64_t month_of_day(std::int64_t day) {
  // An estimate that is never more than a month off either way.
  auto month = static_cast<std::int64_t>(floor_divide(Wide{day + 719'528} * 4'800, 146'097));
  while (days_of_month(month) > day) --month;
  while (days_of_month(month + 1) <= day) ++month;
  return month;
}

int months_of(model::GroupKey::Calendar calendar) {
  switch (calendar) {
    case model::GroupKey::Calendar::quarter:
      return 3;
    case model::GroupKey::Calendar::year:
      return 12;
    default:
      return 1;
  }
}

}  // namespace

TimeBucket time_bucket_of(const model::GroupKey& key, base::TimeNs time) {
  const Wide local = Wide{time} - key.offset;
  Wide start = 0, end = 0;
  if (key.calendar == model::GroupKey::Calendar::none) {
    start = floor_divide(local, key.interval) * key.interval;
    end = start + key.interval;
  } else if (key.calendar == model::GroupKey::Calendar::week) {
    constexpr Wide kMonday = 3;  // 1970-01-01 was a Thursday
    start = (floor_divide(floor_divide(local, kDay) + kMonday, 7) * 7 - kMonday) * kDay;
    end = start + 7 * kDay;
  } else {
    const int months = months_of(key.calendar);
    const std::int64_t month = month_of_day(static_cast<std::int64_t>(floor_divide(local, kDay)));
    const auto first = static_cast<std::int64_t>(floor_divide(month, months) * months);
    start = days_of_month(first) * kDay;
    end = days_of_month(first + months) * kDay;
  }
  return {bounded(start + key.offset), bounded(end + key.offset)};
}

}  // namespace vedette::store::search
