#include "naive_store.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <simdjson.h>

#include "vedette/expr/row_predicate.hpp"

namespace vedette::query::test {

using model::Value;

namespace {

Value json_value(simdjson::dom::element element, base::Arena& arena) {
  if (element.is_string()) return Value::string(arena.copy(std::string_view(element)));
  if (element.is_bool()) return Value::boolean(bool(element));
  if (element.is_int64()) return Value::integer(std::int64_t(element));
  if (element.is_double()) return Value::real(double(element));
  if (!element.is_array()) return Value::null();
  std::vector<Value> items;
  simdjson::dom::array array = element.get_array().value();
  for (simdjson::dom::element item : array) items.push_back(json_value(item, arena));
  auto list = arena.allocate_array<Value>(items.size());
  std::copy(items.begin(), items.end(), list.begin());
  return Value::list(list);
}

int rank(const Value& v) {
  if (v.is_null()) return 0;
  if (v.kind() == model::ValueKind::boolean) return 1;
  return v.is_string() ? 3 : 2;
}

int compare(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) - rank(b);
  if (rank(a) == 1) return int(a.as_boolean()) - int(b.as_boolean());
  if (rank(a) == 3) return a.as_string().compare(b.as_string());
  double x = 0, y = 0;
  model::number_of(a, x);
  model::number_of(b, y);
  return x < y ? -1 : x > y;
}

std::optional<Value> key_value(const model::Event& event, const model::SortKey& key) {
  if (key.field == "@timestamp")
    return event.time() == 0 ? std::nullopt : std::optional(Value::integer(event.time()));
  if (key.field == "_id") return Value::integer(static_cast<std::int64_t>(event.sequence()));
  const Value* value = event.find(model::intern(key.field));
  if (!value) return std::nullopt;
  Value best = value->elements().empty() ? Value::null() : value->elements()[0];
  for (const Value& item : value->elements()) {
    if (key.descending ? compare(item, best) > 0 : compare(item, best) < 0) best = item;
  }
  return best;
}

bool before(const model::Event& a, const model::Event& b, const std::vector<model::SortKey>& keys) {
  for (const model::SortKey& key : keys) {
    const auto x = key_value(a, key), y = key_value(b, key);
    if (x.has_value() != y.has_value()) return !x.has_value() == key.missing_first;
    if (!x) continue;
    const int order = compare(*x, *y);
    if (order != 0) return (order < 0) != key.descending;
  }
  const bool descending = keys[0].descending;
  if (a.time() != b.time()) return (a.time() < b.time()) != descending;
  return (a.sequence() < b.sequence()) != descending;
}

std::string text(const Value& v) {
  model::TextBuffer buffer;
  return std::string(model::text_of(v, buffer));
}

std::vector<Value> values_of(const model::Event& event, const std::string& field) {
  std::vector<Value> out;
  if (const Value* value = event.find(model::intern(field))) {
    for (const Value& item : value->elements()) {
      if (!item.is_null()) out.push_back(item);
    }
  }
  return out;
}

Value number(double d) {
  return d == std::floor(d) && std::fabs(d) < 1e15 ? Value::integer(static_cast<std::int64_t>(d))
                                                   : Value::real(d);
}

Value time_text(base::TimeNs time, base::Arena& arena) {
  return Value::string(arena.copy(base::format_rfc3339(time)));
}

std::vector<Value> keys_of(const model::Event& event, const model::GroupKey& key, base::Arena& arena) {
  if (key.kind == model::GroupKey::Kind::time_bucket) {
    if (event.time() == 0) return {};
    const base::TimeNs into = event.time() % key.interval;
    return {time_text(event.time() - (into < 0 ? into + key.interval : into), arena)};
  }
  std::vector<Value> out;
  for (Value item : values_of(event, key.field)) {
    if (key.kind == model::GroupKey::Kind::number_bucket) {
      double d = 0;
      if (!model::number_of(item, d)) continue;
      item = number(std::floor(d / key.width) * key.width);
    }
    if (std::none_of(out.begin(), out.end(), [&](const Value& v) { return text(v) == text(item); }))
      out.push_back(item);
  }
  return out;
}

Value metric_of(const model::Metric& metric, const std::vector<model::Event>& by_time, base::Arena& arena) {
  using Kind = model::Metric::Kind;
  if (metric.kind == Kind::count) return Value::integer(static_cast<std::int64_t>(by_time.size()));
  std::vector<Value> all;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  for (const model::Event& event : by_time) {
    if (metric.field == "@timestamp" && event.time() != 0) all.push_back(time_text(event.time(), arena));
    for (const Value& v : values_of(event, metric.field)) all.push_back(v);
    const Value* whole = event.find(model::intern(metric.field));
    if (whole && !whole->is_null() && metric.kind == Kind::first) return *whole;
  }
  if (metric.kind == Kind::last) {
    for (std::size_t i = by_time.size(); i-- > 0;) {
      const Value* whole = by_time[i].find(model::intern(metric.field));
      if (whole && !whole->is_null()) return *whole;
    }
    return Value::null();
  }
  std::vector<Value> distinct;
  for (const Value& v : all) {
    double d = 0;
    if (model::number_of(v, d)) {
      numbers.push_back(d);
    } else {
      texts.push_back(text(v));
    }
    if (std::none_of(distinct.begin(), distinct.end(), [&](const Value& o) { return text(o) == text(v); }))
      distinct.push_back(v);
  }
  std::sort(numbers.begin(), numbers.end());
  std::sort(texts.begin(), texts.end());
  double sum = 0;
  for (const double d : numbers) sum += d;
  const double n = static_cast<double>(numbers.size());
  switch (metric.kind) {
    case Kind::value_count:
      return Value::integer(static_cast<std::int64_t>(all.size()));
    case Kind::count_distinct:
    case Kind::count_distinct_approx:
      return Value::integer(static_cast<std::int64_t>(distinct.size()));
    case Kind::values: {
      if (distinct.size() > metric.limit) distinct.resize(metric.limit);
      auto list = arena.allocate_array<Value>(distinct.size());
      std::copy(distinct.begin(), distinct.end(), list.begin());
      return distinct.empty() ? Value::null() : Value::list(list);
    }
    case Kind::min:
    case Kind::max: {
      const bool max = metric.kind == Kind::max;
      if (!numbers.empty()) return number(max ? numbers.back() : numbers.front());
      if (texts.empty()) return Value::null();
      return Value::string(arena.copy(max ? texts.back() : texts.front()));
    }
    default:
      break;
  }
  if (numbers.empty()) return Value::null();
  if (metric.kind == Kind::sum) return number(sum);
  if (metric.kind == Kind::avg) return number(sum / n);
  if (metric.kind == Kind::percentile) {
    const double at = metric.argument / 100 * (n - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, numbers.size() - 1);
    return number(numbers[low] + (numbers[high] - numbers[low]) * (at - std::floor(at)));
  }
  double squares = 0;
  for (const double d : numbers) squares += (d - sum / n) * (d - sum / n);
  return number(squares / n);
}

void copy_row(model::BatchBuilder& out, const model::Event& event, const std::vector<std::string>& fields) {
  out.begin_row(event.position());
  out.set_sequence(event.sequence());
  out.set_time(event.time());
  for (const model::Cell& cell : event.cells()) {
    const std::string_view name = model::name_of(cell.field);
    const bool in =
        fields.empty() || std::any_of(fields.begin(), fields.end(), [&](const std::string& pattern) {
          return expr::WildcardPattern(pattern).matches(name);
        });
    if (in) out.add(cell.field, cell.value);
  }
  out.end_row();
}

}  // namespace

NaiveStore::NaiveStore(std::string_view ndjson) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  simdjson::dom::parser parser;
  std::uint64_t sequence = 0;
  while (!ndjson.empty()) {
    const std::size_t end = std::min(ndjson.find('\n'), ndjson.size());
    const std::string line(ndjson.substr(0, end));
    ndjson.remove_prefix(std::min(end + 1, ndjson.size()));
    if (line.empty()) continue;
    simdjson::dom::element root;
    CHECK(parser.parse(line).get(root) == simdjson::SUCCESS);
    simdjson::dom::object object = root.get_object().value();
    builder.begin_row(++sequence);
    builder.set_sequence(sequence);
    for (const auto& field : object) {
      if (field.key == "@timestamp") {
        builder.set_time(base::parse_iso8601(std::string_view(field.value)).value());
      } else {
        builder.add(model::intern(field.key), json_value(field.value, builder.arena()));
      }
    }
    builder.end_row();
  }
  events_ = builder.finish();
}

std::vector<std::uint32_t> NaiveStore::matching(const model::SearchRequest& request,
                                                base::Status& status) const {
  std::vector<std::uint32_t> rows;
  auto predicate = expr::RowPredicate::compile(request.filter);
  if (!predicate) {
    status = predicate.error();
    return rows;
  }
  expr::Scratch scratch;
  for (std::uint32_t row = 0; row < events_->size(); ++row) {
    const model::Event event = (*events_)[row];
    if (event.time() >= request.range.from && event.time() < request.range.to &&
        event.sequence() < request.below_sequence && predicate->matches(event, scratch)) {
      rows.push_back(row);
    }
  }
  std::vector<model::SortKey> sort = request.sort;
  if (sort.empty()) sort.push_back({"@timestamp", true, false});
  std::sort(rows.begin(), rows.end(),
            [&](std::uint32_t a, std::uint32_t b) { return before((*events_)[a], (*events_)[b], sort); });
  return rows;
}

model::GroupTable NaiveStore::group(const model::GroupBy& by, const std::vector<std::uint32_t>& rows) const {
  std::map<std::vector<std::string>, std::pair<std::vector<Value>, std::vector<model::Event>>> groups;
  base::Arena arena;
  for (const std::uint32_t row : rows) {
    std::vector<std::vector<Value>> combinations = {{}};
    for (const model::GroupKey& key : by.keys) {
      std::vector<std::vector<Value>> longer;
      for (const auto& start : combinations) {
        for (const Value& value : keys_of((*events_)[row], key, arena)) {
          longer.push_back(start);
          longer.back().push_back(value);
        }
      }
      combinations = std::move(longer);
    }
    for (const auto& values : combinations) {
      std::vector<std::string> texts;
      for (const Value& value : values) texts.push_back(text(value));
      auto& group = groups[texts];
      group.first = values;
      group.second.push_back((*events_)[row]);
    }
  }
  if (by.keys.empty()) groups[{}];
  model::BatchBuilder builder(std::make_shared<model::Source>());
  std::vector<model::SortKey> order = by.order;
  for (const model::GroupKey& key : by.keys) order.push_back({key.name, false, false});
  for (auto& [texts, group] : groups) {
    std::sort(group.second.begin(), group.second.end(), [](const model::Event& a, const model::Event& b) {
      return a.time() != b.time() ? a.time() < b.time() : a.sequence() < b.sequence();
    });
    builder.begin_row(0);
    for (std::size_t k = 0; k < by.keys.size(); ++k) {
      Value value = group.first[k];
      if (value.is_string()) value = Value::string(builder.arena().copy(value.as_string()));
      builder.add(model::intern(by.keys[k].name), value);
    }
    for (const model::Metric& metric : by.metrics) {
      const Value value = metric_of(metric, group.second, builder.arena());
      if (!value.is_null()) builder.add(model::intern(metric.name), value);
    }
    builder.end_row();
  }
  const auto all = builder.finish();
  std::vector<model::Event> sorted;
  for (std::size_t i = 0; i < all->size(); ++i) sorted.push_back((*all)[i]);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const model::Event& a, const model::Event& b) {
    for (const model::SortKey& key : order) {
      const Value *x = a.find(model::intern(key.field)), *y = b.find(model::intern(key.field));
      if (!x || !y) {
        if (x || y) return !x == key.missing_first;
        continue;
      }
      const int c = compare(*x, *y);
      if (c != 0) return (c < 0) != key.descending;
    }
    return false;
  });
  if (sorted.size() > by.limit)
    sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(by.limit), sorted.end());
  model::BatchBuilder out(std::make_shared<model::Source>());
  out.hold(all);
  out.hold(events_);
  for (const model::Event& event : sorted) copy_row(out, event, {});
  model::GroupTable table;
  table.rows = out.finish();
  table.total_groups = groups.size();
  return table;
}

base::Result<model::SearchResult> NaiveStore::search(const model::SearchRequest& request,
                                                     const model::RowSink& sink,
                                                     const base::CancellationToken&) const {
  seen = request;
  rows_given = 0;
  base::Status status = base::ok_status();
  std::vector<std::uint32_t> rows = matching(request, status);
  TRY(status);
  model::SearchResult result;
  result.total = rows.size();
  for (const model::GroupBy& by : request.groups) result.groups.push_back(group(by, rows));
  if (rows.size() > request.limit) rows.resize(request.limit);
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_per_batch) {
    model::BatchBuilder builder(std::make_shared<model::Source>());
    builder.hold(events_);
    for (std::size_t i = begin; i < std::min(rows.size(), begin + rows_per_batch); ++i) {
      copy_row(builder, (*events_)[rows[i]], request.fields);
    }
    rows_given += builder.rows();
    if (!sink(builder.finish())) break;
  }
  return result;
}

}  // namespace vedette::query::test
