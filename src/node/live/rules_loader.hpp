// The rules of a live detector, from shipped content, folders and the rule book, compiled.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/detect/live.hpp"
#include "vedette/detect/rule_book.hpp"

namespace vedette::node {

struct RulesConfig {
  bool shipped = true;
  std::vector<std::string> folders;                                 // files or folders of rules
  std::vector<std::string> exceptions, suppressions, placeholders;  // files
};

// Rules that cannot be loaded are left out and listed in `refused`; an unreadable folder or file is an error.
// The rules of `book` take part, too; rules of files give way to those with the same id, are switched off and
// have other levels as it says.
base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config,
                                                const detect::ActiveSources& book = {});

// Files and placeholders as load_live_rules reads them.
struct RuleTexts {
  std::vector<detect::RuleFile> files;
  detect::LoadOptions options;
  base::Diagnostics diagnostics;  // of placeholders
};
base::Result<RuleTexts> read_rule_texts(const RulesConfig& config);
base::Result<RuleTexts> read_placeholder_texts(const RulesConfig& config);  // without files

// Drops rules that are not wanted; those that wanted correlations need stay without alerts of their own.
void keep_rules(detect::RuleSet& set, const std::function<bool(const model::RuleInfo&)>& wanted);

// Changes when a file that load_live_rules would read was added, removed or written.
std::uint64_t fingerprint(const RulesConfig& config);

}  // namespace vedette::node
