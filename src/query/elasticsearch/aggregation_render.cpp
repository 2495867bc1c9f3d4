#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <re2/re2.h>

#include "elasticsearch/aggregations.hpp"
#include "elasticsearch/predicates.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query::es {

using model::Event;
using model::GroupTable;
using model::Value;
using model::ValueKind;

namespace {

constexpr std::size_t kMostBuckets = 65'536;
constexpr char kKeyEnd = '\x1f';  // JSON has no bare control characters, so joined keys stay apart

using Row = std::optional<std::size_t>;  // of a table; none: a bucket of no rows

struct Bucket {
  Row row;
  std::string key;  // the joined key, parents' included
  std::int64_t count = 0;
  Value value;            // of value keys
  base::TimeNs time = 0;  // of time buckets
  double number = 0;      // of number buckets
};

const Value* column(const GroupTable& table, std::size_t row, const std::string& name) {
  return (*table.rows)[row].find(model::intern(name));
}

std::string joined_key(const GroupTable& table, std::size_t row, std::size_t first, std::size_t count) {
  std::string out;
  for (std::size_t i = first; i < first + count; ++i) {
    const Value* value = column(table, row, "k" + std::to_string(i));
    model::append_json(out, value ? *value : Value::null());
    out += kKeyEnd;
  }
  return out;
}

std::string joined(const Value& value) {
  std::string out;
  model::append_json(out, value);
  return out + kKeyEnd;
}

std::optional<double> finite(const Value* value) {
  double number = 0;
  if (!value || !model::number_of(*value, number)) return std::nullopt;
  return number;
}

class Renderer {
 public:
  Renderer(base::JsonWriter& json, const std::vector<GroupTable>& tables) : json_(json), tables_(tables) {}

  // `depth`: how many key columns the buckets around have.
  void index(const std::vector<Agg>& aggs, std::size_t depth) {
    for (const Agg& agg : aggs) {
      if (!is_bucket(agg.kind)) continue;
      const GroupTable& table = tables_[agg.group];
      for (std::size_t row = 0; row < table.rows->size(); ++row) {
        rows_[agg.group][joined_key(table, row, 0, depth)].push_back(row);
      }
      index(agg.children, depth + agg.keys.size());
    }
  }

  base::Status level(const std::vector<Agg>& aggs, std::size_t group, Row row, const std::string& key,
                     std::size_t depth) {
    for (const Agg& agg : aggs) {
      json_.key(agg.name).begin_object();
      if (!agg.meta.empty()) json_.key("meta").raw(agg.meta);
      if (is_bucket(agg.kind)) {
        TRY(buckets(agg, key, depth));
      } else {
        metric(agg, group, row);
      }
      json_.end_object();
    }
    return base::ok_status();
  }

 private:
  const Value* metric_value(const Agg& agg, std::size_t group, Row row, std::size_t offset = 0) const {
    if (!row) return nullptr;
    const Value* value = column(tables_[group], *row, "m" + std::to_string(agg.first_metric + offset));
    return value && !value->is_null() ? value : nullptr;
  }

  // Metrics -------------------------------------------------------------------------------------------------

  void number_or_null(std::optional<double> number) {
    if (number) {
      json_.number(*number);
    } else {
      json_.null();
    }
  }

  // Numbers, and the event time as milliseconds; other texts are null.
  void single(std::string_view name, const Value* value) {
    if (value && value->is_string()) {
      if (const auto time = base::parse_iso8601(value->as_string()); time && !finite(value)) {
        json_.key(name).number(static_cast<double>(floor_div_ms(*time)));
        json_.field(std::string(name) + "_as_string", base::format_rfc3339(*time));
        return;
      }
    }
    json_.key(name);
    number_or_null(finite(value));
  }

  void stats(const Agg& agg, std::size_t group, Row row) {
    const double count = finite(metric_value(agg, group, row, 0)).value_or(0);
    json_.key("count").number(static_cast<std::int64_t>(count));
    single("min", metric_value(agg, group, row, 1));
    single("max", metric_value(agg, group, row, 2));
    const auto average = finite(metric_value(agg, group, row, 3));
    json_.key("avg");
    number_or_null(average);
    json_.key("sum").number(finite(metric_value(agg, group, row, 4)).value_or(0));
    if (agg.kind != AggKind::extended_stats) return;
    const auto variance = average ? finite(metric_value(agg, group, row, 5)) : std::nullopt;
    extended(agg, count, average, variance);
  }

  void extended(const Agg& agg, double count, std::optional<double> average, std::optional<double> variance) {
    std::optional<double> squares, sampling;
    if (average && variance) squares = count * (*variance + *average * *average);
    if (variance && count > 1) sampling = *variance * count / (count - 1);
    const auto root = [](std::optional<double> number) {
      return number ? std::optional<double>(std::sqrt(*number)) : std::nullopt;
    };
    // Of a single value the sample has no variance: ES writes it as a text.
    const auto sampled = [&](std::string_view name, std::optional<double> number) {
      json_.key(name);
      if (!number && variance) {
        json_.string("NaN");
      } else {
        number_or_null(number);
      }
    };
    const auto plain = [&](std::string_view name, std::optional<double> number) {
      json_.key(name);
      number_or_null(number);
    };
    const auto away = [&](std::optional<double> deviation, double sigma) {
      return deviation && average ? std::optional<double>(*average + sigma * *deviation) : std::nullopt;
    };
    plain("sum_of_squares", squares);
    plain("variance", variance);
    plain("variance_population", variance);
    sampled("variance_sampling", sampling);
    plain("std_deviation", root(variance));
    plain("std_deviation_population", root(variance));
    sampled("std_deviation_sampling", root(sampling));
    json_.key("std_deviation_bounds").begin_object();
    plain("upper", away(root(variance), agg.sigma));
    plain("lower", away(root(variance), -agg.sigma));
    plain("upper_population", away(root(variance), agg.sigma));
    plain("lower_population", away(root(variance), -agg.sigma));
    sampled("upper_sampling", away(root(sampling), agg.sigma));
    sampled("lower_sampling", away(root(sampling), -agg.sigma));
    json_.end_object();
  }

  static std::string percent_key(double percent) {
    std::string out;
    base::append_json_double(out, percent);
    if (out.find_first_of(".eE") == std::string::npos) out += ".0";
    return out;
  }

  void percentiles(const Agg& agg, std::size_t group, Row row) {
    json_.key("values");
    if (agg.keyed) {
      json_.begin_object();
    } else {
      json_.begin_array();
    }
    for (std::size_t i = 0; i < agg.percents.size(); ++i) {
      const auto value = finite(metric_value(agg, group, row, i));
      if (agg.keyed) {
        json_.key(percent_key(agg.percents[i]));
        number_or_null(value);
      } else {
        json_.begin_object().key("key").number(agg.percents[i]);
        json_.key("value");
        number_or_null(value);
        json_.end_object();
      }
    }
    if (agg.keyed) {
      json_.end_object();
    } else {
      json_.end_array();
    }
  }

  void top_hits(const Agg& agg, std::size_t group, Row row) {
    const GroupTable& table = tables_[group];
    const Value* count = row ? column(table, *row, "m0") : nullptr;
    json_.key("hits").begin_object();
    json_.key("total").begin_object().key("value").number(count ? count->as_integer() : std::int64_t{0});
    json_.field("relation", "eq").end_object();
    json_.key("max_score").null();
    json_.key("hits").begin_array();
    if (row && *row < table.top_rows.size() && table.top_rows[*row]) {
      const auto& rows = *table.top_rows[*row];
      for (std::size_t i = agg.from; i < rows.size() && i < agg.from + agg.size; ++i) {
        append_hit(json_, rows[i], agg.hits);
      }
    }
    json_.end_array().end_object();
  }

  void metric(const Agg& agg, std::size_t group, Row row) {
    switch (agg.kind) {
      case AggKind::cardinality:
      case AggKind::value_count: {
        const auto number = finite(metric_value(agg, group, row));
        json_.key("value").number(static_cast<std::int64_t>(number.value_or(0)));
        return;
      }
      case AggKind::sum:
        json_.key("value").number(finite(metric_value(agg, group, row)).value_or(0));
        return;
      case AggKind::stats:
      case AggKind::extended_stats:
        return stats(agg, group, row);
      case AggKind::percentiles:
        return percentiles(agg, group, row);
      case AggKind::top_hits:
        return top_hits(agg, group, row);
      default:
        single("value", metric_value(agg, group, row));
    }
  }

  // Buckets -------------------------------------------------------------------------------------------------

  std::vector<Bucket> rows_below(const Agg& agg, const std::string& key, std::size_t depth) const {
    std::vector<Bucket> out;
    const auto of_group = rows_.find(agg.group);
    if (of_group == rows_.end()) return out;
    const auto found = of_group->second.find(key);
    if (found == of_group->second.end()) return out;
    const GroupTable& table = tables_[agg.group];
    for (const std::size_t row : found->second) {
      Bucket bucket;
      bucket.row = row;
      bucket.key = key + joined_key(table, row, depth, agg.keys.size());
      bucket.count = column(table, row, "m0") ? column(table, row, "m0")->as_integer() : 0;
      const Value* value = column(table, row, "k" + std::to_string(depth));
      if (value) bucket.value = *value;
      if (agg.kind == AggKind::date_histogram && value && value->is_string()) {
        bucket.time = base::parse_iso8601(value->as_string()).value_or(0);
      }
      if (agg.kind == AggKind::histogram) bucket.number = finite(value).value_or(0);
      out.push_back(std::move(bucket));
    }
    return out;
  }

  base::Status count_bucket() {
    if (++made_ <= kMostBuckets) return base::ok_status();
    return base::make_error(base::ErrorCode::invalid_argument,
                            "trying to create too many buckets: must be less than or equal to: [65536]");
  }

  base::Status below(const Agg& agg, const Bucket& bucket, std::size_t depth) {
    json_.key("doc_count").number(bucket.count);
    return level(agg.children, agg.group, bucket.row, bucket.key, depth + agg.keys.size());
  }

  base::Status buckets(const Agg& agg, const std::string& key, std::size_t depth) {
    std::vector<Bucket> rows = rows_below(agg, key, depth);
    switch (agg.kind) {
      case AggKind::terms:
        return terms(agg, std::move(rows), depth);
      case AggKind::date_histogram:
      case AggKind::histogram:
        return histogram(agg, std::move(rows), key, depth);
      case AggKind::composite:
        return composite(agg, rows, depth);
      default:
        return filters(agg, std::move(rows), key, depth);
    }
  }

  static int compare_values(const Value& a, const Value& b) {
    const auto x = a.is_string() ? std::nullopt : finite(&a), y = b.is_string() ? std::nullopt : finite(&b);
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    if (a.kind() == ValueKind::boolean && b.kind() == ValueKind::boolean)
      return int{a.as_boolean()} - int{b.as_boolean()};
    if (a.is_string() && b.is_string()) {
      const int order = a.as_string().compare(b.as_string());
      return order < 0 ? -1 : order > 0 ? 1 : 0;
    }
    const auto rank = [](const Value& value) {
      return value.is_null() ? 0 : value.kind() == ValueKind::boolean ? 1 : value.is_string() ? 3 : 2;
    };
    return rank(a) - rank(b);
  }

  std::optional<double> order_value(const Agg& agg, const BucketOrder& order, const Bucket& bucket) const {
    for (const Agg& child : agg.children) {
      if (child.name != order.by) continue;
      std::size_t offset = 0;
      static constexpr std::string_view kStats[] = {"count", "min", "max", "avg", "sum"};
      if (child.kind == AggKind::stats || child.kind == AggKind::extended_stats) {
        offset = static_cast<std::size_t>(std::find(std::begin(kStats), std::end(kStats), order.property) -
                                          std::begin(kStats));
      } else if (child.kind == AggKind::percentiles) {
        const double percent = base::parse_double(order.property).value_or(0);
        offset = static_cast<std::size_t>(std::find(child.percents.begin(), child.percents.end(), percent) -
                                          child.percents.begin());
      }
      const Value* value = metric_value(child, agg.group, bucket.row, offset);
      if (auto number = finite(value)) return number;
      if (!value || !value->is_string()) return std::nullopt;
      const auto time = base::parse_iso8601(value->as_string());
      return time ? std::optional<double>(static_cast<double>(*time)) : std::nullopt;
    }
    return std::nullopt;
  }

  static int compare_keys(const Agg& agg, const Bucket& a, const Bucket& b) {
    if (agg.kind == AggKind::date_histogram) return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
    if (agg.kind == AggKind::histogram) return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
    return compare_values(a.value, b.value);
  }

  int compare_by(const Agg& agg, const BucketOrder& order, const Bucket& a, const Bucket& b) const {
    int result = 0;
    if (order.by == "_count") {
      result = a.count < b.count ? -1 : a.count > b.count ? 1 : 0;
    } else if (order.by == "_key") {
      result = compare_keys(agg, a, b);
    } else {
      const auto x = order_value(agg, order, a), y = order_value(agg, order, b);
      if (!x || !y) return x ? -1 : y ? 1 : 0;  // without a value: last
      result = *x < *y ? -1 : *x > *y ? 1 : 0;
    }
    return order.descending ? -result : result;
  }

  void sort(const Agg& agg, std::vector<Bucket>& rows) const {
    std::stable_sort(rows.begin(), rows.end(), [&](const Bucket& a, const Bucket& b) {
      for (const BucketOrder& order : agg.order) {
        if (const int result = compare_by(agg, order, a, b)) return result < 0;
      }
      if (agg.order.empty() && agg.kind == AggKind::terms && a.count != b.count) return a.count > b.count;
      return compare_keys(agg, a, b) < 0;
    });
  }

  // The key and, of booleans and times, its text.
  void append_key(const Agg& agg, const Value& value) {
    std::string text;
    if (agg.field == kTimeField && value.is_string()) {
      if (const auto time = base::parse_iso8601(value.as_string())) {
        json_.key("key").number(floor_div_ms(*time));
        json_.field("key_as_string", base::format_rfc3339(*time));
        return;
      }
    }
    if (value.kind() == ValueKind::boolean) {
      json_.key("key").number(value.as_boolean() ? 1 : 0);
      json_.field("key_as_string", value.as_boolean() ? "true" : "false");
      return;
    }
    model::append_json(text, value);
    json_.key("key").raw(text);
  }

  static Value value_of(const model::Literal& literal) {
    if (const auto* text = std::get_if<std::string>(&literal)) return Value::string(*text);
    if (const auto* flag = std::get_if<bool>(&literal)) return Value::boolean(*flag);
    if (const auto* integer = std::get_if<std::int64_t>(&literal)) return Value::integer(*integer);
    if (const auto* real = std::get_if<double>(&literal)) return Value::real(*real);
    return Value::null();
  }

  static void keep_included(const Agg& agg, std::vector<Bucket>& rows) {
    const auto filter = [&](const TermFilter& wanted, bool keep) {
      if (!wanted.exact && wanted.regex.empty()) return;
      const RE2 regex(wanted.regex, RE2::Quiet);
      std::erase_if(rows, [&](const Bucket& bucket) {
        model::TextBuffer buffer;
        const std::string_view text = model::text_of(bucket.value, buffer);
        const bool held = wanted.exact ? std::binary_search(wanted.exact->begin(), wanted.exact->end(), text)
                                       : RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex);
        return held != keep;
      });
    };
    filter(agg.include, true);
    filter(agg.exclude, false);
  }

  base::Status terms(const Agg& agg, std::vector<Bucket> rows, std::size_t depth) {
    for (Bucket& bucket : rows) {
      if (bucket.value.is_null() && agg.missing) bucket.value = value_of(*agg.missing);
    }
    keep_included(agg, rows);
    std::erase_if(rows, [&](const Bucket& bucket) { return bucket.count < agg.min_doc_count; });
    sort(agg, rows);
    std::int64_t others = 0;
    for (std::size_t i = agg.size; i < rows.size(); ++i) others += rows[i].count;
    if (rows.size() > agg.size) rows.resize(agg.size);
    json_.key("doc_count_error_upper_bound").number(0);
    json_.key("sum_other_doc_count").number(others);
    json_.key("buckets").begin_array();
    for (const Bucket& bucket : rows) {
      TRY(count_bucket());
      json_.begin_object();
      append_key(agg, bucket.value);
      TRY(below(agg, bucket, depth));
      json_.end_object();
    }
    json_.end_array();
    return base::ok_status();
  }

  static base::TimeNs next_start(const Agg& agg, base::TimeNs start) {
    if (agg.unit == 0) return add_times(start, agg.interval);
    const base::TimeNs moved = agg.shift - agg.zone;
    return add_times(add_units(add_times(start, -moved), 1, agg.unit), moved);
  }

  static base::TimeNs start_of(const Agg& agg, base::TimeNs time) {
    const base::TimeNs moved = agg.shift - agg.zone;
    if (agg.unit != 0) return add_times(floor_to_unit(add_times(time, -moved), agg.unit), moved);
    const base::TimeNs rest = add_times(time, -moved) % agg.interval;
    return add_times(time, -(rest < 0 ? rest + agg.interval : rest));
  }

  // Buckets of no rows between the first and the last, and out to the extended bounds.
  base::Result<std::vector<Bucket>> fill_times(const Agg& agg, const std::vector<Bucket>& rows,
                                               const std::string& key) {
    std::vector<Bucket> out;
    if (rows.empty() && !agg.time_bounds) return out;
    base::TimeNs at = rows.empty() ? start_of(agg, agg.time_bounds->first) : rows.front().time;
    base::TimeNs last = rows.empty() ? at : rows.back().time;
    if (agg.time_bounds) {
      at = std::min(at, start_of(agg, agg.time_bounds->first));
      last = std::max(last, start_of(agg, agg.time_bounds->second));
    }
    for (std::size_t next = 0; at <= last || next < rows.size();) {
      if (out.size() > kMostBuckets) {
        made_ = kMostBuckets;
        TRY(count_bucket());
      }
      if (next < rows.size() && rows[next].time <= at) {
        out.push_back(rows[next]);
        if (rows[next++].time < at) continue;
      } else {
        Bucket empty;
        empty.time = at;
        empty.key = key + joined(Value::string(base::format_rfc3339(at)));
        out.push_back(std::move(empty));
      }
      const base::TimeNs after = next_start(agg, at);
      if (after <= at) break;
      at = after;
    }
    return out;
  }

  base::Result<std::vector<Bucket>> fill_numbers(const Agg& agg, const std::vector<Bucket>& rows,
                                                 const std::string& key) {
    std::vector<Bucket> out;
    if (rows.empty() && !agg.bounds) return out;
    const auto step_of = [&](double number) { return std::floor((number - agg.origin) / agg.width); };
    double first = rows.empty() ? step_of(agg.bounds->first)
                                : std::round((rows.front().number - agg.origin) / agg.width);
    double last = rows.empty() ? first : std::round((rows.back().number - agg.origin) / agg.width);
    if (agg.bounds) {
      first = std::min(first, step_of(agg.bounds->first));
      last = std::max(last, step_of(agg.bounds->second));
    }
    if (!(last - first < static_cast<double>(kMostBuckets))) {
      made_ = kMostBuckets;
      TRY(count_bucket());
    }
    std::size_t next = 0;
    for (double step = first; step <= last; ++step) {
      if (next < rows.size() && std::round((rows[next].number - agg.origin) / agg.width) <= step) {
        out.push_back(rows[next++]);
        continue;
      }
      Bucket empty;
      empty.number = step * agg.width + agg.origin;
      empty.key = key + joined(Value::real(empty.number));
      out.push_back(std::move(empty));
      if (step + 1 == step) break;  // beyond the integers that a double can tell apart
    }
    return out;
  }

  base::Status histogram(const Agg& agg, std::vector<Bucket> rows, const std::string& key,
                         std::size_t depth) {
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Bucket& a, const Bucket& b) { return compare_keys(agg, a, b) < 0; });
    if (agg.min_doc_count == 0) {
      auto filled =
          agg.kind == AggKind::histogram ? fill_numbers(agg, rows, key) : fill_times(agg, rows, key);
      if (!filled.ok()) return filled.error();
      rows = std::move(filled).value();
    }
    std::erase_if(rows, [&](const Bucket& bucket) { return bucket.count < agg.min_doc_count; });
    if (!agg.order.empty()) sort(agg, rows);
    json_.key("buckets");
    open(agg.keyed);
    for (const Bucket& bucket : rows) {
      TRY(count_bucket());
      std::string text;
      if (agg.kind == AggKind::histogram) {
        text = percent_key(bucket.number);
      } else {
        text = format_date(bucket.time, agg.format, agg.zone);
      }
      if (agg.keyed) json_.key(text);
      json_.begin_object();
      if (agg.kind == AggKind::histogram) {
        json_.key("key").number(bucket.number);
      } else {
        json_.field("key_as_string", text).key("key").number(floor_div_ms(bucket.time));
      }
      TRY(below(agg, bucket, depth));
      json_.end_object();
    }
    close(agg.keyed);
    return base::ok_status();
  }

  void open(bool keyed) {
    if (keyed) {
      json_.begin_object();
    } else {
      json_.begin_array();
    }
  }
  void close(bool keyed) {
    if (keyed) {
      json_.end_object();
    } else {
      json_.end_array();
    }
  }

  base::Status composite(const Agg& agg, const std::vector<Bucket>& rows, std::size_t depth) {
    std::string last;
    std::vector<std::string> keys;
    for (const Bucket& bucket : rows) {
      last.clear();
      base::JsonWriter key(last);
      key.begin_object();
      for (std::size_t i = 0; i < agg.sources.size(); ++i) {
        const Agg& source = agg.sources[i];
        const Value* value = column(tables_[agg.group], *bucket.row, "k" + std::to_string(depth + i));
        key.key(source.name);
        const bool dated = value && value->is_string() &&
                           (source.kind == AggKind::date_histogram || source.field == kTimeField);
        const base::TimeNs time = dated ? base::parse_iso8601(value->as_string()).value_or(0) : 0;
        std::string text;
        model::append_json(text, value ? *value : Value::null());
        if (!dated) {
          key.raw(text);
        } else if (source.format.empty()) {
          key.number(floor_div_ms(time));
        } else {
          key.string(format_date(time, source.format, source.zone));
        }
      }
      key.end_object();
      keys.push_back(last);
    }
    if (!rows.empty()) json_.key("after_key").raw(last);
    json_.key("buckets").begin_array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      TRY(count_bucket());
      json_.begin_object().key("key").raw(keys[i]);
      TRY(below(agg, rows[i], depth));
      json_.end_object();
    }
    json_.end_array();
    return base::ok_status();
  }

  void range_head(const Agg& agg, const RangeBucket& range) {
    if (!agg.keyed) json_.field("key", range.key);
    const auto bound = [&](std::string_view name, std::optional<double> number,
                           std::optional<base::TimeNs> time) {
      if (number) json_.key(name).number(*number);
      if (!time) return;
      json_.key(name).number(static_cast<double>(floor_div_ms(*time)));
      json_.field(std::string(name) + "_as_string", format_date(*time, agg.format, agg.zone));
    };
    bound("from", range.from, range.from_time);
    bound("to", range.to, range.to_time);
  }

  // range, date_range, filters, filter, missing: a bucket for each filter, whether it holds rows or not.
  base::Status filters(const Agg& agg, std::vector<Bucket> rows, const std::string& key, std::size_t depth) {
    const bool single = agg.kind == AggKind::filter || agg.kind == AggKind::missing;
    const std::size_t count = agg.keys.front().filters.size();
    std::vector<Bucket> all(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = std::to_string(i);
      all[i].key = key + joined(Value::string(name));
      for (Bucket& bucket : rows) {
        if (bucket.value.is_string() && bucket.value.as_string() == name) all[i] = bucket;
      }
    }
    if (single) return below(agg, all.front(), depth);
    json_.key("buckets");
    open(agg.keyed);
    for (std::size_t i = 0; i < count; ++i) {
      TRY(count_bucket());
      if (agg.keyed) json_.key(agg.kind == AggKind::filters ? agg.names[i] : agg.ranges[i].key);
      json_.begin_object();
      if (agg.kind != AggKind::filters) range_head(agg, agg.ranges[i]);
      TRY(below(agg, all[i], depth));
      json_.end_object();
    }
    close(agg.keyed);
    return base::ok_status();
  }

  base::JsonWriter& json_;
  const std::vector<GroupTable>& tables_;
  std::unordered_map<std::size_t, std::unordered_map<std::string, std::vector<std::size_t>>> rows_;
  std::size_t made_ = 0;
};

}  // namespace

base::Status append_aggregations(base::JsonWriter& json, const std::vector<Agg>& aggs,
                                 std::optional<std::size_t> root, const std::vector<GroupTable>& tables) {
  Renderer renderer(json, tables);
  renderer.index(aggs, 0);
  json.begin_object();
  TRY(renderer.level(aggs, root.value_or(0), root ? Row(0) : Row(), "", 0));
  json.end_object();
  return base::ok_status();
}

}  // namespace vedette::query::es
