#include "search_naive.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "vedette/base/time.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::store::test {

using model::Event;
using model::GroupBy;
using model::GroupKey;
using model::Metric;
using model::SortKey;
using model::Value;
using model::ValueKind;

namespace {

// A scalar with its text.
struct Scalar {
  ValueKind kind = ValueKind::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // canonical

  static Scalar of(const Value& value) {
    Scalar out;
    out.kind = value.kind();
    model::TextBuffer buffer;
    out.text = text_of(value, buffer);
    if (out.kind == ValueKind::boolean) out.integer = value.as_boolean();
    if (out.kind == ValueKind::integer) out.integer = value.as_integer();
    if (out.kind == ValueKind::real) out.real = value.as_real();
    return out;
  }
  static Scalar time(std::int64_t value) { return of(Value::integer(value)); }
  bool is_number() const { return kind == ValueKind::integer || kind == ValueKind::real; }
  double number() const { return kind == ValueKind::integer ? static_cast<double>(integer) : real; }
  int rank() const {
    return kind == ValueKind::boolean ? 1 : is_number() ? 2 : kind == ValueKind::string ? 3 : 0;
  }
  std::string json() const {
    std::string out;
    if (kind == ValueKind::string) append_json(out, Value::string(text));
    if (kind == ValueKind::boolean) append_json(out, Value::boolean(integer != 0));
    if (kind == ValueKind::integer) append_json(out, Value::integer(integer));
    if (kind == ValueKind::real) append_json(out, Value::real(real));
    return out;
  }
};

int order_of(const Scalar& a, const Scalar& b) {
  if (a.rank() != b.rank()) return a.rank() < b.rank() ? -1 : 1;
  if (a.rank() == 1) return a.integer < b.integer ? -1 : a.integer > b.integer;
  if (a.rank() == 2) return a.number() < b.number() ? -1 : a.number() > b.number();
  return a.text < b.text ? -1 : a.text > b.text;
}

// The elements that are not null; the time as a text.
std::vector<Scalar> elements_of(const Event& event, const std::string& field) {
  std::vector<Scalar> out;
  if (field == "@timestamp") {
    if (event.time() != 0) out.push_back(Scalar::of(Value::string(base::format_rfc3339(event.time()))));
    return out;
  }
  const Value* value = event.find(model::intern(field));
  if (!value && field == "_id" && event.sequence() != 0) {
    out.push_back(Scalar::of(Value::string(expr::id_text(event.sequence()))));
  }
  if (!value) return out;
  for (const Value& element : value->elements()) {
    if (!element.is_null()) out.push_back(Scalar::of(element));
  }
  return out;
}

std::optional<Scalar> sort_value(const Event& event, const SortKey& key) {
  if (key.field == "@timestamp") return Scalar::time(event.time());
  if (key.field == "_id") return Scalar::time(static_cast<std::int64_t>(event.sequence()));
  std::optional<Scalar> best;
  for (const Scalar& element : elements_of(event, key.field)) {
    if (!best || (key.descending ? order_of(element, *best) > 0 : order_of(element, *best) < 0))
      best = element;
  }
  return best;
}

int compare(const std::optional<Scalar>& a, const std::optional<Scalar>& b, bool descending,
            bool missing_first) {
  if (!a || !b) {
    if (a.has_value() == b.has_value()) return 0;
    return !a == missing_first ? -1 : 1;
  }
  return descending ? -order_of(*a, *b) : order_of(*a, *b);
}

void sort_rows(std::vector<Event>& rows, std::vector<SortKey> sort) {
  if (sort.empty()) sort.push_back({"@timestamp", true, false});
  std::stable_sort(rows.begin(), rows.end(), [&](const Event& a, const Event& b) {
    for (const SortKey& key : sort) {
      const int order = compare(sort_value(a, key), sort_value(b, key), key.descending, key.missing_first);
      if (order != 0) return order < 0;
    }
    const auto left = std::pair(a.time(), a.sequence()), right = std::pair(b.time(), b.sequence());
    return sort[0].descending ? left > right : left < right;
  });
}

base::TimeNs bucket_start(const GroupKey& key, base::TimeNs time) {
  const base::TimeNs local = time - key.offset;
  if (key.calendar == GroupKey::Calendar::none) {
    base::TimeNs start = local / key.interval * key.interval;
    if (start > local) start -= key.interval;
    return start + key.offset;
  }
  base::CivilTime civil = base::to_civil(local);
  civil = {civil.year, civil.month, civil.day, 0, 0, 0, 0};
  if (key.calendar == GroupKey::Calendar::week) {
    constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;
    base::TimeNs day = *base::from_civil(civil);
    while ((day / kDay % 7 + 7) % 7 != 4) day -= kDay;  // 1970-01-05 was a Monday
    return day + key.offset;
  }
  civil.day = 1;
  if (key.calendar == GroupKey::Calendar::quarter) civil.month = (civil.month - 1) / 3 * 3 + 1;
  if (key.calendar == GroupKey::Calendar::year) civil.month = 1;
  return *base::from_civil(civil) + key.offset;
}

std::optional<base::TimeNs> time_of(const Scalar& value) {
  if (value.kind == ValueKind::string) return base::parse_iso8601(value.text);
  if (value.kind == ValueKind::integer) return base::from_epoch_number(value.integer);
  if (value.kind == ValueKind::real) return base::from_epoch_number(value.real);
  return std::nullopt;
}

std::optional<Scalar> number_of_scalar(const Scalar& value) {
  if (value.is_number()) return value;
  if (value.kind != ValueKind::string) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(value.text.c_str(), &end);
  if (value.text.empty() || *end != 0 || !std::isfinite(number)) return std::nullopt;
  if (value.text.find('.') == std::string::npos) return Scalar::of(Value::integer(std::stoll(value.text)));
  return Scalar::of(Value::real(number));
}

struct KeyPart {
  std::string identity;
  std::optional<Scalar> sorted;
  std::string shown;  // JSON
};

std::vector<KeyPart> parts_of(const Event& event, const GroupKey& key) {
  std::vector<KeyPart> parts;
  std::set<std::string> seen;
  const auto add = [&](KeyPart part) {
    if (seen.insert(part.identity).second) parts.push_back(std::move(part));
  };
  const auto add_time = [&](base::TimeNs time) {
    std::string shown;
    append_json(shown, Value::string(base::format_rfc3339(time)));
    add({"t" + std::to_string(time), Scalar::time(time), shown});
  };
  if (key.kind == GroupKey::Kind::filters) {
    for (const GroupKey::Filter& filter : key.filters) {
      expr::Scratch scratch;
      if (!expr::RowPredicate::compile(filter.predicate)->matches(event, scratch)) continue;
      const Scalar name = Scalar::of(Value::string(filter.name));
      add({"f" + filter.name, name, name.json()});
    }
  } else if (key.field == "@timestamp" && key.kind != GroupKey::Kind::number_bucket) {
    if (event.time() != 0) {
      add_time(key.kind == GroupKey::Kind::value ? event.time() : bucket_start(key, event.time()));
    }
  } else {
    for (const Scalar& element : elements_of(event, key.field)) {
      if (key.kind == GroupKey::Kind::value) {
        add({"v" + element.text, element, element.json()});
      } else if (key.kind == GroupKey::Kind::time_bucket) {
        if (const auto time = time_of(element)) add_time(bucket_start(key, *time));
      } else if (const auto number = number_of_scalar(element)) {
        const double start =
            std::floor((number->number() - key.number_offset) / key.width) * key.width + key.number_offset;
        const Scalar bucket = Scalar::of(Value::real(start));
        add({"n" + bucket.text, bucket, bucket.json()});
      }
    }
  }
  if (parts.empty() && key.keep_missing) parts.push_back({"m", std::nullopt, ""});
  return parts;
}

std::string approximate(double value) {
  char text[64];
  snprintf(text, sizeof text, "~%.17g", value);
  return text;
}

std::string metric_of_numbers(const Metric& metric, std::vector<Scalar> numbers) {
  if (numbers.empty()) return "";
  double sum = 0, squares = 0;
  bool reals = false;
  std::vector<double> values;
  for (const Scalar& number : numbers) {
    sum += number.number();
    reals = reals || number.kind == ValueKind::real;
    values.push_back(number.number());
  }
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (metric.kind == Metric::Kind::sum) {
    return reals ? approximate(sum) : std::to_string(static_cast<long long>(sum));
  }
  if (metric.kind == Metric::Kind::avg) return approximate(mean);
  if (metric.kind == Metric::Kind::variance) return approximate(squares / static_cast<double>(values.size()));
  std::sort(values.begin(), values.end());
  const double rank = metric.argument / 100 * static_cast<double>(values.size() - 1);
  const double low = values[static_cast<std::size_t>(rank)],
               high = values[static_cast<std::size_t>(std::ceil(rank))];
  return approximate(low + (high - low) * (rank - std::floor(rank)));
}

std::string extreme_of(const Metric& metric, const std::vector<Event>& rows) {
  const bool greatest = metric.kind == Metric::Kind::max;
  std::optional<Scalar> number, text;
  const auto offer = [&](std::optional<Scalar>& best, const Scalar& value) {
    const int order = best ? order_of(value, *best) : 0;
    if (!best || (greatest ? order > 0 : order < 0) || (order == 0 && value.kind < best->kind)) best = value;
  };
  for (const Event& row : rows) {
    if (metric.field == "@timestamp") {
      if (row.time() != 0) offer(number, Scalar::time(row.time()));
      continue;
    }
    for (const Scalar& element : elements_of(row, metric.field)) {
      if (const auto found = number_of_scalar(element)) {
        offer(number, *found);
      } else if (element.kind == ValueKind::string) {
        offer(text, element);
      }
    }
  }
  if (number && metric.field == "@timestamp") return "\"" + base::format_rfc3339(number->integer) + "\"";
  return number ? number->json() : text ? text->json() : "";
}

std::string list_json(const std::vector<Scalar>& items) {
  std::string out = "[";
  for (const Scalar& item : items)
    out += (out.size() > 1 ? "," : "") + (item.kind == ValueKind::null ? "null" : item.json());
  return out + "]";
}

std::string end_value(const std::vector<Event>& rows, const std::string& field) {
  for (const Event& row : rows) {
    const auto elements = elements_of(row, field);
    if (elements.empty()) continue;
    const Value* value = field == "@timestamp" ? nullptr : row.find(model::intern(field));
    if (!value) return elements[0].json();
    std::string out;
    append_json(out, *value);
    return out;
  }
  return "";
}

std::string metric_cell(const Metric& metric, std::vector<Event> rows) {
  std::set<std::string> distinct;
  std::vector<Scalar> firsts, numbers;
  std::uint64_t values = 0;
  sort_rows(rows, {{"@timestamp", false, false}});
  for (const Event& row : rows) {
    for (const Scalar& element : elements_of(row, metric.field)) {
      ++values;
      if (distinct.insert(element.text).second && firsts.size() < metric.limit) firsts.push_back(element);
      if (const auto number = number_of_scalar(element)) numbers.push_back(*number);
    }
  }
  switch (metric.kind) {
    case Metric::Kind::count:
      return std::to_string(rows.size());
    case Metric::Kind::value_count:
      return std::to_string(values);
    case Metric::Kind::count_distinct:
    case Metric::Kind::count_distinct_approx:
      return std::to_string(distinct.size());
    case Metric::Kind::min:
    case Metric::Kind::max:
      return extreme_of(metric, rows);
    case Metric::Kind::values:
      return firsts.empty() ? "" : list_json(firsts);
    case Metric::Kind::last:
      std::reverse(rows.begin(), rows.end());
      [[fallthrough]];
    case Metric::Kind::first:
      return end_value(rows, metric.field);
    case Metric::Kind::top_rows:
      return "";
    default:
      return metric_of_numbers(metric, numbers);
  }
}

struct Members {
  std::vector<KeyPart> key;
  std::vector<Event> rows;
  NaiveGroup made;
};

// Numbers and texts in cells as they are ordered.
std::optional<Scalar> cell_value(const std::string& cell, bool is_time) {
  if (cell.empty()) return std::nullopt;
  if (cell[0] == '~') return Scalar::of(Value::real(std::stod(cell.substr(1))));
  if (cell[0] == '"') {
    const auto time = base::parse_iso8601(cell.substr(1, cell.size() - 2));
    if (time && is_time) return Scalar::time(*time);
    return Scalar::of(Value::string(cell.substr(1, cell.size() - 2)));
  }
  if (cell.find('.') != std::string::npos) return Scalar::of(Value::real(std::stod(cell)));
  return Scalar::of(Value::integer(std::stoll(cell)));
}

NaiveTable make_table(const GroupBy& group, const std::vector<Event>& rows) {
  std::map<std::vector<std::string>, Members> members;
  NaiveTable table;
  if (group.keys.empty()) members[{}];
  for (const Event& row : rows) {
    std::vector<std::vector<KeyPart>> combinations{{}};
    for (const GroupKey& key : group.keys) {
      std::vector<std::vector<KeyPart>> longer;
      for (const auto& combination : combinations) {
        for (const KeyPart& part : parts_of(row, key)) {
          longer.push_back(combination);
          longer.back().push_back(part);
        }
      }
      combinations = std::move(longer);
    }
    table.total_rows += !combinations.empty();
    for (const auto& combination : combinations) {
      std::vector<std::string> identity;
      for (const KeyPart& part : combination) identity.push_back(part.identity);
      Members& own = members[identity];
      if (own.key.empty()) own.key = combination;
      for (std::size_t k = 0; k < combination.size(); ++k) {
        if (combination[k].sorted && combination[k].sorted->kind < own.key[k].sorted->kind)
          own.key[k] = combination[k];
      }
      own.rows.push_back(row);
    }
  }
  std::vector<Members*> order;
  for (auto& [identity, own] : members) {
    for (const KeyPart& part : own.key) own.made.cells.push_back(part.shown);
    for (const Metric& metric : group.metrics) {
      own.made.cells.push_back(metric_cell(metric, own.rows));
      if (metric.kind != Metric::Kind::top_rows) continue;
      auto top = own.rows;
      sort_rows(top, metric.sort);
      for (std::size_t i = 0; i < std::min<std::size_t>(metric.limit, top.size()); ++i) {
        own.made.top_rows.push_back(row_text(top[i], metric.fields));
      }
    }
    order.push_back(&own);
  }
  std::stable_sort(order.begin(), order.end(), [&](const Members* a, const Members* b) {
    for (const SortKey& key : group.order) {
      int found = 0;
      for (std::size_t k = 0; k < group.keys.size(); ++k) {
        if (group.keys[k].name != key.field) continue;
        found = compare(a->key[k].sorted, b->key[k].sorted, key.descending, key.missing_first);
      }
      for (std::size_t m = 0; m < group.metrics.size(); ++m) {
        if (group.metrics[m].name != key.field) continue;
        const std::size_t cell = group.keys.size() + m;
        const bool is_time = group.metrics[m].field == "@timestamp";
        found = compare(cell_value(a->made.cells[cell], is_time), cell_value(b->made.cells[cell], is_time),
                        key.descending, key.missing_first);
      }
      if (found != 0) return found < 0;
    }
    for (std::size_t k = 0; k < group.keys.size(); ++k) {
      const int found = compare(a->key[k].sorted, b->key[k].sorted, false, false);
      if (found != 0) return found < 0;
    }
    return false;
  });
  table.total_groups = order.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(group.limit, order.size()); ++i) {
    table.groups.push_back(order[i]->made);
  }
  return table;
}

}  // namespace

std::string row_text(const Event& event, const std::vector<std::string>& fields) {
  std::string out = std::to_string(event.time()) + " " + std::to_string(event.sequence()) + " " +
                    std::to_string(event.position()) + " " + event.source().path;
  std::map<std::string_view, const Value*> cells;
  for (const model::Cell& cell : event.cells()) cells[model::name_of(cell.field)] = &cell.value;
  for (const auto& [name, value] : cells) {
    const bool taken =
        fields.empty() || std::any_of(fields.begin(), fields.end(), [&](const std::string& pattern) {
          return expr::WildcardPattern(pattern).matches(name);
        });
    if (!taken) continue;
    out += ' ';
    out += name;
    out += '=';
    append_json(out, *value);
  }
  return out;
}

NaiveAnswer answer_naively(const Batches& batches, const model::SearchRequest& request) {
  std::vector<Event> rows;
  const auto filter = expr::RowPredicate::compile(request.filter);
  expr::Scratch scratch;
  for (const auto& batch : batches) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const Event event = (*batch)[i];
      if (event.time() < request.range.from || event.time() >= request.range.to) continue;
      if (event.sequence() >= request.below_sequence) continue;
      if (filter->matches(event, scratch)) rows.push_back(event);
    }
  }
  NaiveAnswer answer;
  answer.total = rows.size();
  for (const GroupBy& group : request.groups) answer.tables.push_back(make_table(group, rows));
  sort_rows(rows, request.sort);
  for (std::uint64_t i = request.offset; i < rows.size() && answer.rows.size() < request.limit; ++i) {
    answer.rows.push_back(row_text(rows[i], request.fields));
  }
  return answer;
}

}  // namespace vedette::store::test
