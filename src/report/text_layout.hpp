// Text for people: columns on a terminal, numbers, times, level colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vedette/base/time.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::report {

// Terminal columns of escaped, valid UTF-8: wide characters count two, combining ones none.
int display_width(std::string_view text);
// The longest prefix of at most `columns` columns; what is cut ends in "…".
std::string fit_left(std::string_view text, int columns);
// The longest suffix; what is cut begins with "…".
std::string fit_right(std::string_view text, int columns);
// Appends blanks until `text` takes up `columns`.
void pad_to(std::string& text, int columns);

// At most `bytes` of a text, cut between characters; what is cut ends in "…".
std::string cut_bytes(std::string_view text, std::size_t bytes);

std::string grouped(std::uint64_t number);                         // 1,234,567
std::string counted(std::uint64_t number, std::string_view noun);  // "1 alert", "1,234 alerts"
std::string bytes_text(double bytes);                              // "1.2 GB" (powers of 1000)
std::string seconds_text(double seconds);  // "0.42 s", "12 s", "3 min 05 s", "2 h 03 min"
std::string compact(double number);        // "809 k", "1.2 M"

std::string day_text(base::TimeNs time);        // "2026-11-03"
std::string clock_text(base::TimeNs time);      // "09:12:00.123"
std::string date_time_text(base::TimeNs time);  // "2026-11-03 09:12:00"; "-" for 0
std::string_view weekday_text(base::TimeNs time);

std::string_view short_level(model::Level level);  // "info" for informational

namespace ansi {
inline constexpr std::string_view kReset = "\x1b[0m", kBold = "\x1b[1m", kDim = "\x1b[2m", kRed = "\x1b[31m",
                                  kYellow = "\x1b[33m", kGreen = "\x1b[32m";
std::string_view level(model::Level level);
}  // namespace ansi

// `text` between the codes if `color`, else plain.
std::string painted(std::string_view text, std::string_view code, bool color);

}  // namespace vedette::report
