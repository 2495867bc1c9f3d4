#include "live/rules_loader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <sys/stat.h>

#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
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

template <typename T>
void append(std::vector<T>& to, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

base::Result<std::vector<detect::RuleFile>> rule_files(const RulesConfig& config) {
  std::vector<detect::RuleFile> files;
  if (config.shipped) files = shipped_rules();
  for (const std::string& folder : config.folders) {
    TRY_ASSIGN(auto more, read_rule_files(folder));
    append(files, std::move(more));
  }
  return files;
}

}  // namespace

base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config) {
  TRY_ASSIGN(const auto files, rule_files(config));
  detect::LiveRules live;
  detect::LoadOptions options;
  base::Diagnostics diagnostics;
  for (const std::string& file : config.placeholders) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    options.placeholders.merge(detect::read_placeholders(text, file, diagnostics));
  }
  for (const std::string& file : config.exceptions) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    append(live.exceptions, detect::read_exceptions(text, file, diagnostics));
  }
  for (const std::string& file : config.suppressions) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    append(live.suppressions, detect::read_suppressions(text, file, diagnostics));
  }
  TRY(check_diagnostics(diagnostics));
  detect::RuleSet rules = detect::load_rules(files, options, 1);
  for (const base::Diagnostic& diagnostic : rules.diagnostics) {
    if (diagnostic.severity == base::Severity::error) live.refused.push_back(diagnostic.to_string());
  }
  live.engine = std::make_shared<const detect::Engine>(std::move(rules), shipped_taxonomy());
  return live;
}

std::uint64_t fingerprint(const RulesConfig& config) {
  std::uint64_t sum = 0;
  const auto add = [&](const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return;
    const std::string facts = path + "\n" + std::to_string(info.st_mtim.tv_sec) + "." +
                              std::to_string(info.st_mtim.tv_nsec) + " " + std::to_string(info.st_size);
    sum += base::hash64(facts);
  };
  for (const std::string& folder : config.folders) {
    const auto files = base::list_files(folder, {".yml", ".yaml"});
    if (!files.ok()) continue;
    for (const std::string& file : *files) add(file);
  }
  for (const auto* files : {&config.exceptions, &config.suppressions, &config.placeholders}) {
    for (const std::string& file : *files) add(file);
  }
  return sum;
}

}  // namespace vedette::node
