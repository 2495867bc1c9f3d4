// /settings.
#include "vedette/api/settings.hpp"

#include <array>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/rule_support.hpp"

namespace vedette::api {
namespace settings_group {
namespace {

using rule_group::Members;
using rule_group::text_json;

constexpr std::string_view kSettingsCollection = "settings";

enum class SettingType : std::uint8_t { boolean, integer, duration, text };

// What is there to be set; a line more is a setting more.
struct Setting {
  std::string_view name;
  SettingType type = SettingType::text;
  std::string_view standard;         // the default, as text
  std::int64_t least = 0, most = 0;  // integers; durations in seconds; bytes of texts
  std::string_view summary;
};
constexpr std::array kSettings{
    Setting{"banner", SettingType::text, "", 0, 2000, "Shown before signing in"},
    Setting{"password.min_length", SettingType::integer, "12", 8, 128,
            "Characters that a new password has at least"},
    Setting{"second_factor.required", SettingType::boolean, "false", 0, 0, "Everyone needs a second factor"},
    Setting{"session.age", SettingType::duration, "7d", 300, 31'536'000,
            "A session ends after so long, however busy"},
    Setting{"session.idle", SettingType::duration, "12h", 60, 2'592'000,
            "A session ends after so long without a request"},
};

std::string_view type_name(SettingType type) {
  switch (type) {
    case SettingType::boolean:
      return "boolean";
    case SettingType::integer:
      return "integer";
    case SettingType::duration:
      return "duration";
    case SettingType::text:
      return "text";
  }
  return "text";
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

Json standard_of(const Setting& setting) {
  if (setting.type == SettingType::boolean) return setting.standard == "true";
  if (setting.type == SettingType::integer) return std::stoll(std::string(setting.standard));
  return text_json(setting.standard);
}

// What is wrong with a value, or empty.
std::string fault_of(const Setting& setting, const Json& value) {
  const auto within = [&](std::int64_t number) { return number >= setting.least && number <= setting.most; };
  switch (setting.type) {
    case SettingType::boolean:
      return value.is_bool() ? "" : "must be true or false";
    case SettingType::integer:
      if (value.is_int64() && within(value.get_int64())) return "";
      return fmt::format("must be a whole number from {} to {}", setting.least, setting.most);
    case SettingType::duration: {
      const auto duration =
          value.is_string() ? base::parse_duration(std::string_view(value.get_string())) : std::nullopt;
      if (duration && within(*duration / base::kNsPerSecond)) return "";
      return fmt::format("must be a duration from {} to {}, as 30m, 12h or 7d",
                         base::format_duration(setting.least * base::kNsPerSecond),
                         base::format_duration(setting.most * base::kNsPerSecond));
    }
    case SettingType::text:
      if (value.is_string() && within(static_cast<std::int64_t>(value.get_string().size()))) return "";
      return fmt::format("must be a text of at most {} bytes", setting.most);
  }
  return "";
}

struct KeptSetting {
  Json value;
  std::string author;
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};

base::Result<KeptSetting> kept_setting(const ports::RecordStore& records, const Setting& setting) {
  TRY_ASSIGN(const auto record, records.get(kSettingsCollection, setting.name));
  KeptSetting kept;
  kept.value = standard_of(setting);
  if (!record) return kept;
  const Json document = rule_group::parsed_json(record->document);
  const Members members(document);
  kept.version = record->version;
  kept.author = members.text("author");
  kept.changed = members.integer("changed", 0);
  const Json* value = members.find("value");
  if (value && fault_of(setting, *value).empty()) kept.value = *value;
  return kept;
}

Json setting_json(const Setting& setting, const KeptSetting& kept) {
  const bool bounded = setting.type == SettingType::integer;
  return boost::json::object{{"name", setting.name},
                             {"type", type_name(setting.type)},
                             {"summary", setting.summary},
                             {"value", kept.value},
                             {"default", standard_of(setting)},
                             {"minimum", bounded ? Json(setting.least) : Json()},
                             {"maximum", bounded ? Json(setting.most) : Json()},
                             {"changed_by", rule_group::optional_text_json(kept.author)},
                             {"changed", time_json(kept.changed)},
                             {"version", kept.version}};
}

Reply list_settings(const RestParts& parts) {
  boost::json::array items;
  for (const Setting& setting : kSettings) {
    REPLY_ASSIGN(const KeptSetting kept, kept_setting(*parts.records, setting));
    items.push_back(setting_json(setting, kept));
  }
  Reply reply;
  reply.body = page_json(std::move(items), "");
  return reply;
}

Reply put_setting(Call& call, const RestParts& parts) {
  const Setting* setting = find_setting(call.path("name"));
  if (!setting) return not_found("setting");
  call.target(fmt::format("settings/{}", setting->name));
  REPLY_ASSIGN(KeptSetting kept, kept_setting(*parts.records, *setting));
  if (auto refused = rule_group::check_optional_match(call, kept.version)) return std::move(*refused);
  const Json* value = Members(call.body()).find("value");
  const std::string fault = value ? fault_of(*setting, *value) : "is missing";
  if (!fault.empty())
    return problem(422, "invalid", fmt::format("The value {}.", fault), {{"/value", fault, 0}});
  call.note("before", rule_group::written_json(kept.value));
  call.note("after", rule_group::written_json(*value));
  kept.value = *value;
  kept.author = call.principal().name;
  kept.changed = parts.now();
  ports::RecordWrite write;
  write.collection = kSettingsCollection;
  write.id = setting->name;
  write.expected_version = kept.version;
  write.document = rule_group::written_json(boost::json::object{
      {"value", kept.value}, {"author", text_json(kept.author)}, {"changed", kept.changed}});
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  kept.version = versions.empty() ? kept.version + 1 : versions.front();
  return rule_group::reply_json(200, setting_json(*setting, kept), kept.version);
}

}  // namespace
}  // namespace settings_group

base::Result<Settings> read_settings(const ports::RecordStore& records) {
  namespace group = settings_group;
  Settings settings;
  for (const group::Setting& setting : group::kSettings) {
    TRY_ASSIGN(const auto kept, group::kept_setting(records, setting));
    const Json& value = kept.value;
    if (setting.name == "second_factor.required") settings.second_factor_required = value.get_bool();
    if (setting.name == "password.min_length")
      settings.min_password = static_cast<std::size_t>(value.get_int64());
    if (!value.is_string()) continue;
    const std::string text(value.get_string());
    if (setting.name == "banner") settings.banner = text;
    if (setting.name == "session.idle") settings.session_idle = base::parse_duration(text).value_or(0);
    if (setting.name == "session.age") settings.session_age = base::parse_duration(text).value_or(0);
  }
  return settings;
}

void add_settings_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = settings_group;
  for (const char* id : {"listSettings", "putSetting", "getConfiguration"}) {
    handlers[id] = [](Call&) { return rule_group::group_missing("settings"); };
  }
  if (parts.records) {
    handlers["listSettings"] = [parts](Call&) { return group::list_settings(parts); };
    handlers["putSetting"] = [parts](Call& call) { return group::put_setting(call, parts); };
  }
  if (!parts.node) return;
  handlers["getConfiguration"] = [parts](Call&) {
    Reply reply;
    reply.body = boost::json::object{{"yaml", rule_group::text_json(parts.node->configuration_yaml())}};
    return reply;
  };
}

}  // namespace vedette::api
