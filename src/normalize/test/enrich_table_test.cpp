#include <gtest/gtest.h>

#include "enrich/csv_reader.hpp"
#include "enrich/table.hpp"
#include "enrich_harness.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

using test::batch_of;
using test::EnrichFolder;
using test::field_of;

TableOptions assets(std::vector<std::string> match) {
  TableOptions options;
  options.name = "assets";
  options.file = "assets.csv";
  options.key_column = "key";
  options.match_fields = std::move(match);
  options.prefix = "asset.";
  return options;
}

TEST(CsvReader, ReadsRecordsAsRfc4180HasThem) {
  CsvReader reader(
      "\xEF\xBB\xBF"
      "a,\"b \"\"q\"\"\",c\r\n\r\n\"two\nlines\",,\"x\"tail\nlast",
      ',', '\0');
  std::vector<std::string_view> cells;
  ASSERT_EQ(reader.next(cells), CsvReader::Outcome::record);
  EXPECT_EQ(cells, (std::vector<std::string_view>{"a", "b \"q\"", "c"}));
  EXPECT_EQ(reader.line(), 1u);
  ASSERT_EQ(reader.next(cells), CsvReader::Outcome::record);
  EXPECT_EQ(cells, (std::vector<std::string_view>{"two\nlines", "", "xtail"}));
  EXPECT_EQ(reader.line(), 3u);
  ASSERT_EQ(reader.next(cells), CsvReader::Outcome::record);
  EXPECT_EQ(cells, (std::vector<std::string_view>{"last"}));
  EXPECT_EQ(reader.line(), 5u);
  EXPECT_EQ(reader.next(cells), CsvReader::Outcome::end);
}

TEST(CsvReader, AnOpenQuoteCostsOneLine) {
  CsvReader reader("\"open\nnext,1\n", ',', '#');
  std::vector<std::string_view> cells;
  EXPECT_EQ(reader.next(cells), CsvReader::Outcome::bad);
  ASSERT_EQ(reader.next(cells), CsvReader::Outcome::record);
  EXPECT_EQ(cells[0], "next");
  EXPECT_EQ(reader.line(), 2u);
}

TEST(Table, ColumnsAreAddedByExactKeyInAnyCase) {
  base::Diagnostics diagnostics;
  const auto table =
      make_table_enricher_of(assets({"host.name", "user.name"}),
                             "key;owner;site;note\nWEB-01;Ann;Berlin;\"a; b\"\nbob;Bob;;\nStra\xC3\x9F"
                             "e;Eva;Bonn;\n",
                             diagnostics);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE(diagnostics.empty());
  const auto batch = table.value()->enrich(batch_of({{{"host.name", "web-01"}, {"user.name", "bob"}},
                                                     {{"user.name", "BOB"}, {"asset.owner", "own"}},
                                                     {{"host.name", "web-02"}}}));
  EXPECT_EQ(field_of((*batch)[0], "asset.owner"), "Ann");
  EXPECT_EQ(field_of((*batch)[0], "asset.site"), "Berlin");
  EXPECT_EQ(field_of((*batch)[0], "asset.note"), "a; b");
  EXPECT_EQ(field_of((*batch)[0], "asset.key"), "-");
  EXPECT_EQ(field_of((*batch)[1], "asset.owner"), "own");
  EXPECT_EQ(field_of((*batch)[1], "asset.site"), "-");
  EXPECT_EQ(field_of((*batch)[2], "asset.owner"), "-");
}

TEST(Table, TheLongestPrefixWins) {
  base::Diagnostics diagnostics;
  const auto table = make_table_enricher_of(assets({"source.ip"}),
                                            "key,zone\n0.0.0.0/0,any\n10.0.0.0/8,ten\n10.1.0.0/16,branch\n"
                                            "10.1.2.3,printer\n2001:db8::/32,six\n10.9.0.1/16,bad\n",
                                            diagnostics);
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].code, "bad-network");
  EXPECT_EQ(diagnostics[0].span.line, 7u);
  EXPECT_EQ(diagnostics[0].file, "assets.csv");
  const auto zone = [&](const std::string& ip) {
    return field_of((*table.value()->enrich(batch_of({{{"source.ip", ip}}})))[0], "asset.zone");
  };
  EXPECT_EQ(zone("10.1.2.3"), "printer");
  EXPECT_EQ(zone("10.1.2.4"), "branch");
  EXPECT_EQ(zone("10.200.2.4"), "ten");
  EXPECT_EQ(zone("10.9.0.1"), "ten");
  EXPECT_EQ(zone("192.168.1.1"), "any");
  EXPECT_EQ(zone("2001:DB8:0::1"), "six");
  EXPECT_EQ(zone("2001:db9::1"), "-");
}

TEST(Table, OfEqualKeysTheLastHoldsWithAWarning) {
  base::Diagnostics diagnostics;
  const auto table = make_table_enricher_of(
      assets({"host.name"}), "key,owner\na,first\nb,other\nA,second\n\n,nobody\n", diagnostics);
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[0].code, "no-key");
  EXPECT_EQ(diagnostics[0].span.line, 6u);
  EXPECT_EQ(diagnostics[1].code, "duplicate-key");
  EXPECT_EQ(diagnostics[1].span.line, 4u);
  EXPECT_NE(diagnostics[1].message.find("line 2"), std::string::npos);
  EXPECT_FALSE(base::has_errors(diagnostics));
  const auto batch = table.value()->enrich(batch_of({{{"host.name", "a"}}}));
  EXPECT_EQ(field_of((*batch)[0], "asset.owner"), "second");
}

TEST(Table, FaultsOfTheHeaderAreErrorsWithAPlace) {
  const auto fault = [](std::string_view text) {
    base::Diagnostics diagnostics;
    EXPECT_FALSE(make_table_enricher_of(assets({"host.name"}), text, diagnostics).ok());
    EXPECT_TRUE(base::has_errors(diagnostics));
    return diagnostics.empty() ? std::string() : diagnostics.back().to_string();
  };
  EXPECT_EQ(fault(""), "assets.csv: error: the table has no header line [no-header]");
  EXPECT_EQ(
      fault("kex,owner\n"),
      "assets.csv:1: error: the table has no column \"key\" [unknown-column]\n  help: did you mean \"kex\"?");
  EXPECT_EQ(fault("key,a,a\n"), "assets.csv:1: error: the column \"a\" occurs twice [duplicate-column]");
}

TEST(Table, TheFileIsReadAndAnAbsentOneIsAnError) {
  const EnrichFolder folder;
  base::Diagnostics diagnostics;
  TableOptions options = assets({"host.name"});
  options.file = folder.write("t.csv", "key,owner\nx,Ann\n");
  EXPECT_TRUE(make_table_enricher(options, diagnostics).ok());
  options.file = folder.path("none.csv");
  const auto absent = make_table_enricher(options, diagnostics);
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.error().message.find("none.csv"), std::string::npos);
}

TEST(Chain, AddsEverythingInOrderAndNothingCostsNothing) {
  base::Diagnostics diagnostics;
  TableOptions second = assets({"asset.owner"});
  second.prefix = "person.";
  std::vector<std::shared_ptr<const Enricher>> links;
  links.push_back(make_table_enricher_of(assets({"host.name"}), "key,owner\nx,ann\n", diagnostics).value());
  links.push_back(nullptr);
  links.push_back(make_table_enricher_of(second, "key,phone\nann,12\n", diagnostics).value());
  const auto all = chain(links);
  const auto batch = all->enrich(batch_of({{{"host.name", "x"}}}));
  EXPECT_EQ(field_of((*batch)[0], "asset.owner"), "ann");
  EXPECT_EQ(field_of((*batch)[0], "person.phone"), "12");
  const auto untouched = batch_of({{{"host.name", "y"}}});
  EXPECT_EQ(all->enrich(untouched), untouched);
  EXPECT_EQ(chain({})->enrich(untouched), untouched);
}

}  // namespace
}  // namespace vedette::normalize
