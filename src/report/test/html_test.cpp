#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts.hpp"
#include "html/escape.hpp"
#include "html/highlight.hpp"
#include "html/page.hpp"
#include "html/sha256.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

bool is_void(std::string_view name) {
  return name == "meta" || name == "input" || name == "br" || name == "!DOCTYPE";
}

// Every tag is closed in order, attributes are quoted, script and style are the two of our own.
::testing::AssertionResult is_well_formed(std::string_view html) {
  std::vector<std::string_view> open;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    std::size_t end = at;
    char quote = '\0';
    while (end < html.size() && (quote != '\0' || html[end] != '>')) {
      if (html[end] == '"') quote = quote == '\0' ? '"' : '\0';
      ++end;
    }
    if (end >= html.size()) return ::testing::AssertionFailure() << "tag never ends: " << html.substr(at, 80);
    std::string_view tag = html.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) {
        return ::testing::AssertionFailure()
               << "unexpected </" << tag.substr(1) << "> after " << html.substr(at, 80);
      }
      open.pop_back();
      continue;
    }
    const std::string_view name = tag.substr(0, tag.find(' '));
    if (tag.ends_with('/') || is_void(name)) continue;
    if (name == "script" || name == "style") {
      const std::string close = "</" + std::string(name);
      at = html.find(close, at);
    }
    open.push_back(name);
  }
  if (!open.empty()) return ::testing::AssertionFailure() << "left open: " << open.back();
  return ::testing::AssertionSuccess();
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

ScanTotals hostile_totals() {
  ScanTotals totals;
  totals.files = 1;
  totals.events = 10;
  totals.rules_loaded = 5;
  totals.version = "0.1.0";
  totals.inputs = {std::string(kHostile)};
  totals.troubles = {{std::string(kHostile), std::string(kHostile)}};
  totals.formats[std::string(kHostile)] = {10, 2};
  return totals;
}

TEST(Html, IsWellFormedAndInertWithHostileContent) {
  AlertStatistics statistics;
  statistics.add(hostile_alert());
  const std::string page = render_html(hostile_totals(), statistics);
  EXPECT_TRUE(is_well_formed(page));
  EXPECT_TRUE(base::is_valid_utf8(page));
  EXPECT_EQ(count_of(page, "<script"), 1u);
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(page, Not(HasSubstr("href=\"javascript:")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;<mark>alert(1)</mark>&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr(" style=\"")));
  EXPECT_THAT(page, Not(HasSubstr(" onclick")));
}

TEST(Html, EmptyScanSaysSo) {
  AlertStatistics statistics;
  ScanTotals totals;
  totals.rules_loaded = 3;
  totals.events = 7;
  const std::string page = render_html(totals, statistics);
  EXPECT_TRUE(is_well_formed(page));
  EXPECT_THAT(page, HasSubstr("<h1>No rule matched</h1>"));
  totals.rules_loaded = 0;
  EXPECT_THAT(render_html(totals, statistics), HasSubstr("No rules were loaded"));
}

TEST(Html, PolicyNamesTheHashesOfItsScriptAndStyle) {
  AlertStatistics statistics;
  const std::string page = render_html({}, statistics);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  const auto hash = html::sha256_base64(html::script());
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-" + std::string(hash.data(), hash.size()) + "'"));
  EXPECT_THAT(page, HasSubstr("<script>" + std::string(html::script()) + "</script>"));
  EXPECT_THAT(page, HasSubstr("<style>" + std::string(html::style()) + "</style>"));
}

TEST(Html, SaysHowManyAlertsAreLeftOut) {
  AlertStatistics statistics(2);
  const auto rule = make_rule("r", model::Level::high);
  for (int i = 0; i < 5; ++i) statistics.add(make_alert({rule, 0, {{"host.name", "h"}}}));
  const std::string page = render_html({}, statistics);
  EXPECT_THAT(page, HasSubstr("Details are shown for 2 of 5 alerts"));
  EXPECT_THAT(page, HasSubstr("3 left out"));
  EXPECT_EQ(count_of(page, "<details class=\"alert\">"), 2u);
}

TEST(Html, CutsLongValuesAroundTheMatch) {
  AlertStatistics statistics;
  AlertSpec spec{make_rule("r", model::Level::high)};
  spec.matches = {{"CommandLine", std::string(4000, 'x') + "NEEDLE", "contains", "needle"}};
  statistics.add(make_alert(spec));
  const std::string page = render_html({}, statistics);
  EXPECT_THAT(page, HasSubstr("<mark>NEEDLE</mark>"));
  EXPECT_THAT(page, Not(HasSubstr(std::string(2100, 'x'))));
}

TEST(Sha256, MatchesTheStandardVectors) {
  const auto text = [](std::string_view input) {
    const auto hash = html::sha256_base64(input);
    return base::hex_encode(*base::base64_decode({hash.data(), hash.size()}));
  };
  EXPECT_EQ(text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Escape, KeepsLineFeedsOnlyInLines) {
  EXPECT_EQ(html::escaped("a<b>&\"'\n"), "a&lt;b&gt;&amp;&quot;&#39;\\n");
  std::string lines;
  html::append_lines(lines, "a\n\tb\x1b<");
  EXPECT_EQ(lines, "a\n\tb\\x1b&lt;");
}

TEST(Highlight, FindsWhatThePatternMatched) {
  EXPECT_EQ(html::highlights({"f", "x -ENC y", "contains", "-enc"}), (Ranges{{2, 6}}));
  EXPECT_EQ(html::highlights({"f", "a.exe b.exe", "endswith", ".exe"}), (Ranges{{7, 11}}));
  EXPECT_EQ(html::highlights({"f", "abcXdef", "", "abc?d*f"}), (Ranges{{0, 3}, {4, 5}, {6, 7}}));
  EXPECT_EQ(html::highlights({"f", "a*b", "", "a\\*b"}), (Ranges{{0, 3}}));
  EXPECT_EQ(html::highlights({"f", "10.0.0.1", "cidr", "10.0.0.0/8"}), (Ranges{{0, 8}}));
  EXPECT_TRUE(html::highlights({"f", "abc", "re", "a.c"}).empty());
  EXPECT_TRUE(html::highlights({"f", "abc", "contains", "zzz"}).empty());
}

}  // namespace
}  // namespace vedette::report::testing
