#include "quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace vedette::query {
namespace {

constexpr double kCompression = 500;

// The scale function k1 of the t-digest paper (Dunning, Ertl): fine at the ends, coarse in the middle.
double scale(double share) {
  return kCompression / (2 * M_PI) * std::asin(2 * std::clamp(share, 0.0, 1.0) - 1);
}

}  // namespace

void Quantiles::add(double value) {
  if (empty()) smallest_ = largest_ = value;
  smallest_ = std::min(smallest_, value);
  largest_ = std::max(largest_, value);
  values_.push_back(value);
  if (values_.size() > kExact) compress();
}

void Quantiles::compress() {
  std::vector<Centroid> all = std::move(centroids_);
  centroids_.clear();
  for (const double value : values_) all.push_back({value, 1});
  values_.clear();
  if (all.empty()) return;
  std::sort(all.begin(), all.end(), [](const Centroid& a, const Centroid& b) { return a.mean < b.mean; });
  double total = 0;
  for (const Centroid& centroid : all) total += centroid.weight;
  double before = 0;
  Centroid open = all[0];
  for (std::size_t i = 1; i < all.size(); ++i) {
    const double merged = open.weight + all[i].weight;
    if (scale((before + merged) / total) - scale(before / total) <= 1) {
      open.mean += (all[i].mean - open.mean) * all[i].weight / merged;
      open.weight = merged;
    } else {
      before += open.weight;
      centroids_.push_back(open);
      open = all[i];
    }
  }
  centroids_.push_back(open);
}

double Quantiles::at(double share) {
  if (!approximate()) {
    std::sort(values_.begin(), values_.end());
    const double rank = share * static_cast<double>(values_.size() - 1);
    const auto low = static_cast<std::size_t>(rank);
    if (low + 1 >= values_.size()) return values_.back();
    return values_[low] + (values_[low + 1] - values_[low]) * (rank - static_cast<double>(low));
  }
  if (!values_.empty()) compress();
  double total = 0;
  for (const Centroid& centroid : centroids_) total += centroid.weight;
  const double rank = share * (total - 1);
  double middle = 0, last_middle = -0.5, last_mean = smallest_, before = 0;
  for (const Centroid& centroid : centroids_) {
    middle = before + (centroid.weight - 1) / 2;
    if (rank <= middle) {
      const double span = middle - last_middle;
      return span <= 0 ? centroid.mean
                       : last_mean + (centroid.mean - last_mean) * (rank - last_middle) / span;
    }
    before += centroid.weight;
    last_middle = middle;
    last_mean = centroid.mean;
  }
  const double span = total - 1 - last_middle;
  return span <= 0 ? largest_ : last_mean + (largest_ - last_mean) * (rank - last_middle) / span;
}

}  // namespace vedette::query
