// The rules of a live detector, from shipped content and folders, compiled.
#pragma once

#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::node {

struct RulesConfig {
  bool shipped = true;
  std::vector<std::string> folders;                                   // files or folders of rules
  std::string exceptions_file, suppressions_file, placeholders_file;  // empty: none
};

// Rules that cannot be loaded are left out and listed in `refused`; an unreadable folder or file is an error.
base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config);

}  // namespace vedette::node
