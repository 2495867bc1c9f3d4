// Units of date math, which the search language and the Elasticsearch DSL share.
#pragma once

#include "vedette/base/time.hpp"

namespace vedette::query {

// Nanoseconds of a unit of fixed length (s, m, h, H, d, w); 0 for others.
constexpr base::TimeNs fixed_unit(char unit) {
  switch (unit) {
    case 's':
      return base::kNsPerSecond;
    case 'm':
      return 60 * base::kNsPerSecond;
    case 'h':
    case 'H':
      return 3600 * base::kNsPerSecond;
    case 'd':
      return 86'400 * base::kNsPerSecond;
    case 'w':
      return 7 * 86'400 * base::kNsPerSecond;
    default:
      return 0;
  }
}

// month 1..12, Gregorian.
constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

}  // namespace vedette::query
