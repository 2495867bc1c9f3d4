// Channels, rules and deliveries as records.
#include <simdjson.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::cases {
namespace {

using base::JsonWriter;
using simdjson::dom::element;

base::Error unreadable(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, std::string(what) + " cannot be read");
}

// Members of a document of our own; what is missing or of another type is empty.
class DocumentView {
 public:
  explicit DocumentView(element root) : root_(root) {}
  std::string text(const char* name) const {
    std::string_view value;
    return root_[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  }
  std::int64_t number(const char* name, std::int64_t otherwise = 0) const {
    std::int64_t value = otherwise;
    return root_[name].get(value) == simdjson::SUCCESS ? value : otherwise;
  }
  double real(const char* name) const {
    double value = 0;
    return root_[name].get(value) == simdjson::SUCCESS ? value : 0;
  }
  bool flag(const char* name) const {
    bool value = false;
    return root_[name].get(value) == simdjson::SUCCESS && value;
  }
  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> out;
    simdjson::dom::array array;
    if (root_[name].get(array) != simdjson::SUCCESS) return out;
    for (const element item : array) {
      std::string_view value;
      if (item.get(value) == simdjson::SUCCESS) out.emplace_back(value);
    }
    return out;
  }
  model::Level level(const char* name) const {
    model::Level level = model::Level::informational;
    model::parse_level(text(name), level);
    return level;
  }
  std::optional<element> object(const char* name) const {
    element value;
    if (root_[name].get(value) != simdjson::SUCCESS || !value.is_object()) return std::nullopt;
    return value;
  }
  std::vector<element> objects(const char* name) const {
    std::vector<element> out;
    simdjson::dom::array array;
    if (root_[name].get(array) != simdjson::SUCCESS) return out;
    for (const element item : array) {
      if (item.is_object()) out.push_back(item);
    }
    return out;
  }

 private:
  element root_;
};

bool parse_document(std::string_view text, element& root) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS && root.is_object();
}

void texts_field(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

std::string_view security_name(ports::MailServer::Security security) {
  using Security = ports::MailServer::Security;
  return security == Security::none ? "none" : security == Security::tls ? "tls" : "starttls";
}

void write_notice(JsonWriter& json, const Notice& notice) {
  json.begin_object().field("on", notify_on_name(notice.on)).field("key", notice.key);
  json.field("tenant", notice.tenant).field("incident", notice.incident).field("title", notice.title);
  json.field("owner", notice.owner).field("by", notice.by).field("detail", notice.detail);
  json.field("status", case_status_name(notice.status)).field("severity", model::level_name(notice.severity));
  json.field("tlp", tlp_name(notice.tlp)).field("risk", notice.risk).field("time", notice.time);
  texts_field(json, "tags", notice.tags);
  texts_field(json, "users", notice.users);
  json.key("entities").begin_array();
  for (const model::Entity& entity : notice.entities) {
    json.begin_object()
        .field("kind", model::entity_kind_name(entity.kind))
        .field("value", entity.value)
        .end_object();
  }
  json.end_array().end_object();
}

template <typename Enum, typename Name>
Enum find_name(Enum last, std::string_view text, Name name, Enum otherwise) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  return otherwise;
}

Notice read_notice(element root) {
  const DocumentView view(root);
  Notice notice;
  notice.on = find_notify_on(view.text("on")).value_or(NotifyOn::opened);
  notice.key = view.text("key");
  notice.tenant = view.text("tenant");
  notice.incident = view.text("incident");
  notice.title = view.text("title");
  notice.owner = view.text("owner");
  notice.by = view.text("by");
  notice.detail = view.text("detail");
  notice.status = find_name(CaseStatus::closed, view.text("status"), case_status_name, CaseStatus::new_case);
  notice.severity = view.level("severity");
  notice.tlp = find_name(Tlp::red, view.text("tlp"), tlp_name, Tlp::red);
  notice.risk = view.real("risk");
  notice.time = view.number("time");
  notice.tags = view.texts("tags");
  notice.users = view.texts("users");
  for (const element item : view.objects("entities")) {
    const DocumentView entity(item);
    notice.entities.push_back({find_name(model::EntityKind::cloud_account, entity.text("kind"),
                                         model::entity_kind_name, model::EntityKind::user),
                               entity.text("value")});
  }
  return notice;
}

void put_tenant(ports::Columns& columns, const std::string& tenant) {
  if (!tenant.empty()) columns["tenant"] = tenant;
}

}  // namespace

std::vector<ports::CollectionSchema> notify_collections() {
  using ports::ColumnType;
  return {{"notify_channels", {{"tenant", ColumnType::text, true}, {"name", ColumnType::text, true}}},
          {"notify_rules", {{"tenant", ColumnType::text, true}, {"name", ColumnType::text, true}}},
          {"notifications",
           {{"tenant", ColumnType::text, true},
            {"state", ColumnType::text, true},
            {"channel", ColumnType::text, true},
            {"incident", ColumnType::text, true},
            {"message", ColumnType::text, true},
            {"due", ColumnType::integer, true},
            {"created", ColumnType::integer, true},
            {"sent", ColumnType::integer, true}}}};
}

std::string to_json(const Channel& channel) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", channel_kind_name(channel.kind)).field("name", channel.name);
  json.field("tenant", channel.tenant).field("enabled", channel.enabled).field("host", channel.host);
  json.field("port", channel.port).field("security", security_name(channel.security));
  json.field("user", channel.user).field("from", channel.from);
  texts_field(json, "to", channel.to);
  json.field("shown_url", channel.shown_url).field("pinned_key", channel.pinned_key);
  json.field("allow_private", channel.allow_private).field("max_per_hour", channel.max_per_hour);
  json.field("sealed", channel.sealed).field("by", channel.by).field("changed", channel.changed).end_object();
  return out;
}

base::Result<Channel> parse_channel(const ports::StoredRecord& record) {
  element root;
  if (!parse_document(record.document, root)) return unreadable("a channel of notifications");
  const DocumentView view(root);
  Channel channel;
  const auto kind = find_channel_kind(view.text("kind"));
  if (!kind) return unreadable("a channel of notifications");
  channel.kind = *kind;
  channel.id = record.id;
  channel.version = record.version;
  channel.tenant = view.text("tenant");
  channel.name = view.text("name");
  channel.enabled = view.flag("enabled");
  channel.host = view.text("host");
  channel.port = static_cast<std::uint16_t>(view.number("port", 587));
  using Security = ports::MailServer::Security;
  channel.security = find_name(Security::tls, view.text("security"), security_name, Security::starttls);
  channel.user = view.text("user");
  channel.from = view.text("from");
  channel.to = view.texts("to");
  channel.shown_url = view.text("shown_url");
  channel.pinned_key = view.text("pinned_key");
  channel.allow_private = view.flag("allow_private");
  channel.max_per_hour = static_cast<std::uint32_t>(view.number("max_per_hour", 60));
  channel.sealed = view.text("sealed");
  channel.by = view.text("by");
  channel.changed = view.number("changed");
  return channel;
}

std::string to_json(const NotifyRule& rule) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("name", rule.name).field("tenant", rule.tenant).field("enabled", rule.enabled);
  json.key("on").begin_array();
  for (const NotifyOn on : rule.on) json.string(notify_on_name(on));
  json.end_array();
  texts_field(json, "channels", rule.channels);
  json.field("least_severity", model::level_name(rule.least_severity));
  texts_field(json, "tags", rule.tags);
  texts_field(json, "owners", rule.owners);
  texts_field(json, "entities", rule.entities);
  texts_field(json, "users", rule.users);
  json.key("quiet").begin_object().field("from", rule.quiet.from).field("to", rule.quiet.to);
  json.field("days", rule.quiet.days).field("utc_offset", rule.quiet.utc_offset);
  if (rule.quiet.unless) json.field("unless", model::level_name(*rule.quiet.unless));
  json.end_object().field("digest_minutes", rule.digest_minutes);
  json.field("by", rule.by).field("changed", rule.changed).end_object();
  return out;
}

base::Result<NotifyRule> parse_notify_rule(const ports::StoredRecord& record) {
  element root;
  if (!parse_document(record.document, root)) return unreadable("a rule of notifications");
  const DocumentView view(root);
  NotifyRule rule;
  rule.id = record.id;
  rule.version = record.version;
  rule.tenant = view.text("tenant");
  rule.name = view.text("name");
  rule.enabled = view.flag("enabled");
  for (const std::string& name : view.texts("on")) {
    if (const auto on = find_notify_on(name)) rule.on.push_back(*on);
  }
  rule.channels = view.texts("channels");
  rule.least_severity = view.level("least_severity");
  rule.tags = view.texts("tags");
  rule.owners = view.texts("owners");
  rule.entities = view.texts("entities");
  rule.users = view.texts("users");
  if (const auto quiet = view.object("quiet")) {
    const DocumentView hours(*quiet);
    rule.quiet.from = static_cast<int>(hours.number("from"));
    rule.quiet.to = static_cast<int>(hours.number("to"));
    rule.quiet.days = static_cast<std::uint8_t>(hours.number("days", 0x7f));
    rule.quiet.utc_offset = static_cast<int>(hours.number("utc_offset"));
    if (!hours.text("unless").empty()) rule.quiet.unless = hours.level("unless");
  }
  rule.digest_minutes = static_cast<std::uint32_t>(view.number("digest_minutes"));
  rule.by = view.text("by");
  rule.changed = view.number("changed");
  return rule;
}

std::string to_json(const Delivery& delivery) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("state", delivery_state_name(delivery.state)).field("tenant", delivery.tenant);
  json.field("channel", delivery.channel).field("rule", delivery.rule).field("message", delivery.message);
  json.field("together", delivery.together)
      .field("attempts", delivery.attempts)
      .field("error", delivery.error);
  json.field("created", delivery.created).field("due", delivery.due).field("give_up", delivery.give_up);
  json.field("sent", delivery.sent).key("notice");
  write_notice(json, delivery.notice);
  json.end_object();
  return out;
}

base::Result<Delivery> parse_delivery(const ports::StoredRecord& record) {
  element root;
  if (!parse_document(record.document, root)) return unreadable("a notification");
  const DocumentView view(root);
  const auto notice = view.object("notice");
  if (!notice) return unreadable("a notification");
  Delivery delivery;
  delivery.id = record.id;
  delivery.version = record.version;
  delivery.state =
      find_name(Delivery::State::failed, view.text("state"), delivery_state_name, Delivery::State::failed);
  delivery.tenant = view.text("tenant");
  delivery.channel = view.text("channel");
  delivery.rule = view.text("rule");
  delivery.message = view.text("message");
  delivery.together = view.flag("together");
  delivery.attempts = static_cast<std::uint32_t>(view.number("attempts"));
  delivery.error = view.text("error");
  delivery.created = view.number("created");
  delivery.due = view.number("due");
  delivery.give_up = view.number("give_up");
  delivery.sent = view.number("sent");
  delivery.notice = read_notice(*notice);
  return delivery;
}

ports::RecordWrite to_write(const Channel& channel, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = "notify_channels";
  write.id = channel.id;
  write.document = to_json(channel);
  write.columns["name"] = channel.name;
  put_tenant(write.columns, channel.tenant);
  write.expected_version = expected_version;
  return write;
}

ports::RecordWrite to_write(const NotifyRule& rule, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = "notify_rules";
  write.id = rule.id;
  write.document = to_json(rule);
  write.columns["name"] = rule.name;
  put_tenant(write.columns, rule.tenant);
  write.expected_version = expected_version;
  return write;
}

ports::RecordWrite to_write(const Delivery& delivery, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = "notifications";
  write.id = delivery.id;
  write.document = to_json(delivery);
  ports::Columns& columns = write.columns;
  put_tenant(columns, delivery.tenant);
  columns["state"] = std::string(delivery_state_name(delivery.state));
  columns["channel"] = delivery.channel;
  columns["incident"] = delivery.notice.incident;
  if (!delivery.message.empty()) columns["message"] = delivery.message;
  columns["due"] = delivery.due;
  columns["created"] = delivery.created;
  if (delivery.sent != 0) columns["sent"] = delivery.sent;
  write.expected_version = expected_version;
  return write;
}

Delivery retried(Delivery delivery, base::TimeNs now) {
  delivery.state = Delivery::State::waiting;
  delivery.message.clear();
  delivery.error.clear();
  delivery.attempts = 0;
  delivery.sent = 0;
  delivery.due = now;
  delivery.give_up = now + 24 * 3600 * base::kNsPerSecond;
  return delivery;
}

}  // namespace vedette::cases
