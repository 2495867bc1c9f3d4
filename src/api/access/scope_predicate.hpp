// What the parts of scoped events share.
#pragma once

#include <string>
#include <vector>

#include "vedette/api/principal.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::api {

inline constexpr const char* kTenantField = "vedette.tenant";

model::Predicate all_of_predicates(std::vector<model::Predicate> children);
model::Predicate any_of_predicates(std::vector<model::Predicate> children);
model::Predicate field_predicate(std::string field, model::MatchOp op, std::string text);

// The masked fields, and with them those that hold copies of any field.
std::vector<std::string> hidden_fields_of(const DataScope& scope);

}  // namespace vedette::api
