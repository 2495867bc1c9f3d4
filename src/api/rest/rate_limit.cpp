#include "rest/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace vedette::api {

RateLimiter::RateLimiter(double per_second, double burst, std::size_t max_buckets)
    : per_second_(std::max(per_second, 0.001)),
      burst_(std::max(burst, 1.0)),
      max_buckets_(std::max<std::size_t>(max_buckets, 1)) {}

RateLimiter::Bucket& RateLimiter::bucket_of(std::string_view who, base::TimeNs now) {
  if (const auto known = by_name_.find(who); known != by_name_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known->second);
    return buckets_.front();
  }
  if (buckets_.size() >= max_buckets_) {
    by_name_.erase(buckets_.back().who);
    buckets_.pop_back();
  }
  buckets_.push_front({std::string(who), burst_, now});
  by_name_.emplace(buckets_.front().who, buckets_.begin());
  return buckets_.front();
}

RateVerdict RateLimiter::take(std::string_view who, base::TimeNs now) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(who, now);
  // The clock may be set back: then nothing flows in.
  const double passed = static_cast<double>(std::max<base::TimeNs>(now - bucket.filled, 0)) / 1e9;
  bucket.tokens = std::min(burst_, bucket.tokens + passed * per_second_);
  bucket.filled = now;
  RateVerdict verdict;
  verdict.allowed = bucket.tokens >= 1;
  if (verdict.allowed) bucket.tokens -= 1;
  verdict.limit = static_cast<int>(burst_);
  verdict.remaining = static_cast<int>(bucket.tokens);
  verdict.reset = static_cast<int>(std::ceil((burst_ - bucket.tokens) / per_second_));
  if (!verdict.allowed) {
    verdict.retry_after = std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_second_)));
  }
  return verdict;
}

std::size_t RateLimiter::buckets() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

std::string network_of(const base::IpAddress& address) {
  if (address.is_v4()) return address.to_string();
  base::IpAddress network = address;
  std::fill(network.bytes.begin() + 8, network.bytes.end(), std::uint8_t{0});
  return network.to_string() + "/64";
}

}  // namespace vedette::api
