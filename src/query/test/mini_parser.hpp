// Query texts of the pipeline cases to syntax trees: as much of the language as they need.
#pragma once

#include <string_view>

#include "ast.hpp"

namespace vedette::query::test {

Query parse_mini(std::string_view text);
Expr parse_mini_expression(std::string_view text);

}  // namespace vedette::query::test
