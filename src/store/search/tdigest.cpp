#include "search/tdigest.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vedette::store::search {
namespace {

constexpr std::size_t kBuffer = 2048;

// The scale function k1 and its inverse: how many centroids stand below a fraction.
double scale(double fraction) {
  return TDigest::kCompression / (2 * std::numbers::pi) * std::asin(2 * fraction - 1);
}
double unscale(double k) {
  const double limit = TDigest::kCompression / 4;
  if (k >= limit) return 1;
  return (std::sin(k * 2 * std::numbers::pi / TDigest::kCompression) + 1) / 2;
}

}  // namespace

void TDigest::add(double value, double weight) {
  min_ = any_ ? std::min(min_, value) : value;
  max_ = any_ ? std::max(max_, value) : value;
  any_ = true;
  buffer_.push_back({value, weight});
  if (buffer_.size() >= kBuffer) compress();
}

void TDigest::merge(const TDigest& other) {
  if (!other.any_) return;
  for (const Centroid& centroid : other.centroids_) add(centroid.mean, centroid.weight);
  for (const Centroid& centroid : other.buffer_) add(centroid.mean, centroid.weight);
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void TDigest::compress() {
  if (buffer_.empty()) return;
  for (const Centroid& centroid : buffer_) weight_ += centroid.weight;
  buffer_.insert(buffer_.end(), centroids_.begin(), centroids_.end());
  std::stable_sort(buffer_.begin(), buffer_.end(),
                   [](const Centroid& a, const Centroid& b) { return a.mean < b.mean; });
  centroids_.clear();
  double before = 0;
  double limit = weight_ * unscale(scale(0) + 1);
  Centroid current = buffer_[0];
  for (std::size_t i = 1; i < buffer_.size(); ++i) {
    const Centroid& next = buffer_[i];
    if (before + current.weight + next.weight <= limit) {
      current.weight += next.weight;
      current.mean += (next.mean - current.mean) * next.weight / current.weight;
      continue;
    }
    centroids_.push_back(current);
    before += current.weight;
    limit = weight_ * unscale(scale(before / weight_) + 1);
    current = next;
  }
  centroids_.push_back(current);
  buffer_.clear();
}

double TDigest::quantile(double fraction) {
  compress();
  if (centroids_.empty()) return 0;
  const double wanted = fraction * weight_;
  // A centroid's mean stands at the middle of its weight; the ends are known exactly.
  double position = 0, value = min_, done = 0;
  for (const Centroid& centroid : centroids_) {
    const double middle = done + centroid.weight / 2;
    if (wanted <= middle) {
      const double share = middle > position ? (wanted - position) / (middle - position) : 1;
      return value + (centroid.mean - value) * share;
    }
    position = middle;
    value = centroid.mean;
    done += centroid.weight;
  }
  const double share = weight_ > position ? std::min((wanted - position) / (weight_ - position), 1.0) : 1;
  return value + (max_ - value) * share;
}

}  // namespace vedette::store::search
