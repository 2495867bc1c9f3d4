// Time stamps: nanoseconds since 1970-01-01T00:00:00Z as int64 (years 1678 to 2262).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::base {

using TimeNs = std::int64_t;
inline constexpr TimeNs kNsPerSecond = 1'000'000'000;
inline constexpr TimeNs kNsPerMs = 1'000'000;

struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int32_t nanos = 0;
};

// Proleptic Gregorian calendar, UTC; nullopt if a part is out of range or the year is outside 1678..2261.
// Second 60 (a leap second) is taken as the next second.
std::optional<TimeNs> from_civil(const CivilTime& civil);
CivilTime to_civil(TimeNs time);
int iso_week(TimeNs time);  // ISO 8601 week number, 1..53

// RFC 3339 / ISO 8601 date-times: "2026-11-03T09:12:00[.,]123[456789]Z", "... +02:00", "+0200", "+02", with
// 'T' or a blank; a date alone; without an offset `default_offset_seconds` applies.
std::optional<TimeNs> parse_iso8601(std::string_view text, int default_offset_seconds = 0);

// Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by magnitude: the coarsest
// unit in which the value lies before 2262. A fraction is kept to the microsecond, the precision a double
// still has.
std::optional<TimeNs> from_epoch_number(double value);
std::optional<TimeNs> from_epoch_number(std::int64_t value);

// Three-letter English month name (any case) to 1..12, else 0.
int month_from_name(std::string_view name);

// "2026-11-03T09:12:00.123Z": at least milliseconds; more digits only where they are not zero.
std::string format_rfc3339(TimeNs time);
// Writes the same at `out` (at least 32 bytes); returns the length.
std::size_t format_rfc3339(TimeNs time, char* out);

// Durations as users type them: "250ms", "30s", "5m", "12h", "7d", "2w" (and "us", "ns"). Nanoseconds;
// nullopt if malformed.
std::optional<TimeNs> parse_duration(std::string_view text);
// The coarsest unit that leaves a whole number: "90s", "1500ms".
std::string format_duration(TimeNs duration);

}  // namespace vedette::base
