// Dates of the Elasticsearch API: formats, time zones of fixed offset, and date math.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query::es {

struct DateOptions {
  base::TimeNs now = 0;
  std::string format;       // "a||b" of the names below; empty: strict_date_optional_time||epoch_millis
  base::TimeNs offset = 0;  // of the time zone, east positive
};

// The instants that a text stands for: the first, and the last when what it leaves open is rounded up (the
// day of "2026-01-01", the whole month of "now/M").
struct DateSpan {
  base::TimeNs first = 0, last = 0;
};

// Formats: strict_date_optional_time, date_optional_time, strict_date_optional_time_nanos, strict_date_time,
// date_time, strict_date, date, epoch_millis, epoch_second, iso8601, and yyyy-MM-dd style patterns that ISO
// dates satisfy. nullopt if the text is no such date.
std::optional<DateSpan> parse_date(std::string_view text, const DateOptions& options);
// Whether all formats of "a||b" are known.
bool known_format(std::string_view format);
// In the first of the formats; empty: strict_date_optional_time. `offset` is shown unless 0.
std::string format_date(base::TimeNs time, std::string_view format, base::TimeNs offset);
// "Z", "UTC", "+02:00", "-0530", "+2".
std::optional<base::TimeNs> parse_zone(std::string_view text);
// The start of the calendar unit (y M w d h m s, q) that holds the time; units in UTC.
base::TimeNs floor_to_unit(base::TimeNs time, char unit);
base::TimeNs add_units(base::TimeNs time, std::int64_t count, char unit);
base::TimeNs add_times(base::TimeNs a, base::TimeNs b);  // stays within the range of times
base::TimeNs floor_div_ms(base::TimeNs time);

}  // namespace vedette::query::es
