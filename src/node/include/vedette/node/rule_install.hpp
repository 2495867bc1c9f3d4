// Installing a release of rules into the rule directory.
#pragma once

#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::node {

struct InstallReport {
  std::string directory;  // where the rules are now
  std::size_t files = 0;
  std::vector<std::string> added, removed, changed;  // rule titles, against what was installed before
  std::size_t unchanged = 0;
  detect::RuleSet rules;  // the new set, checked
};

// $VEDETTE_RULES_DIR, or $XDG_DATA_HOME/vedette/rules, or ~/.local/share/vedette/rules.
std::string default_rule_directory();

// Takes the rule files (*.yml) of a folder or an archive (a SigmaHQ release: zip, tar.gz) into
// `directory`/<name>, in place of what was there under that name. Rules are told apart by id. The new files
// are put beside the old ones and then swapped in, so that the directory is never half old. Refuses a source
// without a rule, one in which no rule loads, and one that holds a file of more than 4 MiB, 100,000 files or
// 512 MiB. `name` is one path component. `check_only` writes nothing.
base::Result<InstallReport> install_rules(const std::string& source, const std::string& directory,
                                          const std::string& name, bool check_only);

}  // namespace vedette::node
