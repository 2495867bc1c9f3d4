#include "vedette/model/alert_record.hpp"

#include <algorithm>

#include "incident_json.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::model {
namespace {

// What a correlation groups by is marked so among its matches.
constexpr std::string_view kGroupBy = "group-by";

FieldId alert_id_field() {
  static const FieldId kField = intern("vedette.alert.id");
  return kField;
}
FieldId alert_record_field() {
  static const FieldId kField = intern("vedette.alert.record");
  return kField;
}

void append_group_part(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ' ';
  out.append(name);
  out += '=';
  base::append_json_string(out, value);
}

// "host.name="a" user.name="b"": what the rule groups by, else the first user and host, else the first
// entity.
std::string group_key_of(const Alert& alert, const std::vector<Entity>& entities) {
  std::string key;
  if (alert.correlation) {
    for (const auto& [field, value] : alert.correlation->group) append_group_part(key, field, value);
    return key;
  }
  const auto add_first = [&](EntityKind kind) {
    const auto it = std::find_if(entities.begin(), entities.end(),
                                 [&](const Entity& entity) { return entity.kind == kind; });
    if (it != entities.end()) append_group_part(key, entity_kind_name(kind), it->value);
  };
  add_first(EntityKind::host);
  add_first(EntityKind::user);
  if (key.empty() && !entities.empty()) add_first(entities.front().kind);
  return key;
}

void write_texts(base::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

void write_record_matches(base::JsonWriter& json, const std::vector<Match>& matches) {
  if (matches.empty()) return;
  json.key("matches").begin_array();
  for (const Match& match : matches) {
    json.begin_object().field("field", match.field).field("value", match.value);
    json.field("modifier", match.modifier).field("pattern", match.pattern).end_object();
  }
  json.end_array();
}

void write_entities(base::JsonWriter& json, const std::vector<Entity>& entities) {
  if (entities.empty()) return;
  json.key("entities").begin_array();
  for (const Entity& entity : entities) {
    json.begin_object().field("kind", entity_kind_name(entity.kind)).field("value", entity.value);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

int risk_of(Level level) {
  constexpr int kRisks[kLevels] = {10, 25, 50, 75, 95};
  return kRisks[static_cast<std::size_t>(level)];
}

AlertRecord to_record(const Alert& alert, base::TimeNs detected) {
  AlertRecord record;
  record.id = alert.id;
  record.rule_id = alert.rule->id;
  record.rule_title = alert.rule->title;
  record.level = alert.rule->level;
  record.techniques = attack_techniques(*alert.rule);
  record.tactics = attack_tactics(*alert.rule);
  record.tags = alert.rule->tags;
  record.time = alert.time;
  record.detected = detected;
  record.risk_score = risk_of(alert.rule->level);
  record.matches = alert.matches;
  record.entities = entities_of(alert.event());
  record.group_key = group_key_of(alert, record.entities);
  record.event_sequence = alert.event().sequence();
  if (alert.correlation) {
    record.event_ids = alert.correlation->event_ids;
    record.correlation_type = alert.correlation->type;
    record.correlation_value = alert.correlation->value;
  }
  append_json(record.document, alert);
  return record;
}

// Members that are empty or 0 are left out.
std::string to_json(const AlertRecord& record) {
  std::string out;
  base::JsonWriter json(out);
  const auto number = [&](std::string_view name, auto value) {
    if (value != 0) json.key(name).number(value);
  };
  const auto text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) json.field(name, value);
  };
  json.begin_object().field("id", record.id).field("rule_id", record.rule_id);
  text("rule_title", record.rule_title);
  json.field("level", level_name(record.level));
  write_texts(json, "techniques", record.techniques);
  write_texts(json, "tactics", record.tactics);
  write_texts(json, "tags", record.tags);
  number("time", record.time);
  number("detected", record.detected);
  number("risk_score", record.risk_score);
  text("group_key", record.group_key);
  write_record_matches(json, record.matches);
  write_entities(json, record.entities);
  number("event_sequence", record.event_sequence);
  if (!record.more_sequences.empty()) {
    json.key("more_sequences").begin_array();
    for (const std::uint64_t sequence : record.more_sequences) json.number(sequence);
    json.end_array();
  }
  write_texts(json, "event_ids", record.event_ids);
  text("correlation_type", record.correlation_type);
  number("correlation_value", record.correlation_value);
  number("suppressed", record.suppressed);
  text("document", record.document);
  json.end_object();
  return out;
}

std::shared_ptr<const EventBatch> alert_batch(std::span<const AlertRecord> records) {
  BatchBuilder builder(std::make_shared<Source>());
  std::uint64_t position = 0;
  for (const AlertRecord& record : records) {
    builder.begin_row(++position);
    builder.set_time(record.time != 0 ? record.time : record.detected);
    builder.add_ref(field::event_kind, "alert");
    builder.add_copy(alert_id_field(), record.id);
    builder.add_copy(alert_record_field(), to_json(record));
    builder.end_row();
  }
  return builder.finish();
}

base::Result<std::vector<AlertRecord>> alert_records(const EventBatch& batch) {
  std::vector<AlertRecord> records;
  records.reserve(batch.size());
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (batch[row].text(field::event_kind) == kCommandEventKind) continue;
    TRY_ASSIGN(AlertRecord record, parse_alert_record(batch[row].text(alert_record_field())));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace vedette::model
