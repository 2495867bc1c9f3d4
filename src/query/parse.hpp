// Text of the search language to its syntax tree. Parsing is bounded: texts of at most kMaxQueryBytes,
// nesting of at most kMaxDepth.
#pragma once

#include <optional>
#include <string_view>

#include "ast.hpp"
#include "vedette/query/query.hpp"

namespace vedette::query {

inline constexpr std::size_t kMaxQueryBytes = 256 * 1024;
inline constexpr int kMaxDepth = 200;

// nullopt if there are errors, which are then in `diagnostics` (warnings may be there in any case).
std::optional<Query> parse_query(std::string_view text, const ParseOptions& options,
                                 base::Diagnostics& diagnostics);

}  // namespace vedette::query
