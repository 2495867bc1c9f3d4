#include <gtest/gtest.h>

#include "enrich_harness.hpp"
#include "mmdb_writer.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

using test::batch_of;
using test::EnrichFolder;
using test::field_of;
using test::MmdbValue;
using test::MmdbWriter;

MmdbValue named(const std::string& code, const std::string& code_name, const std::string& name) {
  return MmdbValue::map(
      {{code_name, MmdbValue::of(code)},
       {"names", MmdbValue::map({{"de", MmdbValue::of("?")}, {"en", MmdbValue::of(name)}})}});
}

MmdbValue london() {
  return MmdbValue::map({
      {"city", MmdbValue::map({{"names", MmdbValue::map({{"en", MmdbValue::of("London")}})}})},
      {"continent", named("EU", "code", "Europe")},
      {"country", named("GB", "iso_code", "United Kingdom")},
      {"location", MmdbValue::map({{"latitude", MmdbValue::of(51.5142)},
                                   {"longitude", MmdbValue::of(-0.0931)},
                                   {"time_zone", MmdbValue::of("Europe/London")}})},
      {"postal", MmdbValue::map({{"code", MmdbValue::of("EC1A")}})},
      {"subdivisions",
       MmdbValue::list({named("ENG", "iso_code", "England"), named("X", "iso_code", "Inner")})},
  });
}
MmdbValue only_country(const std::string& code, const std::string& name) {
  return MmdbValue::map({{"country", named(code, "iso_code", name)}});
}

std::string city_file(int ip_version, int record_bits) {
  MmdbWriter writer("Test-City", ip_version, record_bits);
  writer.add("81.2.69.0/24", london());
  writer.add("89.160.20.112/28", only_country("SE", "Sweden"));
  if (ip_version == 6) writer.add("2a02:d040::/32", only_country("NO", "Norway"));
  return writer.bytes();
}
std::string asn_file() {
  MmdbWriter writer("Test-ASN", 6, 24);
  writer.add("81.2.64.0/18",
             MmdbValue::map({{"autonomous_system_number", MmdbValue::u32(20712)},
                             {"autonomous_system_organization", MmdbValue::of("Example Net Ltd")}}));
  return writer.bytes();
}

std::unique_ptr<Enricher> geo(const std::string& city, const std::string& asn) {
  auto made = make_geo_enricher({city, asn});
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
  return made.ok() ? std::move(made).value() : nullptr;
}

class GeoFiles : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(GeoFiles, PlacesAreAddedFromTreesOfAllKinds) {
  const EnrichFolder folder;
  const auto [ip_version, record_bits] = GetParam();
  const auto enricher = geo(folder.write("city.mmdb", city_file(ip_version, record_bits)), "");
  ASSERT_TRUE(enricher);
  const auto batch =
      enricher->enrich(batch_of({{{"source.ip", "81.2.69.142"}, {"destination.ip", "89.160.20.113"}},
                                 {{"source.ip", "89.160.20.1"}, {"host.ip", "2a02:d040::7"}}}));
  const auto first = (*batch)[0];
  EXPECT_EQ(field_of(first, "source.geo.city_name"), "London");
  EXPECT_EQ(field_of(first, "source.geo.country_iso_code"), "GB");
  EXPECT_EQ(field_of(first, "source.geo.country_name"), "United Kingdom");
  EXPECT_EQ(field_of(first, "source.geo.continent_code"), "EU");
  EXPECT_EQ(field_of(first, "source.geo.continent_name"), "Europe");
  EXPECT_EQ(field_of(first, "source.geo.region_name"), "England");
  EXPECT_EQ(field_of(first, "source.geo.region_iso_code"), "GB-ENG");
  EXPECT_EQ(field_of(first, "source.geo.postal_code"), "EC1A");
  EXPECT_EQ(field_of(first, "source.geo.timezone"), "Europe/London");
  EXPECT_EQ(field_of(first, "source.geo.location"), "51.5142,-0.0931");
  EXPECT_EQ(field_of(first, "destination.geo.country_iso_code"), "SE");
  EXPECT_EQ(field_of(first, "destination.geo.city_name"), "-");
  EXPECT_EQ(field_of((*batch)[1], "source.geo.country_iso_code"), "-");
  EXPECT_EQ(field_of((*batch)[1], "host.geo.country_iso_code"), ip_version == 6 ? "NO" : "-");
}

INSTANTIATE_TEST_SUITE_P(All, GeoFiles,
                         testing::Values(std::pair(4, 24), std::pair(4, 28), std::pair(4, 32),
                                         std::pair(6, 24), std::pair(6, 28), std::pair(6, 32)));

TEST(Geo, NetworksAreAddedWhereEcsHasThem) {
  const EnrichFolder folder;
  const auto enricher = geo("", folder.write("asn.mmdb", asn_file()));
  ASSERT_TRUE(enricher);
  const auto batch = enricher->enrich(batch_of({{{"client.ip", "81.2.69.142"}, {"host.ip", "81.2.69.142"}}}));
  EXPECT_EQ(field_of((*batch)[0], "client.as.number"), "20712");
  EXPECT_EQ(field_of((*batch)[0], "client.as.organization.name"), "Example Net Ltd");
  EXPECT_EQ(field_of((*batch)[0], "host.as.number"), "-");
}

TEST(Geo, TheFirstPublicAddressOfAListIsTaken) {
  const EnrichFolder folder;
  const auto enricher = geo(folder.write("city.mmdb", city_file(6, 28)), "");
  ASSERT_TRUE(enricher);
  const auto batch = enricher->enrich(batch_of({{{"host.ip", "10.0.0.1"},
                                                 {"host.ip", "fe80::1%eth0"},
                                                 {"host.ip", "no address"},
                                                 {"host.ip", "89.160.20.113:443"},
                                                 {"host.ip", "81.2.69.142"}}}));
  EXPECT_EQ(field_of((*batch)[0], "host.geo.country_iso_code"), "SE");
}

TEST(Geo, FieldsOfTheEventStayAndAnUntouchedBatchIsTheSame) {
  const EnrichFolder folder;
  const auto enricher = geo(folder.write("city.mmdb", city_file(6, 28)), "");
  ASSERT_TRUE(enricher);
  const auto kept =
      enricher->enrich(batch_of({{{"source.ip", "81.2.69.142"}, {"source.geo.country_iso_code", "XX"}}}));
  EXPECT_EQ(field_of((*kept)[0], "source.geo.country_iso_code"), "XX");
  EXPECT_EQ(field_of((*kept)[0], "source.geo.city_name"), "London");
  const auto batch = batch_of({{{"source.ip", "10.1.2.3"}}, {{"message", "81.2.69.142"}}});
  EXPECT_EQ(enricher->enrich(batch), batch);
}

TEST(Geo, ErrorsNameTheFile) {
  const EnrichFolder folder;
  const std::string whole = city_file(6, 28);
  const auto absent = make_geo_enricher({folder.path("none.mmdb"), ""});
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, base::ErrorCode::io);
  EXPECT_NE(absent.error().message.find("none.mmdb"), std::string::npos);
  const auto text = make_geo_enricher({"", folder.write("text.mmdb", "not a database")});
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, base::ErrorCode::corrupt);
  EXPECT_NE(text.error().message.find("text.mmdb"), std::string::npos);
  // The metadata alone: no tree before it.
  const auto torn = make_geo_enricher({folder.write("torn.mmdb", whole.substr(whole.size() / 2)), ""});
  EXPECT_FALSE(torn.ok());
}

// Every file that opens must answer without a crash, whatever its bytes.
TEST(Geo, DamagedFilesAreRefusedOrAnswerNothing) {
  const EnrichFolder folder;
  const std::string whole = city_file(6, 24);
  unsigned seed = 12345;
  for (int round = 0; round < 100; ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 3; ++i) {
      seed = seed * 1664525u + 1013904223u;
      bytes[(seed >> 8) % bytes.size()] = static_cast<char>(seed >> 16);
    }
    const auto made = make_geo_enricher({folder.write("damaged.mmdb", bytes), ""});
    if (made.ok()) {
      made.value()->enrich(batch_of({{{"source.ip", "81.2.69.142"}, {"destination.ip", "2a02:d040::7"}}}));
    }
  }
}

}  // namespace
}  // namespace vedette::normalize
