// Groupings of a search: over all its blocks, from headers where these tell, and the tables of the answer.
#pragma once

#include <vector>

#include "search/aggregator.hpp"
#include "search/context.hpp"
#include "search/group_plan.hpp"

namespace vedette::store::search {

// Fills groups, total, approximate and plan lines of the result. Looks at every block.
void search_groups(Context& context, const std::vector<GroupPlan>& plans, model::SearchResult& result);

// Orders the groups and makes the table.
model::GroupTable make_group_table(Context& context, const GroupPlan& plan, Aggregator& groups);

}  // namespace vedette::store::search
