// IPv4 and IPv6 addresses and networks (RFC 4291, RFC 5952 output).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::base {

// 16 bytes in network order; IPv4 is held as ::ffff:a.b.c.d.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static std::optional<IpAddress> parse(std::string_view text);  // no zone, no port, no brackets
  bool is_v4() const;
  std::string to_string() const;
  auto operator<=>(const IpAddress&) const = default;
};

struct IpNetwork {
  IpAddress base;
  int prefix = 128;  // 0..128; an IPv4 /n is held as 96 + n

  // "10.0.0.0/8", "fe80::/10", "10.0.0.1" (a /32). Host bits beyond the prefix are an error.
  static Result<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

}  // namespace vedette::base
