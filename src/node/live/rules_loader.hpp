// The rules of a live detector, from shipped content and folders, compiled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::node {

struct RulesConfig {
  bool shipped = true;
  std::vector<std::string> folders;                                 // files or folders of rules
  std::vector<std::string> exceptions, suppressions, placeholders;  // files
};

// Rules that cannot be loaded are left out and listed in `refused`; an unreadable folder or file is an error.
base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config);

// Changes when a file that load_live_rules would read was added, removed or written.
std::uint64_t fingerprint(const RulesConfig& config);

}  // namespace vedette::node
