// Alerts over time, by level, in buckets that widen as the time range grows: bounded whatever comes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::report {

using LevelCounts = std::array<std::uint64_t, model::kLevels>;

// A histogram as it is drawn: equal steps, the empty ones included.
struct HistogramView {
  base::TimeNs start = 0, step = 0;
  std::vector<LevelCounts> bars;
  std::uint64_t before = 0, after = 0;  // alerts far outside the range shown
};

class TimeHistogram {
 public:
  static constexpr std::size_t kMaxBuckets = 4096;
  static constexpr std::size_t kMaxBars = 72;

  void add(base::TimeNs time, model::Level level);
  bool empty() const { return buckets_.empty(); }
  std::size_t buckets() const { return buckets_.size(); }
  // At most kMaxBars bars. A few alerts (1 in 200 on each side) far from all others are left out and counted,
  // if the range would otherwise be ten times as long.
  HistogramView view() const;

 private:
  void widen();

  std::size_t step_ = 0;                         // index into the ladder of bucket sizes
  std::map<base::TimeNs, LevelCounts> buckets_;  // by start
};

}  // namespace vedette::report
