#include "vedette/base/time.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

constexpr TimeNs kMax = std::numeric_limits<TimeNs>::max();
constexpr TimeNs kMin = std::numeric_limits<TimeNs>::min();

// 2026-11-03T09:12:00Z
constexpr TimeNs kSample = 1'793'697'120 * kNsPerSecond;

TEST(Time, CivilRoundTripOverAllDays) {
  for (std::int64_t day = -106'000; day <= 106'000; ++day) {
    const TimeNs time = day * 86'400 * kNsPerSecond + 12'345'678'901;
    const CivilTime civil = to_civil(time);
    const auto again = from_civil(civil);
    if (civil.year >= 1678 && civil.year <= 2261) {
      ASSERT_EQ(again, time);
    } else {
      ASSERT_EQ(again, std::nullopt);
    }
  }
}

TEST(Time, CivilRefusesPartsOutOfRange) {
  EXPECT_TRUE(from_civil({2024, 2, 29}));
  EXPECT_FALSE(from_civil({2023, 2, 29}));
  EXPECT_FALSE(from_civil({1900, 2, 29}));
  EXPECT_TRUE(from_civil({2000, 2, 29}));
  EXPECT_FALSE(from_civil({2024, 4, 31}));
  EXPECT_FALSE(from_civil({2024, 0, 1}));
  EXPECT_FALSE(from_civil({2024, 13, 1}));
  EXPECT_FALSE(from_civil({2024, 1, 0}));
  EXPECT_FALSE(from_civil({2024, 1, 1, 24}));
  EXPECT_FALSE(from_civil({2024, 1, 1, 0, 60}));
  EXPECT_FALSE(from_civil({2024, 1, 1, 0, 0, 61}));
  EXPECT_FALSE(from_civil({2024, 1, 1, -1}));
  EXPECT_FALSE(from_civil({2024, 1, 1, 0, 0, 0, 1'000'000'000}));
  EXPECT_FALSE(from_civil({1677, 12, 31}));
  EXPECT_FALSE(from_civil({2262, 1, 1}));
}

TEST(Time, LeapSecondIsTheNextSecond) {
  EXPECT_EQ(parse_iso8601("2016-12-31T23:59:60Z"), parse_iso8601("2017-01-01T00:00:00Z"));
}

TEST(Time, IsoWeek) {
  const auto week = [](int y, int m, int d) { return iso_week(*from_civil({y, m, d, 23, 59, 59})); };
  EXPECT_EQ(week(1970, 1, 1), 1);
  EXPECT_EQ(week(1969, 12, 28), 52);
  EXPECT_EQ(week(1969, 12, 29), 1);
  EXPECT_EQ(week(2020, 12, 31), 53);
  EXPECT_EQ(week(2021, 1, 3), 53);
  EXPECT_EQ(week(2021, 1, 4), 1);
  EXPECT_EQ(week(2026, 11, 3), 45);
  EXPECT_EQ(week(2024, 12, 30), 1);
}

TEST(Time, Iso8601Forms) {
  for (const char* text :
       {"2026-11-03T09:12:00Z", "2026-11-03 09:12:00Z", "2026-11-03t09:12:00z", "2026-11-03T09:12:00",
        "2026-11-03T09:12Z", "2026-11-03T11:12:00+02:00", "2026-11-03T11:12:00+0200",
        "2026-11-03T11:12:00+02", "2026-11-03 11:12:00 +0200", "2026-11-03T05:42:00-03:30",
        "2026-11-04T00:12:00+15:00", "2026-11-03T09:12:00.0Z", "2026-11-03T09:12:00-00:00"}) {
    EXPECT_EQ(parse_iso8601(text), kSample) << text;
  }
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00", 3600), kSample - 3600 * kNsPerSecond);
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00Z", 3600), kSample);
  EXPECT_EQ(parse_iso8601("1970-01-02"), 86'400 * kNsPerSecond);
  EXPECT_EQ(parse_iso8601("1970-01-01", 3600), -3600 * kNsPerSecond);
}

TEST(Time, Iso8601Fractions) {
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00.123456789Z"), kSample + 123'456'789);
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00,5Z"), kSample + 500'000'000);
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00.1234567+00:00"), kSample + 123'456'700);
  EXPECT_EQ(parse_iso8601("2026-11-03T09:12:00.999999999999Z"), kSample + 999'999'999);
  EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59.999999999Z"), -1);
}

TEST(Time, Iso8601Refuses) {
  for (const char* text : {"",
                           "2026",
                           "2026-11",
                           "2026-11-3",
                           "2026-11-03T",
                           "2026-11-03T09",
                           "2026-11-03T9:12:00Z",
                           "2026-11-03T09:12:0Z",
                           "2026-11-03T09:12:00.Z",
                           "2026-11-03T09:12:00Zx",
                           "2026-11-03T09:12:00+",
                           "2026-11-03T09:12:00+2",
                           "2026-11-03T09:12:00+02:",
                           "2026-11-03T09:12:00+02:6",
                           "2026-11-03T09:12:00+24:00",
                           "2026-11-03T09:12:00+02:60",
                           "2026-13-03T09:12:00Z",
                           "2026-02-30",
                           "2026-11-03T24:00:00Z",
                           "2026-11-03T09:60:00Z",
                           "2026-11-03T09:12:61Z",
                           "1600-01-01",
                           "9999-12-31T23:59:59Z",
                           "-026-11-03",
                           "2026/11/03",
                           "2026-11-03X09:12:00",
                           " 2026-11-03",
                           "2026-11-03 ",
                           "2026-11-03T09:12:00 ",
                           "2026-11-03T09:12:00 UTC",
                           "20261103T091200Z"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(Time, EpochNumbers) {
  const std::int64_t seconds = 1'793'697'120;
  for (const std::int64_t unit : {1, 1'000, 1'000'000, 1'000'000'000}) {
    EXPECT_EQ(from_epoch_number(seconds * unit), kSample);
    EXPECT_EQ(from_epoch_number(static_cast<double>(seconds * unit)), kSample);
  }
  EXPECT_EQ(from_epoch_number(std::int64_t{0}), 0);
  EXPECT_EQ(from_epoch_number(std::int64_t{-1}), -kNsPerSecond);
  EXPECT_EQ(from_epoch_number(kMax), kMax);
  EXPECT_EQ(from_epoch_number(kMin), kMin);
  EXPECT_EQ(from_epoch_number(1793697120.123456), kSample + 123'456'000);
  EXPECT_EQ(from_epoch_number(1793697120123.25), kSample + 123'250'000);
  EXPECT_EQ(from_epoch_number(-0.5), -500'000'000);
  EXPECT_EQ(from_epoch_number(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
  EXPECT_EQ(from_epoch_number(std::numeric_limits<double>::infinity()), std::nullopt);
  EXPECT_EQ(from_epoch_number(1e19), std::nullopt);
}

TEST(Time, MonthNames) {
  EXPECT_EQ(month_from_name("Jan"), 1);
  EXPECT_EQ(month_from_name("DEC"), 12);
  EXPECT_EQ(month_from_name("may"), 5);
  EXPECT_EQ(month_from_name("anf"), 0);
  EXPECT_EQ(month_from_name("June"), 0);
  EXPECT_EQ(month_from_name(""), 0);
}

TEST(Time, FormatRfc3339) {
  EXPECT_EQ(format_rfc3339(kSample), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(format_rfc3339(kSample + 120'000'000), "2026-11-03T09:12:00.120Z");
  EXPECT_EQ(format_rfc3339(kSample + 123'400'000), "2026-11-03T09:12:00.1234Z");
  EXPECT_EQ(format_rfc3339(kSample + 1), "2026-11-03T09:12:00.000000001Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_rfc3339(kMax), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(format_rfc3339(kMin), "1677-09-21T00:12:43.145224192Z");
  for (const TimeNs time : {TimeNs{0}, kSample, kSample + 7'000'100, TimeNs{-5'000}}) {
    EXPECT_EQ(parse_iso8601(format_rfc3339(time)), time);
  }
}

TEST(Time, Durations) {
  EXPECT_EQ(parse_duration("250ms"), 250 * kNsPerMs);
  EXPECT_EQ(parse_duration("30s"), 30 * kNsPerSecond);
  EXPECT_EQ(parse_duration("5m"), 300 * kNsPerSecond);
  EXPECT_EQ(parse_duration("12h"), 43'200 * kNsPerSecond);
  EXPECT_EQ(parse_duration("7d"), parse_duration("1w"));
  EXPECT_EQ(parse_duration("0s"), 0);
  for (const char* bad :
       {"", "5", "m", "-5m", "5 m", "5M", "1.5h", "1h30m", "15251w", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Time, FormatDuration) {
  for (const char* text : {"5m", "90s", "1500ms", "0s", "2w", "8d", "36h", "1us", "1001ns"}) {
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  }
  EXPECT_EQ(format_duration(60 * kNsPerSecond), "1m");
  EXPECT_EQ(format_duration(-90 * kNsPerSecond), "-90s");
}

}  // namespace
}  // namespace vedette::base
