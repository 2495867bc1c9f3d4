#include "vedette/model/alert.hpp"

#include "vedette/base/json_writer.hpp"

namespace vedette::model {
namespace {

void append_strings(base::JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

void append_matches(base::JsonWriter& json, const std::vector<Match>& matches) {
  json.begin_array();
  for (const Match& match : matches) {
    json.begin_object()
        .field("field", match.field)
        .field("value", match.value)
        .field("modifier", match.modifier)
        .field("pattern", match.pattern)
        .end_object();
  }
  json.end_array();
}

void append_correlation(base::JsonWriter& json, const CorrelationResult& result) {
  json.begin_object().field("type", result.type).key("value").number(result.value);
  json.key("group").begin_object();
  for (const auto& [field, value] : result.group) json.field(field, value);
  json.end_object();
  json.field("first", base::format_rfc3339(result.first)).field("last", base::format_rfc3339(result.last));
  json.key("event_ids");
  append_strings(json, result.event_ids);
  json.end_object();
}

// Fields of the event that the alert document sets itself.
bool alert_owns(FieldId field) {
  static const FieldId kRuleId = intern("rule.id"), kRuleName = intern("rule.name");
  return field == kRuleId || field == kRuleName || field == field::event_kind ||
         field == field::log_file_path;
}

}  // namespace

void append_json(std::string& out, const Alert& alert) {
  append_fields_json(out, alert.event(), alert_owns);
  std::string tail;
  base::JsonWriter json(tail);
  json.begin_object().field("event.kind", "alert").field("log.file.path", alert.event().source().path);
  json.field("rule.id", alert.rule->id).field("rule.name", alert.rule->title);
  if (!alert.rule->author.empty()) json.field("rule.author", alert.rule->author);
  if (!alert.rule->license.empty()) json.field("rule.license", alert.rule->license);
  json.field("vedette.alert.id", alert.id);
  json.key("vedette.alert.position").number(alert.event().position());
  json.field("vedette.rule.level", level_name(alert.rule->level));
  json.key("vedette.rule.tags");
  append_strings(json, alert.rule->tags);
  json.key("vedette.match");
  append_matches(json, alert.matches);
  if (alert.correlation) append_correlation(json.key("vedette.correlation"), *alert.correlation);
  json.end_object();
  out += ',';
  out.append(tail, 1);
}

}  // namespace vedette::model
