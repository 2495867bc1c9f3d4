// Addresses as keys, and which of them are not public.
#pragma once

#include <optional>
#include <string_view>

#include "vedette/base/ip.hpp"

namespace vedette::normalize {

// An address as events write it: with a zone, a port or brackets, if need be.
std::optional<base::IpAddress> address_of(std::string_view text);

// Not private, loopback, link-local, multicast or otherwise reserved (IANA special-purpose registries). The
// addresses of documentation count as public: they are on no network, but in examples and tests.
bool is_public(const base::IpAddress& address);

base::IpAddress masked(const base::IpAddress& address, int prefix);

// The 17 bytes that stand for a network.
struct NetworkKey {
  NetworkKey(const base::IpAddress& address, int prefix);
  std::string_view view() const { return {bytes, sizeof bytes}; }
  char bytes[17];
};

// The prefix lengths that occur among networks, so that a lookup tries no others.
class PrefixLengths {
 public:
  void add(int prefix) { (prefix < 64 ? low_ : prefix < 128 ? high_ : whole_) |= bit(prefix); }
  // Calls visit(prefix) from the longest on until it returns true.
  template <typename Visit>
  bool longest_first(const Visit& visit) const {
    if (whole_ && visit(128)) return true;
    return in(high_, 64, visit) || in(low_, 0, visit);
  }

 private:
  static std::uint64_t bit(int prefix) { return std::uint64_t{1} << (prefix & 63); }
  template <typename Visit>
  static bool in(std::uint64_t bits, int base, const Visit& visit) {
    while (bits != 0) {
      const int top = 63 - __builtin_clzll(bits);
      if (visit(base + top)) return true;
      bits ^= std::uint64_t{1} << top;
    }
    return false;
  }
  std::uint64_t low_ = 0, high_ = 0, whole_ = 0;
};

}  // namespace vedette::normalize
