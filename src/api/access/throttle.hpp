// Throttle: slows down those who guess, without locking out those who know.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "vedette/base/time.hpp"

namespace vedette::api::access {

// The network of an address as the throttle and the accounts keep it: /24 of IPv4, /56 of IPv6, the text
// itself of anything else.
std::string network_of(std::string_view address);

// A pair of account and network may fail kFreeTries times, then each further try waits twice as long as the
// one before, up to kLongestWait. Over all networks an account may fail kFreeAcross times, then tries from
// networks that are not `known` (it signed in from there before) come at most once in kAcrossWait doubling to
// kLongestAcrossWait. What did not happen for kForget is forgotten. Tries count when they begin, so that
// many at once are no way round. Thread safe; at most kMaxEntries are kept, the longest unused go first.
class Throttle {
 public:
  static constexpr int kFreeTries = 5, kFreeAcross = 20;
  static constexpr base::TimeNs kLongestWait = 900 * base::kNsPerSecond;
  static constexpr base::TimeNs kLongestAcrossWait = 30 * base::kNsPerSecond;
  static constexpr base::TimeNs kForget = 3600 * base::kNsPerSecond;
  static constexpr std::size_t kMaxEntries = 65'536;

  // Seconds to wait; 0: go on, and say how it ended.
  int begin(std::string_view account, std::string_view network, bool known, base::TimeNs now);
  void succeeded(std::string_view account, std::string_view network);
  // Neither right nor wrong (a code is asked for, the server was busy): as if it had not been.
  void undecided(std::string_view account, std::string_view network);
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    int tries = 0;
    base::TimeNs last = 0, not_before = 0;
  };
  using Entries = std::list<Entry>;
  Entry& touch(const std::string& key, base::TimeNs now);
  Entry* find(const std::string& key);

  mutable std::mutex mutex_;  // guards the entries
  Entries entries_;           // used last first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

// At most `per_minute` of something; the others are counted.
class Quota {
 public:
  explicit Quota(int per_minute) : per_minute_(per_minute) {}
  // Whether this one may; if so `passed_over` is how many were not since the last that might.
  bool take(base::TimeNs now, std::uint64_t& passed_over);

 private:
  const int per_minute_;
  std::mutex mutex_;  // guards all below
  base::TimeNs minute_ = -1;
  int taken_ = 0;
  std::uint64_t passed_over_ = 0;
};

}  // namespace vedette::api::access
