// Percentiles: exact up to 10,000 values, then a t-digest.
#pragma once

#include <cstddef>
#include <vector>

namespace vedette::query {

class Quantiles {
 public:
  static constexpr std::size_t kExact = 10'000;
  void add(double value);
  // `share` in 0..1; linear interpolation between closest ranks. There must be a value.
  double at(double share);
  bool empty() const { return values_.empty() && centroids_.empty(); }
  bool approximate() const { return !centroids_.empty(); }
  std::size_t bytes() const { return values_.capacity() * sizeof(double); }

 private:
  struct Centroid {
    double mean;
    double weight;
  };
  void compress();

  std::vector<double> values_;  // not in a centroid yet
  std::vector<Centroid> centroids_;
  double smallest_ = 0, largest_ = 0;
};

}  // namespace vedette::query
