// docs/enrichment.md is true: its examples are read without a complaint, and its table of fields is that of
// the code.
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "enrich/indicator_fields.hpp"
#include "enrich/table.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

std::vector<std::string> doc_lines() {
  std::istringstream in(base::read_file("docs/enrichment.md").value());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> doc_blocks(const std::string& kind) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : doc_lines()) {
    if (!inside && line == "```" + kind) {
      inside = true;
      blocks.emplace_back();
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(EnrichmentDocs, FeedsOfTheExamplesAreRead) {
  const auto blocks = doc_blocks("feed");
  ASSERT_EQ(blocks.size(), 3u);
  for (const std::string& block : blocks) {
    const auto feed = parse_feed(block, FeedFormat::automatic, "docs");
    ASSERT_TRUE(feed.ok()) << block;
    EXPECT_GE(feed->indicators.size(), 2u) << block;
    EXPECT_TRUE(feed->complaints.empty()) << block;
  }
}

TEST(EnrichmentDocs, TablesOfTheExamplesAreLoaded) {
  const auto blocks = doc_blocks("table");
  ASSERT_EQ(blocks.size(), 1u);
  TableOptions options;
  options.key_column = "key";
  options.match_fields = {"host.name"};
  base::Diagnostics diagnostics;
  EXPECT_TRUE(make_table_enricher_of(options, blocks[0], diagnostics).ok());
  EXPECT_TRUE(diagnostics.empty());
}

// Names between back quotes; "x.hash.*" stands for the five hashes.
std::set<std::string> names_in(std::string_view cell) {
  std::set<std::string> names;
  const auto parts = base::split(cell, '`');
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    if (!parts[i].ends_with(".*")) {
      names.emplace(parts[i]);
      continue;
    }
    for (const char* hash : {"md5", "sha1", "sha256", "sha384", "sha512"}) {
      names.insert(std::string(parts[i].substr(0, parts[i].size() - 1)) + hash);
    }
  }
  return names;
}

TEST(EnrichmentDocs, TheTableOfFieldsIsThatOfTheCode) {
  const std::map<std::string, int, std::less<>> kinds = {
      {"address, network", kAddressRole},
      {"domain", kDomainRole},
      {"url", kUrlRole},
      {"hash", kHashRole},
      {"e-mail", kEmailRole},
      {"file name", kNameRole},
      {"path", kPathRole},
  };
  std::size_t rows = 0;
  for (const std::string& line : doc_lines()) {
    const auto cells = base::split(line, '|');
    if (cells.size() < 3) continue;
    const auto kind = kinds.find(base::trim(cells[1]));
    if (kind == kinds.end()) continue;
    ++rows;
    std::set<std::string> expected;
    for (const IndicatorField& field : indicator_fields()) {
      if (field.roles & kind->second) expected.emplace(field.name);
    }
    EXPECT_EQ(names_in(cells[2]), expected) << kind->first;
  }
  EXPECT_EQ(rows, kinds.size());
}

}  // namespace
}  // namespace vedette::normalize
