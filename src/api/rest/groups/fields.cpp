// Histograms, facets, fields, completion of values, single events and what is around them.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "rest/groups.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::search_group {
namespace {

using model::GroupBy;
using model::GroupKey;
using model::MatchOp;
using model::Metric;
using model::SearchRequest;

constexpr std::int64_t kMostBuckets = 1'000;
constexpr std::string_view kTime = "@timestamp";

struct Filtered {
  std::optional<SearchRequest> request;  // limit 0
  Reply refusal;
};

// The request that query, from and to of a body ask for.
Filtered read_filtered(Call& call, const RestParts& parts) {
  const Body body(call.body());
  Filtered out;
  const std::string text = body.text("query");
  call.note("query", text);
  const auto range = read_range(body.text("from"), body.text("to"), parts.now());
  if (!range.ok()) {
    out.refusal = problem_of(range.refusal());
    return out;
  }
  ReadFilter filter = read_filter(text, parts.now());
  if (!filter.filter) {
    out.refusal = std::move(filter.refusal);
    return out;
  }
  SearchRequest request;
  request.range = *range;
  request.filter = std::move(*filter.filter);
  request.limit = 0;
  request.limits = limits_of(parts.options);
  out.request = std::move(request);
  return out;
}

base::Result<model::SearchResult> run_request(Call& call, const SearchRequest& request,
                                              const model::RowSink& sink = nullptr) {
  base::CancellationToken token;
  std::optional<base::Result<model::SearchResult>> result;
  const ports::LogStore& events = call.events();
  run_watched(
      call.cancellation(), token, [&] { result = events.search(request, sink, token); }, nullptr);
  return std::move(*result);
}

Metric count_metric() {
  Metric metric;
  metric.name = "n";
  return metric;
}

GroupBy top_values(const std::string& field, std::uint64_t size) {
  GroupBy group;
  GroupKey key;
  key.name = "v";
  key.field = field;
  group.keys.push_back(std::move(key));
  group.metrics.push_back(count_metric());
  group.order = {{.field = "n", .descending = true}, {.field = "v"}};
  group.limit = size;
  return group;
}

const model::Value* column_value(const model::Event& row, std::string_view name) {
  return row.find(model::intern(name));
}
std::uint64_t count_in(const model::Event& row) {
  const model::Value* value = column_value(row, "n");
  return value != nullptr && value->kind() == model::ValueKind::integer
             ? static_cast<std::uint64_t>(value->as_integer())
             : 0;
}
std::string text_in(const model::Event& row, std::string_view name) {
  const model::Value* value = column_value(row, name);
  model::TextBuffer buffer;
  return value ? base::to_valid_utf8(model::text_of(*value, buffer)) : std::string();
}

struct CountedValue {
  std::string value;
  std::uint64_t count = 0;
};
std::vector<CountedValue> values_of(const model::GroupTable& table) {
  std::vector<CountedValue> out;
  for (std::size_t i = 0; table.rows && i < table.rows->size(); ++i) {
    out.push_back({text_in((*table.rows)[i], "v"), count_in((*table.rows)[i])});
  }
  return out;
}

boost::json::array values_json(const std::vector<CountedValue>& values) {
  boost::json::array out;
  for (const CountedValue& value : values) {
    out.emplace_back(boost::json::object{{"value", value.value}, {"count", value.count}});
  }
  return out;
}

void add_result(boost::json::object& out, const model::SearchResult& result) {
  out["total"] = result.total;
  out["cut"] = cut_json(result);
  boost::json::array warnings;
  for (const std::string& warning : result.warnings) warnings.emplace_back(warning);
  out["warnings"] = std::move(warnings);
  out["stats"] = stats_json(result.stats);
}

Reply json_reply(boost::json::object body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

// --- histogram ---

// Widths that people read easily.
base::TimeNs width_of(base::TimeNs span, std::int64_t buckets) {
  constexpr base::TimeNs kS = base::kNsPerSecond, kM = 60 * kS, kH = 60 * kM, kD = 24 * kH;
  constexpr std::array kWidths = {kS / 10, kS / 2, kS,      2 * kS,  5 * kS,  10 * kS, 30 * kS, kM,
                                  2 * kM,  5 * kM, 10 * kM, 30 * kM, kH,      2 * kH,  3 * kH,  6 * kH,
                                  12 * kH, kD,     2 * kD,  7 * kD,  14 * kD, 30 * kD, 90 * kD, 365 * kD};
  for (const base::TimeNs width : kWidths) {
    if (span / width < buckets) return width;
  }
  return (span / buckets / kD + 1) * kD;
}

base::TimeNs floor_to(base::TimeNs time, base::TimeNs width) {
  const base::TimeNs rest = time % width;
  return time - (rest < 0 ? rest + width : rest);
}

// Ends of the range that are open are those of the events that pass. False: there are none.
base::Result<bool> close_range(Call& call, SearchRequest& request) {
  const model::TimeRange open;
  if (request.range.from != open.from && request.range.to != open.to) return true;
  SearchRequest ask = request;
  GroupBy group;
  for (const auto kind : {Metric::Kind::min, Metric::Kind::max}) {
    Metric metric;
    metric.kind = kind;
    metric.name = kind == Metric::Kind::min ? "first" : "last";
    metric.field = kTime;
    group.metrics.push_back(std::move(metric));
  }
  ask.groups.push_back(std::move(group));
  TRY_ASSIGN(const model::SearchResult result, run_request(call, ask));
  const auto& rows = result.groups.empty() ? nullptr : result.groups[0].rows;
  if (!rows || rows->empty()) return false;
  const auto first = base::parse_iso8601(text_in((*rows)[0], "first"));
  const auto last = base::parse_iso8601(text_in((*rows)[0], "last"));
  if (!first || !last) return false;
  if (request.range.from == open.from) request.range.from = *first;
  if (request.range.to == open.to) request.range.to = *last + 1;
  return true;
}

struct Bucket {
  std::uint64_t count = 0;
  std::map<std::string, std::uint64_t> by;
  std::uint64_t others = 0;
};

GroupKey series_key(const std::string& field, const std::vector<CountedValue>& top) {
  GroupKey key;
  key.kind = GroupKey::Kind::filters;
  key.name = "v";
  model::Predicate any;
  any.kind = model::Predicate::Kind::any_of;
  for (std::size_t i = 0; i < top.size(); ++i) {
    model::Predicate is = field_is(field, MatchOp::equals, top[i].value);
    is.test.case_sensitive = true;
    key.filters.push_back({"=" + std::to_string(i), is});
    any.children.push_back(std::move(is));
  }
  model::Predicate none;
  none.kind = model::Predicate::Kind::negation;
  none.children.push_back(std::move(any));
  key.filters.push_back({"others", std::move(none)});
  return key;
}

void fill_buckets(const model::SearchResult& result, const std::vector<CountedValue>& top,
                  std::map<base::TimeNs, Bucket>& buckets) {
  for (std::size_t g = 0; g < result.groups.size(); ++g) {
    const auto& rows = result.groups[g].rows;
    for (std::size_t i = 0; rows && i < rows->size(); ++i) {
      const model::Event row = (*rows)[i];
      const auto time = base::parse_iso8601(text_in(row, "t"));
      if (!time) continue;
      Bucket& bucket = buckets[*time];
      const std::string series = g == 0 ? std::string() : text_in(row, "v");
      if (g == 0) {
        bucket.count = count_in(row);
      } else if (series == "others") {
        bucket.others = count_in(row);
      } else if (const auto at = base::parse_uint(std::string_view(series).substr(1));
                 at && *at < top.size()) {
        bucket.by[top[*at].value] = count_in(row);
      }
    }
  }
}

boost::json::array buckets_json(const std::map<base::TimeNs, Bucket>& buckets, bool split) {
  boost::json::array out;
  for (const auto& [time, bucket] : buckets) {
    boost::json::object one{{"time", time == 0 ? Json(base::format_rfc3339(0)) : time_json(time)},
                            {"count", bucket.count}};
    if (split) {
      boost::json::object by;
      for (const auto& [value, count] : bucket.by) by[value] = count;
      one["by"] = std::move(by);
      one["others"] = bucket.others;
    }
    out.emplace_back(std::move(one));
  }
  return out;
}

Reply bad_interval(std::string_view message) {
  return problem(422, "interval", message, {{"/interval", std::string(message)}});
}

GroupKey time_key(base::TimeNs width) {
  GroupKey key;
  key.kind = GroupKey::Kind::time_bucket;
  key.name = "t";
  key.field = kTime;
  key.interval = width;
  return key;
}

void add_time_groups(SearchRequest& request, base::TimeNs width, const std::string& by,
                     const std::vector<CountedValue>& top) {
  GroupBy whole;
  whole.keys.push_back(time_key(width));
  whole.metrics.push_back(count_metric());
  request.groups.push_back(whole);
  if (by.empty()) return;
  whole.keys.push_back(series_key(by, top));
  request.groups.push_back(std::move(whole));
}

Reply histogram(Call& call, const RestParts& parts) {
  Filtered read = read_filtered(call, parts);
  if (!read.request) return std::move(read.refusal);
  SearchRequest& request = *read.request;
  const Body body(call.body());
  const std::string interval = body.text("interval"), by = body.text("by");
  base::TimeNs width = 0;
  if (!interval.empty()) {
    width = base::parse_duration(interval).value_or(0);
    if (width < base::kNsPerMs)
      return bad_interval("give a duration of a millisecond or more, such as 30s, 5m, 1h");
  }
  REPLY_ASSIGN(const bool any, close_range(call, request));
  std::map<base::TimeNs, Bucket> buckets;
  std::vector<CountedValue> top;
  model::SearchResult result;
  if (any) {
    base::TimeNs span = 0;
    if (__builtin_sub_overflow(request.range.to, request.range.from, &span)) {
      return problem(422, "range", "the range is too long for a histogram; give from and to",
                     {{"/from", "is too early"}});
    }
    if (width == 0)
      width = width_of(span, std::clamp<std::int64_t>(body.number("buckets", 60), 1, kMostBuckets));
    if (span / width >= kMostBuckets)
      return bad_interval("that would be more than 1,000 buckets; take a longer interval or a shorter range");
    if (!by.empty()) {
      SearchRequest ask = request;
      ask.groups.push_back(top_values(
          by, static_cast<std::uint64_t>(std::clamp<std::int64_t>(body.number("series", 5), 1, 20))));
      REPLY_ASSIGN(const model::SearchResult found, run_request(call, ask));
      if (!found.groups.empty()) top = values_of(found.groups[0]);
    }
    add_time_groups(request, width, by, top);
    REPLY_ASSIGN(result, run_request(call, request));
    for (base::TimeNs at = floor_to(request.range.from, width); at < request.range.to; at += width)
      buckets[at];
    fill_buckets(result, top, buckets);
  }
  boost::json::object out{{"interval", width == 0 ? Json(nullptr) : Json(base::format_duration(width))},
                          {"buckets", buckets_json(buckets, !by.empty())}};
  if (!by.empty()) out["series"] = values_json(top);
  add_result(out, result);
  return json_reply(std::move(out));
}

// --- facets, values, fields ---

Reply facets(Call& call, const RestParts& parts) {
  Filtered read = read_filtered(call, parts);
  if (!read.request) return std::move(read.refusal);
  const Body body(call.body());
  const std::vector<std::string> fields = body.texts("fields");
  const auto size = static_cast<std::uint64_t>(std::clamp<std::int64_t>(body.number("size", 10), 1, 1'000));
  for (std::size_t i = 0; i < fields.size() && i < 50; ++i) {
    read.request->groups.push_back(top_values(fields[i], size));
  }
  REPLY_ASSIGN(const model::SearchResult result, run_request(call, *read.request));
  boost::json::array out;
  for (std::size_t i = 0; i < result.groups.size() && i < fields.size(); ++i) {
    const std::vector<CountedValue> values = values_of(result.groups[i]);
    std::uint64_t shown = 0;
    for (const CountedValue& value : values) shown += value.count;
    const std::uint64_t rows = result.groups[i].total_rows;
    out.emplace_back(boost::json::object{{"field", fields[i]},
                                         {"values", values_json(values)},
                                         {"rows", rows},
                                         {"distinct", result.groups[i].total_groups},
                                         {"others", rows > shown ? rows - shown : 0}});
  }
  boost::json::object answer{{"facets", std::move(out)}};
  add_result(answer, result);
  return json_reply(std::move(answer));
}

Reply values(Call& call, const RestParts& parts) {
  Filtered read = read_filtered(call, parts);
  if (!read.request) return std::move(read.refusal);
  const Body body(call.body());
  const std::string field = body.text("field"), prefix = body.text("prefix");
  const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(body.number("size", 10), 1, 100));
  if (!prefix.empty()) {
    read.request->filter = all_of({read.request->filter, field_is(field, MatchOp::starts_with, prefix)});
  }
  // Lists bring values that do not begin so.
  read.request->groups.push_back(top_values(field, size * 4));
  REPLY_ASSIGN(const model::SearchResult result, run_request(call, *read.request));
  std::vector<CountedValue> found;
  const std::string wanted = base::folded(prefix);
  if (!result.groups.empty()) found = values_of(result.groups[0]);
  std::erase_if(found,
                [&](const CountedValue& value) { return !base::folded(value.value).starts_with(wanted); });
  if (found.size() > size) found.resize(size);
  boost::json::object out{{"values", values_json(found)}};
  add_result(out, result);
  return json_reply(std::move(out));
}

Reply fields(Call& call, const RestParts& parts) {
  const Body body(call.body());
  const auto range = read_range(body.text("from"), body.text("to"), parts.now());
  if (!range.ok()) return problem_of(range.refusal());
  REPLY_ASSIGN(const std::vector<ports::FieldUse> uses, call.events().fields(*range));
  boost::json::array items;
  for (const ports::FieldUse& use : uses) {
    boost::json::object kinds;
    const std::pair<std::string_view, std::uint64_t> counts[] = {
        {"boolean", use.booleans}, {"integer", use.integers}, {"real", use.reals}, {"text", use.texts}};
    for (const auto& [name, count] : counts) {
      if (count > 0) kinds[name] = count;
    }
    const bool conflict = kinds.size() > 1;
    items.emplace_back(boost::json::object{{"name", base::to_valid_utf8(use.name)},
                                           {"rows", use.rows},
                                           {"kinds", std::move(kinds)},
                                           {"lists", use.lists},
                                           {"nulls", use.nulls},
                                           {"conflict", conflict}});
  }
  return json_reply({{"fields", std::move(items)}});
}

// --- events ---

std::string event_json(const model::Event& event) {
  std::string out;
  append_row(out, event, {});
  return out;
}

Reply raw_json(std::string text) {
  Reply reply;
  reply.raw = std::move(text);
  reply.content_type = "application/json";
  return reply;
}

// Null: there is no such event, or it is not seen.
base::Result<std::shared_ptr<const model::EventBatch>> find_event(Call& call, const RestParts& parts) {
  SearchRequest request;
  request.filter = field_is("_id", MatchOp::equals, call.path("id"));
  request.filter.test.case_sensitive = true;
  request.limit = 1;
  request.limits = limits_of(parts.options);
  std::shared_ptr<const model::EventBatch> found;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (batch && !batch->empty()) found = batch;
    return true;
  };
  TRY_ASSIGN(const model::SearchResult result, run_request(call, request, sink));
  if (!found && result.cut != model::Cut::none)
    return base::make_error(base::ErrorCode::limit, result.cut_reason);
  return found;
}

Reply get_event(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const std::shared_ptr<const model::EventBatch> found, find_event(call, parts));
  return found ? raw_json(event_json((*found)[0])) : not_found("event");
}

// Events after (or before) this one in time, then arrival; nearest first.
base::Result<std::vector<std::string>> neighbours(Call& call, const RestParts& parts,
                                                  const model::Event& event, const model::Predicate& filter,
                                                  bool before, std::int64_t count) {
  std::vector<std::string> out;
  if (count <= 0) return out;
  SearchRequest request;
  request.filter = filter;
  request.sort = {{.field = std::string(kTime), .descending = before},
                  {.field = "_id", .descending = before}};
  if (before) {
    if (event.time() != std::numeric_limits<base::TimeNs>::max()) request.range.to = event.time() + 1;
  } else {
    request.range.from = event.time();
  }
  request.after = {model::Literal(event.time()), model::Literal(static_cast<std::int64_t>(event.sequence()))};
  request.limit = static_cast<std::uint64_t>(count);
  request.count_all = false;
  request.limits = limits_of(parts.options);
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t i = 0; batch && i < batch->size(); ++i) out.push_back(event_json((*batch)[i]));
    return true;
  };
  TRY_ASSIGN(const model::SearchResult result, run_request(call, request, sink));
  (void)result;
  return out;
}

std::string joined_rows(const std::vector<std::string>& rows) {
  std::string out = "[";
  for (const std::string& row : rows) out += (out.size() > 1 ? "," : "") + row;
  return out + "]";
}

Reply surrounding(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const std::shared_ptr<const model::EventBatch> found, find_event(call, parts));
  if (!found) return not_found("event");
  const model::Event event = (*found)[0];
  const std::string by(call.query("by").value_or("host.name"));
  const std::string value = by.empty() ? std::string() : cell_text(event, by);
  model::Predicate filter{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  if (!value.empty()) {
    model::FieldId field;
    model::TextBuffer buffer;
    std::vector<model::Predicate> any;
    if (model::FieldTable::instance().find(by, field) && event.find(field) != nullptr) {
      for (const model::Value& element : event.find(field)->elements()) {
        any.push_back(field_is(by, MatchOp::equals, model::text_of(element, buffer)));
        if (any.size() == 20) break;
      }
    }
    filter.kind = model::Predicate::Kind::any_of;
    filter.children = std::move(any);
  }
  const auto bounded = [](std::int64_t count) { return std::clamp<std::int64_t>(count, 0, 500); };
  REPLY_ASSIGN(std::vector<std::string> before,
               neighbours(call, parts, event, filter, true, bounded(call.integer("before", 10))));
  REPLY_ASSIGN(const std::vector<std::string> after,
               neighbours(call, parts, event, filter, false, bounded(call.integer("after", 10))));
  std::reverse(before.begin(), before.end());
  std::string out = R"({"event":)" + event_json(event) + R"(,"by":)";
  if (value.empty()) {
    out += "null";
  } else {
    out += boost::json::serialize(boost::json::object{{"field", by}, {"value", base::to_valid_utf8(value)}});
  }
  return raw_json(out + R"(,"before":)" + joined_rows(before) + R"(,"after":)" + joined_rows(after) + "}");
}

}  // namespace
}  // namespace vedette::api::search_group

namespace vedette::api {

void add_field_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = search_group;
  handlers["getHistogram"] = [parts](Call& call) { return group::histogram(call, parts); };
  handlers["getFacets"] = [parts](Call& call) { return group::facets(call, parts); };
  handlers["getFields"] = [parts](Call& call) { return group::fields(call, parts); };
  handlers["getValues"] = [parts](Call& call) { return group::values(call, parts); };
  handlers["getEvent"] = [parts](Call& call) { return group::get_event(call, parts); };
  handlers["getSurroundingEvents"] = [parts](Call& call) { return group::surrounding(call, parts); };
}

}  // namespace vedette::api
