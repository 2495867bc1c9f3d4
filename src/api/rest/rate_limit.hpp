// Token buckets, one a principal or network.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "vedette/base/ip.hpp"
#include "vedette/base/time.hpp"

namespace vedette::api {

struct RateVerdict {
  bool allowed = true;
  int limit = 0;        // a bucket holds
  int remaining = 0;    // requests that would pass now
  int reset = 0;        // seconds until the bucket is full again
  int retry_after = 0;  // seconds, at least 1 if refused
};

// Thread safe. Keeps the `max_buckets` that were used last; a bucket that is forgotten begins full.
class RateLimiter {
 public:
  RateLimiter(double per_second, double burst, std::size_t max_buckets = 65'536);
  // Takes one, if there is one.
  RateVerdict take(std::string_view who, base::TimeNs now);
  std::size_t buckets() const;

 private:
  struct Bucket {
    std::string who;
    double tokens = 0;
    base::TimeNs filled = 0;
  };
  Bucket& bucket_of(std::string_view who, base::TimeNs now);

  const double per_second_, burst_;
  const std::size_t max_buckets_;
  mutable std::mutex mutex_;   // guards the buckets
  std::list<Bucket> buckets_;  // the one used last first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name_;
};

// Whom an address stands for: an IPv4 address itself, of IPv6 the network of 64 bits.
std::string network_of(const base::IpAddress& address);

}  // namespace vedette::api
