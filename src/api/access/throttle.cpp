#include "access/throttle.hpp"

#include <algorithm>

#include "vedette/base/ip.hpp"

namespace vedette::api::access {
namespace {

base::TimeNs doubled(base::TimeNs first, int times, base::TimeNs most) {
  return times >= 20 ? most : std::min(most, first << times);
}

std::string pair_key(std::string_view account, std::string_view network) {
  return "p" + std::string(account) + "|" + std::string(network);
}

std::string account_key(std::string_view account) {
  return "a" + std::string(account);
}

}  // namespace

std::string network_of(std::string_view address) {
  std::optional<base::IpAddress> parsed = base::IpAddress::parse(address);
  if (!parsed) return std::string(address.substr(0, 64));
  const std::size_t kept = parsed->is_v4() ? 15 : 7;
  std::fill(parsed->bytes.begin() + static_cast<std::ptrdiff_t>(kept), parsed->bytes.end(), std::uint8_t{0});
  return parsed->to_string();
}

Throttle::Entry* Throttle::find(const std::string& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &*found->second;
}

Throttle::Entry& Throttle::touch(const std::string& key, base::TimeNs now) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    Entry& entry = entries_.front();
    if (now - entry.last > kForget) entry.tries = 0, entry.not_before = 0;
    return entry;
  }
  if (entries_.size() >= kMaxEntries) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front(Entry{key, 0, now, 0});
  by_key_.emplace(entries_.front().key, entries_.begin());
  return entries_.front();
}

int Throttle::begin(std::string_view account, std::string_view network, bool known, base::TimeNs now) {
  const std::lock_guard lock(mutex_);
  Entry& across = touch(account_key(account), now);
  Entry& pair = touch(pair_key(account, network), now);
  const base::TimeNs from = known ? pair.not_before : std::max(pair.not_before, across.not_before);
  if (now < from) return static_cast<int>((from - now + base::kNsPerSecond - 1) / base::kNsPerSecond);
  pair.last = across.last = now;
  if (++pair.tries >= kFreeTries) {
    pair.not_before = now + doubled(base::kNsPerSecond, pair.tries - kFreeTries, kLongestWait);
  }
  // A known network neither feels nor feeds what is counted over all.
  if (!known && ++across.tries >= kFreeAcross) {
    across.not_before = now + doubled(base::kNsPerSecond, across.tries - kFreeAcross, kLongestAcrossWait);
  }
  return 0;
}

void Throttle::succeeded(std::string_view account, std::string_view network) {
  const std::lock_guard lock(mutex_);
  if (Entry* pair = find(pair_key(account, network))) pair->tries = 0, pair->not_before = 0;
  // The guesses of others still count.
  if (Entry* across = find(account_key(account)); across != nullptr && across->tries > 0) --across->tries;
}

void Throttle::undecided(std::string_view account, std::string_view network) {
  const std::lock_guard lock(mutex_);
  if (Entry* pair = find(pair_key(account, network)); pair != nullptr && pair->tries > 0) {
    --pair->tries;
    pair->not_before = 0;
  }
  if (Entry* across = find(account_key(account)); across != nullptr && across->tries > 0) --across->tries;
}

std::size_t Throttle::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool Quota::take(base::TimeNs now, std::uint64_t& passed_over) {
  const std::lock_guard lock(mutex_);
  const base::TimeNs minute = now / (60 * base::kNsPerSecond);
  if (minute != minute_) minute_ = minute, taken_ = 0;
  if (taken_ >= per_minute_) {
    ++passed_over_;
    return false;
  }
  ++taken_;
  passed_over = passed_over_;
  passed_over_ = 0;
  return true;
}

}  // namespace vedette::api::access
