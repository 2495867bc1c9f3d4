#include "vedette/base/ip.hpp"

#include "functions.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::string_view kNoAddress = "not an IP address";

struct Networks : Prepared {
  std::vector<std::optional<base::IpNetwork>> of;  // by argument; none where it is no constant
};

base::Result<std::unique_ptr<Prepared>> prepare_networks(std::span<const Expr> args) {
  auto networks = std::make_unique<Networks>();
  for (const Expr& argument : args.subspan(1)) {
    const auto* text = std::get_if<std::string>(&argument.literal);
    networks->of.emplace_back();
    if (argument.kind != Expr::Kind::literal || !text) continue;
    auto network = base::IpNetwork::parse(*text);
    if (!network) return argument_error(argument, network.error().message);
    networks->of.back() = *network;
  }
  return std::unique_ptr<Prepared>(std::move(networks));
}

std::optional<base::IpAddress> address_in(const Value& value) {
  return value.is_string() ? base::IpAddress::parse(value.as_string()) : std::nullopt;
}

bool in_network(const base::IpAddress& address, const Value& argument) {
  for (const Value& item : argument.elements()) {
    if (!item.is_string()) continue;
    const auto network = base::IpNetwork::parse(item.as_string());
    if (network && network->contains(address)) return true;
  }
  return false;
}

// A list matches if an element does.
Value cidr_match(Call& call) {
  const auto& networks = static_cast<Networks*>(call.prepared)->of;
  bool any_address = false;
  for (const Value& item : call.args[0].elements()) {
    const auto address = address_in(item);
    if (!address) continue;
    any_address = true;
    for (std::size_t i = 0; i < networks.size(); ++i) {
      if (networks[i] ? networks[i]->contains(*address) : in_network(*address, call.args[i + 1])) {
        return Value::boolean(true);
      }
    }
  }
  return any_address ? Value::boolean(false) : call.fail(kNoAddress);
}

bool in_any(const base::IpAddress& address, std::span<const base::IpNetwork> networks) {
  for (const base::IpNetwork& network : networks) {
    if (network.contains(address)) return true;
  }
  return false;
}

std::vector<base::IpNetwork> networks_of(std::initializer_list<std::string_view> texts) {
  std::vector<base::IpNetwork> out;
  for (const std::string_view text : texts) out.push_back(base::IpNetwork::parse(text).value());
  return out;
}

// RFC 1918, RFC 4193, loopback, link-local and shared address space (RFC 6598).
bool private_address(const base::IpAddress& address) {
  static const auto networks =
      networks_of({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
                   "100.64.0.0/10", "fc00::/7", "fe80::/10", "::1"});
  return in_any(address, networks);
}

// Not private, and neither multicast, documentation, reserved nor unspecified (RFC 6890).
bool public_address(const base::IpAddress& address) {
  static const auto networks =
      networks_of({"0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
                   "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "2001:db8::/32", "::"});
  return !private_address(address) && !in_any(address, networks);
}

template <bool (*test)(const base::IpAddress&)>
Value address_test(Call& call) {
  const auto address = address_in(call.args[0]);
  return address ? Value::boolean(test(*address)) : call.fail(kNoAddress);
}

Value ip_version(Call& call) {
  const auto address = address_in(call.args[0]);
  return address ? Value::integer(address->is_v4() ? 4 : 6) : call.fail(kNoAddress);
}

// "10.1.0.0/16" of 10.1.2.3 and 16.
Value ip_network(Call& call) {
  auto address = address_in(call.args[0]);
  if (!address) return call.fail(kNoAddress);
  const auto bits = integer_in(call.args[1]);
  const int width = address->is_v4() ? 32 : 128;
  if (!bits || *bits < 0 || *bits > width) return call.fail("the prefix length is out of range");
  const std::int64_t kept = *bits + (128 - width);
  for (std::size_t i = 0; i < 16; ++i) {
    const std::int64_t left = kept - static_cast<std::int64_t>(i) * 8;
    if (left >= 8) continue;
    const unsigned mask = left <= 0 ? 0u : (0xFF00u >> left) & 0xFFu;
    address->bytes[i] = static_cast<std::uint8_t>(address->bytes[i] & mask);
  }
  return call.text(address->to_string() + "/" + std::to_string(*bits));
}

// The address in its canonical form.
Value to_ip(Call& call) {
  const auto address = address_in(call.args[0]);
  return address ? call.text(address->to_string()) : call.fail(kNoAddress);
}

constexpr Function kIpFunctions[] = {
    {"cidr_match", 2, 100, cidr_match, Nulls::propagate, Lists::see, prepare_networks},
    {"is_private", 1, 1, address_test<private_address>},
    {"is_public", 1, 1, address_test<public_address>},
    {"ip_version", 1, 1, ip_version},
    {"ip_network", 2, 2, ip_network},
    {"to_ip", 1, 1, to_ip},
};

}  // namespace

std::span<const Function> ip_functions() {
  return kIpFunctions;
}

}  // namespace vedette::query
