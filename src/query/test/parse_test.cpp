// Runs tests/query/parse/*.txt. A case is a query (lines until "---"; "\n" is written as a line end) and
// below it the tree, or the diagnostics as "error COLUMN CODE: message", up to an empty line. Lines that
// begin with
// "# " are comments. With VEDETTE_UPDATE set the files are rewritten: read the difference.
#include "../parse.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "../parse/dump.hpp"
#include "vedette/base/time.hpp"

namespace vedette::query {
namespace {

ParseOptions options() {
  ParseOptions out;
  out.now = *base::parse_iso8601("2026-11-24T12:34:56Z");
  return out;
}

std::string parsed(const std::string& text, bool with_fields) {
  ParseOptions opts = options();
  if (with_fields)
    opts.known_fields = {"user.name", "source.ip", "event.code", "x-forwarded-for", "host.name"};
  base::Diagnostics diagnostics;
  const auto query = parse_query(text, opts, diagnostics);
  EXPECT_EQ(query.has_value(), !base::has_errors(diagnostics)) << text;
  std::string out;
  for (const base::Diagnostic& d : diagnostics) {
    out += d.severity == base::Severity::error ? "error " : "warning ";
    if (d.span.line > 1) out += std::to_string(d.span.line) + ":";
    out += std::to_string(d.span.column) + " " + d.code + ": " + d.message;
    if (!d.help.empty()) out += " [" + d.help + "]";
    out += "\n";
  }
  return query ? out + dump(*query) + "\n" : out;
}

TEST(ParseCases, AsWritten) {
  const bool update = std::getenv("VEDETTE_UPDATE") != nullptr;
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/query/parse")) {
    if (entry.path().extension() != ".txt") continue;
    const bool with_fields = entry.path().stem() == "known_fields";
    std::ifstream in(entry.path());
    std::string line;
    std::string rewritten;
    while (std::getline(in, line)) {
      if (line.empty() || line.starts_with("# ")) {
        rewritten += line + "\n";
        continue;
      }
      std::string query = line;
      while (std::getline(in, line) && line != "---") query += "\n" + line;
      std::string wanted;
      while (std::getline(in, line) && !line.empty()) wanted += line + "\n";
      const std::string got = parsed(query, with_fields);
      if (!update) {
        EXPECT_EQ(got, wanted) << entry.path() << ": " << query;
      }
      rewritten += query + "\n---\n" + got + "\n";
      ++cases;
    }
    in.close();
    if (update) std::ofstream(entry.path()) << rewritten;
  }
  EXPECT_GE(cases, 150);
}

TEST(Docs, ExamplesParse) {
  std::ifstream in("docs/search-language.md");
  std::string line;
  int examples = 0;
  while (std::getline(in, line)) {
    if (line != "```vedette") continue;
    std::string query;
    while (std::getline(in, line) && line != "```") query += line + "\n";
    base::Diagnostics diagnostics;
    EXPECT_TRUE(parse_query(query, options(), diagnostics)) << query;
    for (const base::Diagnostic& diagnostic : diagnostics) ADD_FAILURE() << render(diagnostic, query);
    ++examples;
  }
  EXPECT_GE(examples, 20);
}

TEST(Parse, IsBounded) {
  const auto rejects = [](const std::string& text) {
    base::Diagnostics diagnostics;
    return !parse_query(text, options(), diagnostics).has_value() && base::has_errors(diagnostics);
  };
  const auto times = [](const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
  };
  EXPECT_TRUE(rejects(times("(", 100'000)));
  EXPECT_TRUE(rejects(times("not ", 50'000) + "a"));
  EXPECT_TRUE(rejects("a: " + times("(", 100'000)));
  EXPECT_TRUE(rejects(times("a:{", 80'000)));
  EXPECT_TRUE(rejects("| eval a = 1" + times("+1", 100'000)));
  EXPECT_TRUE(rejects("| eval a = " + times("-", 100'000) + "1"));
  EXPECT_TRUE(rejects("| eval a = " + times("abs(", 50'000)));
  EXPECT_TRUE(rejects(std::string(kMaxQueryBytes + 1, 'a')));
  EXPECT_FALSE(rejects(times("a:1 or ", 30'000) + "a:1"));
  EXPECT_FALSE(rejects("| where x + 1 == 2" + times(" or x + 1 == 2", 15'000)));
}

TEST(Parse, AnyBytesAreAnErrorOrAQuery) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {
      "a",      ":",    "\"",      "(",    ")",    "|",      " and ",     " or ",  " not ",  "*",  "\\",
      "[",      "]",    "{",       "}",    " to ", "/",      "where ",    "eval ", "=",      "<",  ">=",
      "stats ", " by ", "count()", "1",    "..",   "now-7d", "`",         "//",    "/*",     "\n", "~",
      " in ",   ",",    "-",       "\xff", "é",    "'",      "sequence ", "sort ", "is null"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (unsigned n = random() % 20; n > 0; --n) text += pieces[random() % pieces.size()];
    base::Diagnostics diagnostics;
    const auto query = parse_query(text, options(), diagnostics);
    ASSERT_EQ(query.has_value(), !base::has_errors(diagnostics)) << "seed " << seed << ": " << text;
    if (query) dump(*query);
  }
}

TEST(Filter, StandsAlone) {
  EXPECT_EQ(dump(*parse_filter("a: 1", options())), "a equals '1'");
  EXPECT_EQ(dump(*parse_filter("", options())), "always");
  EXPECT_FALSE(parse_filter("a: 1 | limit 5", options()).ok());
  EXPECT_EQ(parse_filter("a: (1", options()).error().message,
            "the parenthesis that opens here is not closed (column 4)");
}

// Without the help.
std::string rendered(const std::string& text) {
  base::Diagnostics diagnostics;
  parse_query(text, options(), diagnostics);
  const std::string all = diagnostics.empty() ? "" : render(diagnostics[0], text);
  return all.substr(0, all.find("\n  help"));
}

TEST(Render, PointsAtThePlace) {
  EXPECT_EQ(rendered("é: 1 | foo"), "  é: 1 | foo\n         ^\nerror: unknown command 'foo' (column 8)");
  // A control character takes more room as it is shown.
  EXPECT_EQ(rendered("a: \x01 | foo"),
            "  a: \\x01 | foo\n            ^\nerror: unknown command 'foo' (column 8)");
  EXPECT_EQ(rendered("a: 1\n| foo"), "  | foo\n    ^\nerror: unknown command 'foo' (line 2, column 3)");
}

TEST(Render, ShowsTheSurroundingsInALongLine) {
  const std::string text = "a: " + std::string(100'000, 'x') + " | foo | limit " + std::string(1000, '1');
  const std::string shown = rendered(text);
  EXPECT_LT(shown.size(), 600U);
  EXPECT_EQ(shown.substr(0, 82), "  ..." + std::string(67, 'x') + " | foo | l");
  EXPECT_EQ(shown.find('^') - shown.find('\n') - 1, 2U + 3U + 70U);
}

TEST(Catalog, ListsAreWhole) {
  EXPECT_EQ(commands().size(), 16U);
  EXPECT_GT(functions().size(), 80U);
}

}  // namespace
}  // namespace vedette::query
