#include "sockets.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr std::string_view kLocalhost = "localhost";

base::Error endpoint_error(const Endpoint& endpoint, std::string_view action, std::string_view reason) {
  return base::make_error(base::ErrorCode::io,
                          fmt::format("cannot {} {}: {}", action, endpoint.to_string(), reason));
}

struct AddressInfoDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressInfo = std::unique_ptr<addrinfo, AddressInfoDeleter>;

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

void set_port(sockaddr_storage& address, std::uint16_t port) {
  if (address.ss_family == AF_INET) {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(port);
  }
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

base::Result<std::vector<SocketAddress>> resolve(const Endpoint& endpoint) {
  std::vector<SocketAddress> found;
  if (endpoint.host.empty()) {
    SocketAddress any6;
    auto& v6 = reinterpret_cast<sockaddr_in6&>(any6.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_any;
    any6.size = sizeof(sockaddr_in6);
    SocketAddress any4;
    reinterpret_cast<sockaddr_in&>(any4.storage).sin_family = AF_INET;
    any4.size = sizeof(sockaddr_in);
    return std::vector<SocketAddress>{any6, any4};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &list);
  const AddressInfo owner(list);
  if (error != 0) return endpoint_error(endpoint, "resolve", gai_strerror(error));
  // IPv4 first: its port is the one that a free port is chosen for.
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
      if (at->ai_family != family || at->ai_addrlen > sizeof(sockaddr_storage)) continue;
      SocketAddress address;
      std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
      address.size = at->ai_addrlen;
      found.push_back(address);
    }
  }
  if (found.empty()) return endpoint_error(endpoint, "resolve", "it has no address");
  return found;
}

// 0 or the error. `[::]` takes IPv4, too.
int open_bound(const SocketAddress& address, int type, Fd& out) {
  Fd fd(::socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  const int on = 1;
  const int off = 0;
  // Datagram sockets share nothing: with SO_REUSEADDR a second process could take their address.
  if (type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    const bool any = std::memcmp(&v6.sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, any ? &off : &on, sizeof on);
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) return errno;
  if (type == SOCK_STREAM && ::listen(fd.get(), SOMAXCONN) != 0) return errno;
  out = std::move(fd);
  return 0;
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

base::Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto bad = [&](std::string_view reason) {
    return base::make_error(
        base::ErrorCode::invalid_argument,
        fmt::format("'{}' is no address to listen at: {}", base::escape_control(text), reason));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("it has no port, as in 0.0.0.0:9200");
  const auto port = base::parse_uint(text.substr(colon + 1));
  if (!port || *port > 65'535) return bad("the port is no number from 0 to 65535");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return bad("a bracket is not closed");
    host = host.substr(1, host.size() - 2);
    const auto address = base::IpAddress::parse(host);
    if (!address || host.find(':') == std::string_view::npos)
      return bad("what is in brackets is no IPv6 address");
  } else if (host.find(':') != std::string_view::npos) {
    return bad("an IPv6 address needs brackets, as in [::]:9200");
  }
  for (const char c : host) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return bad("the host holds a blank");
  }
  if (host.size() > 253) return bad("the host is too long");
  return Endpoint{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  return host.find(':') != std::string::npos ? fmt::format("[{}]:{}", host, port)
                                             : fmt::format("{}:{}", host, port);
}

bool Endpoint::is_loopback() const {
  if (base::equals_ignore_case_ascii(host, kLocalhost)) return true;
  const auto address = base::IpAddress::parse(host);
  if (!address) return false;
  if (address->is_v4()) return address->bytes[12] == 127;
  base::IpAddress loopback;
  loopback.bytes[15] = 1;
  return *address == loopback;
}

base::Result<std::vector<Fd>> bind_sockets(const Endpoint& endpoint, int type) {
  TRY_ASSIGN(auto addresses, resolve(endpoint));
  std::vector<Fd> sockets;
  std::uint16_t port = endpoint.port;
  int last_error = 0;
  for (SocketAddress& address : addresses) {
    set_port(address.storage, port);
    Fd fd;
    if (const int error = open_bound(address, type, fd); error != 0) {
      const bool absent = error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
      // The second address of a host cannot always have the free port of the first.
      const bool second_of_free_port = endpoint.port == 0 && !sockets.empty();
      last_error = error;
      if (absent || second_of_free_port) continue;
      return endpoint_error(endpoint, "listen at", std::generic_category().message(error));
    }
    port = local_endpoint(endpoint, fd.get()).port;
    sockets.push_back(std::move(fd));
    if (endpoint.host.empty()) break;  // [::] takes IPv4 as well
  }
  if (sockets.empty())
    return endpoint_error(endpoint, "listen at", std::generic_category().message(last_error));
  return sockets;
}

Endpoint local_endpoint(const Endpoint& wanted, int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  Endpoint local = wanted;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) == 0) {
    local.port = port_of(address.storage);
  }
  return local;
}

Peer peer_of(const sockaddr_storage& address) {
  Peer peer;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    peer.address.bytes[10] = peer.address.bytes[11] = 0xff;
    std::memcpy(peer.address.bytes.data() + 12, &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(peer.address.bytes.data(), &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
  }
  return peer;
}

}  // namespace vedette::net
