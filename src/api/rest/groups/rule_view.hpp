// Rules as the API shows them: those the node runs and those of the book, as one list.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rest/groups/rule_support.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::api::rule_group {

struct RuleView {
  detect::RuleState state;  // with an info always
  std::string state_name;   // active, cannot_fire, error, draft, disabled
  std::optional<detect::BookRule> record;
  bool of_book = false;

  const model::RuleInfo& info() const { return *state.info; }
  std::uint64_t version() const { return record ? record->version : 0; }
};

// Every rule once, by id. `parts.records` and `parts.rules` are not null.
base::Result<std::vector<RuleView>> all_rules(const RestParts& parts);
// not_found if there is none.
base::Result<RuleView> find_rule(const RestParts& parts, std::string_view id);
Json rule_json(const RuleView& view);

}  // namespace vedette::api::rule_group
