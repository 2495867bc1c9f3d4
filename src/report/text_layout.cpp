#include "text_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array kZeroWidth = {Range{0x0300, 0x036F}, Range{0x0483, 0x0489},  Range{0x0591, 0x05BD},
                                   Range{0x0610, 0x061A}, Range{0x064B, 0x065F},  Range{0x1AB0, 0x1AFF},
                                   Range{0x200B, 0x200F}, Range{0x20D0, 0x20F0},  Range{0xFE00, 0xFE0F},
                                   Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF}};
constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
                              Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                              Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
                              Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
                              Range{0x20000, 0x3FFFD}};

template <std::size_t N>
bool within(char32_t c, const std::array<Range, N>& ranges) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

int columns_of(char32_t c) {
  if (c < 0x300) return 1;
  if (within(c, kZeroWidth)) return 0;
  return within(c, kWide) ? 2 : 1;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += columns_of(base::decode_utf8(text, at));
  return columns;
}

std::string fit_left(std::string_view text, int columns) {
  if (columns <= 0) return {};
  int used = 0;
  std::size_t keep = 0;  // end of the longest prefix that leaves room for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    used += columns_of(base::decode_utf8(text, at));
    if (used > columns) return std::string(text.substr(0, keep)) + "…";
    if (used <= columns - 1) keep = at;
  }
  return std::string(text);
}

std::string fit_right(std::string_view text, int columns) {
  if (columns <= 0) return {};
  int width = display_width(text);
  if (width <= columns) return std::string(text);
  std::size_t at = 0;
  while (at < text.size() && width > columns - 1) width -= columns_of(base::decode_utf8(text, at));
  return "…" + std::string(text.substr(at));
}

void pad_to(std::string& text, int columns) {
  const int width = display_width(text);
  if (width < columns) text.append(static_cast<std::size_t>(columns - width), ' ');
}

std::string cut_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && is_continuation(text[bytes])) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  std::string text = grouped(number) + " " + std::string(noun);
  if (number != 1) text += 's';
  return text;
}

std::string bytes_text(double bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 || bytes >= 99.95 ? fmt::format("{:.0f} {}", bytes, kUnits[unit])
                                     : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string seconds_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.2f} s", std::max(0.0, seconds));
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(seconds, 1e12)));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string compact(double number) {
  if (number < 999.5) return fmt::format("{:.0f}", number);
  if (number < 999'500) return fmt::format("{:.0f} k", number / 1e3);
  if (number < 999.5e6) return fmt::format("{:.1f} M", number / 1e6);
  return fmt::format("{:.1f} G", number / 1e9);
}

std::string day_text(base::TimeNs time) {
  const base::CivilTime civil = base::to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
}

std::string clock_text(base::TimeNs time) {
  const base::CivilTime civil = base::to_civil(time);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", civil.hour, civil.minute, civil.second,
                     civil.nanos / 1'000'000);
}

std::string date_time_text(base::TimeNs time) {
  if (time == 0) return "-";
  return day_text(time) + " " + clock_text(time).substr(0, 8);
}

std::string_view weekday_text(base::TimeNs time) {
  constexpr std::array<std::string_view, 7> kNames = {"Thursday", "Friday",  "Saturday", "Sunday",
                                                      "Monday",   "Tuesday", "Wednesday"};
  constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;
  const base::TimeNs day = time / kDay - (time % kDay < 0 ? 1 : 0);
  return kNames[static_cast<std::size_t>((day % 7 + 7) % 7)];
}

std::string_view short_level(model::Level level) {
  return level == model::Level::informational ? "info" : model::level_name(level);
}

std::string_view ansi::level(model::Level level) {
  switch (level) {
    case model::Level::critical:
      return "\x1b[1;97;41m";
    case model::Level::high:
      return "\x1b[1;31m";
    case model::Level::medium:
      return "\x1b[33m";
    case model::Level::low:
      return "\x1b[36m";
    case model::Level::informational:
      break;
  }
  return "\x1b[2m";
}

std::string painted(std::string_view text, std::string_view code, bool color) {
  if (!color || text.empty()) return std::string(text);
  std::string out(code);
  out += text;
  out += ansi::kReset;
  return out;
}

}  // namespace vedette::report
