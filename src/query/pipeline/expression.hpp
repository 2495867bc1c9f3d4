// Scalar expressions, compiled once a run and evaluated on rows.
//
// Null is an absent value. It propagates through operators and functions (unless the function says
// otherwise); comparisons with null are null; and, or, not are three-valued; `where` drops rows whose
// condition is not true. Numbers are int64 or double: what does not fit an int64 becomes a double; division
// by zero is null. Texts that are wholly a number count as one in arithmetic and in comparisons with numbers.
// Texts compare by bytes, except that two date-times or two durations compare as such. == and the like on a
// list hold if an element holds. Durations are numbers of seconds; a time plus or minus a literal duration is
// a time. What cannot be evaluated is null and counted as a warning.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../ast.hpp"
#include "stage.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/model/event.hpp"

namespace vedette::query {

// A row, and values assigned to it that are not in its batch yet.
struct EvalRow {
  const model::Event& event;
  std::span<const model::Cell> assigned;  // the last of a field counts
  base::Arena& arena;                     // for texts of results
  expr::Scratch& scratch;
};

using Evaluate = std::function<model::Value(EvalRow&)>;

// Errors: invalid_argument for a bad regular expression, network or an unknown function. The result refers to
// `state`.
base::Result<Evaluate> compile(const Expr& expression, RunState& state);

bool is_true(const model::Value& value);
// A value as a truth: booleans, "true" and "false"; nothing for all else.
enum class Truth : std::uint8_t { no, yes, unknown };
Truth truth_of(const model::Value& value);

// The text of the expression, as near as can be, for warnings and names.
std::string text_of(const Expr& expression);

// Names of the fields that the expression reads; false if it may read any field.
bool fields_of(const Expr& expression, std::vector<std::string>& out);
bool fields_of(const model::Predicate& predicate, std::vector<std::string>& out);

}  // namespace vedette::query
