#include "conditional.hpp"

namespace vedette::query {

using model::Value;

namespace {

// case(condition, value, condition, value, ..., otherwise): the value of the first condition that is true.
Value choose(const std::vector<Evaluate>& args, EvalRow& row) {
  std::size_t at = 0;
  for (; at + 1 < args.size(); at += 2) {
    if (is_true(args[at](row))) return args[at + 1](row);
  }
  return at < args.size() ? args[at](row) : Value::null();
}

Value first_present(const std::vector<Evaluate>& args, EvalRow& row) {
  for (const Evaluate& argument : args) {
    const Value value = argument(row);
    if (!value.is_null()) return value;
  }
  return Value::null();
}

Value absent(const std::vector<Evaluate>& args, EvalRow& row) {
  const Value value = args[0](row);
  return Value::boolean(value.is_null() || (value.is_list() && value.as_list().empty()));
}

}  // namespace

std::optional<Evaluate> compile_conditional(std::string_view name, const std::vector<Evaluate>& args) {
  using Form = Value (*)(const std::vector<Evaluate>&, EvalRow&);
  Form form = nullptr;
  if ((name == "if" || name == "case") && args.size() >= 2) form = choose;
  if (name == "coalesce" && !args.empty()) form = first_present;
  if (name == "is_null" && args.size() == 1) form = absent;
  if (!form) return std::nullopt;
  return Evaluate([form, args](EvalRow& row) { return form(args, row); });
}

}  // namespace vedette::query
