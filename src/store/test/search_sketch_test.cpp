// The sketches, and the borders of time buckets.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "search/hyperloglog.hpp"
#include "search/tdigest.hpp"
#include "search/time_bucket.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store::search {
namespace {

TEST(HyperLogLog, StaysNearTheTruth) {
  for (const std::uint64_t count : {10u, 400u, 600u, 5'000u, 50'000u, 500'000u}) {
    HyperLogLog all, odd, even;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t hash = base::hash64(std::to_string(i));
      all.add(hash);
      all.add(hash);
      (i % 2 ? odd : even).add(hash);
    }
    const auto truth = static_cast<double>(count);
    EXPECT_NEAR(static_cast<double>(all.estimate()), truth, truth * 0.03) << count;
    odd.merge(even);
    EXPECT_EQ(odd.estimate(), all.estimate()) << count;
    EXPECT_TRUE(count > HyperLogLog::kSparse || all.estimate() == count);
  }
}

TEST(TDigest, QuantilesAreNearTheirRank) {
  std::mt19937_64 random(7);
  std::vector<double> values;
  TDigest whole, left, right;
  for (int i = 0; i < 200'000; ++i) {
    const double value = std::exp(static_cast<double>(random() % 10'000) / 1000);
    values.push_back(value);
    whole.add(value);
    (i % 2 ? left : right).add(value);
  }
  left.merge(right);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    for (TDigest* digest : {&whole, &left}) {
      const double found = digest->quantile(fraction);
      const auto below = std::lower_bound(values.begin(), values.end(), found) - values.begin();
      EXPECT_NEAR(static_cast<double>(below) / static_cast<double>(values.size()), fraction, 0.004)
          << fraction;
    }
  }
  EXPECT_EQ(whole.quantile(0), values.front());
  EXPECT_EQ(whole.quantile(1), values.back());
}

base::TimeNs at(const char* text) {
  return base::parse_iso8601(text).value();
}

void expect_bucket(model::GroupKey key, const char* time, const char* start, const char* end) {
  key.kind = model::GroupKey::Kind::time_bucket;
  const TimeBucket bucket = time_bucket_of(key, at(time));
  EXPECT_EQ(base::format_rfc3339(bucket.start), base::format_rfc3339(at(start)));
  EXPECT_EQ(base::format_rfc3339(bucket.end), base::format_rfc3339(at(end)));
}

TEST(TimeBucket, CalendarUnits) {
  model::GroupKey key;
  key.calendar = model::GroupKey::Calendar::week;
  expect_bucket(key, "2026-11-24T12:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
  expect_bucket(key, "1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z");
  key.calendar = model::GroupKey::Calendar::month;
  expect_bucket(key, "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z");
  expect_bucket(key, "1969-12-31T23:59:59Z", "1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z");
  key.calendar = model::GroupKey::Calendar::quarter;
  expect_bucket(key, "2026-11-24T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z");
  key.calendar = model::GroupKey::Calendar::year;
  expect_bucket(key, "2026-12-31T23:30:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
  key.offset = -2 * 3600 * base::kNsPerSecond;  // a time zone of +02:00
  expect_bucket(key, "2026-12-31T23:30:00Z", "2026-12-31T22:00:00Z", "2027-12-31T22:00:00Z");
}

TEST(TimeBucket, EveryMonthOfEveryYear) {
  model::GroupKey key;
  key.calendar = model::GroupKey::Calendar::month;
  for (int year = 1679; year < 2261; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const base::TimeNs first = base::from_civil({year, month, 1, 0, 0, 0, 0}).value();
      EXPECT_EQ(time_bucket_of(key, first).start, first);
      EXPECT_EQ(time_bucket_of(key, first - 1).end, first);
    }
  }
}

TEST(TimeBucket, FixedIntervals) {
  model::GroupKey key;
  key.interval = 300 * base::kNsPerSecond;
  expect_bucket(key, "2026-11-24T12:04:59Z", "2026-11-24T12:00:00Z", "2026-11-24T12:05:00Z");
  expect_bucket(key, "1969-12-31T23:59:59Z", "1969-12-31T23:55:00Z", "1970-01-01T00:00:00Z");
  const TimeBucket last = time_bucket_of(key, INT64_MAX);
  EXPECT_EQ(last.end, INT64_MAX);
}

}  // namespace
}  // namespace vedette::store::search
