// Which addresses requests to other servers may reach.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "vedette/base/ip.hpp"

struct sockaddr;

namespace vedette::adapters {

enum class AddressKind : std::uint8_t {
  open,       // anyone's: of the internet
  own,        // private, loopback, link-local, shared or unique-local: where that is allowed
  forbidden,  // multicast, reserved, unspecified, and IPv6 spellings of IPv4 addresses
};
AddressKind address_kind(const base::IpAddress& address);

// The address that a socket would be connected to; forbidden: of another family, or an IPv4 address in IPv6.
struct PeerAddress {
  AddressKind kind = AddressKind::forbidden;
  std::string text;
};
PeerAddress peer_address(const sockaddr& address);

}  // namespace vedette::adapters
