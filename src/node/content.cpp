#include "vedette/node/content.hpp"

#include <cstdio>

#include "vedette/base/check.hpp"
#include "vedette/base/embedded.hpp"
#include "vedette/base/files.hpp"

extern "C" const char vedette_content_mappings_begin[], vedette_content_mappings_end[];
extern "C" const char vedette_content_rules_begin[], vedette_content_rules_end[];

namespace vedette::node {
namespace {

std::string_view blob(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::vector<base::EmbeddedFile> mapping_files() {
  return base::read_embedded_tar(blob(vedette_content_mappings_begin, vedette_content_mappings_end));
}

std::string_view mapping_file(std::string_view name) {
  for (const base::EmbeddedFile& file : mapping_files()) {
    if (file.path == name) return file.bytes;
  }
  CHECK(false);
}

// Sigma rules are *.yml; a *.yaml in the folder may be the configuration of some other tool.
bool looks_like_rule(std::string_view text) {
  for (const std::string_view key : {"detection:", "correlation:", "filter:"}) {
    const std::size_t at = text.find(key);
    if (at != std::string_view::npos && (at == 0 || text[at - 1] == '\n')) return true;
  }
  return false;
}

// Shipped content is tested by the build: a fault in it is our own bug.
void check_clean(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    std::fprintf(stderr, "%s\n", diagnostic.to_string().c_str());
  }
  CHECK(!base::has_errors(diagnostics));
}

}  // namespace

std::unique_ptr<normalize::MappingSet> shipped_mappings() {
  std::vector<normalize::MappingFile> files;
  for (const base::EmbeddedFile& file : mapping_files()) {
    if (file.path != "log_sources.yml" && file.path != "sigma_fields.yml")
      files.push_back({file.path, file.bytes});
  }
  base::Diagnostics diagnostics;
  auto mappings = normalize::MappingSet::load(files, diagnostics);
  check_clean(diagnostics);
  return mappings;
}

detect::Taxonomy shipped_taxonomy() {
  base::Diagnostics diagnostics;
  auto taxonomy =
      detect::read_taxonomy(mapping_file("log_sources.yml"), mapping_file("sigma_fields.yml"), diagnostics);
  check_clean(diagnostics);
  return taxonomy;
}

bool is_cases_file(std::string_view path) {
  return path.ends_with(".cases.yml");
}

bool is_rule_file(std::string_view path, std::string_view text) {
  return !is_cases_file(path) &&
         (path.ends_with(".yml") || (path.ends_with(".yaml") && looks_like_rule(text)));
}

std::vector<detect::RuleFile> shipped_rules() {
  std::vector<detect::RuleFile> rules;
  const auto files = base::read_embedded_tar(blob(vedette_content_rules_begin, vedette_content_rules_end));
  for (const base::EmbeddedFile& file : files) {
    if (!file.path.ends_with(".yml") || is_cases_file(file.path)) continue;
    rules.push_back({"shipped:" + file.path, std::string(file.bytes)});
  }
  return rules;
}

base::Result<std::vector<detect::RuleFile>> read_rule_files(const std::string& path) {
  TRY_ASSIGN(const auto names, base::list_files(path, {".yml", ".yaml"}));
  std::vector<detect::RuleFile> rules;
  for (const std::string& name : names) {
    if (is_cases_file(name)) continue;
    TRY_ASSIGN(std::string text, base::read_file(name, std::size_t{8} << 20));
    if (name != path && !is_rule_file(name, text)) continue;
    rules.push_back({name, std::move(text)});
  }
  return rules;
}

}  // namespace vedette::node
