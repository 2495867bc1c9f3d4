// Sigma filters (meta rules that narrow other rules).
#pragma once

#include <optional>

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

// The filter section; `info` has the log source. nullopt: refused.
std::optional<ParsedFilter> build_filter(const base::YamlNode& document,
                                         std::shared_ptr<const model::RuleInfo> info,
                                         DocumentContext& context);

// Whether the filter's log source takes in the rule's: each part the filter names must be the same.
bool takes_in(const model::LogSource& filter, const model::LogSource& rule);

}  // namespace vedette::detect::sigma
