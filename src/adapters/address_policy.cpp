#include "address_policy.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

namespace vedette::adapters {

namespace {

struct KnownNetwork {
  base::IpNetwork network;
  AddressKind kind;
};

// The registries of special-purpose addresses of IANA (RFC 6890 and later). The first that holds an address
// decides; what no network holds is forbidden in IPv6, open in IPv4.
const std::vector<KnownNetwork>& known_networks() {
  static const std::vector<KnownNetwork> networks = [] {
    constexpr std::pair<const char*, AddressKind> kNetworks[] = {
        {"10.0.0.0/8", AddressKind::own},
        {"172.16.0.0/12", AddressKind::own},
        {"192.168.0.0/16", AddressKind::own},
        {"100.64.0.0/10", AddressKind::own},
        {"127.0.0.0/8", AddressKind::own},
        {"169.254.0.0/16", AddressKind::own},
        {"0.0.0.0/8", AddressKind::forbidden},
        {"192.0.0.0/24", AddressKind::forbidden},
        {"192.0.2.0/24", AddressKind::forbidden},
        {"192.88.99.0/24", AddressKind::forbidden},
        {"198.18.0.0/15", AddressKind::forbidden},
        {"198.51.100.0/24", AddressKind::forbidden},
        {"203.0.113.0/24", AddressKind::forbidden},
        {"224.0.0.0/3", AddressKind::forbidden},
        {"0.0.0.0/0", AddressKind::open},
        {"::1/128", AddressKind::own},
        {"fe80::/10", AddressKind::own},
        {"fc00::/7", AddressKind::own},
        {"2001::/23", AddressKind::forbidden},
        {"2001:db8::/32", AddressKind::forbidden},
        {"2002::/16", AddressKind::forbidden},
        {"3fff::/20", AddressKind::forbidden},
        {"2000::/3", AddressKind::open},
    };
    std::vector<KnownNetwork> parsed;
    for (const auto& [text, kind] : kNetworks) parsed.push_back({base::IpNetwork::parse(text).value(), kind});
    return parsed;
  }();
  return networks;
}

}  // namespace

AddressKind address_kind(const base::IpAddress& address) {
  for (const KnownNetwork& known : known_networks()) {
    if (known.network.contains(address)) return known.kind;
  }
  return AddressKind::forbidden;
}

PeerAddress peer_address(const sockaddr& address) {
  base::IpAddress ip;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    ip.bytes[10] = ip.bytes[11] = 0xff;
    std::memcpy(ip.bytes.data() + 12, &v4.sin_addr, 4);
    return {address_kind(ip), ip.to_string()};
  }
  if (address.sa_family != AF_INET6) return {AddressKind::forbidden, "an address of another family"};
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::memcpy(ip.bytes.data(), &v6.sin6_addr, 16);
  if (ip.is_v4()) return {AddressKind::forbidden, "::ffff:" + ip.to_string()};
  return {address_kind(ip), ip.to_string()};
}

}  // namespace vedette::adapters
