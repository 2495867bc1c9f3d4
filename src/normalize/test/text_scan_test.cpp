#include "formats/text_scan.hpp"

#include <gtest/gtest.h>

namespace vedette::normalize {
namespace {

const ParseContext kContext{
    .payloads = nullptr, .default_year = 2026, .default_month = 11, .utc_offset_seconds = 0};

std::string any(std::string_view text) {
  const auto time = parse_any_time(text, kContext);
  return time ? base::format_rfc3339(*time) : "none";
}

TEST(TextScan, ReadsTheTimesThatDevicesWrite) {
  EXPECT_EQ(any("2026-11-03T09:12:00Z"), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(any("2026-11-03 09:12:00.5+01:00"), "2026-11-03T08:12:00.500Z");
  EXPECT_EQ(any("2026-11-03T09:12:00,123456789-0530"), "2026-11-03T14:42:00.123456789Z");
  EXPECT_EQ(any("2026/11/03 09:12:00"), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(any("2026-11-03"), "2026-11-03T00:00:00.000Z");
  EXPECT_EQ(any("Nov  3 09:12:00"), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(any("Nov 03 2026 09:12:00.25 UTC"), "2026-11-03T09:12:00.250Z");
  EXPECT_EQ(any("Tue Nov 03 09:12:00 2026"), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(any("03/Nov/2026:09:12:00 -0100"), "2026-11-03T10:12:00.000Z");
  EXPECT_EQ(any("1793697120"), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(any("1793697120.25"), "2026-11-03T09:12:00.250Z");
  EXPECT_EQ(any("1793697120123"), "2026-11-03T09:12:00.123Z");
  EXPECT_EQ(any("1793697120123456789"), "2026-11-03T09:12:00.123456789Z");
}

TEST(TextScan, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "x", "12", "2026", "2026-13-01", "2026-02-30", "Nov 31 09:12:00", "Nov  3 24:00:00",
        "2026-11-03T09:12", "2026-11-03T09:12:00+", "2026-11-03T09:12:00+99:00", "09:12:00",
        "9999999999999999999999", "2026-11-03T09:12:00Z trailing"}) {
    EXPECT_EQ(any(text), "none") << text;
  }
}

TEST(TextScan, LeapDayOfAGuessedYear) {
  EXPECT_EQ(any("Feb 29 12:00:00"), "2024-02-29T12:00:00.000Z");
}

TEST(TextScan, CanonicalIntegers) {
  std::int64_t out = 0;
  EXPECT_TRUE(canonical_integer("0", out));
  EXPECT_TRUE(canonical_integer("-12", out));
  EXPECT_EQ(out, -12);
  EXPECT_TRUE(canonical_integer("9223372036854775807", out));
  for (const char* text :
       {"", "-", "-0", "007", "+7", "1.0", "9223372036854775808", "99999999999999999999", " 1", "1 "}) {
    EXPECT_FALSE(canonical_integer(text, out)) << text;
  }
}

TEST(TextScan, ScanStopsAtTheEnd) {
  Scan scan("ab");
  std::string_view part;
  EXPECT_FALSE(scan.field(':', part));
  EXPECT_EQ(scan.peek(5), '\0');
  scan.skip(10);
  EXPECT_TRUE(scan.done());
  EXPECT_FALSE(scan.field(':', part));
  EXPECT_EQ(scan.word(), "");
  EXPECT_FALSE(scan.digits());
}

}  // namespace
}  // namespace vedette::normalize
