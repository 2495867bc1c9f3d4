// /notifications/rules.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "access/crypto.hpp"
#include "rest/groups.hpp"
#include "rest/groups/notifications.hpp"
#include "rest/groups/rule_support.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::notify_group {
namespace {

using cases::NotifyRule;
using cases::QuietHours;
using rule_group::Members;

constexpr std::array<std::string_view, 7> kDayNames{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

int minutes_of(const std::string& clock) {
  const auto hour = base::parse_int(std::string_view(clock).substr(0, 2));
  const auto minute = clock.size() == 5 ? base::parse_int(std::string_view(clock).substr(3)) : std::nullopt;
  return hour && minute ? static_cast<int>(*hour * 60 + *minute) : -1;
}

Json quiet_json(const QuietHours& quiet) {
  if (quiet.from == quiet.to) return nullptr;
  boost::json::array days;
  for (std::size_t i = 0; i < kDayNames.size(); ++i) {
    if ((quiet.days >> i & 1u) != 0) days.emplace_back(kDayNames[i]);
  }
  boost::json::object out{{"from", fmt::format("{:02}:{:02}", quiet.from / 60, quiet.from % 60)},
                          {"to", fmt::format("{:02}:{:02}", quiet.to / 60, quiet.to % 60)},
                          {"days", std::move(days)},
                          {"utc_offset", quiet.utc_offset}};
  if (quiet.unless) out["unless_severity"] = model::level_name(*quiet.unless);
  return out;
}

QuietHours read_quiet(const Json& json) {
  const Members body(json);
  QuietHours quiet;
  quiet.from = minutes_of(body.text("from"));
  quiet.to = minutes_of(body.text("to"));
  quiet.utc_offset = static_cast<int>(body.integer("utc_offset", 0));
  const std::vector<std::string> days = body.texts("days");
  if (!days.empty()) quiet.days = 0;
  for (const std::string& day : days) {
    const auto at = std::find(kDayNames.begin(), kDayNames.end(), day);
    if (at != kDayNames.end())
      quiet.days = static_cast<std::uint8_t>(quiet.days | 1u << (at - kDayNames.begin()));
  }
  model::Level level{};
  if (model::parse_level(body.text("unless_severity"), level)) quiet.unless = level;
  return quiet;
}

Json notify_rule_json(const NotifyRule& rule) {
  boost::json::array on;
  for (const cases::NotifyOn event : rule.on) on.emplace_back(cases::notify_on_name(event));
  return boost::json::object{{"id", rule_group::text_json(rule.id)},
                             {"name", rule_group::text_json(rule.name)},
                             {"enabled", rule.enabled},
                             {"on", std::move(on)},
                             {"channels", rule_group::texts_json(rule.channels)},
                             {"least_severity", model::level_name(rule.least_severity)},
                             {"tags", rule_group::texts_json(rule.tags)},
                             {"owners", rule_group::texts_json(rule.owners)},
                             {"entities", rule_group::texts_json(rule.entities)},
                             {"users", rule_group::texts_json(rule.users)},
                             {"quiet_hours", quiet_json(rule.quiet)},
                             {"digest_minutes", rule.digest_minutes},
                             {"changed_by", rule_group::optional_text_json(rule.by)},
                             {"changed", time_json(rule.changed)},
                             {"version", rule.version}};
}

std::optional<Reply> read_notify_rule(Call& call, const RestParts& parts, NotifyRule& rule) {
  const Members body(call.body());
  rule.name = body.text("name");
  rule.enabled = body.flag("enabled");
  rule.on.clear();
  for (const std::string& name : body.texts("on")) {
    if (const auto on = cases::find_notify_on(name)) rule.on.push_back(*on);
  }
  rule.channels = body.texts("channels");
  rule.least_severity = model::Level::informational;
  model::parse_level(body.text("least_severity"), rule.least_severity);
  rule.tags = body.texts("tags");
  rule.owners = body.texts("owners");
  rule.entities = body.texts("entities");
  rule.users = body.texts("users");
  const Json* quiet = body.find("quiet_hours");
  rule.quiet = quiet != nullptr ? read_quiet(*quiet) : QuietHours{};
  rule.digest_minutes = static_cast<std::uint32_t>(body.integer("digest_minutes", 0));
  if (const base::Status checked = cases::check_rule(rule); !checked.ok())
    return checked_problem(checked.error());
  for (std::size_t i = 0; i < rule.channels.size(); ++i) {
    const auto channel = channel_of(call, parts, rule.channels[i]);
    if (!channel.ok()) return problem_of(channel.error());
    if (!*channel) {
      return problem(422, "invalid", "There is no such channel.",
                     {{fmt::format("/channels/{}", i), "is no channel's id", 0}});
    }
  }
  rule.by = call.principal().name;
  rule.changed = parts.now();
  return std::nullopt;
}

Reply write_notify_rule(Call& call, NotifyRule rule, int status) {
  call.target("notifications/rules/" + rule.id);
  call.note("name", rule.name);
  call.note("channels", fmt::format("{}", fmt::join(rule.channels, ", ")));
  const ports::RecordWrite write = to_write(rule, rule.version);
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  rule.version = versions.empty() ? rule.version + 1 : versions.front();
  Reply reply = rule_group::reply_json(status, notify_rule_json(rule), rule.version);
  if (status == 201) reply.headers.emplace_back("Location", "/api/v1/notifications/rules/" + rule.id);
  return reply;
}

base::Result<std::optional<NotifyRule>> rule_of(const Call& call, const RestParts& parts) {
  std::optional<NotifyRule> none;
  TRY_ASSIGN(const auto record, parts.records->get("notify_rules", call.path("id")));
  if (!record) return none;
  TRY_ASSIGN(NotifyRule rule, cases::parse_notify_rule(*record));
  if (rule.tenant != call.principal().scope.tenant) return none;
  return std::optional<NotifyRule>(std::move(rule));
}

Reply list_notify_rules(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "notify_rules";
  query.order_by = "name";
  query.tests = {tenant_column(call)};
  query.limit = cases::kMaxNotifyRules;
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) {
    const auto rule = cases::parse_notify_rule(record);
    if (rule.ok()) items.push_back(notify_rule_json(*rule));
  }
  Reply reply;
  reply.body = page_json(std::move(items), "");
  return reply;
}

Reply create_notify_rule(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "notify_rules";
  query.tests = {tenant_column(call)};
  REPLY_ASSIGN(const std::uint64_t there, parts.records->count(query));
  if (there >= cases::kMaxNotifyRules) {
    return problem(422, "limit", fmt::format("At most {} rules are kept.", cases::kMaxNotifyRules));
  }
  NotifyRule rule;
  rule.id = access::random_id("ntf-");
  rule.tenant = call.principal().scope.tenant;
  if (auto refused = read_notify_rule(call, parts, rule)) return std::move(*refused);
  return write_notify_rule(call, std::move(rule), 201);
}

Reply show_notify_rule(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto rule, rule_of(call, parts));
  if (!rule) return not_found("rule of notifications");
  return rule_group::reply_json(200, notify_rule_json(*rule), rule->version);
}

Reply update_notify_rule(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(auto rule, rule_of(call, parts));
  if (!rule) return not_found("rule of notifications");
  if (auto refused = rule_group::check_match(call, rule->version)) return std::move(*refused);
  if (auto refused = read_notify_rule(call, parts, *rule)) return std::move(*refused);
  return write_notify_rule(call, std::move(*rule), 200);
}

Reply delete_notify_rule(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto rule, rule_of(call, parts));
  if (!rule) return not_found("rule of notifications");
  if (auto refused = rule_group::check_optional_match(call, rule->version)) return std::move(*refused);
  call.target("notifications/rules/" + rule->id);
  call.note("name", rule->name);
  const ports::RecordWrite write{
      ports::RecordWrite::Kind::remove, "notify_rules", rule->id, {}, {}, rule->version};
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  static_cast<void>(versions);
  return rule_group::no_content();
}

}  // namespace

void add_notify_rule_handlers(HandlerTable& handlers, const RestParts& parts) {
  add_notify_handler(handlers, parts, "listNotifyRules", list_notify_rules);
  add_notify_handler(handlers, parts, "createNotifyRule", create_notify_rule);
  add_notify_handler(handlers, parts, "getNotifyRule", show_notify_rule);
  add_notify_handler(handlers, parts, "updateNotifyRule", update_notify_rule);
  add_notify_handler(handlers, parts, "deleteNotifyRule", delete_notify_rule);
}

}  // namespace vedette::api::notify_group
