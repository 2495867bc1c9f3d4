#include <chrono>
#include <cstdio>

#include <gtest/gtest.h>

#include "enrich_harness.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

using test::batch_of;
using test::EventFields;
using test::field_of;
using Type = Indicator::Type;

constexpr base::TimeNs kNow = 1'790'000'000 * base::kNsPerSecond;
constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;

Indicator indicator(Type type, std::string value, std::string feed = "feed") {
  Indicator out;
  out.type = type;
  out.value = std::move(value);
  out.feed = std::move(feed);
  return out;
}

// The names of the indicators' feeds that an event with one field matches.
std::string match(const IndicatorSet& set, const std::string& field, const std::string& value) {
  return field_of((*set.enrich(batch_of({{{field, value}}}, kNow)))[0], "threat.matched.feed");
}

TEST(IndicatorSet, AddsWhatItKnowsOfTheBestMatchAndAListOfAll) {
  Indicator address = indicator(Type::ip, "203.0.113.7", "alpha");
  address.id = "indicator--11111111-1111-4111-8111-111111111111";
  address.description = "C2 of Moss";
  address.tlp = "amber+strict";
  address.confidence = 85;
  address.tags = {"moss", "c2"};
  Indicator domain = indicator(Type::domain, "evil.example", "beta");
  domain.id = "7";
  const auto set = make_indicator_set({domain, address}, {}, kNow);
  const auto batch = set->enrich(batch_of({{{"destination.ip", "203.0.113.7"},
                                            {"related.ip", "203.0.113.7"},
                                            {"tags", "own"},
                                            {"dns.question.name", "WWW.Evil.Example."}},
                                           {{"destination.ip", "203.0.113.8"}}},
                                          kNow));
  const auto event = (*batch)[0];
  EXPECT_EQ(field_of(event, "threat.indicator.type"), "ipv4-addr");
  EXPECT_EQ(field_of(event, "threat.indicator.ip"), "203.0.113.7");
  EXPECT_EQ(field_of(event, "threat.indicator.name"), "203.0.113.7");
  EXPECT_EQ(field_of(event, "threat.indicator.id"), address.id);
  EXPECT_EQ(field_of(event, "threat.indicator.provider"), "alpha");
  EXPECT_EQ(field_of(event, "threat.indicator.description"), "C2 of Moss");
  EXPECT_EQ(field_of(event, "threat.indicator.confidence"), "High");
  EXPECT_EQ(field_of(event, "threat.indicator.marking.tlp"), "AMBER+STRICT");
  EXPECT_EQ(field_of(event, "threat.indicator.tags"), "moss|c2");
  EXPECT_EQ(field_of(event, "tags"), "own|threat_match");
  // The order is that of the event's fields, which is not stable between processes.
  const bool address_first = field_of(event, "threat.matched.feed") == "alpha|beta";
  const auto both = [&](const std::string& a, const std::string& b) {
    return address_first ? a + "|" + b : b + "|" + a;
  };
  EXPECT_EQ(field_of(event, "threat.matched.feed"), both("alpha", "beta"));
  EXPECT_EQ(field_of(event, "threat.matched.field"), both("destination.ip", "dns.question.name"));
  EXPECT_EQ(field_of(event, "threat.matched.atomic"), both("203.0.113.7", "WWW.Evil.Example."));
  EXPECT_EQ(field_of(event, "threat.matched.type"), both("ipv4-addr", "domain-name"));
  EXPECT_EQ(field_of(event, "threat.matched.id"), both(address.id, "7"));
  EXPECT_EQ(field_of(event, "threat.matched.tlp"), both("amber+strict", ""));
  EXPECT_EQ(field_of(event, "threat.matched.confidence"), both("85", "-1"));
  EXPECT_EQ(field_of((*batch)[1], "tags"), "-");
}

TEST(IndicatorSet, NothingFoundIsTheSameBatchAndASecondPassAddsNothing) {
  const auto set = make_indicator_set({indicator(Type::ip, "203.0.113.7")}, {}, kNow);
  const auto batch = batch_of({{{"source.ip", "203.0.113.8"}}}, kNow);
  EXPECT_EQ(set->enrich(batch), batch);
  const auto once = set->enrich(batch_of({{{"source.ip", "203.0.113.7"}}}, kNow));
  EXPECT_EQ(set->enrich(once), once);
}

TEST(IndicatorSet, AddressesAndNetworks) {
  const auto set = make_indicator_set(
      {indicator(Type::ip, "203.0.113.7", "one"), indicator(Type::network, "203.0.112.0/23", "wide"),
       indicator(Type::network, "2001:db8::/32", "six"), indicator(Type::ip, "2001:db8::1", "exact")},
      {"203.0.113.99"}, kNow);
  EXPECT_EQ(match(*set, "source.ip", "203.0.113.7"), "one|wide");
  EXPECT_EQ(match(*set, "source.ip", "203.0.112.200"), "wide");
  EXPECT_EQ(match(*set, "source.ip", "203.0.113.99"), "-");
  EXPECT_EQ(match(*set, "source.ip", "2001:0DB8:0::1"), "exact|six");
  EXPECT_EQ(match(*set, "source.ip", "::ffff:203.0.113.7"), "one|wide");
  EXPECT_EQ(match(*set, "dns.answers.data", "203.0.113.7"), "one|wide");
  EXPECT_EQ(match(*set, "url.full", "https://203.0.113.7:8443/x"), "one|wide");
  EXPECT_EQ(match(*set, "message", "203.0.113.7"), "-");
  const auto inside = set->enrich(batch_of({{{"source.ip", "203.0.112.9"}}}, kNow));
  EXPECT_EQ(field_of((*inside)[0], "threat.indicator.name"), "203.0.112.0/23");
  EXPECT_EQ(field_of((*inside)[0], "threat.indicator.ip"), "203.0.112.9");
}

TEST(IndicatorSet, ADomainIsItselfAndAllBelowIt) {
  const auto set =
      make_indicator_set({indicator(Type::domain, "Evil.Example"), indicator(Type::domain, "*.wild.example")},
                         {"good.evil.example"}, kNow);
  for (const char* field :
       {"dns.question.name", "url.domain", "tls.client.server_name", "destination.domain"}) {
    EXPECT_EQ(match(*set, field, "evil.example"), "feed") << field;
    EXPECT_EQ(match(*set, field, "a.b.EVIL.example."), "feed") << field;
  }
  EXPECT_EQ(match(*set, "url.full", "http://x.evil.example/y"), "feed");
  EXPECT_EQ(match(*set, "email.from.address", "Boss <boss@evil.example>"), "feed");
  EXPECT_EQ(match(*set, "dns.question.name", "wild.example"), "feed");
  EXPECT_EQ(match(*set, "dns.question.name", "notevil.example"), "-");
  EXPECT_EQ(match(*set, "dns.question.name", "example"), "-");
  EXPECT_EQ(match(*set, "dns.question.name", "good.evil.example"), "-");
}

TEST(IndicatorSet, Urls) {
  const auto set = make_indicator_set({indicator(Type::url, "http://evil.example/a/b", "page"),
                                       indicator(Type::url, "https://evil.example/dir/", "folder"),
                                       indicator(Type::url, "http://evil.example/q?x=1", "query"),
                                       indicator(Type::url, "http://root.example", "root")},
                                      {}, kNow);
  EXPECT_EQ(match(*set, "url.full", "HTTPS://EVIL.example:443/a/b#top"), "page");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/a/b?y=2"), "page");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/A/b"), "-");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/a/b/c"), "-");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example:8080/a/b"), "-");
  EXPECT_EQ(match(*set, "url.original", "evil.example/dir/x/y?z"), "folder");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/dir/"), "folder");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/dir"), "-");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/q?x=1"), "query");
  EXPECT_EQ(match(*set, "url.full", "http://evil.example/q?x=2"), "-");
  EXPECT_EQ(match(*set, "url.full", "http://root.example/?a=1"), "root");
  EXPECT_EQ(match(*set, "url.full", "http://root.example/other"), "-");
  EXPECT_EQ(match(*set, "url.original", "/a/b"), "-");
}

TEST(IndicatorSet, HashesAddressesOfMailAndFileNames) {
  const std::string md5 = "79054025255fb1a26e4bc422aef54eb4";
  const auto set = make_indicator_set({indicator(Type::hash, "79054025255FB1A26E4BC422AEF54EB4", "hash"),
                                       indicator(Type::email, "Boss@Evil.Example", "mail"),
                                       indicator(Type::file_name, "Moss Loader.EXE", "name"),
                                       indicator(Type::file_name, "C:\\Temp\\a.dll", "path")},
                                      {}, kNow);
  for (const char* field : {"file.hash.md5", "process.hash.md5", "dll.hash.md5", "related.hash"}) {
    EXPECT_EQ(match(*set, field, md5), "hash") << field;
  }
  EXPECT_EQ(match(*set, "email.from.address", "boss@evil.example"), "mail");
  EXPECT_EQ(match(*set, "email.to.address", "B. <BOSS@evil.example>"), "mail");
  EXPECT_EQ(match(*set, "file.name", "moss loader.exe"), "name");
  EXPECT_EQ(match(*set, "file.path", "C:\\Users\\x\\MOSS loader.exe"), "name");
  EXPECT_EQ(match(*set, "process.executable", "/tmp/moss loader.exe"), "name");
  EXPECT_EQ(match(*set, "file.path", "c:\\temp\\A.dll"), "path");
  EXPECT_EQ(match(*set, "file.path", "d:\\temp\\A.dll"), "-");
  EXPECT_EQ(match(*set, "file.name", "a.dll"), "-");
}

TEST(IndicatorSet, WhatIsEverywhereIsNeverAnIndicator) {
  const auto set = make_indicator_set(
      {indicator(Type::ip, "10.1.2.3"), indicator(Type::ip, "127.0.0.1"),
       indicator(Type::network, "192.168.0.0/16"), indicator(Type::network, "0.0.0.0/0"),
       indicator(Type::ip, "8.8.8.8"), indicator(Type::domain, "top.example"),
       indicator(Type::domain, "cdn.big.example"), indicator(Type::hash, "d41d8cd98f00b204e9800998ecf8427e"),
       indicator(Type::url, "http://top.example/bad"), indicator(Type::network, "172.0.0.0/8")},
      {"8.8.8.8", "top.example", ".big.example"}, kNow);
  EXPECT_EQ(set->stats().warned, 8u);
  EXPECT_EQ(set->stats().indicators, 2u);
  EXPECT_EQ(match(*set, "url.full", "http://top.example/bad"), "feed");
  EXPECT_EQ(match(*set, "source.ip", "172.16.0.1"), "-");
  EXPECT_EQ(match(*set, "source.ip", "172.15.0.1"), "feed");
}

TEST(IndicatorSet, ExpiryIsComparedWithTheTimeOfTheEvent) {
  Indicator past = indicator(Type::ip, "203.0.113.1", "past"),
            soon = indicator(Type::ip, "203.0.113.2", "soon");
  past.valid_until = kNow - kDay;
  soon.valid_until = kNow + kDay;
  soon.valid_from = kNow - kDay;
  const auto set = make_indicator_set({past, soon}, {}, kNow);
  EXPECT_EQ(set->stats().expired, 1u);
  EXPECT_EQ(set->stats().indicators, 1u);
  const auto at = [&](base::TimeNs time) {
    return field_of((*set->enrich(batch_of({{{"source.ip", "203.0.113.2"}}}, time)))[0],
                    "threat.matched.feed");
  };
  EXPECT_EQ(at(kNow), "soon");
  EXPECT_EQ(at(kNow + kDay), "-");
  EXPECT_EQ(at(kNow - 30 * kDay), "soon");  // an indicator is known after the fact
  EXPECT_EQ(at(0), "soon");
}

TEST(IndicatorSet, EveryFeedOfAValueIsNamedAndTheLastWordOfAFeedHolds) {
  Indicator first = indicator(Type::domain, "evil.example", "a"), second = first, other = first;
  second.description = "second";
  second.confidence = 90;
  other.feed = "b";
  const auto set = make_indicator_set({first, other, second}, {}, kNow);
  EXPECT_EQ(set->stats().indicators, 2u);
  const auto batch = set->enrich(batch_of({{{"url.domain", "evil.example"}}}, kNow));
  EXPECT_EQ(field_of((*batch)[0], "threat.matched.feed"), "a|b");
  EXPECT_EQ(field_of((*batch)[0], "threat.indicator.description"), "second");
}

TEST(IndicatorSet, AnEventOnAnIndicatorKeepsWhatItSays) {
  const auto set = make_indicator_set({indicator(Type::ip, "203.0.113.1")}, {}, kNow);
  const auto batch =
      set->enrich(batch_of({{{"source.ip", "203.0.113.1"}, {"threat.indicator.type", "own"}}}, kNow));
  EXPECT_EQ(field_of((*batch)[0], "threat.indicator.type"), "own");
  EXPECT_EQ(field_of((*batch)[0], "threat.indicator.ip"), "-");
  EXPECT_EQ(field_of((*batch)[0], "threat.matched.feed"), "feed");
}

TEST(IndicatorSet, SweepsHoldTheTestsForHistory) {
  const auto set = make_indicator_set(
      {indicator(Type::ip, "203.0.113.1"), indicator(Type::ip, "203.0.113.2"),
       indicator(Type::ip, "203.0.113.3"), indicator(Type::network, "198.51.100.0/24"),
       indicator(Type::domain, "evil.example"), indicator(Type::hash, "79054025255FB1A26E4BC422AEF54EB4")},
      {}, kNow);
  const auto sweeps = set->sweeps(2);
  std::size_t addresses = 0;
  bool network = false, domain = false, below = false, hash = false;
  for (const auto& sweep : sweeps) {
    EXPECT_FALSE(sweep.fields.empty());
    EXPECT_LE(sweep.values.size(), 2u);
    const auto has = [&](const char* value) {
      return std::find(sweep.values.begin(), sweep.values.end(), value) != sweep.values.end();
    };
    const bool of_source =
        std::find(sweep.fields.begin(), sweep.fields.end(), "source.ip") != sweep.fields.end();
    if (of_source && sweep.op == model::MatchOp::equals && !has("evil.example"))
      addresses += sweep.values.size();
    network |= of_source && sweep.op == model::MatchOp::cidr && has("198.51.100.0/24");
    domain |= sweep.op == model::MatchOp::equals && has("evil.example");
    below |= sweep.op == model::MatchOp::ends_with && has(".evil.example");
    hash |= sweep.op == model::MatchOp::equals && has("79054025255fb1a26e4bc422aef54eb4");
  }
  EXPECT_EQ(addresses, 3u);
  EXPECT_TRUE(network && domain && below && hash);
}

Indicator numbered(std::size_t number) {
  const std::string hex = base::hash128_hex("indicator " + std::to_string(number));
  Indicator out;
  switch (number % 4) {
    case 0:
      out = indicator(Type::hash, hex + base::hash128_hex(hex));
      break;
    case 1:
      out = indicator(Type::domain, "h" + hex.substr(0, 12) + ".example");
      break;
    case 2:
      out = indicator(Type::url, "http://h" + hex.substr(0, 10) + ".example/" + hex.substr(10, 12) + ".bin");
      break;
    default:
      out = indicator(Type::ip, std::to_string((number >> 20 & 0x3F) | 0x40) + "." +
                                    std::to_string(number >> 14 & 0xFF) + "." +
                                    std::to_string(number >> 8 & 0x3F) + "." + std::to_string(number & 0xFF));
  }
  out.id = "indicator--" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" +
           hex.substr(17, 3) + "-" + hex.substr(20, 12);
  out.description = "family " + std::to_string(number % 500);
  out.confidence = 60;
  return out;
}

// Bounded memory and bounded cost; a tenth of the size that is meant, so that the test is quick.
TEST(IndicatorSet, AnIndicatorTakesLittleMemoryAndAnEventLittleTime) {
  const char* set_size = std::getenv("VEDETTE_INDICATORS");
  const std::size_t count = set_size ? std::stoul(set_size) : 100'000;
  std::vector<Indicator> indicators;
  for (std::size_t i = 0; i < count; ++i) indicators.push_back(numbered(i));
  const auto built = std::chrono::steady_clock::now();
  const auto set = make_indicator_set(std::move(indicators), {}, kNow);
  const auto ready = std::chrono::steady_clock::now();
  const IndicatorSetStats stats = set->stats();
  const double bytes = static_cast<double>(stats.bytes) / static_cast<double>(stats.indicators);
  EXPECT_GT(stats.indicators, count * 9 / 10);
  EXPECT_LT(bytes, 120);

  std::vector<EventFields> events;
  for (std::size_t i = 0; i < 4000; ++i) {
    const std::string hex = base::hash128_hex("event " + std::to_string(i));
    events.push_back({{"source.ip", "10.0.0." + std::to_string(i % 250)},
                      {"destination.ip", "93.184." + std::to_string(i % 250) + ".7"},
                      {"url.full", "https://www." + hex.substr(0, 8) + ".example/a/" + hex + "?x=1"},
                      {"url.domain", "www." + hex.substr(0, 8) + ".example"},
                      {"process.hash.sha256", hex + hex},
                      {"process.executable", "C:\\Windows\\System32\\" + hex.substr(0, 6) + ".exe"},
                      {"message", "nothing of interest " + hex}});
  }
  const auto batch = batch_of(events, kNow);
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < 10; ++round) EXPECT_EQ(set->enrich(batch), batch);
  const auto end = std::chrono::steady_clock::now();
  const double nanos = std::chrono::duration<double, std::nano>(end - begin).count() / 40'000;
  std::printf("%zu indicators: built in %.2f s, %.1f bytes each, %.0f ns an event of 7 fields\n", count,
              std::chrono::duration<double>(ready - built).count(), bytes, nanos);
  EXPECT_LT(nanos, 20'000);  // generous: the machine may be busy; the figure is printed
}

}  // namespace
}  // namespace vedette::normalize
