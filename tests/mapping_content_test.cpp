// The data files of content/mappings against the standards they follow. Skipped where the standards are not
// at hand.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette {
namespace {

using base::YamlNode;

std::string shared_folder() {
  const char* set = std::getenv("VEDETTE_SHARED");
  const std::string folder = set != nullptr && *set != '\0' ? set : "../shared";
  return std::filesystem::is_directory(folder + "/data") ? folder + "/data" : std::string();
}

std::vector<YamlNode> documents(const std::string& path) {
  const auto bytes = base::read_file(path);
  if (!bytes.ok()) return {};
  base::YamlStream stream = base::parse_yaml(bytes.value(), path);
  for (const auto& diagnostic : stream.diagnostics) ADD_FAILURE() << diagnostic.to_string();
  return std::move(stream.documents);
}

// The columns of a table of tab-separated values, by the first one.
std::map<std::string, std::vector<std::vector<std::string>>> table(const std::string& path) {
  std::map<std::string, std::vector<std::vector<std::string>>> rows;
  const auto bytes = base::read_file(path);
  if (!bytes.ok()) return rows;
  for (const std::string_view line : base::split(bytes.value(), '\n')) {
    std::vector<std::string> columns;
    for (const std::string_view column : base::split(line, '\t')) columns.emplace_back(column);
    rows[columns[0]].push_back(std::move(columns));
  }
  return rows;
}

TEST(MappingContent, TypesAreThoseOfTheEcsRelease) {
  const std::string shared = shared_folder();
  if (shared.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  const auto ecs = table(shared + "/standards/ecs/ecs_flat-9.4.0.tsv");
  ASSERT_GT(ecs.size(), 1000u);
  const auto types = documents("content/mappings/ecs_types.yml");
  ASSERT_EQ(types.size(), 1u);
  const YamlNode* fields = types[0].find("types");
  ASSERT_NE(fields, nullptr);
  EXPECT_GT(fields->entries.size(), 500u);
  for (const auto& [name, type] : fields->entries) {
    const auto known = ecs.find(name.scalar);
    if (known == ecs.end()) {
      ADD_FAILURE() << name.scalar << " is no ECS field";
      continue;
    }
    const std::vector<std::string>& row = known->second.front();
    const std::string expected = row[1] + (row.size() > 3 && row[3] == "array" ? "[]" : "");
    EXPECT_EQ(type.scalar, expected) << name.scalar;
  }
}

using Allowed = std::map<std::string, std::set<std::string>>;  // category: types

Allowed allowed_types(const std::string& shared) {
  Allowed allowed;
  auto values = table(shared + "/standards/ecs/ecs_allowed_values-9.4.0.tsv");
  for (const auto& row : values["event.category"]) {
    for (const std::string_view type :
         base::split(row.size() > 2 ? std::string_view(row[2]) : std::string_view(), ',')) {
      allowed[row[1]].emplace(type);
    }
  }
  return allowed;
}

void check_block(const YamlNode& block, std::vector<std::string> categories, std::vector<std::string> types,
                 const Allowed& allowed, const std::string& file) {
  if (const YamlNode* set = block.find("set")) {
    if (set->find("event.category") != nullptr) categories = set->texts("event.category");
    if (set->find("event.type") != nullptr) types = set->texts("event.type");
  }
  std::set<std::string> possible;
  for (const std::string& category : categories) {
    const auto known = allowed.find(category);
    ASSERT_NE(known, allowed.end()) << file << ":" << block.span.line << ": no category " << category;
    possible.insert(known->second.begin(), known->second.end());
  }
  for (const std::string& type : types) {
    EXPECT_TRUE(categories.empty() || possible.count(type)) << file << ":" << block.span.line << ": " << type;
  }
  const YamlNode* cases = block.find("cases");
  if (cases == nullptr) return;
  for (const auto& [field, values] : cases->entries) {
    for (const auto& [value, inner] : values.entries) check_block(inner, categories, types, allowed, file);
  }
}

TEST(MappingContent, CategoriesAndTypesGoTogether) {
  const std::string shared = shared_folder();
  if (shared.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  const Allowed allowed = allowed_types(shared);
  ASSERT_GT(allowed.size(), 10u);
  const auto files = base::list_files("content/mappings", {".yml"});
  ASSERT_TRUE(files.ok());
  for (const std::string& file : files.value()) {
    for (const YamlNode& document : documents(file)) {
      if (document.find("mapping") != nullptr) check_block(document, {}, {}, allowed, file);
    }
  }
}

struct Source {
  std::string product, category, service;
  auto operator<=>(const Source&) const = default;
  bool serves(const Source& wanted) const {
    const auto agrees = [](const std::string& want, const std::string& have) {
      return want.empty() || want == have;
    };
    return agrees(wanted.product, product) && agrees(wanted.category, category) &&
           agrees(wanted.service, service);
  }
};

Source source_of(const YamlNode& node) {
  return {std::string(node.text("product")), std::string(node.text("category")),
          std::string(node.text("service"))};
}

TEST(MappingContent, LogSourcesAreWellFormed) {
  const auto list = documents("content/mappings/log_sources.yml");
  ASSERT_EQ(list.size(), 1u);
  std::set<Source> seen;
  for (const YamlNode& entry : list[0].items) {
    EXPECT_TRUE(seen.insert(source_of(entry)).second) << "twice, line " << entry.span.line;
    const YamlNode* when = entry.find("when");
    ASSERT_NE(when, nullptr) << "line " << entry.span.line;
    ASSERT_TRUE(when->is_mapping() || when->is_sequence()) << "line " << entry.span.line;
    for (const auto& [key, value] : entry.entries) {
      const bool known = key.scalar == "product" || key.scalar == "category" || key.scalar == "service" ||
                         key.scalar == "when";
      EXPECT_TRUE(known) << key.scalar << ", line " << key.span.line;
    }
    for (const YamlNode& condition : when->items) {
      for (const auto& [key, value] : condition.entries) {
        EXPECT_FALSE(condition.texts(key.scalar).empty()) << key.scalar << ", line " << key.span.line;
      }
    }
  }
}

TEST(MappingContent, EveryLogSourceOfSigmaHqHasAnEntry) {
  const std::string shared = shared_folder();
  if (shared.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  std::vector<Source> entries;
  const auto list = documents("content/mappings/log_sources.yml");
  for (const YamlNode& entry : list.at(0).items) entries.push_back(source_of(entry));
  const auto rules = base::list_files(shared + "/sigma-rules", {".yml"});
  ASSERT_TRUE(rules.ok());
  std::set<Source> wanted;
  for (const std::string& rule : rules.value()) {
    for (const YamlNode& document : documents(rule)) {
      if (const YamlNode* source = document.find("logsource")) wanted.insert(source_of(*source));
    }
  }
  EXPECT_GT(wanted.size(), 100u);
  for (const Source& one : wanted) {
    const bool served =
        std::any_of(entries.begin(), entries.end(), [&](const Source& have) { return have.serves(one); });
    EXPECT_TRUE(served) << one.product << "/" << one.category << "/" << one.service;
  }
}

// Names in sigma_fields.yml whose first part is an ECS field set must be ECS fields.
void check_names(const YamlNode& node, const std::set<std::string>& ecs, const std::set<std::string>& sets) {
  if (node.is_sequence()) {
    for (const YamlNode& item : node.items) check_names(item, ecs, sets);
  } else if (node.is_scalar()) {
    const std::string first = node.scalar.substr(0, node.scalar.find('.'));
    const bool of_ecs = first != node.scalar && sets.count(first) != 0;
    EXPECT_TRUE(!of_ecs || ecs.count(node.scalar)) << node.scalar << ", line " << node.span.line;
  } else if (const YamlNode* from = node.find("from")) {
    check_names(*from, ecs, sets);
  } else if (const YamlNode* join = node.find("join")) {
    check_names(*join, ecs, sets);
  } else {
    EXPECT_NE(node.find("hashes_of"), nullptr) << "line " << node.span.line;
  }
}

TEST(MappingContent, SigmaFieldsNameEcsFields) {
  const std::string shared = shared_folder();
  if (shared.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  std::set<std::string> ecs, sets;
  for (const auto& [name, rows] : table(shared + "/standards/ecs/ecs_flat-9.4.0.tsv")) ecs.insert(name);
  for (const char* set :
       {"event", "process", "file", "user", "source", "destination", "dns", "http", "network", "dll",
        "registry", "host", "service", "tls", "user_agent", "client", "server", "vulnerability"}) {
    sets.insert(set);
  }
  const auto list = documents("content/mappings/sigma_fields.yml");
  ASSERT_EQ(list.size(), 1u);
  for (const YamlNode& entry : list[0].items) {
    const YamlNode* fields = entry.find("fields");
    ASSERT_NE(fields, nullptr) << "line " << entry.span.line;
    for (const auto& [name, resolver] : fields->entries) check_names(resolver, ecs, sets);
  }
}

}  // namespace
}  // namespace vedette
