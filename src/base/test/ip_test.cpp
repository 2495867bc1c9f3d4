#include "vedette/base/ip.hpp"

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

std::string round_trip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

TEST(Ip, V4) {
  EXPECT_EQ(round_trip("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(round_trip("255.255.255.255"), "255.255.255.255");
  EXPECT_EQ(round_trip("0.0.0.0"), "0.0.0.0");
  EXPECT_TRUE(IpAddress::parse("1.2.3.4")->is_v4());
  for (const char* bad :
       {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80",
        "1..3.4", "1.2.3.", ".1.2.3", "0x1.2.3.4", "1.2.3.-4", "1.2.3.1000", "1.2.3.4/8"}) {
    EXPECT_EQ(round_trip(bad), "refused") << bad;
  }
}

TEST(Ip, V6OutputFollowsRfc5952) {
  EXPECT_EQ(round_trip("::"), "::");
  EXPECT_EQ(round_trip("::1"), "::1");
  EXPECT_EQ(round_trip("1::"), "1::");
  EXPECT_EQ(round_trip("2001:DB8:0:0:0:0:0:00Af"), "2001:db8::af");
  EXPECT_EQ(round_trip("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");  // one group is not shortened
  EXPECT_EQ(round_trip("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");           // the longest run
  EXPECT_EQ(round_trip("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");     // the first of equals
  EXPECT_EQ(round_trip("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
  EXPECT_EQ(round_trip("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
  EXPECT_EQ(round_trip("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
  EXPECT_EQ(round_trip("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(Ip, MappedV4IsV4) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3"), IpAddress::parse("10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("::FFFF:a01:203"), IpAddress::parse("10.1.2.3"));
  EXPECT_EQ(round_trip("0:0:0:0:0:ffff:10.1.2.3"), "10.1.2.3");
  EXPECT_FALSE(IpAddress::parse("::10.1.2.3")->is_v4());
}

TEST(Ip, V6Refuses) {
  for (const char* bad : {":",
                          ":::",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1::2::3",
                          "12345::",
                          "g::",
                          "fe80::1%eth0",
                          "[::1]",
                          "::1 ",
                          ":1",
                          "1:",
                          "1:2:3:4:5:6:7:8::",
                          "::1:2:3:4:5:6:7:8",
                          "1.2.3.4::",
                          "::1.2.3.4:1",
                          "::1.2.3",
                          "1:2:3:4:5:6:7:1.2.3.4",
                          "::-1",
                          "::+1",
                          "::0x1",
                          "1:::2",
                          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_EQ(round_trip(bad), "refused") << bad;
  }
}

TEST(Ip, Networks) {
  const auto ten = IpNetwork::parse("10.0.0.0/8");
  ASSERT_TRUE(ten.ok());
  EXPECT_EQ(ten->prefix, 104);
  EXPECT_TRUE(ten->contains(*IpAddress::parse("10.255.255.255")));
  EXPECT_TRUE(ten->contains(*IpAddress::parse("::ffff:10.0.0.1")));
  EXPECT_FALSE(ten->contains(*IpAddress::parse("11.0.0.0")));
  EXPECT_FALSE(ten->contains(*IpAddress::parse("a00::")));

  const auto odd = IpNetwork::parse("192.168.4.0/22");
  ASSERT_TRUE(odd.ok());
  EXPECT_TRUE(odd->contains(*IpAddress::parse("192.168.7.255")));
  EXPECT_FALSE(odd->contains(*IpAddress::parse("192.168.8.0")));

  const auto link = IpNetwork::parse("fe80::/10");
  ASSERT_TRUE(link.ok());
  EXPECT_TRUE(link->contains(*IpAddress::parse("febf::1")));
  EXPECT_FALSE(link->contains(*IpAddress::parse("fec0::1")));

  EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
  EXPECT_FALSE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("2001:db8::1")));
  EXPECT_TRUE(IpNetwork::parse("::/0")->contains(*IpAddress::parse("2001:db8::1")));
  EXPECT_EQ(IpNetwork::parse("10.0.0.1")->prefix, 128);
  EXPECT_FALSE(IpNetwork::parse("10.0.0.1")->contains(*IpAddress::parse("10.0.0.0")));
}

TEST(Ip, NetworksRefuse) {
  for (const char* bad :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.1/8",
        "::1/127", "::/129", "fe80::%1/10", "10.0.0.0/8 ", "10.0.0.0/255.0.0.0"}) {
    const auto network = IpNetwork::parse(bad);
    ASSERT_FALSE(network.ok()) << bad;
    EXPECT_EQ(network.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(IpNetwork::parse("10.0.0.1/8").error().message,
            "network \"10.0.0.1/8\" has address bits set beyond its prefix");
}

}  // namespace
}  // namespace vedette::base
