#include "histogram.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace vedette::report {
namespace {

using base::TimeNs;
constexpr TimeNs kSecond = base::kNsPerSecond, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                 kDay = 24 * kHour;
// Each divides the next, so that buckets can be merged.
constexpr std::array<TimeNs, 17> kLadder = {kSecond,     5 * kSecond,  15 * kSecond, 30 * kSecond, kMinute,
                                            5 * kMinute, 15 * kMinute, 30 * kMinute, kHour,        3 * kHour,
                                            6 * kHour,   12 * kHour,   kDay,         7 * kDay,     28 * kDay,
                                            364 * kDay,  3640 * kDay};
// A Monday, so that weeks begin as people expect.
constexpr TimeNs kOrigin = 4 * kDay;
constexpr TimeNs kEarliest = std::numeric_limits<TimeNs>::min() + 3645 * kDay;
constexpr TimeNs kLatest = std::numeric_limits<TimeNs>::max() - 3645 * kDay;
constexpr std::size_t kMinBars = 24;

TimeNs bucket_start(TimeNs time, TimeNs step) {
  const TimeNs from_origin = std::clamp(time, kEarliest, kLatest) - kOrigin;
  const TimeNs into = from_origin % step;
  return from_origin - (into < 0 ? into + step : into) + kOrigin;
}

// Unsigned, because the whole range of time stamps does not fit in a signed number.
std::uint64_t distance(TimeNs from, TimeNs to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::uint64_t sum(const LevelCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::size_t bars_needed(TimeNs first, TimeNs last, TimeNs step) {
  return distance(bucket_start(first, step), bucket_start(last, step)) / static_cast<std::uint64_t>(step) + 1;
}

using Buckets = std::map<TimeNs, LevelCounts>;

// The range of bucket starts to draw.
std::pair<TimeNs, TimeNs> range_to_draw(const Buckets& buckets, TimeNs step) {
  const std::pair<TimeNs, TimeNs> whole = {buckets.begin()->first, buckets.rbegin()->first};
  std::uint64_t total = 0;
  for (const auto& [start, counts] : buckets) total += sum(counts);
  const std::uint64_t spare = total / 200;
  auto first = buckets.begin();
  for (std::uint64_t cut = sum(first->second); cut <= spare; cut += sum(first->second)) ++first;
  auto last = buckets.rbegin();
  for (std::uint64_t cut = sum(last->second); cut <= spare; cut += sum(last->second)) ++last;
  const std::uint64_t trimmed = distance(first->first, last->first) + static_cast<std::uint64_t>(step);
  if (distance(whole.first, whole.second) / 10 <= trimmed) return whole;
  // What is near the bulk belongs to it.
  std::pair<TimeNs, TimeNs> range = {first->first, last->first};
  while (first != buckets.begin() && distance(std::prev(first)->first, range.first) <= trimmed) {
    range.first = (--first)->first;
  }
  while (last != buckets.rbegin() && distance(range.second, std::prev(last)->first) <= trimmed) {
    range.second = (--last)->first;
  }
  return range;
}

}  // namespace

void TimeHistogram::add(TimeNs time, model::Level level) {
  ++buckets_[bucket_start(time, kLadder[step_])][static_cast<std::size_t>(level)];
  while (buckets_.size() > kMaxBuckets && step_ + 1 < kLadder.size()) widen();
}

void TimeHistogram::widen() {
  ++step_;
  Buckets wider;
  for (const auto& [start, counts] : buckets_) {
    LevelCounts& into = wider[bucket_start(start, kLadder[step_])];
    for (std::size_t level = 0; level < counts.size(); ++level) into[level] += counts[level];
  }
  buckets_ = std::move(wider);
}

HistogramView TimeHistogram::view() const {
  HistogramView view;
  if (buckets_.empty()) return view;
  const auto [first, last] = range_to_draw(buckets_, kLadder[step_]);
  std::size_t rung = step_;
  while (rung + 1 < kLadder.size() && bars_needed(first, last, kLadder[rung]) > kMaxBars) ++rung;
  view.step = kLadder[rung];
  view.start = bucket_start(first, view.step);
  std::size_t bars = bars_needed(first, last, view.step);
  // A handful of bars would look like walls: leave empty time around them.
  if (bars < kMinBars && view.step < 364 * kDay) {
    view.start -= static_cast<TimeNs>((kMinBars - bars) / 2) * view.step;
    bars = kMinBars;
  }
  view.bars.resize(bars);
  for (const auto& [start, counts] : buckets_) {
    if (start < first) {
      view.before += sum(counts);
    } else if (start > last) {
      view.after += sum(counts);
    } else {
      LevelCounts& bar = view.bars[distance(view.start, start) / static_cast<std::uint64_t>(view.step)];
      for (std::size_t level = 0; level < counts.size(); ++level) bar[level] += counts[level];
    }
  }
  return view;
}

}  // namespace vedette::report
