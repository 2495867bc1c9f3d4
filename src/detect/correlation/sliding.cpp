#include "correlation/sliding.hpp"

#include <cmath>

namespace vedette::detect {

void SlidingSum::pop() {
  if (old_sums_.empty()) {
    double sum = 0;
    for (; !new_.empty(); new_.pop_back()) old_sums_.push_back(sum += new_.back());
    new_sum_ = 0;
  }
  old_sums_.pop_back();
}

void SlidingPercentile::insert(double number) {
  (!low_.empty() && number <= *low_.rbegin() ? low_ : high_).insert(number);
  balance();
}

void SlidingPercentile::erase(double number) {
  auto& side = !low_.empty() && number <= *low_.rbegin() ? low_ : high_;
  side.erase(side.find(number));
  balance();
}

double SlidingPercentile::rank() const {
  return percentile_ / 100 * static_cast<double>(low_.size() + high_.size() - 1);
}

void SlidingPercentile::balance() {
  if (low_.empty() && high_.empty()) return;
  const auto wanted = static_cast<std::size_t>(std::floor(rank())) + 1;
  while (low_.size() < wanted) low_.insert(low_.end(), high_.extract(high_.begin()));
  while (low_.size() > wanted) high_.insert(high_.begin(), low_.extract(std::prev(low_.end())));
}

double SlidingPercentile::value() const {
  const double below = *low_.rbegin();
  const double above = high_.empty() ? below : *high_.begin();
  return below + (rank() - std::floor(rank())) * (above - below);
}

}  // namespace vedette::detect
