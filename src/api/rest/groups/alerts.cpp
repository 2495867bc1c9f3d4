// Alerts and their groups, read.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "rest/groups.hpp"
#include "rest/groups/alert_view.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::api::alerts_group {
namespace {

using boost::json::object;
using ports::ColumnTest;

constexpr std::size_t kMostGroupSamples = 100;
constexpr std::int64_t kTimeBuckets = 48;
constexpr std::uint32_t kTopRules = 20;

Allowed<AlertFilter> filter_of(Call& call, base::TimeNs now) {
  std::vector<std::string> statuses;
  for (const std::string_view status : call.query_all("status")) statuses.emplace_back(status);
  return read_alert_filter([&](std::string_view name) { return std::string(call.query(name).value_or("")); },
                           std::move(statuses), now, "query:");
}

void set_order(Call& call, ports::RecordQuery& query) {
  std::string_view sort = call.query("sort").value_or("-time");
  query.descending = sort.starts_with('-');
  if (query.descending) sort.remove_prefix(1);
  const bool known = sort == "time" || sort == "detected" || sort == "level" || sort == "risk";
  query.order_by = known ? std::string(sort) : "time";
}

std::uint32_t limit_of_page(const Call& call) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(call.integer("limit", 100), 1, 1'000));
}

Reply body_reply(object body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

// A cursor names the alert behind which it goes on, which may be one that is not seen: it is sealed then.
const std::string kCursorPurpose = "alert cursor";
base::Result<std::string> open_cursor(const RestParts& parts, const AlertView& view, std::string_view shown) {
  if (shown.empty() || !view.rows_hidden() || parts.secrets == nullptr) return std::string(shown);
  const auto sealed = base::hex_decode(shown);
  auto opened = sealed ? parts.secrets->open(*sealed, kCursorPurpose)
                       : base::Result<std::string>(base::Error{base::ErrorCode::invalid_argument, {}});
  if (!opened.ok())
    return base::make_error(base::ErrorCode::invalid_argument, "the cursor is none of this list");
  return opened;
}
base::Result<std::string> shown_cursor(const RestParts& parts, const AlertView& view, std::string cursor) {
  if (cursor.empty() || !view.rows_hidden() || parts.secrets == nullptr) return cursor;
  TRY_ASSIGN(const std::string sealed, parts.secrets->seal(cursor, kCursorPurpose));
  return base::hex_encode(sealed);
}

// A page may be short where many alerts are not seen: `next` goes on behind what was looked at.
Reply list_alerts(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const AlertFilter filter, filter_of(call, parts.now()));
  const AlertView view(parts, call);
  ports::RecordQuery query = view.query_of(filter);
  set_order(call, query);
  REPLY_ASSIGN(query.after, open_cursor(parts, view, call.query("after").value_or("")));
  const std::uint32_t limit = limit_of_page(call);
  boost::json::array items;
  std::size_t most = view.unrestricted() ? limit : kMostScanned;
  // Each chunk at most doubles what there is, so that no page passes its limit.
  while (most > 0) {
    const auto chunk = static_cast<std::uint32_t>(limit - items.size());
    const std::size_t take = std::min<std::size_t>(chunk, most);
    REPLY_ASSIGN(query.after, view.each(query, filter, take, chunk, [&](SeenAlert&& alert) {
      items.emplace_back(alert_json(alert, false));
      return true;
    }));
    most -= take;
    if (query.after.empty() || items.size() * 2 >= limit || call.cancellation().cancelled()) break;
  }
  REPLY_ASSIGN(const std::string next, shown_cursor(parts, view, query.after));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

Reply get_alert(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  REPLY_ASSIGN(const std::optional<SeenAlert> alert, view.get(call.path("id")));
  if (!alert) return not_found("alert");
  Reply reply = body_reply(alert_json(*alert, true));
  reply.etag = std::to_string(alert->version);
  return reply;
}

Reply events_of_alert(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  REPLY_ASSIGN(const std::optional<SeenAlert> alert, view.get(call.path("id")));
  if (!alert) return not_found("alert");
  std::string rows;
  std::size_t found = 0;
  if (!alert->event_ids.empty()) {
    model::SearchRequest request;
    request.filter.kind = model::Predicate::Kind::any_of;
    for (const std::string& id : alert->event_ids) {
      request.filter.children.push_back(search_group::field_is("_id", model::MatchOp::equals, id));
      request.filter.children.back().test.case_sensitive = true;
      if (request.filter.children.size() == 1'000) break;
    }
    request.sort = {{.field = "@timestamp"}};
    request.limit = 1'000;
    request.limits = search_group::limits_of(parts.options);
    const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      for (std::size_t i = 0; batch && i < batch->size(); ++i, ++found) {
        if (found > 0) rows += ',';
        search_group::append_row(rows, (*batch)[i], {});
      }
      return true;
    };
    REPLY_ASSIGN(const model::SearchResult result, call.events().search(request, sink, call.cancellation()));
    (void)result;
  }
  const std::size_t asked = alert->event_ids.size();
  Reply reply;
  reply.content_type = "application/json";
  reply.raw =
      "{\"items\":[" + rows + "],\"missing\":" + std::to_string(asked > found ? asked - found : 0) + "}";
  return reply;
}

// --- groups ---

Json times_of_samples(const Json* samples) {
  boost::json::array out;
  if (samples == nullptr || !samples->is_array()) return out;
  for (const Json& sample : samples->get_array()) {
    const object* one = sample.if_object();
    const Json* time = one ? one->if_contains("time") : nullptr;
    const Json* id = one ? one->if_contains("id") : nullptr;
    if (id == nullptr) continue;
    out.emplace_back(
        object{{"id", *id}, {"time", time_json(time && time->is_int64() ? time->get_int64() : 0)}});
  }
  return out;
}

std::optional<Json> group_json(const ports::StoredRecord& record) {
  boost::system::error_code failed;
  const Json parsed = boost::json::parse(record.document, failed);
  const object* group = failed ? nullptr : parsed.if_object();
  if (group == nullptr) return std::nullopt;
  const auto member = [&](std::string_view name, Json otherwise) {
    const Json* value = group->if_contains(name);
    return value ? *value : std::move(otherwise);
  };
  const auto time = [&](std::string_view name) {
    const Json* value = group->if_contains(name);
    return time_json(value && value->is_int64() ? value->get_int64() : 0);
  };
  return Json(object{{"id", record.id},
                     {"rule", object{{"id", member("rule_id", "")}, {"title", member("rule_title", "")}}},
                     {"group_key", member("group_key", nullptr)},
                     {"level", member("level", "informational")},
                     {"risk_score", member("risk_score", 0)},
                     {"first_seen", time("first_seen")},
                     {"last_seen", time("last_seen")},
                     {"count", member("count", 0)},
                     {"suppressed", member("suppressed", 0)},
                     {"techniques", member("techniques", boost::json::array())},
                     {"tactics", member("tactics", boost::json::array())},
                     {"alerts", times_of_samples(group->if_contains("alerts"))}});
}

Reply kept_groups(Call& call, const RestParts& parts, const AlertView& view, const AlertFilter& filter) {
  ports::RecordQuery query;
  query.collection = "alert_groups";
  query.order_by = "last_seen";
  query.descending = true;
  query.after = std::string(call.query("after").value_or(""));
  query.limit = limit_of_page(call);
  query.tests.push_back(view.tenant_test());
  const model::TimeRange open;
  if (!filter.rule.empty()) query.tests.push_back({"rule_id", ColumnTest::Op::equals, {filter.rule}});
  if (filter.least_level) query.tests.push_back({"level", ColumnTest::Op::at_least, {*filter.least_level}});
  if (filter.range.from != open.from)
    query.tests.push_back({"last_seen", ColumnTest::Op::at_least, {filter.range.from}});
  if (filter.range.to != open.to)
    query.tests.push_back({"first_seen", ColumnTest::Op::less, {filter.range.to}});
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) {
    if (auto group = group_json(record)) items.push_back(std::move(*group));
  }
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  reply.body.get_object()["cut"] = nullptr;
  return reply;
}

struct SeenGroup {
  SeenAlert latest;
  std::int64_t level = 0, risk = 0, first = 0, last = 0, count = 0, suppressed = 0;
  boost::json::array samples;
};

// Groups made of the alerts that are seen, latest first.
base::Result<std::vector<std::pair<std::string, SeenGroup>>> seen_groups(const AlertView& view,
                                                                         const AlertFilter& filter,
                                                                         bool& cut) {
  std::map<std::string, SeenGroup> groups;
  TRY_ASSIGN(const std::string rest,
             view.each(view.query_of(filter), filter, kMostScanned, 500, [&](SeenAlert&& alert) {
               SeenGroup& group = groups[alert.group_id];
               const bool first = group.count++ == 0;
               group.level = std::max(group.level, alert.level);
               group.risk = std::max(group.risk, alert.risk);
               group.first = first ? alert.time : std::min(group.first, alert.time);
               group.last = first ? alert.time : std::max(group.last, alert.time);
               const Json* suppressed = alert.record.if_contains("suppressed");
               if (suppressed && suppressed->is_int64()) group.suppressed += suppressed->get_int64();
               if (group.samples.size() < kMostGroupSamples) {
                 group.samples.emplace_back(object{{"id", alert.id}, {"time", time_json(alert.time)}});
               }
               if (first) {
                 group.latest = std::move(alert);
                 group.latest.document.clear();
               }
               return true;
             }));
  cut = !rest.empty();
  std::vector<std::pair<std::string, SeenGroup>> out;
  for (auto& [id, group] : groups) out.emplace_back(id, std::move(group));
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second.last > b.second.last; });
  return out;
}

object scan_cut(bool cut) {
  if (!cut) return {{"cut", nullptr}};
  return {{"cut", object{{"kind", "alerts"},
                         {"reason",
                          "only the newest 20,000 alerts were looked at: others may not be yours to see"}}}};
}

Json seen_group_json(const std::string& id, const SeenGroup& group) {
  object out = alert_json(group.latest, false);
  const auto member = [&](std::string_view name) { return out.contains(name) ? out[name] : Json(nullptr); };
  return object{{"id", id},
                {"rule", member("rule")},
                {"group_key", member("group_key")},
                {"level", model::level_name(static_cast<model::Level>(group.level))},
                {"risk_score", group.risk},
                {"first_seen", time_json(group.first)},
                {"last_seen", time_json(group.last)},
                {"count", group.count},
                {"suppressed", group.suppressed},
                {"techniques", member("techniques")},
                {"tactics", member("tactics")},
                {"alerts", group.samples}};
}

Reply list_groups(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const AlertFilter filter, filter_of(call, parts.now()));
  const AlertView view(parts, call);
  if (view.unrestricted()) return kept_groups(call, parts, view, filter);
  const auto skip = base::parse_uint(call.query("after").value_or("0"));
  if (!skip)
    return problem(422, "cursor", "is not a cursor of this list", {{"query:after", "is not a cursor"}});
  bool cut = false;
  REPLY_ASSIGN(const auto groups, seen_groups(view, filter, cut));
  const std::size_t end =
      std::min<std::size_t>(groups.size(), std::min<std::size_t>(*skip, groups.size()) + limit_of_page(call));
  boost::json::array items;
  for (std::size_t i = std::min<std::size_t>(*skip, groups.size()); i < end; ++i) {
    items.push_back(seen_group_json(groups[i].first, groups[i].second));
  }
  Reply reply;
  reply.body = page_json(std::move(items), end < groups.size() ? std::to_string(end) : std::string());
  reply.body.get_object()["cut"] = scan_cut(cut)["cut"];
  return reply;
}

// --- summary ---

struct Summary {
  std::uint64_t total = 0;
  std::array<std::uint64_t, model::kLevels> levels{};
  std::map<std::string, std::uint64_t> statuses, verdicts;
  std::vector<std::pair<std::string, std::uint64_t>> rules;
  base::TimeNs from = 0, width = 1;
  std::vector<std::uint64_t> over_time;
  bool cut = false;
};

void set_buckets(Summary& summary, AlertFilter& filter, base::TimeNs now) {
  constexpr base::TimeNs kHour = 3600 * base::kNsPerSecond;
  const model::TimeRange open;
  if (filter.range.to == open.to) filter.range.to = std::max(now, filter.range.from) + 1;
  if (filter.range.from == open.from) filter.range.from = filter.range.to - 7 * 24 * kHour;
  base::TimeNs span = 0;
  if (__builtin_sub_overflow(filter.range.to, filter.range.from, &span)) span = open.to;
  summary.width = std::max<base::TimeNs>(span / kTimeBuckets + 1, base::kNsPerSecond);
  summary.from = filter.range.from;
  summary.over_time.resize(static_cast<std::size_t>((span - 1) / summary.width) + 1);
}

base::Status count_kept(const ports::RecordStore& records, const ports::RecordQuery& query,
                        Summary& summary) {
  TRY_ASSIGN(summary.total, records.count(query));
  TRY_ASSIGN(const auto levels, records.count_by(query, "level", 100));
  for (const auto& [value, count] : levels) {
    const auto* level = std::get_if<std::int64_t>(&value);
    if (level && *level >= 0 && *level < model::kLevels)
      summary.levels[static_cast<std::size_t>(*level)] += count;
  }
  TRY_ASSIGN(const auto statuses, records.count_by(query, "status", 100));
  for (const auto& [value, count] : statuses) {
    const auto* status = std::get_if<std::string>(&value);
    summary.statuses[status == nullptr || *status == "open" ? "new" : *status] += count;
  }
  TRY_ASSIGN(const auto verdicts, records.count_by(query, "verdict", 100));
  for (const auto& [value, count] : verdicts) {
    if (const auto* verdict = std::get_if<std::string>(&value)) summary.verdicts[*verdict] += count;
  }
  TRY_ASSIGN(const auto rules, records.count_by(query, "rule_id", kTopRules));
  for (const auto& [value, count] : rules) {
    if (const auto* rule = std::get_if<std::string>(&value)) summary.rules.emplace_back(*rule, count);
  }
  for (std::size_t i = 0; i < summary.over_time.size(); ++i) {
    ports::RecordQuery bucket = query;
    const base::TimeNs start = summary.from + static_cast<base::TimeNs>(i) * summary.width;
    bucket.tests.push_back({"time", ColumnTest::Op::at_least, {start}});
    if (base::TimeNs end = 0; !__builtin_add_overflow(start, summary.width, &end)) {
      bucket.tests.push_back({"time", ColumnTest::Op::less, {end}});
    }
    TRY_ASSIGN(summary.over_time[i], records.count(bucket));
  }
  return base::ok_status();
}

base::Status count_seen(const AlertView& view, const AlertFilter& filter, Summary& summary) {
  std::map<std::string, std::uint64_t> rules;
  TRY_ASSIGN(const std::string rest,
             view.each(view.query_of(filter), filter, kMostScanned, 500, [&](SeenAlert&& alert) {
               ++summary.total;
               ++summary.levels[static_cast<std::size_t>(alert.level)];
               ++summary.statuses[alert.status];
               if (!alert.verdict.empty()) ++summary.verdicts[alert.verdict];
               const Json* rule = alert.record.if_contains("rule_id");
               if (rule && rule->is_string()) ++rules[std::string(rule->get_string())];
               const auto at = static_cast<std::size_t>((alert.time - summary.from) / summary.width);
               if (at < summary.over_time.size()) ++summary.over_time[at];
               return true;
             }));
  summary.cut = !rest.empty();
  summary.rules.assign(rules.begin(), rules.end());
  std::stable_sort(summary.rules.begin(), summary.rules.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (summary.rules.size() > kTopRules) summary.rules.resize(kTopRules);
  return base::ok_status();
}

object counts_json(const std::map<std::string, std::uint64_t>& counts) {
  object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

Reply summary_of_alerts(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(AlertFilter filter, filter_of(call, parts.now()));
  const AlertView view(parts, call);
  Summary summary;
  set_buckets(summary, filter, parts.now());
  const base::Status counted = view.unrestricted()
                                   ? count_kept(*parts.records, view.query_of(filter), summary)
                                   : count_seen(view, filter, summary);
  if (!counted.ok()) return problem_of(counted.error());
  object levels;
  for (int i = 0; i < model::kLevels; ++i) {
    levels[model::level_name(static_cast<model::Level>(i))] = summary.levels[static_cast<std::size_t>(i)];
  }
  boost::json::array rules, over_time;
  for (const auto& [rule, count] : summary.rules)
    rules.emplace_back(object{{"rule", rule}, {"count", count}});
  for (std::size_t i = 0; i < summary.over_time.size(); ++i) {
    const base::TimeNs start = summary.from + static_cast<base::TimeNs>(i) * summary.width;
    over_time.emplace_back(object{{"time", base::format_rfc3339(start)}, {"count", summary.over_time[i]}});
  }
  object out{
      {"total", summary.total},
      {"levels", std::move(levels)},
      {"statuses", counts_json(summary.statuses)},
      {"verdicts", counts_json(summary.verdicts)},
      {"rules", std::move(rules)},
      {"interval_seconds", static_cast<double>(summary.width) / static_cast<double>(base::kNsPerSecond)},
      {"over_time", std::move(over_time)}};
  out["cut"] = scan_cut(summary.cut)["cut"];
  return body_reply(std::move(out));
}

}  // namespace
}  // namespace vedette::api::alerts_group

namespace vedette::api {

void add_alert_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = alerts_group;
  const auto add = [&](const char* operation, group::AnswerAlerts answer) {
    group::add_alert_handler(handlers, parts, operation, answer);
  };
  add("listAlerts", group::list_alerts);
  add("getAlert", group::get_alert);
  add("getAlertEvents", group::events_of_alert);
  add("listAlertGroups", group::list_groups);
  add("getAlertSummary", group::summary_of_alerts);
  add_alert_action_handlers(handlers, parts);
}

}  // namespace vedette::api
