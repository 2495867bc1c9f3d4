// if, case, coalesce, is_null: they evaluate only the arguments they need.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "../pipeline/expression.hpp"

namespace vedette::query {

// nullopt if `name` is none of them.
std::optional<Evaluate> compile_conditional(std::string_view name, const std::vector<Evaluate>& args);

}  // namespace vedette::query
