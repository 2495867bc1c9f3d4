// Measures of the numbers in a sliding window, kept up to date as they come and go.
#pragma once

#include <set>
#include <vector>

namespace vedette::detect {

// The sum of a queue of numbers, in constant time on average. Nothing is ever subtracted, so what has left
// the window leaves no rounding error behind.
class SlidingSum {
 public:
  void push(double number) {
    new_.push_back(number);
    new_sum_ += number;
  }
  // Removes the number that came first; there is one.
  void pop();
  double value() const { return (old_sums_.empty() ? 0 : old_sums_.back()) + new_sum_; }

 private:
  std::vector<double> old_sums_;  // of the older numbers: each with all that came after it; oldest last
  std::vector<double> new_;       // the newer ones, in order
  double new_sum_ = 0;
};

// A percentile (0 to 100) of a set of numbers, in logarithmic time for each change.
class SlidingPercentile {
 public:
  explicit SlidingPercentile(double percentile) : percentile_(percentile) {}
  void insert(double number);
  void erase(double number);  // one that is there
  // Linear interpolation between the closest ranks; there is at least one number.
  double value() const;

 private:
  double rank() const;
  void balance();

  const double percentile_;
  std::multiset<double> low_, high_;  // the numbers up to the rank; those above it
};

}  // namespace vedette::detect
