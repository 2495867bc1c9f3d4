#include "address_policy.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>

namespace vedette::adapters {

namespace {

PeerAddress peer_of(const char* text) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST;
  EXPECT_EQ(::getaddrinfo(text, nullptr, &hints, &found), 0) << text;
  const PeerAddress peer = found ? peer_address(*found->ai_addr) : PeerAddress{};
  if (found) ::freeaddrinfo(found);
  return peer;
}

void expect_kind(AddressKind kind, std::initializer_list<const char*> addresses) {
  for (const char* text : addresses) EXPECT_EQ(peer_of(text).kind, kind) << text;
}

}  // namespace

TEST(AddressPolicy, KnowsTheInternet) {
  expect_kind(AddressKind::open,
              {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
               "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.0.1", "192.169.0.1",
               "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1"});
}

TEST(AddressPolicy, KnowsOnesOwnNetworks) {
  expect_kind(AddressKind::own, {"10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.255",
                                 "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::1",
                                 "fe80::1", "febf::1", "fc00::1", "fd00:ec2::254"});
}

TEST(AddressPolicy, ForbidsWhatIsNoHost) {
  expect_kind(AddressKind::forbidden,
              {"0.0.0.0",         "0.1.2.3",      "192.0.0.1",   "192.0.2.1", "192.88.99.1",     "198.18.0.1",
               "198.19.255.255",  "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
               "255.255.255.255", "::",           "ff02::1",     "fec0::1",   "2001:db8::1",     "2001::1",
               "2001:10::1",      "4000::1",      "100::1"});
}

TEST(AddressPolicy, ForbidsOtherSpellingsOfIpv4) {
  expect_kind(AddressKind::forbidden,
              {"::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::7f00:1",
               "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::"});
}

}  // namespace vedette::adapters
