// A canonical text of a syntax tree, for tests and for people who look at a plan.
#pragma once

#include <string>

#include "../ast.hpp"

namespace vedette::query {

std::string dump(const model::Predicate& predicate);
std::string dump(const Expr& expression);
std::string dump(const Query& query);  // stages joined by " | "

}  // namespace vedette::query
