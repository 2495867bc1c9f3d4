// A merging t-digest (Dunning, Ertl 2019): quantiles of many numbers in a few KiB, best near the ends.
#pragma once

#include <cstdint>
#include <vector>

namespace vedette::store::search {

// Numbers are finite. The result depends on the order of adds and merges, but on nothing else.
class TDigest {
 public:
  static constexpr double kCompression = 400;

  void add(double value, double weight = 1);
  void merge(const TDigest& other);
  // `fraction` in 0..1; 0 if nothing was added.
  double quantile(double fraction);
  std::uint64_t bytes() const { return (centroids_.capacity() + buffer_.capacity()) * sizeof(Centroid); }

 private:
  struct Centroid {
    double mean, weight;
  };
  void compress();

  std::vector<Centroid> centroids_;  // by mean
  std::vector<Centroid> buffer_;
  double weight_ = 0;  // of centroids_
  double min_ = 0, max_ = 0;
  bool any_ = false;
};

}  // namespace vedette::store::search
