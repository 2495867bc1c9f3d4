// /notifications/channels and /notifications/deliveries.
#include "rest/groups/notifications.hpp"

#include <fmt/format.h>

#include "access/crypto.hpp"
#include "rest/groups.hpp"
#include "rest/groups/alert_view.hpp"
#include "rest/groups/rule_support.hpp"

namespace vedette::api::notify_group {
namespace {

using cases::Channel;
using cases::ChannelSecrets;
using rule_group::Members;
using rule_group::optional_text_json;
using rule_group::text_json;
using rule_group::texts_json;
using Security = ports::MailServer::Security;

std::string_view security_name(Security security) {
  return security == Security::none ? "none" : security == Security::tls ? "tls" : "starttls";
}

Json channel_json(const Channel& channel, const ChannelSecrets& secrets) {
  return boost::json::object{{"id", text_json(channel.id)},
                             {"name", text_json(channel.name)},
                             {"kind", cases::channel_kind_name(channel.kind)},
                             {"enabled", channel.enabled},
                             {"url", optional_text_json(channel.shown_url)},
                             {"signed", !secrets.key.empty()},
                             {"host", optional_text_json(channel.host)},
                             {"port", channel.port},
                             {"security", security_name(channel.security)},
                             {"user", optional_text_json(channel.user)},
                             {"has_password", !secrets.password.empty()},
                             {"from", optional_text_json(channel.from)},
                             {"to", texts_json(channel.to)},
                             {"pinned_key", optional_text_json(channel.pinned_key)},
                             {"allow_private", channel.allow_private},
                             {"max_per_hour", channel.max_per_hour},
                             {"changed_by", optional_text_json(channel.by)},
                             {"changed", time_json(channel.changed)},
                             {"version", channel.version}};
}

// Secrets that cannot be opened are as if there were none: new ones can be given.
ChannelSecrets secrets_of(const RestParts& parts, const Channel& channel) {
  auto secrets = parts.notifier->open(channel);
  return secrets.ok() ? std::move(*secrets) : ChannelSecrets{};
}

// Web hooks of Slack and Teams are secret whole; of others what follows the path.
std::string shown_part(Channel::Kind kind, std::string_view url) {
  const std::size_t host = url.find("//");
  if (host == std::string_view::npos) return {};
  const std::size_t end = std::min(url.find_first_of("/?#", host + 2), url.size());
  std::string_view authority = url.substr(host + 2, end - host - 2);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  std::string shown = fmt::format("{}{}", url.substr(0, host + 2), authority);
  if (kind != Channel::Kind::webhook) return shown;
  const std::string_view rest = url.substr(end);
  return shown + std::string(rest.substr(0, rest.find_first_of("?#")));
}

// What the body says, over what is there. A secret that is kept goes where it went before only.
std::optional<Reply> read_channel(Call& call, const RestParts& parts, Channel& channel,
                                  ChannelSecrets& secrets) {
  const Channel before = channel;
  const Members body(call.body());
  const auto kind = cases::find_channel_kind(body.text("kind"));
  if (!kind) return problem(422, "invalid", "There is no such kind of channel.", {{"/kind", "is none", 0}});
  if (channel.version != 0 && *kind != channel.kind) {
    return problem(422, "invalid", "The kind of a channel stays: make another one.",
                   {{"/kind", "cannot change", 0}});
  }
  channel.kind = *kind;
  channel.name = body.text("name");
  channel.enabled = body.flag("enabled");
  channel.host = body.text("host");
  channel.port = static_cast<std::uint16_t>(body.integer("port", 587));
  const std::string security = body.text("security");
  channel.security = security == "none"  ? Security::none
                     : security == "tls" ? Security::tls
                                         : Security::starttls;
  channel.user = body.text("user");
  channel.from = body.text("from");
  channel.to = body.texts("to");
  channel.pinned_key = body.text("pinned_key");
  channel.allow_private = body.flag("allow_private");
  channel.max_per_hour = static_cast<std::uint32_t>(body.integer("max_per_hour", 60));
  const bool elsewhere = channel.host != before.host || channel.port != before.port ||
                         channel.security != before.security || channel.user != before.user ||
                         channel.pinned_key != before.pinned_key;
  const auto kept = [&](const char* member, std::string& secret) -> std::optional<Reply> {
    if (const Json* given = body.find(member); given != nullptr) {
      secret = body.text(member);
    } else if (!secret.empty() && elsewhere && std::string_view(member) != "key") {
      return problem(422, "invalid", "Where the secret is sent to was changed: give it again.",
                     {{fmt::format("/{}", member), "is needed", 0}});
    }
    return std::nullopt;
  };
  if (auto refused = kept("url", secrets.url)) return refused;
  if (auto refused = kept("password", secrets.password)) return refused;
  if (auto refused = kept("key", secrets.key)) return refused;
  if (channel.kind == Channel::Kind::email) secrets.url.clear();
  if (channel.kind != Channel::Kind::email) secrets.password.clear();
  if (channel.kind != Channel::Kind::webhook) secrets.key.clear();
  if (const base::Status checked = cases::check_channel(channel, secrets); !checked.ok()) {
    return checked_problem(checked.error());
  }
  // Whoever may not let requests reach the node's own network may not change where such a channel goes.
  if (channel.allow_private || before.allow_private) {
    if (auto refused = rule_group::check_permission(call, Permission::settings_write,
                                                    "A channel that may reach private addresses")) {
      return refused;
    }
  }
  channel.shown_url = shown_part(channel.kind, secrets.url);
  channel.by = call.principal().name;
  channel.changed = parts.now();
  return std::nullopt;
}

Reply write_channel(Call& call, const RestParts& parts, Channel channel, const ChannelSecrets& secrets,
                    int status) {
  REPLY_ASSIGN(channel.sealed, parts.notifier->seal(channel, secrets));
  call.target("notifications/channels/" + channel.id);
  call.note("name", channel.name);
  call.note("kind", cases::channel_kind_name(channel.kind));
  call.note("to", channel.kind == Channel::Kind::email ? fmt::format("{}", fmt::join(channel.to, ", "))
                                                       : channel.shown_url);
  call.note("allow_private", channel.allow_private ? "true" : "false");
  const ports::RecordWrite write = to_write(channel, channel.version);
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  channel.version = versions.empty() ? channel.version + 1 : versions.front();
  Reply reply = rule_group::reply_json(status, channel_json(channel, secrets), channel.version);
  if (status == 201) reply.headers.emplace_back("Location", "/api/v1/notifications/channels/" + channel.id);
  return reply;
}

Reply list_channels(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "notify_channels";
  query.order_by = "name";
  query.tests = {tenant_column(call)};
  query.limit = cases::kMaxChannels;
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) {
    const auto channel = cases::parse_channel(record);
    if (channel.ok()) items.push_back(channel_json(*channel, secrets_of(parts, *channel)));
  }
  Reply reply;
  reply.body = page_json(std::move(items), "");
  return reply;
}

Reply create_channel(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "notify_channels";
  query.tests = {tenant_column(call)};
  REPLY_ASSIGN(const std::uint64_t there, parts.records->count(query));
  if (there >= cases::kMaxChannels) {
    return problem(422, "limit", fmt::format("At most {} channels are kept.", cases::kMaxChannels));
  }
  Channel channel;
  channel.id = access::random_id("chn-");
  channel.tenant = call.principal().scope.tenant;
  ChannelSecrets secrets;
  if (auto refused = read_channel(call, parts, channel, secrets)) return std::move(*refused);
  return write_channel(call, parts, std::move(channel), secrets, 201);
}

Reply show_channel(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto channel, channel_of(call, parts, call.path("id")));
  if (!channel) return not_found("channel");
  return rule_group::reply_json(200, channel_json(*channel, secrets_of(parts, *channel)), channel->version);
}

Reply update_channel(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(auto channel, channel_of(call, parts, call.path("id")));
  if (!channel) return not_found("channel");
  if (auto refused = rule_group::check_match(call, channel->version)) return std::move(*refused);
  ChannelSecrets secrets = secrets_of(parts, *channel);
  if (auto refused = read_channel(call, parts, *channel, secrets)) return std::move(*refused);
  return write_channel(call, parts, std::move(*channel), secrets, 200);
}

Reply delete_channel(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto channel, channel_of(call, parts, call.path("id")));
  if (!channel) return not_found("channel");
  if (auto refused = rule_group::check_optional_match(call, channel->version)) return std::move(*refused);
  call.target("notifications/channels/" + channel->id);
  call.note("name", channel->name);
  const ports::RecordWrite write{
      ports::RecordWrite::Kind::remove, "notify_channels", channel->id, {}, {}, channel->version};
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  static_cast<void>(versions);
  return rule_group::no_content();
}

Reply test_channel(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto channel, channel_of(call, parts, call.path("id")));
  if (!channel) return not_found("channel");
  call.target("notifications/channels/" + channel->id);
  const base::Status sent = parts.notifier->test(*channel, call.principal().name, call.cancellation());
  call.note("sent", sent.ok() ? "true" : "false");
  Reply reply;
  reply.body = boost::json::object{{"sent", sent.ok()},
                                   {"error", sent.ok() ? Json() : text_json(sent.error().message)}};
  return reply;
}

Json delivery_json(const cases::Delivery& delivery) {
  const bool over =
      delivery.state == cases::Delivery::State::sent || delivery.state == cases::Delivery::State::failed;
  return boost::json::object{{"id", text_json(delivery.id)},
                             {"state", cases::delivery_state_name(delivery.state)},
                             {"channel", text_json(delivery.channel)},
                             {"rule", text_json(delivery.rule)},
                             {"message", optional_text_json(delivery.message)},
                             {"on", cases::notify_on_name(delivery.notice.on)},
                             {"incident", text_json(delivery.notice.incident)},
                             {"title", text_json(delivery.notice.title)},
                             {"severity", model::level_name(delivery.notice.severity)},
                             {"attempts", delivery.attempts},
                             {"error", optional_text_json(delivery.error)},
                             {"created", time_json(delivery.created)},
                             {"due", over ? Json() : time_json(delivery.due)},
                             {"sent", time_json(delivery.sent)},
                             {"version", delivery.version}};
}

Reply list_deliveries(Call& call, const RestParts& parts) {
  ports::RecordQuery query;
  query.collection = "notifications";
  query.order_by = "created";
  query.descending = true;
  query.tests = {tenant_column(call)};
  query.after = call.query("after").value_or("");
  query.limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  for (const char* column : {"state", "channel", "incident"}) {
    if (const auto wanted = call.query(column)) {
      query.tests.push_back({column, ports::ColumnTest::Op::equals, {std::string(*wanted)}});
    }
  }
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) {
    const auto delivery = cases::parse_delivery(record);
    if (delivery.ok()) items.push_back(delivery_json(*delivery));
  }
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

Reply retry_delivery(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto record, parts.records->get("notifications", call.path("id")));
  if (!record) return not_found("notification");
  REPLY_ASSIGN(cases::Delivery delivery, cases::parse_delivery(*record));
  if (delivery.tenant != call.principal().scope.tenant) return not_found("notification");
  if (delivery.state == cases::Delivery::State::sending) {
    return problem(409, "sending", "It is on its way: wait for the outcome.");
  }
  call.target("notifications/deliveries/" + delivery.id);
  delivery = cases::retried(std::move(delivery), parts.now());
  const ports::RecordWrite write = to_write(delivery, delivery.version);
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  delivery.version = versions.empty() ? delivery.version + 1 : versions.front();
  Reply reply;
  reply.body = delivery_json(delivery);
  return reply;
}

}  // namespace

bool sees_whole_tenant(const Call& call) {
  const DataScope& scope = call.principal().scope;
  return scope.sees_all_rows() && scope.masked_fields.empty();
}

void add_notify_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                        AnswerNotify answer) {
  if (parts.records == nullptr || parts.notifier == nullptr) {
    handlers[operation] = [](Call&) { return rule_group::group_missing("notifications"); };
    return;
  }
  handlers[operation] = [parts, answer](Call& call) {
    if (sees_whole_tenant(call)) return answer(call, parts);
    return problem(
        403, "forbidden",
        "Channels are told of all incidents of the tenant: that takes a role that sees all its events.");
  };
}

base::Result<std::optional<Channel>> channel_of(const Call& call, const RestParts& parts,
                                                std::string_view id) {
  std::optional<Channel> none;
  TRY_ASSIGN(const auto record, parts.records->get("notify_channels", id));
  if (!record) return none;
  TRY_ASSIGN(Channel channel, cases::parse_channel(*record));
  if (channel.tenant != call.principal().scope.tenant) return none;
  return std::optional<Channel>(std::move(channel));
}

ports::ColumnTest tenant_column(const Call& call) {
  const std::string& tenant = call.principal().scope.tenant;
  if (tenant.empty()) return {"tenant", ports::ColumnTest::Op::absent, {}};
  return {"tenant", ports::ColumnTest::Op::equals, {tenant}};
}

Reply checked_problem(const base::Error& error) {
  const std::size_t colon = error.message.find(": ");
  if (error.code != base::ErrorCode::invalid_argument || colon == std::string::npos) return problem_of(error);
  const std::string member = error.message.substr(0, colon), message = error.message.substr(colon + 2);
  return problem(422, "invalid", fmt::format("{} {}.", member, message), {{"/" + member, message, 0}});
}

}  // namespace vedette::api::notify_group

namespace vedette::api {

void add_notification_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = notify_group;
  const auto add = [&](const char* operation, group::AnswerNotify answer) {
    group::add_notify_handler(handlers, parts, operation, answer);
  };
  add("listNotifyChannels", group::list_channels);
  add("createNotifyChannel", group::create_channel);
  add("getNotifyChannel", group::show_channel);
  add("updateNotifyChannel", group::update_channel);
  add("deleteNotifyChannel", group::delete_channel);
  add("testNotifyChannel", group::test_channel);
  add("listDeliveries", group::list_deliveries);
  add("retryDelivery", group::retry_delivery);
  group::add_notify_rule_handlers(handlers, parts);
}

}  // namespace vedette::api
