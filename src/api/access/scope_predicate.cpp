#include "access/scope_predicate.hpp"

#include <utility>

#include "vedette/api/scoped_store.hpp"

namespace vedette::api {

using model::MatchOp;
using model::Predicate;

namespace {

Predicate constant_predicate(Predicate::Kind kind) {
  return {.kind = kind, .children = {}, .test = {}, .name = {}};
}

// Of several: without those that are always true; any_of without those that are never.
Predicate joined(Predicate::Kind kind, std::vector<Predicate> children) {
  const bool all = kind == Predicate::Kind::all_of;
  const Predicate::Kind neutral = all ? Predicate::Kind::always : Predicate::Kind::never;
  const Predicate::Kind deciding = all ? Predicate::Kind::never : Predicate::Kind::always;
  std::vector<Predicate> kept;
  for (Predicate& child : children) {
    if (child.kind == deciding) return constant_predicate(deciding);
    if (child.kind != neutral) kept.push_back(std::move(child));
  }
  if (kept.empty()) return constant_predicate(neutral);
  if (kept.size() == 1) return std::move(kept.front());
  Predicate predicate = constant_predicate(kind);
  predicate.children = std::move(kept);
  return predicate;
}

Predicate dataset_predicate(const std::string& dataset) {
  const bool pattern = dataset.find_first_of("*?") != std::string::npos;
  return field_predicate("event.dataset", pattern ? MatchOp::wildcard : MatchOp::equals, dataset);
}

}  // namespace

Predicate all_of_predicates(std::vector<Predicate> children) {
  return joined(Predicate::Kind::all_of, std::move(children));
}

Predicate any_of_predicates(std::vector<Predicate> children) {
  return joined(Predicate::Kind::any_of, std::move(children));
}

Predicate field_predicate(std::string field, MatchOp op, std::string text) {
  Predicate predicate = constant_predicate(Predicate::Kind::test);
  predicate.test.field = std::move(field);
  predicate.test.op = op;
  predicate.test.text = std::move(text);
  predicate.test.case_sensitive = true;
  return predicate;
}

std::vector<std::string> hidden_fields_of(const DataScope& scope) {
  std::vector<std::string> hidden = scope.masked_fields;
  if (hidden.empty()) return hidden;
  hidden.emplace_back("event.original");
  hidden.emplace_back("vedette.overflow");
  hidden.emplace_back("related.*");  // values of other fields once more
  return hidden;
}

Predicate scope_predicate(const DataScope& scope) {
  std::vector<Predicate> rows;
  for (const DataScope::Rows& shown : scope.rows) {
    std::vector<Predicate> datasets;
    for (const std::string& dataset : shown.datasets) datasets.push_back(dataset_predicate(dataset));
    std::vector<Predicate> both{shown.filter};
    if (!datasets.empty()) both.push_back(any_of_predicates(std::move(datasets)));
    rows.push_back(all_of_predicates(std::move(both)));
  }
  Predicate tenant = scope.tenant.empty() ? field_predicate(kTenantField, MatchOp::is_null, {})
                                          : field_predicate(kTenantField, MatchOp::equals, scope.tenant);
  return all_of_predicates({std::move(tenant), any_of_predicates(std::move(rows))});
}

}  // namespace vedette::api
