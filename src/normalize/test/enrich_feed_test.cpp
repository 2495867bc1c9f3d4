// Feeds as data: tests/enrich/feeds/<name> and <name>.expected. With VEDETTE_UPDATE=1 the expectations are
// rewritten: read the difference before it is committed.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "enrich/observable.hpp"
#include "enrich/stix_pattern.hpp"
#include "enrich_harness.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;

const char* feed_type_name(Type type) {
  static constexpr const char* kNames[] = {"ip", "network", "domain", "url", "hash", "email", "file_name"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string shown(const Indicator& indicator) {
  std::string out = std::string(feed_type_name(indicator.type)) + " " + indicator.value;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.append(" | ").append(name).append(" ").append(value);
  };
  add("id", indicator.id);
  add("tlp", indicator.tlp);
  if (indicator.confidence >= 0) add("confidence", std::to_string(indicator.confidence));
  if (indicator.valid_from != 0) add("from", base::format_rfc3339(indicator.valid_from));
  if (indicator.valid_until != 0) add("until", base::format_rfc3339(indicator.valid_until));
  add("text", indicator.description);
  for (const std::string& tag : indicator.tags) add("tag", tag);
  return out;
}

std::string shown(const base::Result<ParsedFeed>& feed) {
  if (!feed.ok()) return "error: " + feed.error().message + "\n";
  std::string out;
  for (const Indicator& indicator : feed->indicators) out += shown(indicator) + "\n";
  for (const std::string& id : feed->revoked) out += "revoked: " + id + "\n";
  if (feed->skipped != 0) out += "skipped: " + std::to_string(feed->skipped) + "\n";
  for (const std::string& complaint : feed->complaints) out += "complaint: " + complaint + "\n";
  return out;
}

TEST(Feed, FilesAreReadAsExpected) {
  const bool update = std::getenv("VEDETTE_UPDATE") != nullptr;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/enrich/feeds")) {
    const std::string path = entry.path().string();
    if (path.ends_with(".expected")) continue;
    ++files;
    const auto text = base::read_file(path);
    ASSERT_TRUE(text.ok());
    const std::string got = shown(parse_feed(*text, FeedFormat::automatic, "test"));
    if (update) std::ofstream(path + ".expected") << got;
    const auto expected = base::read_file(path + ".expected");
    ASSERT_TRUE(expected.ok()) << path;
    EXPECT_EQ(got, *expected) << path;
  }
  EXPECT_GE(files, 10u);
}

TEST(Feed, EveryIndicatorCarriesTheNameOfItsFeed) {
  const auto feed = parse_feed("a.example\n", FeedFormat::automatic, "mine");
  ASSERT_TRUE(feed.ok());
  ASSERT_EQ(feed->indicators.size(), 1u);
  EXPECT_EQ(feed->indicators[0].feed, "mine");
}

TEST(Feed, ComplaintsAndTextsAreBounded) {
  std::string text = "indicator,type,description,tags\n";
  for (int i = 0; i < 1000; ++i) text += "?,ip,,\n";
  text += "203.0.113.1,ip," + std::string(5000, 'x') + "," + std::string(5000, ';') + "y\n";
  const auto feed = parse_feed(text, FeedFormat::csv, "test");
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ(feed->skipped, 1000u);
  EXPECT_EQ(feed->complaints.size(), 100u);
  ASSERT_EQ(feed->indicators.size(), 1u);
  EXPECT_LE(feed->indicators[0].description.size(), 300u);
}

// What follows no grammar must not take more than linear time.
TEST(Feed, DeepAndLongNonsenseIsReadInLinearTime) {
  const std::string deep = "{\"objects\":[" + std::string(2'000'000, '[');
  EXPECT_FALSE(parse_feed(deep, FeedFormat::automatic, "test").ok());
  const std::string quotes(2'000'000, '"');
  static_cast<void>(parse_feed("indicator,type\n" + quotes, FeedFormat::csv, "test"));
  static_cast<void>(parse_feed("{\"Event\":{\"Attribute\":[" + quotes, FeedFormat::misp, "test"));
  const StixValues values = parse_stix_pattern("[" + std::string(1'000'000, '('));
  EXPECT_TRUE(values.malformed);
}

TEST(Observable, Refanging) {
  EXPECT_EQ(refanged("hxxps://a[.]b(dot)c{.}example[:]8080/x"), "https://a.b.c.example:8080/x");
  EXPECT_EQ(refanged("HXXP[://]evil[.com/"), "http://evil.com/");
  EXPECT_EQ(refanged("user[@]evil[dot]example,"), "user@evil.example");
  EXPECT_EQ(refanged("1[.]2[.]3[.]4"), "1.2.3.4");
  EXPECT_EQ(refanged(" 'plain.example' "), "plain.example");
}

TEST(Observable, TypesAreGuessedByLooks) {
  const auto guess = [](std::string_view text) {
    const auto type = guess_type(text);
    return type ? feed_type_name(*type) : "none";
  };
  EXPECT_STREQ(guess("192.0.2.1"), "ip");
  EXPECT_STREQ(guess("192.0.2.1:443"), "ip");
  EXPECT_STREQ(guess("192.0.2.0/24"), "network");
  EXPECT_STREQ(guess("2001:db8::/32"), "network");
  EXPECT_STREQ(guess("evil.example"), "domain");
  EXPECT_STREQ(guess("http://evil.example"), "url");
  EXPECT_STREQ(guess("evil.example/x"), "url");
  EXPECT_STREQ(guess("192.0.2.1/x"), "url");
  EXPECT_STREQ(guess("evil.example:8080/x"), "url");
  EXPECT_STREQ(guess("a@evil.example"), "email");
  EXPECT_STREQ(guess("d41d8cd98f00b204e9800998ecf8427e"), "hash");
  EXPECT_STREQ(guess("word"), "none");
  EXPECT_STREQ(guess("1.2.3"), "none");
  EXPECT_STREQ(guess("file name.exe"), "none");
}

TEST(Observable, UrlsHaveOneForm) {
  const auto form = [](std::string_view text) {
    UrlKey key;
    return url_key(text, key) ? key.text : "none";
  };
  EXPECT_EQ(form("HTTP://User:pw@Evil.Example:80/Path?Q=1#frag"), "evil.example/Path?Q=1");
  EXPECT_EQ(form("https://evil.example:443"), "evil.example/");
  EXPECT_EQ(form("https://evil.example.:8443/"), "evil.example:8443/");
  EXPECT_EQ(form("http://evil.example:443/"), "evil.example:443/");
  EXPECT_EQ(form("ftp://evil.example:21/x"), "ftp://evil.example/x");
  EXPECT_EQ(form("http://[2001:DB8::1]:80/x"), "2001:db8::1/x");
  EXPECT_EQ(form("evil.example?x=1"), "evil.example/?x=1");
  EXPECT_EQ(form("http:///x"), "none");
  EXPECT_EQ(form("://x"), "none");
}

std::string shared_stix(const std::string& name) {
  const char* set = std::getenv("VEDETTE_SHARED");
  const std::string path =
      (set ? std::string(set) : std::string("../shared")) + "/data/standards/stix2.1/" + name;
  return std::filesystem::exists(path) ? path : std::string();
}

TEST(StixPattern, GoodPatternsOfTheValidatorAreNoneMalformedAndBadOnesGiveNothing) {
  const std::string good = shared_stix("patterns/good.txt"), bad = shared_stix("patterns/bad.txt");
  if (good.empty() || bad.empty()) GTEST_SKIP() << "no data/standards/stix2.1/patterns (set VEDETTE_SHARED)";
  std::size_t with_values = 0;
  std::ifstream good_file(good), bad_file(bad);
  for (std::string line; std::getline(good_file, line);) {
    const StixValues values = parse_stix_pattern(line);
    EXPECT_FALSE(values.malformed) << line << ": " << values.unsupported;
    with_values += !values.items.empty();
  }
  EXPECT_GE(with_values, 3u);
  for (std::string line; std::getline(bad_file, line);) {
    EXPECT_TRUE(parse_stix_pattern(line).items.empty()) << line;
  }
}

TEST(Feed, ExamplesOfStixAreRead) {
  const auto count = [](const std::string& name) -> std::size_t {
    const auto text = base::read_file(shared_stix("examples/" + name));
    if (!text.ok()) return 0;
    const auto feed = parse_feed(*text, FeedFormat::automatic, "test");
    EXPECT_TRUE(feed.ok()) << name;
    return feed.ok() ? feed->indicators.size() : 0;
  };
  if (shared_stix("examples").empty())
    GTEST_SKIP() << "no data/standards/stix2.1/examples (set VEDETTE_SHARED)";
  EXPECT_EQ(count("indicator-for-c2-ip-address.json"), 1u);
  EXPECT_EQ(count("malicious-email-indicator-with-attachment.json"), 0u);
  EXPECT_GT(count("threat-reports/apt1.json"), 5u);
}

}  // namespace
}  // namespace vedette::normalize
