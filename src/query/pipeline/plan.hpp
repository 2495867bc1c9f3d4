// The planner: which stages of a query the log store runs, and which run on rows.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../ast.hpp"
#include "vedette/model/search.hpp"
#include "vedette/query/query.hpp"

namespace vedette::query {

// The `rows` first rows of each combination of `by` (top ... by).
struct FirstOfEachStage {
  std::vector<std::string> by;
  std::uint64_t rows = 0;
};

// A stage as the planner sees it: top and rare are stats, sort and limit; `where` is apart for each
// condition.
struct Step {
  std::variant<WhereStage, EvalStage, StatsStage, SortStage, LimitStage, KeepStage, DropStage, RenameStage,
               DedupStage, SequenceStage, LookupStage, RexStage, DissectStage, FirstOfEachStage>
      what;
  Span span;
  std::string_view name;  // of the command, as written
  bool implied = false;   // made for the step before it, not written
};
std::vector<Step> steps_of(const Query& query);

// no: for tests. All stages run on rows; the answer is the same.
enum class PushDown : std::uint8_t { no, yes };

struct Plan {
  model::SearchRequest request;
  std::vector<Step> steps;
  std::size_t pushed = 0;     // steps before this one are run by the store
  bool grouped = false;       // rows are the groups of request.groups[0]
  bool oldest_first = false;  // the store gives rows in the order that `sequence` needs
  std::vector<std::string> lines;
};
Plan make_plan(const Query& query, const RunOptions& options, PushDown push_down);

// How many rows are wanted of what goes into step `from`: the rows of a limit that only steps follow that
// give a row for a row; `rest` if there is no such limit; kAll if a step between needs all.
std::uint64_t rows_wanted(const std::vector<Step>& steps, std::size_t from, std::uint64_t rest);

// The predicate that an expression is, if it is one of KQL tests alone.
bool to_predicate(const Expr& expression, model::Predicate& out);

// stats as a grouping of the store; false if a key or an aggregate needs rows.
bool to_group_by(const StatsStage& stage, model::GroupBy& out);

// The names (or patterns) of fields that the steps from `from` on read; empty: all.
std::vector<std::string> fields_read(const std::vector<Step>& steps, std::size_t from);

}  // namespace vedette::query
