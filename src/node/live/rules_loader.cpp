#include "live/rules_loader.hpp"

#include <algorithm>
#include <iterator>

#include "vedette/base/files.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

constexpr std::size_t kMaxListBytes = 64u << 20;

// Errors in files of ours by a person are errors; warnings are not.
base::Status check_diagnostics(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == base::Severity::error) {
      return base::make_error(base::ErrorCode::invalid_argument, diagnostic.to_string());
    }
  }
  return base::ok_status();
}

base::Result<std::vector<detect::RuleFile>> rule_files(const RulesConfig& config) {
  std::vector<detect::RuleFile> files;
  if (config.shipped) files = shipped_rules();
  for (const std::string& folder : config.folders) {
    TRY_ASSIGN(auto more, read_rule_files(folder));
    std::move(more.begin(), more.end(), std::back_inserter(files));
  }
  return files;
}

}  // namespace

base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config) {
  TRY_ASSIGN(const auto files, rule_files(config));
  detect::LiveRules live;
  detect::LoadOptions options;
  base::Diagnostics diagnostics;
  if (!config.placeholders_file.empty()) {
    TRY_ASSIGN(const std::string text, base::read_file(config.placeholders_file, kMaxListBytes));
    options.placeholders = detect::read_placeholders(text, config.placeholders_file, diagnostics);
  }
  if (!config.exceptions_file.empty()) {
    TRY_ASSIGN(const std::string text, base::read_file(config.exceptions_file, kMaxListBytes));
    live.exceptions = detect::read_exceptions(text, config.exceptions_file, diagnostics);
  }
  if (!config.suppressions_file.empty()) {
    TRY_ASSIGN(const std::string text, base::read_file(config.suppressions_file, kMaxListBytes));
    live.suppressions = detect::read_suppressions(text, config.suppressions_file, diagnostics);
  }
  TRY(check_diagnostics(diagnostics));
  detect::RuleSet rules = detect::load_rules(files, options, 1);
  for (const base::Diagnostic& diagnostic : rules.diagnostics) {
    if (diagnostic.severity == base::Severity::error) live.refused.push_back(diagnostic.to_string());
  }
  live.engine = std::make_shared<const detect::Engine>(std::move(rules), shipped_taxonomy());
  return live;
}

}  // namespace vedette::node
