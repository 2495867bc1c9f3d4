// /indicators and /feeds.
#include <algorithm>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/rule_support.hpp"
#include "vedette/api/intel_records.hpp"

namespace vedette::api::intel_group {
namespace {

using namespace std::string_view_literals;
using rule_group::Members;
using rule_group::optional_text_json;
using rule_group::text_json;

Json indicator_json(const IndicatorRecord& indicator) {
  return boost::json::object{
      {"id", text_json(indicator.id)},           {"type", text_json(indicator.type)},
      {"value", text_json(indicator.value)},     {"tlp", optional_text_json(indicator.tlp)},
      {"source", text_json(indicator.source)},   {"description", text_json(indicator.description)},
      {"added_by", text_json(indicator.author)}, {"added", time_json(indicator.added)},
      {"expires", time_json(indicator.expires)}, {"version", indicator.version}};
}

// Of all feeds, those that a value meets: as the stream is matched.
Reply look_up(const RestParts& parts, std::string_view value) {
  boost::json::array items;
  if (!parts.intel) return rule_group::group_missing("indicators of feeds");
  for (const std::string& text : parts.intel->look_up(value)) {
    Json indicator = rule_group::parsed_json(text);
    if (!indicator.is_null()) items.push_back(std::move(indicator));
  }
  Reply reply;
  reply.body = boost::json::object{{"items", std::move(items)}};
  return reply;
}

Reply list_indicators(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "indicators";
  query.order_by = "added";
  query.descending = true;
  query.after = call.query("after").value_or("");
  query.limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  for (const std::string_view column : {"type"sv, "source"sv}) {
    if (const auto wanted = call.query(column)) {
      query.tests.push_back({std::string(column), ports::ColumnTest::Op::equals, {std::string(*wanted)}});
    }
  }
  if (const auto text = call.query("text")) {
    query.tests.push_back({"value", ports::ColumnTest::Op::contains, {std::string(*text)}});
  }
  REPLY_ASSIGN(const auto page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) {
    const auto indicator = indicator_of(record);
    if (indicator.ok()) items.push_back(indicator_json(*indicator));
  }
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

// The entry of a body, or what is wrong with it.
std::optional<FieldProblem> read_indicator(const Json& json, std::size_t number, const Call& call,
                                           base::TimeNs now, IndicatorRecord& out) {
  const Members body(json);
  const auto wrong = [&](std::string_view member, std::string message) {
    return FieldProblem{fmt::format("/indicators/{}/{}", number, member), std::move(message), 0};
  };
  out.type = body.text("type");
  auto value = checked_indicator(out.type, body.text("value"));
  if (!value.ok()) return wrong("value", value.error().message);
  out.value = std::move(*value);
  out.id = indicator_id(out.type, out.value);
  out.tlp = body.text("tlp");
  out.source = body.text("source");
  out.description = body.text("description");
  out.author = call.principal().name;
  out.added = now;
  if (const Json* expires = body.find("expires")) {
    const auto time = rule_group::time_of(expires);
    if (!time || *time <= now) return wrong("expires", "must be in the future");
    out.expires = *time;
  }
  return std::nullopt;
}

std::optional<Reply> reload_intel(const RestParts& parts) {
  if (!parts.intel) return std::nullopt;
  const base::Status reloaded = parts.intel->reload();
  if (reloaded.ok()) return std::nullopt;
  return problem(
      503, "reload",
      fmt::format("It is written, but the stream is not matched with it yet: {}.", reloaded.error().message));
}

Reply add_indicators(Call& call, const RestParts& parts) {
  const Json* list = Members(call.body()).find("indicators");
  std::vector<IndicatorRecord> added;
  std::vector<FieldProblem> wrong;
  if (list && list->is_array()) {
    for (const Json& json : list->get_array()) {
      const std::size_t number = added.size();
      auto fault = read_indicator(json, number, call, parts.now(), added.emplace_back());
      if (fault && wrong.size() < 50) wrong.push_back(std::move(*fault));
    }
  }
  if (!wrong.empty())
    return problem(422, "indicator", "Some of the indicators cannot be taken; none was.", std::move(wrong));
  ports::RecordQuery all;
  all.collection = "indicators";
  REPLY_ASSIGN(const std::uint64_t there, parts.records->count(all));
  if (there + added.size() > kMaxKeptIndicators) {
    return problem(
        422, "limit",
        fmt::format("At most {} indicators are kept here: make a feed of them.", kMaxKeptIndicators));
  }
  std::vector<ports::RecordWrite> writes;
  boost::json::array items;
  for (const IndicatorRecord& indicator : added) writes.push_back(to_write(indicator));
  call.note("indicators", std::to_string(added.size()));
  call.note("first", added.empty() ? "" : added.front().value);
  REPLY_ASSIGN(const auto versions, call.apply(writes));
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (i < versions.size()) added[i].version = versions[i];
    items.push_back(indicator_json(added[i]));
  }
  if (auto failed = reload_intel(parts)) return std::move(*failed);
  Reply reply;
  reply.status = 201;
  reply.body = boost::json::object{{"items", std::move(items)}};
  return reply;
}

Reply delete_indicator(Call& call, const RestParts& parts) {
  const std::string id(call.path("id"));
  REPLY_ASSIGN(const auto record, parts.records->get("indicators", id));
  if (!record) return not_found("indicator");
  if (auto refused = rule_group::check_optional_match(call, record->version)) return std::move(*refused);
  call.target("indicators/" + id);
  if (const auto indicator = indicator_of(*record); indicator.ok()) call.note("value", indicator->value);
  const ports::RecordWrite write{ports::RecordWrite::Kind::remove, "indicators", id, {}, {}, record->version};
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  static_cast<void>(versions);
  if (auto failed = reload_intel(parts)) return std::move(*failed);
  return rule_group::no_content();
}

Reply list_feeds(const RestParts& parts) {
  boost::json::array items;
  for (const FeedState& feed : parts.intel->feeds()) {
    items.push_back(boost::json::object{{"name", text_json(feed.name)},
                                        {"kind", text_json(feed.kind)},
                                        {"url", optional_text_json(feed.url)},
                                        {"configured", feed.configured},
                                        {"indicators", feed.indicators},
                                        {"last_polled", time_json(feed.last_polled)},
                                        {"next_poll", time_json(feed.next_poll)},
                                        {"last_error", optional_text_json(feed.last_error)}});
  }
  Reply reply;
  reply.body = page_json(std::move(items), "");
  return reply;
}

Reply poll_feed(Call& call, const RestParts& parts) {
  call.target(fmt::format("feeds/{}", call.path("name")));
  const base::Status polled = parts.intel->poll_now(call.path("name"));
  if (!polled.ok())
    return polled.error().code == base::ErrorCode::not_found ? not_found("feed") : problem_of(polled.error());
  Reply reply;
  reply.status = 202;
  reply.body = boost::json::object{{"name", text_json(call.path("name"))}};
  return reply;
}

}  // namespace
}  // namespace vedette::api::intel_group

namespace vedette::api {

void add_intel_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = intel_group;
  const auto missing = [](Call&) { return rule_group::group_missing("indicators"); };
  for (const char* id :
       {"listIndicators", "lookUpIndicators", "addIndicators", "deleteIndicator", "listFeeds", "pollFeed"}) {
    handlers[id] = missing;
  }
  if (parts.records) {
    handlers["listIndicators"] = [parts](Call& call) { return group::list_indicators(call, parts); };
    handlers["addIndicators"] = [parts](Call& call) { return group::add_indicators(call, parts); };
    handlers["deleteIndicator"] = [parts](Call& call) { return group::delete_indicator(call, parts); };
  }
  if (!parts.intel) return;
  handlers["lookUpIndicators"] = [parts](Call& call) {
    return group::look_up(parts, call.query("value").value_or(""));
  };
  handlers["listFeeds"] = [parts](Call&) { return group::list_feeds(parts); };
  handlers["pollFeed"] = [parts](Call& call) { return group::poll_feed(call, parts); };
}

}  // namespace vedette::api
