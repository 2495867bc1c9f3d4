// The query DSL: the "query" of a body to a predicate.
#pragma once

#include "elasticsearch/body.hpp"
#include "elasticsearch/predicates.hpp"

namespace vedette::query::es {

// {"match_all": {}} and so on. There is no scoring: boosts are taken and dropped.
base::Result<model::Predicate> parse_query_dsl(const Node& node, base::TimeNs now);

// The subset of Lucene's syntax that query_string takes: field:value, "phrases", wildcards, /regular
// expressions/, ranges [a TO b] {a TO b}, >= > <= <, AND OR NOT && || ! + -, parentheses, _exists_:field,
// *:*. Boosts (^2) are dropped, since there is no scoring; fuzziness and proximity (~) are refused.
struct QueryStringOptions {
  std::vector<std::string> fields;  // where terms without a field look; "*" is any
  bool default_and = false;
  DateOptions dates;
};
base::Result<model::Predicate> parse_query_string(std::string_view text, const QueryStringOptions& options);

}  // namespace vedette::query::es
