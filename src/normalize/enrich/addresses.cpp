#include "enrich/addresses.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr const char* kReservedNetworks[] = {
    "0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/8",           "100::/64",
    "fc00::/7",     "fe80::/10",      "fec0::/10",     "ff00::/8",
};

const std::vector<base::IpNetwork>& reserved_networks() {
  static const auto* const networks = [] {
    auto* list = new std::vector<base::IpNetwork>;
    for (const char* text : kReservedNetworks) {
      auto network = base::IpNetwork::parse(text);
      CHECK(network.ok());
      list->push_back(*network);
    }
    return list;
  }();
  return *networks;
}

}  // namespace

std::optional<base::IpAddress> address_of(std::string_view text) {
  if (auto address = base::IpAddress::parse(text)) return address;
  if (text.size() < 3 || text.size() > 80) return std::nullopt;
  if (text.front() == '[') {  // [2001:db8::1]:443
    const std::size_t close = text.find(']');
    return close == text.npos ? std::nullopt : address_of(text.substr(1, close - 1));
  }
  if (const std::size_t zone = text.find('%'); zone != text.npos) {
    return base::IpAddress::parse(text.substr(0, zone));
  }
  const std::size_t colon = text.find(':');  // 192.0.2.1:443
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return std::nullopt;
  const auto port = base::parse_uint(text.substr(colon + 1));
  return port && *port <= 65535 ? base::IpAddress::parse(text.substr(0, colon)) : std::nullopt;
}

bool is_public(const base::IpAddress& address) {
  const bool v4 = address.is_v4();
  for (const base::IpNetwork& network : reserved_networks()) {
    if (network.base.is_v4() == v4 && network.contains(address)) return false;
  }
  return true;
}

base::IpAddress masked(const base::IpAddress& address, int prefix) {
  base::IpAddress out;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  std::copy_n(address.bytes.begin(), whole, out.bytes.begin());
  if (prefix % 8 != 0) {
    out.bytes[whole] = static_cast<std::uint8_t>(address.bytes[whole] & (0xFF00u >> (prefix % 8)));
  }
  return out;
}

NetworkKey::NetworkKey(const base::IpAddress& address, int prefix) {
  const base::IpAddress base = masked(address, prefix);
  std::memcpy(bytes, base.bytes.data(), 16);
  bytes[16] = static_cast<char>(prefix);
}

}  // namespace vedette::normalize
