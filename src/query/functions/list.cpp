#include <algorithm>
#include <string>
#include <unordered_set>

#include "../pipeline/row.hpp"
#include "functions.hpp"
#include "vedette/expr/order.hpp"

namespace vedette::query {
namespace {

using model::Value;

Value list_of(Call& call, const std::vector<Value>& items) {
  auto list = call.arena.allocate_array<Value>(items.size());
  std::copy(items.begin(), items.end(), list.begin());
  return Value::list(list);
}

// Values without nulls; an absent field has none.
Value mv_count(Call& call) {
  std::int64_t count = 0;
  for (const Value& item : call.args[0].elements()) count += item.is_null() ? 0 : 1;
  return Value::integer(count);
}

Value mv_first(Call& call) {
  const auto items = call.args[0].elements();
  return items.empty() ? Value::null() : items.front();
}

Value mv_last(Call& call) {
  const auto items = call.args[0].elements();
  return items.empty() ? Value::null() : items.back();
}

Value mv_dedup(Call& call) {
  if (!call.args[0].is_list()) return call.args[0];
  std::unordered_set<std::string> seen;
  std::vector<Value> kept;
  for (const Value& item : call.args[0].as_list()) {
    model::TextBuffer buffer;
    if (seen.emplace(text_in(item, buffer)).second) kept.push_back(item);
  }
  return list_of(call, kept);
}

// Ascending, or descending if the second argument is "desc".
Value mv_sort(Call& call) {
  if (!call.args[0].is_list()) return call.args[0];
  bool descending = false;
  if (call.args.size() > 1) {
    model::TextBuffer buffer;
    const std::string_view order = text_in(call.args[1], buffer);
    if (order != "asc" && order != "desc") return call.fail("the order is \"asc\" or \"desc\"");
    descending = order == "desc";
  }
  const auto items = call.args[0].as_list();
  std::vector<Value> sorted(items.begin(), items.end());
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Value& a, const Value& b) {
    return descending ? expr::compare_values(a, b) > 0 : expr::compare_values(a, b) < 0;
  });
  return list_of(call, sorted);
}

Value mv_contains(Call& call) {
  model::TextBuffer wanted_buffer;
  const std::string_view wanted = text_in(call.args[1], wanted_buffer);
  for (const Value& item : call.args[0].elements()) {
    model::TextBuffer buffer;
    if (!item.is_null() && text_in(item, buffer) == wanted) return Value::boolean(true);
  }
  return Value::boolean(false);
}

constexpr Function kListFunctions[] = {
    {"mv_count", 1, 1, mv_count, Nulls::see, Lists::see},
    {"mv_first", 1, 1, mv_first, Nulls::propagate, Lists::see},
    {"mv_last", 1, 1, mv_last, Nulls::propagate, Lists::see},
    {"mv_dedup", 1, 1, mv_dedup, Nulls::propagate, Lists::see},
    {"mv_sort", 1, 2, mv_sort, Nulls::propagate, Lists::see},
    {"mv_contains", 2, 2, mv_contains, Nulls::propagate, Lists::see},
};

}  // namespace

std::span<const Function> list_functions() {
  return kListFunctions;
}

}  // namespace vedette::query
