// Unary and binary operators.
#pragma once

#include "expression.hpp"

namespace vedette::query {

base::Result<Evaluate> compile_operator(const Expr& e, std::vector<Evaluate> children, RunState& state,
                                        Fault& fault);

// Whether two scalars are equal as == sees them (see expression.hpp).
bool equal_values(const model::Value& a, const model::Value& b);

}  // namespace vedette::query
