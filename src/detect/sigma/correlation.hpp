// The correlation section of a document.
#pragma once

#include <optional>
#include <string_view>

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

// Reads everything but the head; references stay names. nullopt: refused.
std::optional<ParsedCorrelation> build_correlation(const base::YamlNode& document, Reporter& report);

// "90s", "5m", "1h", "7d", "2w", "1M" (2,629,746 s), "1y" (31,556,952 s), at most 100 years; nullopt
// otherwise.
std::optional<base::TimeNs> parse_timespan(std::string_view text);

}  // namespace vedette::detect::sigma
