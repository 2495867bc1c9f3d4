#include "support/naive_log_store.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <simdjson.h>

#include "vedette/base/time.hpp"
#include "vedette/expr/hidden_fields.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::test {
namespace {

using base::ErrorCode;
using base::TimeNs;
using model::BatchBuilder;
using model::Event;
using model::GroupBy;
using model::GroupKey;
using model::Literal;
using model::Metric;
using model::SortKey;
using model::Value;
using model::ValueKind;

constexpr std::string_view kTime = "@timestamp";
constexpr std::size_t kBatchRows = 1000;

// Values ---------------------------------------------------------------------------------------------------

Literal literal_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::boolean:
      return value.as_boolean();
    case ValueKind::integer:
      return value.as_integer();
    case ValueKind::real:
      return value.as_real();
    case ValueKind::string:
      return std::string(value.as_string());
    default:
      return std::monostate{};
  }
}

Value value_of(BatchBuilder& builder, const Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal)) return Value::boolean(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&literal)) return Value::integer(*integer);
  if (const auto* real = std::get_if<double>(&literal)) return Value::real(*real);
  if (const auto* text = std::get_if<std::string>(&literal)) {
    return Value::string(builder.arena().copy(*text));
  }
  return Value::null();
}

Value copy_of(BatchBuilder& builder, const Value& value) {
  if (!value.is_list()) return value_of(builder, literal_of(value));
  auto list = builder.arena().allocate_array<Value>(value.as_list().size());
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = copy_of(builder, value.as_list()[i]);
  return Value::list(list);
}

std::string canonical(const Literal& literal) {
  BatchBuilder builder(std::make_shared<model::Source>());
  model::TextBuffer buffer;
  return std::string(text_of(value_of(builder, literal), buffer));
}

int rank(const Literal& literal) {
  static constexpr int kRanks[] = {0, 1, 2, 2, 3};
  return kRanks[literal.index()];
}

long double number(const Literal& literal) {
  const auto* integer = std::get_if<std::int64_t>(&literal);
  return integer ? static_cast<long double>(*integer) : static_cast<long double>(std::get<double>(literal));
}

// null < booleans < numbers < texts.
int compare(const Literal& a, const Literal& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) == 0) return 0;
  if (rank(a) == 1) return int{std::get<bool>(a)} - int{std::get<bool>(b)};
  if (rank(a) == 2) return number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0;
  const int order = std::get<std::string>(a).compare(std::get<std::string>(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool missing(const Literal& literal) {
  return literal.index() == 0;
}

int compare_in(const SortKey& key, const Literal& a, const Literal& b) {
  if (missing(a) || missing(b)) {
    if (missing(a) == missing(b)) return 0;
    return missing(a) == key.missing_first ? -1 : 1;
  }
  return key.descending ? -compare(a, b) : compare(a, b);
}

// The elements of a field that are not null. "@timestamp" is its text, unless `time_as_number`.
std::vector<Literal> values(const Event& event, const std::string& field, bool time_as_number = false) {
  std::vector<Literal> out;
  if (field == kTime) {
    if (event.time() == 0) return out;
    if (time_as_number) return {Literal(event.time())};
    return {Literal(base::format_rfc3339(event.time()))};
  }
  const Value* value = event.find(model::intern(field));
  if (!value && field == "_id") return {Literal(expr::id_text(event.sequence()))};
  if (!value) return out;
  for (const Value& element : value->elements()) {
    if (!element.is_null()) out.push_back(literal_of(element));
  }
  return out;
}

std::vector<Literal> distinct(std::vector<Literal> all) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return compare(a, b) < 0; });
  all.erase(std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return !compare(a, b); }),
            all.end());
  return all;
}

// A number, or a text that is one.
std::optional<double> as_number(const Literal& literal) {
  if (rank(literal) == 2) return static_cast<double>(number(literal));
  double out = 0;
  const auto* text = std::get_if<std::string>(&literal);
  if (text && model::number_of(Value::string(*text), out)) return out;
  return std::nullopt;
}

// Rows in order
// ----------------------------------------------------------------------------------------------

Literal sort_value(const Event& event, const SortKey& key) {
  if (key.field == "_id") return static_cast<std::int64_t>(event.sequence());
  const std::vector<Literal> all = distinct(values(event, key.field, true));
  if (all.empty()) return std::monostate{};
  return key.descending ? all.back() : all.front();
}

// The value of a cursor in the form of sort_value.
Literal cursor_value(const std::string& field, const Literal& given) {
  const auto* text = std::get_if<std::string>(&given);
  if (!text) return given;
  std::uint64_t sequence = 0;
  if (field == "_id" && expr::sequence_of(*text, sequence)) return static_cast<std::int64_t>(sequence);
  if (field != kTime) return given;
  const auto time = base::parse_iso8601(*text);
  return time ? Literal(*time) : given;
}

// The keys with the two that break ties.
std::vector<SortKey> whole_order(std::vector<SortKey> sort) {
  if (sort.empty()) sort.push_back({.field = std::string(kTime), .descending = true});
  const bool descending = sort.front().descending;
  sort.push_back({.field = std::string(kTime), .descending = descending});
  sort.push_back({.field = "_id", .descending = descending});
  return sort;
}

struct Ranked {
  Event event;
  std::vector<Literal> keys;
};

int compare_ranked(const std::vector<SortKey>& order, const std::vector<Literal>& a,
                   const std::vector<Literal>& b) {
  for (std::size_t i = 0; i < order.size() && i < a.size() && i < b.size(); ++i) {
    if (const int result = compare_in(order[i], a[i], b[i])) return result;
  }
  return 0;
}

std::vector<Event> in_order(const std::vector<Event>& rows, const std::vector<SortKey>& sort,
                            const std::vector<Literal>& after = {}) {
  const std::vector<SortKey> order = whole_order(sort);
  std::vector<Literal> cursor;
  for (std::size_t i = 0; i < after.size() && i < order.size(); ++i) {
    cursor.push_back(cursor_value(order[i].field, after[i]));
  }
  std::vector<Ranked> ranked;
  for (const Event& event : rows) {
    Ranked row{event, {}};
    for (const SortKey& key : order) row.keys.push_back(sort_value(event, key));
    if (cursor.empty() || compare_ranked(order, row.keys, cursor) > 0) ranked.push_back(std::move(row));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    return compare_ranked(order, a.keys, b.keys) < 0;
  });
  std::vector<Event> out;
  for (const Ranked& row : ranked) out.push_back(row.event);
  return out;
}

bool carried(std::string_view name, const std::vector<std::string>& fields) {
  if (fields.empty()) return true;
  return std::any_of(fields.begin(), fields.end(), [&](const std::string& pattern) {
    return pattern == name || expr::WildcardPattern(pattern).matches(name);
  });
}

void copy_row(BatchBuilder& builder, const Event& event, const std::vector<std::string>& fields) {
  builder.set_source(std::make_shared<model::Source>(event.source()));
  builder.begin_row(event.position());
  builder.set_time(event.time());
  builder.set_sequence(event.sequence());
  for (const model::Cell& cell : event.cells()) {
    if (carried(model::name_of(cell.field), fields)) builder.add(cell.field, copy_of(builder, cell.value));
  }
  builder.end_row();
}

std::shared_ptr<const model::EventBatch> copy_rows(const std::vector<Event>& rows, std::size_t from,
                                                   std::size_t to, const std::vector<std::string>& fields) {
  BatchBuilder builder(std::make_shared<model::Source>());
  for (std::size_t i = from; i < to; ++i) copy_row(builder, rows[i], fields);
  return builder.finish();
}

// Groups
// -----------------------------------------------------------------------------------------------------

TimeNs floor_to(TimeNs time, TimeNs step) {
  const TimeNs rest = time % step;
  return time - (rest < 0 ? rest + step : rest);
}

TimeNs calendar_start(TimeNs time, GroupKey::Calendar calendar) {
  constexpr TimeNs kDay = 86'400 * base::kNsPerSecond;
  if (calendar == GroupKey::Calendar::week) {
    return floor_to(time + 3 * kDay, 7 * kDay) - 3 * kDay;  // 1970-01-01 was a Thursday
  }
  base::CivilTime civil = base::to_civil(time);
  const int month = calendar == GroupKey::Calendar::month     ? civil.month
                    : calendar == GroupKey::Calendar::quarter ? (civil.month - 1) / 3 * 3 + 1
                                                              : 1;
  return base::from_civil({.year = civil.year, .month = month, .day = 1}).value_or(0);
}

std::optional<TimeNs> as_time(const Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) return base::parse_iso8601(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&literal)) return base::from_epoch_number(*integer);
  if (const auto* real = std::get_if<double>(&literal)) return base::from_epoch_number(*real);
  return std::nullopt;
}

std::optional<Literal> bucket_of(const GroupKey& key, const Literal& value) {
  if (key.kind == GroupKey::Kind::time_bucket) {
    const auto time = as_time(value);
    if (!time) return std::nullopt;
    const TimeNs moved = *time - key.offset;
    const TimeNs start = key.calendar == GroupKey::Calendar::none ? floor_to(moved, key.interval)
                                                                  : calendar_start(moved, key.calendar);
    return Literal(base::format_rfc3339(start + key.offset));
  }
  if (key.kind == GroupKey::Kind::number_bucket) {
    const auto number = as_number(value);
    if (!number) return std::nullopt;
    return Literal(std::floor((*number - key.number_offset) / key.width) * key.width + key.number_offset);
  }
  return value;
}

struct CompiledKey {
  const GroupKey* key;
  std::vector<expr::RowPredicate> filters;
};

base::Result<CompiledKey> compile_key(const GroupKey& key) {
  CompiledKey compiled{&key, {}};
  const bool fixed = key.kind == GroupKey::Kind::time_bucket && key.calendar == GroupKey::Calendar::none;
  if (fixed && key.interval <= 0) {
    return base::make_error(ErrorCode::invalid_argument, "the interval of " + key.name + " is not positive");
  }
  if (key.kind == GroupKey::Kind::number_bucket && !(key.width > 0)) {
    return base::make_error(ErrorCode::invalid_argument, "the width of " + key.name + " is not positive");
  }
  for (const GroupKey::Filter& filter : key.filters) {
    TRY_ASSIGN(expr::RowPredicate predicate, expr::RowPredicate::compile(filter.predicate));
    compiled.filters.push_back(std::move(predicate));
  }
  return compiled;
}

// The distinct values of one key that a row takes part with.
std::vector<Literal> key_values(const CompiledKey& compiled, const Event& event) {
  const GroupKey& key = *compiled.key;
  std::vector<Literal> out;
  if (key.kind == GroupKey::Kind::filters) {
    expr::Scratch scratch;
    for (std::size_t i = 0; i < compiled.filters.size(); ++i) {
      if (compiled.filters[i].matches(event, scratch)) out.push_back(key.filters[i].name);
    }
  } else {
    for (const Literal& value : values(event, key.field)) {
      if (const auto bucket = bucket_of(key, value)) out.push_back(*bucket);
    }
  }
  out = distinct(std::move(out));
  if (out.empty() && key.keep_missing) out.push_back(std::monostate{});
  return out;
}

int compare_keys(const std::vector<Literal>& a, const std::vector<Literal>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int order = compare_in(SortKey{}, a[i], b[i])) return order;
  }
  return 0;
}

struct KeyLess {
  bool operator()(const std::vector<Literal>& a, const std::vector<Literal>& b) const {
    return compare_keys(a, b) < 0;
  }
};

using Groups = std::map<std::vector<Literal>, std::vector<Event>, KeyLess>;

// Every combination of the values of all keys.
std::vector<std::vector<Literal>> combinations(const std::vector<CompiledKey>& keys, const Event& event) {
  std::vector<std::vector<Literal>> out{{}};
  for (const CompiledKey& key : keys) {
    std::vector<std::vector<Literal>> longer;
    for (const auto& begun : out) {
      for (const Literal& value : key_values(key, event)) {
        longer.push_back(begun);
        longer.back().push_back(value);
      }
    }
    out = std::move(longer);
  }
  return out;
}

// Metrics: `rows` are in order of time and arrival
// --------------------------------------------------------------

std::vector<double> numbers_of(const std::vector<Event>& rows, const std::string& field) {
  std::vector<double> out;
  for (const Event& event : rows) {
    for (const Literal& value : values(event, field)) {
      if (const auto number = as_number(value)) out.push_back(*number);
    }
  }
  return out;
}

Literal extreme(const std::vector<Event>& rows, const Metric& metric) {
  const int sign = metric.kind == Metric::Kind::min ? 1 : -1;
  std::optional<Literal> number, text;
  const auto keep = [&](std::optional<Literal>& best, const Literal& value) {
    if (!best || sign * compare(value, *best) < 0) best = value;
  };
  for (const Event& event : rows) {
    for (const Literal& value : values(event, metric.field, true)) {
      if (rank(value) == 2) {
        keep(number, value);
      } else if (const auto parsed = as_number(value)) {
        keep(number, Literal(*parsed));
      } else if (rank(value) == 3) {
        keep(text, value);
      }
    }
  }
  if (number && metric.field == kTime) return base::format_rfc3339(std::get<std::int64_t>(*number));
  return number ? *number : text ? *text : Literal{};
}

Literal of_numbers(std::vector<double> all, const Metric& metric) {
  double sum = 0;
  for (const double value : all) sum += value;
  if (metric.kind == Metric::Kind::sum) return sum;
  if (all.empty()) return std::monostate{};
  const double mean = sum / static_cast<double>(all.size());
  if (metric.kind == Metric::Kind::avg) return mean;
  if (metric.kind == Metric::Kind::variance) {
    double squares = 0;
    for (const double value : all) squares += (value - mean) * (value - mean);
    return squares / static_cast<double>(all.size());
  }
  std::sort(all.begin(), all.end());
  const double place = metric.argument / 100 * static_cast<double>(all.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, all.size() - 1);
  return all[below] + (place - static_cast<double>(below)) * (all[above] - all[below]);
}

// Distinct values by canonical text, in order of first sight.
std::vector<Literal> seen_values(const std::vector<Event>& rows, const std::string& field) {
  std::vector<Literal> out;
  std::set<std::string> seen;
  for (const Event& event : rows) {
    for (const Literal& value : values(event, field)) {
      if (seen.insert(canonical(value)).second) out.push_back(value);
    }
  }
  return out;
}

Value edge(BatchBuilder& builder, const std::vector<Event>& rows, const Metric& metric) {
  std::vector<Event> order = rows;
  if (metric.kind == Metric::Kind::last) std::reverse(order.begin(), order.end());
  for (const Event& event : order) {
    const std::vector<Literal> all = values(event, metric.field);
    if (all.empty()) continue;
    const Value* own = event.find(model::intern(metric.field));
    return own && metric.field != kTime ? copy_of(builder, *own) : value_of(builder, all.front());
  }
  return Value::null();
}

Value list_of(BatchBuilder& builder, std::vector<Literal> all, std::uint64_t limit) {
  if (all.size() > limit) all.resize(limit);
  auto list = builder.arena().allocate_array<Value>(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) list[i] = value_of(builder, all[i]);
  return Value::list(list);
}

Value metric_value(BatchBuilder& builder, const std::vector<Event>& rows, const Metric& metric) {
  std::int64_t count = 0;
  switch (metric.kind) {
    case Metric::Kind::count:
      return Value::integer(static_cast<std::int64_t>(rows.size()));
    case Metric::Kind::value_count:
      for (const Event& event : rows) {
        count += static_cast<std::int64_t>(values(event, metric.field).size());
      }
      return Value::integer(count);
    case Metric::Kind::count_distinct:
    case Metric::Kind::count_distinct_approx:
      return Value::integer(static_cast<std::int64_t>(seen_values(rows, metric.field).size()));
    case Metric::Kind::min:
    case Metric::Kind::max:
      return value_of(builder, extreme(rows, metric));
    case Metric::Kind::sum:
    case Metric::Kind::avg:
    case Metric::Kind::variance:
    case Metric::Kind::percentile:
      return value_of(builder, of_numbers(numbers_of(rows, metric.field), metric));
    case Metric::Kind::values:
      return list_of(builder, seen_values(rows, metric.field), metric.limit);
    case Metric::Kind::first:
    case Metric::Kind::last:
      return edge(builder, rows, metric);
    case Metric::Kind::top_rows:
      break;
  }
  return Value::null();
}

// A finished table of all groups, one row each, with the rows of each group.
struct Table {
  std::shared_ptr<const model::EventBatch> batch;
  std::vector<const std::vector<Event>*> rows;
};

Table tabulate(const GroupBy& group, const Groups& groups) {
  BatchBuilder builder(std::make_shared<model::Source>());
  Table table;
  for (const auto& [keys, rows] : groups) {
    builder.begin_row(0);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      builder.add(model::intern(group.keys[i].name), value_of(builder, keys[i]));
    }
    for (const Metric& metric : group.metrics) {
      builder.add(model::intern(metric.name), metric_value(builder, rows, metric));
    }
    builder.end_row();
    table.rows.push_back(&rows);
  }
  table.batch = builder.finish();
  return table;
}

Literal column_value(const Event& row, const SortKey& key) {
  const Value* value = row.find(model::intern(key.field));
  return value ? literal_of(*value) : Literal{};
}

// Row numbers of the table, in the order asked for, after `after`, at most `limit`.
std::vector<std::size_t> chosen_groups(const GroupBy& group, const Groups& groups, const Table& table) {
  std::vector<std::size_t> out;
  std::size_t at = 0;
  for (const auto& [keys, rows] : groups) {
    if (group.after.empty() || compare_keys(keys, group.after) > 0) out.push_back(at);
    ++at;
  }
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    for (const SortKey& key : group.order) {
      const int order =
          compare_in(key, column_value((*table.batch)[a], key), column_value((*table.batch)[b], key));
      if (order != 0) return order < 0;
    }
    return false;
  });
  if (out.size() > group.limit) out.resize(group.limit);
  return out;
}

void add_top_rows(const GroupBy& group, const std::vector<Event>& rows, model::GroupTable& out) {
  for (const Metric& metric : group.metrics) {
    if (metric.kind != Metric::Kind::top_rows) continue;
    const std::vector<Event> sorted = in_order(rows, metric.sort);
    out.top_rows.push_back(
        copy_rows(sorted, 0, std::min<std::size_t>(sorted.size(), metric.limit), metric.fields));
    return;
  }
}

base::Result<model::GroupTable> group_rows(const GroupBy& group, const std::vector<Event>& rows,
                                           std::uint64_t max_groups, model::SearchResult& result) {
  std::vector<CompiledKey> keys;
  for (const GroupKey& key : group.keys) {
    TRY_ASSIGN(CompiledKey compiled, compile_key(key));
    keys.push_back(std::move(compiled));
  }
  model::GroupTable out;
  for (const GroupKey& key : group.keys) out.columns.push_back(key.name);
  for (const Metric& metric : group.metrics) {
    out.columns.push_back(metric.name);
    if (metric.kind == Metric::Kind::count_distinct_approx) result.approximate = true;
  }
  Groups groups;
  if (keys.empty()) groups[{}];
  for (const Event& event : rows) {
    const auto all = combinations(keys, event);
    if (!all.empty()) ++out.total_rows;
    for (const auto& combination : all) {
      if (groups.size() >= max_groups && !groups.contains(combination)) {
        result.cut = model::Cut::groups;
        result.cut_reason = "more than " + std::to_string(max_groups) + " groups";
        continue;
      }
      groups[combination].push_back(event);
    }
  }
  out.total_groups = groups.size();
  const Table table = tabulate(group, groups);
  std::vector<Event> chosen;
  for (const std::size_t at : chosen_groups(group, groups, table)) {
    chosen.push_back((*table.batch)[at]);
    add_top_rows(group, *table.rows[at], out);
  }
  out.rows = copy_rows(chosen, 0, chosen.size(), {});
  return out;
}

// JSON
// -------------------------------------------------------------------------------------------------------

void add_json(BatchBuilder& builder, const std::string& name, simdjson::dom::element element) {
  using Type = simdjson::dom::element_type;
  const model::FieldId field = model::intern(name);
  switch (element.type()) {
    case Type::OBJECT: {
      const simdjson::dom::object object = element.get_object().value_unsafe();
      for (const auto member : object) {
        add_json(builder, name + "." + std::string(member.key), member.value);
      }
      return;
    }
    case Type::ARRAY: {
      const simdjson::dom::array array = element.get_array().value_unsafe();
      if (array.size() == 0) builder.add(field, Value::list({}));
      for (const auto item : array) add_json(builder, name, item);
      return;
    }
    case Type::STRING:
      return builder.add_copy(field, element.get_string().value_unsafe());
    case Type::BOOL:
      return builder.add(field, Value::boolean(element.get_bool().value_unsafe()));
    case Type::INT64:
      return builder.add(field, Value::integer(element.get_int64().value_unsafe()));
    case Type::UINT64:
      return builder.add_copy(field, std::to_string(element.get_uint64().value_unsafe()));
    case Type::DOUBLE:
      return builder.add(field, Value::real(element.get_double().value_unsafe()));
    case Type::NULL_VALUE:
      return builder.add(field, Value::null());
  }
}

}  // namespace

void NaiveLogStore::append(const model::EventBatch& batch) {
  BatchBuilder builder(std::make_shared<model::Source>());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Event event = batch[i];
    builder.set_source(std::make_shared<model::Source>(event.source()));
    builder.begin_row(event.position());
    builder.set_time(event.time());
    builder.set_sequence(event.sequence() != 0 ? event.sequence() : next_sequence_);
    next_sequence_ = std::max(next_sequence_, event.sequence()) + 1;
    for (const model::Cell& cell : event.cells()) builder.add(cell.field, copy_of(builder, cell.value));
    builder.end_row();
  }
  batches_.push_back(builder.finish());
}

base::Status NaiveLogStore::append_ndjson(std::string_view text) {
  BatchBuilder builder(std::make_shared<model::Source>());
  simdjson::dom::parser parser;
  std::uint64_t line_number = 0;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++line_number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    simdjson::dom::object object;
    if (parser.parse(line).get(object) != simdjson::SUCCESS) {
      return base::make_error(ErrorCode::invalid_argument,
                              "line " + std::to_string(line_number) + " is no object");
    }
    builder.begin_row(line_number);
    for (const auto member : object) {
      std::string_view time;
      if (member.key == kTime && member.value.get(time) == simdjson::SUCCESS) {
        const auto parsed = base::parse_iso8601(time);
        if (!parsed) return base::make_error(ErrorCode::invalid_argument, "bad time " + std::string(time));
        builder.set_time(*parsed);
      } else {
        add_json(builder, std::string(member.key), member.value);
      }
    }
    builder.end_row();
  }
  append(*builder.finish());
  return base::ok_status();
}

// Scope, hidden fields and sequence numbers: by a store of what is left.
base::Result<NaiveLogStore> NaiveLogStore::narrowed(const model::SearchRequest& request) const {
  TRY_ASSIGN(const expr::RowPredicate scope, expr::RowPredicate::compile(request.scope));
  const expr::HiddenFields hidden(request.hidden_fields);
  const std::vector<std::uint64_t>& wanted = request.sequences;
  NaiveLogStore left;
  expr::Scratch scratch;
  for (const auto& batch : batches_) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const Event event = (*batch)[i];
      if (!scope.matches(event, scratch)) continue;
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), event.sequence()) == wanted.end())
        continue;
      BatchBuilder builder(std::make_shared<const model::Source>(event.source()));
      builder.begin_row(event.position());
      builder.set_time(event.time());
      builder.set_sequence(event.sequence());
      for (const model::Cell& cell : event.cells()) {
        if (!hidden.hides(cell.field)) builder.add(cell.field, cell.value);
      }
      builder.end_row();
      left.append(*builder.finish());
    }
  }
  return left;
}

base::Result<model::SearchResult> NaiveLogStore::search(const model::SearchRequest& request,
                                                        const model::RowSink& sink,
                                                        const base::CancellationToken& cancellation) const {
  if (request.scope.kind != model::Predicate::Kind::always || !request.hidden_fields.empty() ||
      !request.sequences.empty()) {
    TRY_ASSIGN(const NaiveLogStore left, narrowed(request));
    model::SearchRequest rest = request;
    rest.scope.kind = model::Predicate::Kind::always;
    rest.hidden_fields.clear();
    rest.sequences.clear();
    TRY_ASSIGN(model::SearchResult result, left.search(rest, sink, cancellation));
    result.stats.narrowed = true;
    return result;
  }
  TRY_ASSIGN(const expr::RowPredicate filter, expr::RowPredicate::compile(request.filter));
  model::SearchResult result;
  std::vector<Event> found;
  expr::Scratch scratch;
  for (const auto& batch : batches_) {
    for (std::size_t i = 0; i < batch->size() && result.cut == model::Cut::none; ++i) {
      const Event event = (*batch)[i];
      if (event.time() < request.range.from || event.time() >= request.range.to) continue;
      if (event.sequence() >= request.below_sequence) continue;
      if (cancellation.cancelled()) {
        result.cut = model::Cut::cancelled;
        result.cut_reason = "the search was cancelled";
      } else if (result.stats.rows_visited >= request.limits.max_rows_visited) {
        result.cut = model::Cut::rows;
        result.cut_reason = "more than " + std::to_string(request.limits.max_rows_visited) + " rows to visit";
      } else {
        ++result.stats.rows_visited;
        if (filter.matches(event, scratch)) found.push_back(event);
      }
    }
  }
  result.total = result.stats.rows_matched = found.size();
  result.total_exact = result.cut == model::Cut::none;
  const std::vector<Event> by_time = in_order(found, {{.field = std::string(kTime)}});
  for (const GroupBy& group : request.groups) {
    TRY_ASSIGN(model::GroupTable table, group_rows(group, by_time, request.limits.max_groups, result));
    result.groups.push_back(std::move(table));
  }
  const std::vector<Event> sorted = in_order(found, request.sort, request.after);
  const std::size_t from = std::min<std::size_t>(sorted.size(), request.offset);
  const std::size_t to = from + std::min<std::size_t>(sorted.size() - from, request.limit);
  for (std::size_t at = from; at < to; at += kBatchRows) {
    if (!sink(copy_rows(sorted, at, std::min(to, at + kBatchRows), request.fields))) break;
  }
  return result;
}

base::Result<std::vector<ports::FieldUse>> NaiveLogStore::fields(const model::TimeRange& range) const {
  std::map<std::string, ports::FieldUse> uses;
  for (const auto& batch : batches_) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const Event event = (*batch)[i];
      if (event.time() < range.from || event.time() >= range.to) continue;
      for (const model::Cell& cell : event.cells()) {
        ports::FieldUse& use = uses[std::string(model::name_of(cell.field))];
        ++use.rows;
        if (cell.value.is_list()) ++use.lists;
        for (const Value& value : cell.value.elements()) {
          std::uint64_t* const counts[] = {&use.nulls, &use.booleans, &use.integers, &use.reals, &use.texts};
          if (!value.is_list()) ++*counts[static_cast<int>(value.kind())];
        }
      }
    }
  }
  std::vector<ports::FieldUse> out;
  for (auto& [name, use] : uses) {
    use.name = name;
    out.push_back(std::move(use));
  }
  return out;
}

}  // namespace vedette::test
