#include "search/group_plan.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "vedette/base/time.hpp"

namespace vedette::store::search {

using model::GroupKey;
using model::Metric;
using model::Value;

namespace {

template <typename... Parts>
base::Error invalid(fmt::format_string<Parts...> format, Parts&&... parts) {
  return base::make_error(base::ErrorCode::invalid_argument,
                          fmt::format(format, std::forward<Parts>(parts)...));
}

base::Result<GroupPlan::Key> make_key(const GroupKey& asked) {
  GroupPlan::Key key;
  key.asked = &asked;
  if (asked.kind == GroupKey::Kind::filters) {
    if (asked.filters.empty()) return invalid("the group key '{}' has no filters", asked.name);
    for (const GroupKey::Filter& filter : asked.filters) {
      TRY_ASSIGN(Filter compiled, Filter::compile(filter.predicate));
      key.filters.push_back(std::move(compiled));
    }
    return key;
  }
  if (asked.field.empty()) return invalid("the group key '{}' has no field", asked.name);
  key.field = model::intern(asked.field);
  if (asked.kind == GroupKey::Kind::time_bucket && asked.calendar == GroupKey::Calendar::none &&
      asked.interval <= 0) {
    return invalid("the interval of the group key '{}' must be positive", asked.name);
  }
  if (asked.kind == GroupKey::Kind::number_bucket) {
    if (!(asked.width > 0) || !std::isfinite(asked.width)) {
      return invalid("the width of the group key '{}' must be positive", asked.name);
    }
    if (!std::isfinite(asked.number_offset)) {
      return invalid("the offset of the group key '{}' is not a number", asked.name);
    }
  }
  return key;
}

base::Result<GroupPlan::Measure> make_measure(const Metric& asked) {
  GroupPlan::Measure measure;
  measure.asked = &asked;
  if (asked.kind == Metric::Kind::top_rows) {
    TRY_ASSIGN(measure.sort, SortPlan::make(asked.sort));
    return measure;
  }
  if (asked.kind == Metric::Kind::count) return measure;
  if (asked.field.empty()) return invalid("the metric '{}' has no field", asked.name);
  measure.field = model::intern(asked.field);
  if (asked.kind == Metric::Kind::percentile && !(asked.argument >= 0 && asked.argument <= 100)) {
    return invalid("the percentile of the metric '{}' is not in 0 to 100", asked.name);
  }
  return measure;
}

base::Result<GroupPlan::Order> make_order(const GroupPlan& plan, const model::SortKey& asked) {
  GroupPlan::Order order{false, 0, asked.descending, asked.missing_first};
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    if (plan.keys[i].asked->name != asked.field) continue;
    order.of_key = true;
    order.index = i;
    return order;
  }
  for (std::size_t i = 0; i < plan.measures.size(); ++i) {
    if (plan.measures[i].asked->name != asked.field) continue;
    const Metric::Kind kind = plan.measures[i].asked->kind;
    if (kind == Metric::Kind::top_rows || kind == Metric::Kind::values) {
      return invalid("groups cannot be ordered by '{}'", asked.field);
    }
    order.index = i;
    return order;
  }
  return invalid("groups cannot be ordered by '{}': no key or metric has that name", asked.field);
}

base::Result<std::vector<OwnedValue>> make_after(const model::GroupBy& asked) {
  std::vector<OwnedValue> after;
  if (asked.after.empty()) return after;
  if (asked.after.size() != asked.keys.size()) return invalid("the cursor of groups does not fit their keys");
  for (std::size_t i = 0; i < asked.keys.size(); ++i) {
    const GroupKey& key = asked.keys[i];
    OwnedValue value(asked.after[i]);
    const bool is_time = key.kind == GroupKey::Kind::time_bucket ||
                         (key.kind == GroupKey::Kind::value && key.field == "@timestamp");
    if (is_time && value.kind == model::ValueKind::string) {
      const auto time = base::parse_iso8601(value.text);
      if (!time) return invalid("the cursor of groups has no time for the key '{}'", key.name);
      value = OwnedValue(Value::integer(*time));
    }
    after.push_back(std::move(value));
  }
  return after;
}

}  // namespace

Value KeyValue::shown(const GroupKey& key, base::Arena& arena) const {
  switch (tag) {
    case Tag::missing:
      return Value::null();
    case Tag::time: {
      char text[40];
      return Value::string(arena.copy({text, base::format_rfc3339(value.as_integer(), text)}));
    }
    case Tag::filter:
      return Value::string(arena.copy(key.filters[static_cast<std::size_t>(value.as_integer())].name));
    case Tag::value:
    case Tag::number:
      break;
  }
  return copy_value(value, arena);
}

Value KeyValue::sorted(const GroupKey& key) const {
  if (tag == Tag::missing) return Value::null();
  if (tag == Tag::filter) {
    return Value::string(key.filters[static_cast<std::size_t>(value.as_integer())].name);
  }
  return value;
}

base::Result<GroupPlan> GroupPlan::make(const model::GroupBy& asked) {
  GroupPlan plan;
  plan.asked = &asked;
  std::set<std::string_view> names;
  std::size_t top_rows = 0;
  for (const GroupKey& key : asked.keys) {
    if (!names.insert(key.name).second) return invalid("two columns have the name '{}'", key.name);
    TRY_ASSIGN(Key made, make_key(key));
    plan.keys.push_back(std::move(made));
  }
  for (const Metric& metric : asked.metrics) {
    if (!names.insert(metric.name).second) return invalid("two columns have the name '{}'", metric.name);
    if (metric.kind == Metric::Kind::top_rows && ++top_rows > 1) {
      return invalid("a grouping can have only one metric of whole rows, '{}' is the second", metric.name);
    }
    TRY_ASSIGN(Measure made, make_measure(metric));
    plan.measures.push_back(std::move(made));
  }
  for (const model::SortKey& key : asked.order) {
    TRY_ASSIGN(const Order order, make_order(plan, key));
    plan.order.push_back(order);
  }
  TRY_ASSIGN(plan.after, make_after(asked));
  return plan;
}

bool GroupPlan::order_sensitive() const {
  return std::any_of(measures.begin(), measures.end(), [](const Measure& measure) {
    switch (measure.asked->kind) {
      case Metric::Kind::sum:
      case Metric::Kind::avg:
      case Metric::Kind::variance:
      case Metric::Kind::percentile:
        return true;
      default:
        return false;
    }
  });
}

bool GroupPlan::only_counts() const {
  return std::all_of(measures.begin(), measures.end(),
                     [](const Measure& measure) { return measure.asked->kind == Metric::Kind::count; });
}

}  // namespace vedette::store::search
