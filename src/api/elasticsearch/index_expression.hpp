// Index expressions ("logs-nginx-*,-vedette-test") as predicates on event.dataset.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elasticsearch/reply.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::api::es {

struct IndexChoice {
  model::Predicate predicate{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  // Names without wildcards: each must be there unless it is ignored.
  std::vector<std::string> concrete;
};

// A dataset is the index "vedette-<dataset>" and "<dataset>", and every data stream
// "<type>-<dataset>-<namespace>" that the bulk end point stores in it. Events without one are "default".
Or<IndexChoice> choose_indices(std::string_view expression);
// Whether the name (without wildcards) or the pattern names the dataset (empty: the default one).
bool names_dataset(std::string_view name, std::string_view dataset);
// The same for a whole expression.
bool chooses_dataset(std::string_view expression, std::string_view dataset);
std::string index_of(std::string_view dataset);

}  // namespace vedette::api::es
