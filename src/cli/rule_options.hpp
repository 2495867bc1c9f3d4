// The options by which scan and rules list choose rules.
#pragma once

#include "args.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::cli {

inline constexpr OptionSpec kRulesOption{
    "--rules", "DIR", "Sigma rules: a folder or file; repeatable (default: the shipped rules)"};
inline constexpr OptionSpec kMinLevelOption{"--min-level", "LEVEL",
                                            "informational, low, medium, high or critical"};
inline constexpr OptionSpec kTagOption{"--tag", "TAG",
                                       "only rules with this tag or one below it; repeatable"};
inline constexpr OptionSpec kStatusOption{"--status", "STATUS", "only rules of this status; repeatable"};
inline constexpr OptionSpec kPlaceholdersOption{"--placeholders", "FILE",
                                                "values for |expand placeholders (YAML); repeatable"};

base::Result<node::RuleSelection> rule_selection(const Args& args);

}  // namespace vedette::cli
