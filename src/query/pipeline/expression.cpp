#include "expression.hpp"

#include <algorithm>
#include <cmath>

#include "../functions/conditional.hpp"
#include "../functions/functions.hpp"
#include "operators.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::query {

using model::Value;
using model::ValueKind;

namespace {

using Children = std::vector<Evaluate>;

Evaluate constant(const Expr& e) {
  if (e.duration) {
    const Value seconds = duration_value(*e.duration);
    return [seconds](EvalRow&) { return seconds; };
  }
  const auto owned = std::make_shared<model::Literal>(e.literal);
  return [owned, value = value_of(*owned)](EvalRow&) { return value; };
}

Evaluate field_of(const Expr& e) {
  return [field = model::intern(e.name)](EvalRow& row) {
    for (std::size_t i = row.assigned.size(); i-- > 0;) {
      if (row.assigned[i].field == field) return row.assigned[i].value;
    }
    return read_field(row.event, field, row.arena);
  };
}

Fault& new_fault(const Expr& e, RunState& state) {
  std::string where = text_of(e);
  if (where.size() > 80) where = where.substr(0, 77) + "...";
  if (e.span.column > 0) where += " (column " + std::to_string(e.span.column) + ")";
  return state.faults.emplace_back(Fault{where + ": ", {}, 0});
}

// Passes over the values of a list.
Value call_each(const Function& function, Call& call, std::vector<Value>& args) {
  const auto items = args[0].as_list();
  auto out = call.arena.allocate_array<Value>(items.size());
  std::size_t kept = 0;
  for (const Value& item : items) {
    args[0] = item;
    const Value made = item.is_null() ? item : function.run(call);
    if (!made.is_null() && !made.is_list()) out[kept++] = made;
  }
  return kept == 0 ? Value::null() : Value::list(out.first(kept));
}

Value run_function(const Function& function, Prepared* prepared, const RunState& state, Fault& fault,
                   std::vector<Value>& args, EvalRow& row) {
  if (function.nulls == Nulls::propagate) {
    for (const Value& argument : args) {
      if (argument.is_null()) return Value::null();
    }
  }
  Call call{args, row.arena, prepared, state.now};
  const bool each = function.lists == Lists::each && !args.empty() && args[0].is_list();
  const Value made = each ? call_each(function, call, args) : function.run(call);
  if (!call.fault.empty()) fault.add(call.fault);
  return made;
}

base::Result<Evaluate> call_of(const Expr& e, Children children, RunState& state) {
  if (auto conditional = compile_conditional(e.name, children)) return std::move(*conditional);
  const Function* function = find_function(e.name);
  const auto count = static_cast<int>(e.args.size());
  if (!function || count < function->min_args || count > function->max_args) {
    return argument_error(e, (function ? "wrong number of arguments of " : "unknown function ") + e.name);
  }
  std::shared_ptr<Prepared> prepared;
  if (function->prepare) {
    TRY_ASSIGN(prepared, function->prepare(e.args));
  }
  Fault& fault = new_fault(e, state);
  return Evaluate([function, prepared, children = std::move(children), &state, &fault,
                   args = std::vector<Value>()](EvalRow& row) mutable {
    args.clear();
    for (const Evaluate& child : children) args.push_back(child(row));
    return run_function(*function, prepared.get(), state, fault, args, row);
  });
}

base::Result<Evaluate> matches_of(const Expr& e) {
  TRY_ASSIGN(expr::RowPredicate predicate, expr::RowPredicate::compile(e.predicate));
  const auto shared = std::make_shared<expr::RowPredicate>(std::move(predicate));
  return Evaluate([shared](EvalRow& row) { return Value::boolean(shared->matches(row.event, row.scratch)); });
}

Evaluate null_test(const Expr& e, Evaluate argument) {
  const bool wanted = e.name != "is not null";
  return [wanted, argument = std::move(argument)](EvalRow& row) {
    const Value value = argument(row);
    const bool null = value.is_null() || (value.is_list() && value.as_list().empty());
    return Value::boolean(null == wanted);
  };
}

}  // namespace

base::Result<Evaluate> compile(const Expr& e, RunState& state) {
  Children children;
  for (const Expr& argument : e.args) {
    TRY_ASSIGN(Evaluate child, compile(argument, state));
    children.push_back(std::move(child));
  }
  switch (e.kind) {
    case Expr::Kind::literal:
      return constant(e);
    case Expr::Kind::field:
      return field_of(e);
    case Expr::Kind::unary:
    case Expr::Kind::binary:
      return compile_operator(e, std::move(children), state, new_fault(e, state));
    case Expr::Kind::call:
      return call_of(e, std::move(children), state);
    case Expr::Kind::matches:
      return matches_of(e);
    case Expr::Kind::is_null:
      return null_test(e, std::move(children.at(0)));
  }
  return base::make_error(base::ErrorCode::unsupported, "unknown expression");
}

Truth truth_of(const Value& value) {
  if (value.kind() == ValueKind::boolean) return value.as_boolean() ? Truth::yes : Truth::no;
  if (!value.is_string()) return Truth::unknown;
  if (base::equals_ignore_case_ascii(value.as_string(), "true")) return Truth::yes;
  return base::equals_ignore_case_ascii(value.as_string(), "false") ? Truth::no : Truth::unknown;
}

bool is_true(const Value& value) {
  return truth_of(value) == Truth::yes;
}

std::string text_of(const Expr& e) {
  const auto list = [&](std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < e.args.size(); ++i) {
      if (i > from) out += ", ";
      out += text_of(e.args[i]);
    }
    return out;
  };
  switch (e.kind) {
    case Expr::Kind::literal: {
      if (e.duration) return base::format_duration(*e.duration);
      std::string out;
      model::append_json(out, value_of(e.literal));
      return out;
    }
    case Expr::Kind::field:
      return e.name;
    case Expr::Kind::unary:
      return e.name + (e.name == "not" ? " " : "") + list(0);
    case Expr::Kind::binary:
      if (e.name.ends_with("in")) return text_of(e.args.at(0)) + " " + e.name + " (" + list(1) + ")";
      return e.args.size() == 2 ? text_of(e.args[0]) + " " + e.name + " " + text_of(e.args[1]) : e.name;
    case Expr::Kind::call:
      return e.name + "(" + list(0) + ")";
    case Expr::Kind::matches:
      return "filter";
    case Expr::Kind::is_null:
      return list(0) + " " + e.name;
  }
  return {};
}

bool fields_of(const model::Predicate& predicate, std::vector<std::string>& out) {
  if (predicate.kind == model::Predicate::Kind::test) {
    const model::FieldTest& test = predicate.test;
    if (test.field.empty() || test.field_pattern) return false;
    out.push_back(test.field);
    if (test.op >= model::MatchOp::field_equals) out.push_back(test.text);
  }
  return std::all_of(predicate.children.begin(), predicate.children.end(),
                     [&](const model::Predicate& child) { return fields_of(child, out); });
}

bool fields_of(const Expr& e, std::vector<std::string>& out) {
  if (e.kind == Expr::Kind::field) out.push_back(e.name);
  if (e.kind == Expr::Kind::matches) return fields_of(e.predicate, out);
  return std::all_of(e.args.begin(), e.args.end(), [&](const Expr& child) { return fields_of(child, out); });
}

}  // namespace vedette::query
