#include <algorithm>

#include <re2/re2.h>

#include "elasticsearch/aggregations.hpp"
#include "elasticsearch/query_dsl.hpp"
#include "elasticsearch/regexp.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query::es {

using model::GroupKey;
using model::MatchOp;
using model::Predicate;

namespace {

constexpr int kDeepestAggregation = 8;
constexpr std::size_t kMostAggs = 256, kMostRequestedBuckets = 1000;

struct Reader {
  base::TimeNs now = 0;
  std::size_t aggs = 0;

  base::Result<std::vector<Agg>> level(const Node& node, int depth);
  base::Result<Agg> aggregation(const Member& named, int depth);
  base::Status read(Agg& agg, const Node& body, int depth);
  base::Status composite(Agg& agg, const Node& body);
};

std::string range_number(double value) {
  std::string out;
  base::append_json_double(out, value);
  if (out.find_first_of(".eE") == std::string::npos) out += ".0";
  return out;
}

base::Status read_field(Agg& agg, const Node& node) {
  TRY_ASSIGN(agg.field, text_of(node));
  if (agg.field.empty()) return invalid(node.path, "a field is expected");
  return base::ok_status();
}

// Intervals: "5m", "1d" of fixed length; calendar units by name or "1M".
base::Status read_fixed_interval(Agg& agg, const Node& node) {
  TRY_ASSIGN(const std::string text, text_of(node));
  const auto parsed = base::parse_duration(text);
  const bool known = text.find_first_of("wun") == std::string::npos;
  if (!parsed || !known || *parsed <= 0)
    return invalid(node.path, "failed to parse interval [" + base::escape_control(text) + "]");
  agg.interval = *parsed;
  return base::ok_status();
}

base::Status read_calendar_interval(Agg& agg, const Node& node) {
  TRY_ASSIGN(const std::string text, text_of(node));
  static constexpr std::pair<std::string_view, char> kUnits[] = {
      {"minute", 'm'},  {"1m", 'm'},   {"hour", 'h'}, {"1h", 'h'},    {"day", 'd'},
      {"1d", 'd'},      {"week", 'w'}, {"1w", 'w'},   {"month", 'M'}, {"1M", 'M'},
      {"quarter", 'q'}, {"1q", 'q'},   {"year", 'y'}, {"1y", 'y'}};
  for (const auto& [name, unit] : kUnits) {
    if (name != text) continue;
    constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
    if (unit == 'm') agg.interval = kMinute;
    if (unit == 'h') agg.interval = 60 * kMinute;
    if (unit == 'd') agg.interval = 1440 * kMinute;
    if (agg.interval == 0) agg.unit = unit;
    return base::ok_status();
  }
  return invalid(node.path, "the supplied interval [" + base::escape_control(text) +
                                "] could not be parsed as a calendar interval");
}

base::Status read_zone(Agg& agg, const Node& node) {
  TRY_ASSIGN(const std::string text, text_of(node));
  const auto zone = parse_zone(text);
  if (!zone) {
    return base::make_error(base::ErrorCode::unsupported,
                            node.path + ": only UTC and fixed offsets are supported");
  }
  agg.zone = *zone;
  return base::ok_status();
}

base::Status read_shift(Agg& agg, const Node& node) {
  TRY_ASSIGN(const std::string text, scalar_of(node));
  const bool negative = text.starts_with('-');
  const auto parsed = base::parse_duration(text.substr(negative || text.starts_with('+') ? 1 : 0));
  constexpr base::TimeNs kMost = 366 * 86'400 * base::kNsPerSecond;
  if (!parsed || *parsed > kMost) return invalid(node.path, "a duration of at most a year is expected");
  agg.shift = negative ? -*parsed : *parsed;
  return base::ok_status();
}

base::Status read_format(Agg& agg, const Node& node) {
  TRY_ASSIGN(agg.format, text_of(node));
  return known_format(agg.format) ? base::ok_status() : base::Status(unsupported(node.path));
}

base::Status read_order(Agg& agg, const Node& node) {
  agg.order.clear();
  for (const Node& item : items_of(node)) {
    TRY_ASSIGN(const std::vector<Member> members, members_of(item));
    for (const Member& member : members) {
      BucketOrder order;
      TRY_ASSIGN(const std::string direction, text_of(member.value));
      if (direction != "asc" && direction != "desc")
        return invalid(member.value.path, "\"asc\" or \"desc\" is expected");
      order.descending = direction == "desc";
      if (member.key.find('>') != std::string::npos) return unsupported(member.value.path);
      const std::size_t dot = member.key.find('.');
      order.by = member.key == "_term" ? "_key" : member.key.substr(0, dot);
      if (dot != std::string::npos) order.property = member.key.substr(dot + 1);
      agg.order.push_back(std::move(order));
      if (agg.order.size() > 16) return invalid(node.path, "more than 16 orders");
    }
  }
  return base::ok_status();
}

base::Status read_term_filter(TermFilter& filter, const Node& node) {
  if (node.is_object()) return unsupported(node.path + ".partition");
  if (node.is_array()) {
    filter.exact.emplace();
    for (const Node& item : items_of(node)) {
      TRY_ASSIGN(std::string text, scalar_of(item));
      filter.exact->push_back(std::move(text));
    }
    std::sort(filter.exact->begin(), filter.exact->end());
    return base::ok_status();
  }
  TRY_ASSIGN(const std::string text, text_of(node));
  auto translated = translate_regexp(text, AnyChar::any);
  if (!translated.ok())
    return base::make_error(translated.error().code, node.path + ": " + translated.error().message);
  filter.regex = std::move(translated).value();
  return base::ok_status();
}

base::Status read_bounds(Agg& agg, const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  std::optional<Node> least, most;
  for (const Member& member : members) {
    if (member.key != "min" && member.key != "max") return unsupported(member.value.path);
    (member.key == "min" ? least : most) = member.value;
  }
  if (!least || !most) return invalid(node.path, "min and max are expected");
  if (agg.kind == AggKind::histogram) {
    TRY_ASSIGN(const double from, number_of(*least));
    TRY_ASSIGN(const double to, number_of(*most));
    if (from > to) return invalid(node.path, "min is greater than max");
    agg.bounds = {from, to};
    return base::ok_status();
  }
  TRY_ASSIGN(const std::string from, scalar_of(*least));
  TRY_ASSIGN(const std::string to, scalar_of(*most));
  const DateOptions dates{.now = now, .format = agg.format, .offset = agg.zone};
  const DateOptions plain{.now = now, .format = {}, .offset = agg.zone};
  auto first = parse_date(from, dates), last = parse_date(to, dates);
  if (!first) first = parse_date(from, plain);
  if (!last) last = parse_date(to, plain);
  if (!first || !last) return invalid(node.path, "failed to parse date");
  if (first->first > last->first) return invalid(node.path, "min is greater than max");
  agg.time_bounds = {first->first, last->first};
  return base::ok_status();
}

GroupKey filter_key(std::vector<Predicate> predicates) {
  GroupKey key;
  key.kind = GroupKey::Kind::filters;
  for (Predicate& predicate : predicates) {
    key.filters.push_back({std::to_string(key.filters.size()), std::move(predicate)});
  }
  return key;
}

base::Status read_filters(Agg& agg, const Node& node, bool anonymous, base::TimeNs now,
                          std::vector<Predicate>& out) {
  if (anonymous) {
    for (const Node& item : items_of(node)) {
      TRY_ASSIGN(Predicate predicate, parse_query_dsl(item, now));
      out.push_back(std::move(predicate));
    }
    return base::ok_status();
  }
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    TRY_ASSIGN(Predicate predicate, parse_query_dsl(member.value, now));
    agg.names.push_back(member.key);
    out.push_back(std::move(predicate));
  }
  return base::ok_status();
}

base::Status read_filters_agg(Agg& agg, const Node& body, base::TimeNs now) {
  std::vector<Predicate> predicates;
  std::string other;
  bool named = true;
  TRY_ASSIGN(const std::vector<Member> members, members_of(body));
  for (const Member& member : members) {
    if (member.key == "filters") {
      named = !member.value.is_array();
      TRY(read_filters(agg, member.value, !named, now, predicates));
    } else if (member.key == "other_bucket") {
      TRY_ASSIGN(const bool wanted, flag_of(member.value));
      if (wanted && other.empty()) other = "_other_";
    } else if (member.key == "other_bucket_key") {
      TRY_ASSIGN(other, text_of(member.value));
    } else if (member.key == "keyed") {
      TRY_ASSIGN(const bool keyed, flag_of(member.value));
      if (!keyed) return unsupported(member.value.path);
    } else {
      return unsupported(member.value.path);
    }
  }
  if (predicates.empty()) return invalid(body.path, "filters is missing");
  if (predicates.size() > kMostRequestedBuckets) return invalid(body.path, "more than 1000 filters");
  if (!other.empty()) {
    if (named) agg.names.push_back(other);
    predicates.push_back(negation(any_of(predicates)));
  }
  agg.keyed = named;
  agg.keys.push_back(filter_key(std::move(predicates)));
  return base::ok_status();
}

base::Status read_range_bound(RangeBucket& bucket, const Member& member, const Agg& agg, base::TimeNs now) {
  const bool is_from = member.key == "from";
  if (member.value.is_null()) return base::ok_status();
  if (agg.kind == AggKind::range) {
    TRY_ASSIGN(const double number, number_of(member.value));
    (is_from ? bucket.from : bucket.to) = number;
    return base::ok_status();
  }
  TRY_ASSIGN(const std::string text, scalar_of(member.value));
  auto span = parse_date(text, {.now = now, .format = agg.format, .offset = agg.zone});
  if (!span) span = parse_date(text, {.now = now, .format = {}, .offset = agg.zone});
  if (!span)
    return invalid(member.value.path, "failed to parse date field [" + base::escape_control(text) + "]");
  (is_from ? bucket.from_time : bucket.to_time) = span->first;
  return base::ok_status();
}

std::string default_key(const RangeBucket& bucket, const Agg& agg) {
  const auto shown = [&](const std::optional<double>& number, const std::optional<base::TimeNs>& time) {
    if (number) return range_number(*number);
    return time ? format_date(*time, agg.format, agg.zone) : std::string("*");
  };
  return shown(bucket.from, bucket.from_time) + "-" + shown(bucket.to, bucket.to_time);
}

Predicate range_test(const RangeBucket& bucket, const std::string& field) {
  std::vector<Predicate> tests;
  const auto add = [&](MatchOp op, const std::optional<double>& number,
                       const std::optional<base::TimeNs>& time) {
    if (!number && !time) return;
    Predicate test = make_test(field, op, time ? base::format_rfc3339(*time) : std::string(), false);
    test.test.number = number.value_or(0);
    tests.push_back(std::move(test));
  };
  add(MatchOp::greater_equal, bucket.from, bucket.from_time);
  add(MatchOp::less, bucket.to, bucket.to_time);
  return tests.empty() ? has_value(field) : all_of(std::move(tests));
}

base::Status read_ranges(Agg& agg, const Node& node, base::TimeNs now) {
  for (const Node& item : items_of(node)) {
    RangeBucket bucket;
    TRY_ASSIGN(const std::vector<Member> members, members_of(item));
    for (const Member& member : members) {
      if (member.key == "key") {
        TRY_ASSIGN(bucket.key, text_of(member.value));
      } else if (member.key == "from" || member.key == "to") {
        TRY(read_range_bound(bucket, member, agg, now));
      } else {
        return unsupported(member.value.path);
      }
    }
    if (bucket.key.empty()) bucket.key = default_key(bucket, agg);
    agg.ranges.push_back(std::move(bucket));
    if (agg.ranges.size() > kMostRequestedBuckets) return invalid(node.path, "more than 1000 ranges");
  }
  // Buckets stand in order of their bounds.
  const auto bounds = [](const RangeBucket& bucket) {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    constexpr auto kLeast = std::numeric_limits<base::TimeNs>::min(),
                   kMost = std::numeric_limits<base::TimeNs>::max();
    return std::tuple(bucket.from.value_or(-kInfinite), bucket.from_time.value_or(kLeast),
                      bucket.to.value_or(kInfinite), bucket.to_time.value_or(kMost));
  };
  std::stable_sort(agg.ranges.begin(), agg.ranges.end(),
                   [&](const RangeBucket& a, const RangeBucket& b) { return bounds(a) < bounds(b); });
  return base::ok_status();
}

base::Status read_percents(Agg& agg, const Node& node) {
  agg.percents.clear();
  for (const Node& item : items_of(node)) {
    TRY_ASSIGN(const double percent, number_of(item));
    if (percent < 0 || percent > 100) return invalid(item.path, "must be from 0 to 100");
    agg.percents.push_back(percent);
    if (agg.percents.size() > 100) return invalid(node.path, "more than 100 percents");
  }
  return base::ok_status();
}

base::Status read_top_hits_part(Agg& agg, const Member& member) {
  if (member.key == "size" || member.key == "from") {
    TRY_ASSIGN(const std::int64_t number, integer_of(member.value, 0, 100));
    (member.key == "size" ? agg.size : agg.from) = static_cast<std::size_t>(number);
    return base::ok_status();
  }
  if (member.key == "sort") return parse_sort(member.value, agg.hits);
  if (member.key == "_source") return parse_source(member.value, agg.hits);
  if (member.key == "fields" || member.key == "docvalue_fields") return parse_fields(member.value, agg.hits);
  if (member.key == "version" || member.key == "seq_no_primary_term") {
    TRY_ASSIGN((member.key == "version" ? agg.hits.version : agg.hits.seq_no), flag_of(member.value));
    return base::ok_status();
  }
  if (is_empty(member.value)) return base::ok_status();
  return unsupported(member.value.path);
}

bool is_hint(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"shard_size",   "shard_min_doc_count",       "execution_hint",
                                               "collect_mode", "precision_threshold",       "value_type",
                                               "tdigest",      "show_term_doc_count_error", "rehash"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

// An option of one kind of aggregation; false if it has none of that name.
base::Result<bool> read_option(Agg& agg, const Member& member, base::TimeNs now) {
  const std::string& key = member.key;
  const Node& node = member.value;
  const AggKind kind = agg.kind;
  const bool dates = kind == AggKind::date_histogram, numbers = kind == AggKind::histogram;
  const bool ranges = kind == AggKind::range || kind == AggKind::date_range;
  const auto done = [](const base::Status& status) -> base::Result<bool> {
    return status.ok() ? base::Result<bool>(true) : base::Result<bool>(status.error());
  };
  if (key == "field") return done(read_field(agg, node));
  if (is_hint(key)) return true;
  if (key == "size" && kind == AggKind::terms) {
    TRY_ASSIGN(const std::int64_t size, integer_of(node, 1, std::numeric_limits<std::int32_t>::max()));
    agg.size = static_cast<std::size_t>(size);
    return true;
  }
  if (key == "order" && (kind == AggKind::terms || dates || numbers)) return done(read_order(agg, node));
  if (key == "min_doc_count" && (kind == AggKind::terms || dates || numbers)) {
    TRY_ASSIGN(agg.min_doc_count, integer_of(node, 0, std::numeric_limits<std::int64_t>::max()));
    if (kind == AggKind::terms && agg.min_doc_count == 0) {
      return base::make_error(base::ErrorCode::unsupported, node.path + ": 0 is not supported");
    }
    return true;
  }
  if (key == "missing" && kind == AggKind::terms) {
    TRY_ASSIGN(agg.missing, literal_of(node));
    return true;
  }
  if (key == "include" && kind == AggKind::terms) return done(read_term_filter(agg.include, node));
  if (key == "exclude" && kind == AggKind::terms) return done(read_term_filter(agg.exclude, node));
  if (key == "fixed_interval" && dates) return done(read_fixed_interval(agg, node));
  if (key == "calendar_interval" && dates) return done(read_calendar_interval(agg, node));
  if (key == "time_zone" && (dates || kind == AggKind::date_range)) return done(read_zone(agg, node));
  if (key == "format" && (dates || kind == AggKind::date_range)) return done(read_format(agg, node));
  if (key == "offset" && dates) return done(read_shift(agg, node));
  if (key == "extended_bounds" && (dates || numbers)) return done(read_bounds(agg, node, now));
  if (key == "keyed" && (dates || numbers || ranges || kind == AggKind::percentiles)) {
    TRY_ASSIGN(agg.keyed, flag_of(node));
    return true;
  }
  if ((key == "interval" || key == "offset") && numbers) {
    TRY_ASSIGN((key == "interval" ? agg.width : agg.origin), number_of(node));
    return true;
  }
  if (key == "ranges" && ranges) return done(read_ranges(agg, node, now));
  if (key == "percents" && kind == AggKind::percentiles) return done(read_percents(agg, node));
  if (key == "sigma" && kind == AggKind::extended_stats) {
    TRY_ASSIGN(agg.sigma, number_of(node));
    return true;
  }
  return false;
}

base::Status make_key(Agg& agg, const Node& body) {
  GroupKey key;
  key.field = agg.field;
  switch (agg.kind) {
    case AggKind::terms:
      key.keep_missing = agg.missing.has_value();
      break;
    case AggKind::date_histogram:
      if (agg.interval == 0 && agg.unit == 0)
        return invalid(body.path, "fixed_interval or calendar_interval is missing");
      if (agg.interval != 0 && agg.unit != 0) return invalid(body.path, "two intervals");
      key.kind = GroupKey::Kind::time_bucket;
      key.interval = agg.interval;
      key.calendar = agg.unit == 'w'   ? GroupKey::Calendar::week
                     : agg.unit == 'M' ? GroupKey::Calendar::month
                     : agg.unit == 'q' ? GroupKey::Calendar::quarter
                     : agg.unit == 'y' ? GroupKey::Calendar::year
                                       : GroupKey::Calendar::none;
      key.offset = agg.shift - agg.zone;
      break;
    case AggKind::histogram:
      if (!(agg.width > 0)) return invalid(body.path, "interval must be greater than 0");
      key.kind = GroupKey::Kind::number_bucket;
      key.width = agg.width;
      key.number_offset = agg.origin;
      break;
    default: {
      if (agg.ranges.empty()) return invalid(body.path, "ranges is missing");
      std::vector<Predicate> tests;
      for (const RangeBucket& bucket : agg.ranges) tests.push_back(range_test(bucket, agg.field));
      key = filter_key(std::move(tests));
    }
  }
  agg.keys.push_back(std::move(key));
  return base::ok_status();
}

constexpr std::pair<std::string_view, AggKind> kKinds[] = {
    {"terms", AggKind::terms},
    {"date_histogram", AggKind::date_histogram},
    {"histogram", AggKind::histogram},
    {"range", AggKind::range},
    {"date_range", AggKind::date_range},
    {"filters", AggKind::filters},
    {"filter", AggKind::filter},
    {"missing", AggKind::missing},
    {"composite", AggKind::composite},
    {"cardinality", AggKind::cardinality},
    {"min", AggKind::min},
    {"max", AggKind::max},
    {"avg", AggKind::avg},
    {"sum", AggKind::sum},
    {"stats", AggKind::stats},
    {"extended_stats", AggKind::extended_stats},
    {"value_count", AggKind::value_count},
    {"percentiles", AggKind::percentiles},
    {"top_hits", AggKind::top_hits},
};

// format and time_zone first: other options are read by them.
std::vector<Member> by_use(std::vector<Member> members) {
  std::stable_partition(members.begin(), members.end(), [](const Member& member) {
    return member.key == "format" || member.key == "time_zone";
  });
  return members;
}

base::Status read_options(Agg& agg, const Node& body, base::TimeNs now,
                          const std::vector<std::string_view>& skip = {}) {
  TRY_ASSIGN(std::vector<Member> members, members_of(body));
  for (const Member& member : by_use(std::move(members))) {
    if (std::find(skip.begin(), skip.end(), member.key) != skip.end()) continue;
    if (agg.kind == AggKind::top_hits) {
      TRY(read_top_hits_part(agg, member));
      continue;
    }
    TRY_ASSIGN(const bool known, read_option(agg, member, now));
    if (!known) return unsupported(member.value.path);
  }
  if (agg.field.empty() && agg.kind != AggKind::top_hits) return invalid(body.path, "field is missing");
  return base::ok_status();
}

base::Status Reader::composite(Agg& agg, const Node& body) {
  std::optional<Node> after;
  TRY_ASSIGN(const std::vector<Member> members, members_of(body));
  for (const Member& member : members) {
    if (member.key == "size") {
      TRY_ASSIGN(const std::int64_t size, integer_of(member.value, 1, 65'536));
      agg.size = static_cast<std::size_t>(size);
    } else if (member.key == "after") {
      after = member.value;
    } else if (member.key != "sources") {
      return unsupported(member.value.path);
    } else {
      for (const Node& item : items_of(member.value)) {
        TRY_ASSIGN(const Member named, single_member(item));
        TRY_ASSIGN(const Member kind, single_member(named.value));
        Agg source;
        source.name = named.key;
        source.path = kind.value.path;
        source.kind = kind.key == "terms"       ? AggKind::terms
                      : kind.key == "histogram" ? AggKind::histogram
                                                : AggKind::date_histogram;
        if (source.kind == AggKind::date_histogram && kind.key != "date_histogram")
          return unsupported(kind.value.path);
        TRY_ASSIGN(const std::vector<Member> options, members_of(kind.value));
        for (const Member& option : options) {
          const bool fixed =
              option.key == "order" || option.key == "missing_bucket" || option.key == "missing_order";
          if (!fixed) continue;
          TRY_ASSIGN(const std::string value, scalar_of(option.value));
          if (value != "asc" && value != "false" && value != "default") {
            return base::make_error(
                base::ErrorCode::unsupported,
                option.value.path + ": " + base::escape_control(value) + " is not supported");
          }
        }
        TRY(read_options(source, kind.value, now, {"order", "missing_bucket", "missing_order"}));
        TRY(make_key(source, kind.value));
        agg.keys.push_back(source.keys.front());
        agg.sources.push_back(std::move(source));
        if (agg.sources.size() > 16) return invalid(member.value.path, "more than 16 sources");
      }
    }
  }
  if (agg.sources.empty()) return invalid(body.path, "sources is missing");
  if (!after || after->is_null()) return base::ok_status();
  TRY_ASSIGN(const std::vector<Member> values, members_of(*after));
  for (const Agg& source : agg.sources) {
    const auto it = std::find_if(values.begin(), values.end(),
                                 [&](const Member& value) { return value.key == source.name; });
    if (it == values.end())
      return invalid(after->path, "a value for " + base::escape_control(source.name) + " is missing");
    if (source.kind == AggKind::date_histogram || source.field == kTimeField) {
      TRY_ASSIGN(const std::string text, scalar_of(it->value));
      const auto span = parse_date(text, {.now = now, .format = source.format, .offset = source.zone});
      if (!span) return invalid(it->value.path, "failed to parse date");
      agg.after.emplace_back(base::format_rfc3339(span->first));
    } else if (source.kind == AggKind::histogram) {
      TRY_ASSIGN(const double number, number_of(it->value));
      agg.after.emplace_back(number);
    } else {
      TRY_ASSIGN(model::Literal literal, literal_of(it->value));
      agg.after.push_back(std::move(literal));
    }
  }
  if (values.size() != agg.sources.size()) return invalid(after->path, "a value for each source is expected");
  return base::ok_status();
}

base::Status Reader::read(Agg& agg, const Node& body, int depth) {
  switch (agg.kind) {
    case AggKind::filter: {
      TRY_ASSIGN(Predicate predicate, parse_query_dsl(body, now));
      std::vector<Predicate> one;
      one.push_back(std::move(predicate));
      agg.keys.push_back(filter_key(std::move(one)));
      return base::ok_status();
    }
    case AggKind::filters:
      return read_filters_agg(agg, body, now);
    case AggKind::missing: {
      TRY(read_options(agg, body, now));
      std::vector<Predicate> one;
      one.push_back(make_test(agg.field, MatchOp::is_null, {}, false));
      agg.keys.push_back(filter_key(std::move(one)));
      return base::ok_status();
    }
    case AggKind::composite:
      if (depth > 1) {
        return base::make_error(base::ErrorCode::unsupported,
                                body.path + ": not supported within another aggregation");
      }
      return composite(agg, body);
    default:
      break;
  }
  if (agg.kind == AggKind::date_histogram || agg.kind == AggKind::histogram) agg.min_doc_count = 0;
  if (agg.kind == AggKind::percentiles) {
    agg.percents = {1, 5, 25, 50, 75, 95, 99};
    agg.keyed = true;
  }
  if (agg.kind == AggKind::top_hits) agg.size = 3;
  TRY(read_options(agg, body, now));
  return is_bucket(agg.kind) ? make_key(agg, body) : base::ok_status();
}

// Orders must name a metric right below.
base::Status check_order(const Agg& agg) {
  for (const BucketOrder& order : agg.order) {
    if (order.by == "_count" || order.by == "_key") continue;
    const auto it = std::find_if(agg.children.begin(), agg.children.end(),
                                 [&](const Agg& child) { return child.name == order.by; });
    const bool known = it != agg.children.end() && !is_bucket(it->kind) && it->kind != AggKind::top_hits;
    if (!known)
      return invalid(agg.path + ".order",
                     "invalid aggregation order path [" + base::escape_control(order.by) + "]");
    const bool many = it->kind == AggKind::stats || it->kind == AggKind::extended_stats;
    static constexpr std::string_view kStats[] = {"count", "min", "max", "avg", "sum"};
    const bool stat = std::find(std::begin(kStats), std::end(kStats), order.property) != std::end(kStats);
    if (many ? !stat
             : !order.property.empty() && order.property != "value" && it->kind != AggKind::percentiles) {
      return unsupported(agg.path + ".order." + base::escape_control(order.by + "." + order.property));
    }
    if (it->kind == AggKind::percentiles) {
      const auto percent = base::parse_double(order.property);
      if (!percent || std::find(it->percents.begin(), it->percents.end(), *percent) == it->percents.end()) {
        return unsupported(agg.path + ".order." + base::escape_control(order.by + "." + order.property));
      }
    }
  }
  return base::ok_status();
}

base::Result<Agg> Reader::aggregation(const Member& named, int depth) {
  Agg agg;
  agg.name = named.key;
  std::optional<Member> body;
  std::optional<Node> children;
  TRY_ASSIGN(const std::vector<Member> members, members_of(named.value));
  for (const Member& member : members) {
    if (member.key == "aggs" || member.key == "aggregations") {
      children = member.value;
    } else if (member.key == "meta") {
      if (!member.value.is_object()) return invalid(member.value.path, "an object is expected");
      agg.meta = simdjson::minify(member.value.element);
    } else if (body) {
      return invalid(member.value.path, "a second kind of aggregation");
    } else {
      body = member;
    }
  }
  if (!body) return invalid(named.value.path, "missing definition for aggregation");
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&](const auto& known) { return known.first == body->key; });
  if (kind == std::end(kKinds)) return unsupported(body->value.path);
  agg.kind = kind->second;
  agg.path = body->value.path;
  TRY(read(agg, body->value, depth));
  if (children) {
    if (!is_bucket(agg.kind) && !is_empty(*children)) {
      return invalid(children->path, "metric aggregations take no sub-aggregations");
    }
    TRY_ASSIGN(agg.children, level(*children, depth + 1));
  }
  TRY(check_order(agg));
  return agg;
}

base::Result<std::vector<Agg>> Reader::level(const Node& node, int depth) {
  if (depth > kDeepestAggregation) return invalid(node.path, "aggregations are nested more than 8 deep");
  std::vector<Agg> out;
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    if (++aggs > kMostAggs) return invalid(node.path, "more than 256 aggregations");
    if (member.key.find_first_of("[]>") != std::string::npos)
      return invalid(member.value.path, "invalid aggregation name");
    TRY_ASSIGN(Agg agg, aggregation(member, depth));
    out.push_back(std::move(agg));
  }
  return out;
}

}  // namespace

base::Result<std::vector<Agg>> parse_aggregations(const Node& node, base::TimeNs now) {
  Reader reader;
  reader.now = now;
  return reader.level(node, 1);
}

}  // namespace vedette::query::es
