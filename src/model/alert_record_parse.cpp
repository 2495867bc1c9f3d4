#include "json_read.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::model {

// Found by the template for lists.
static bool read_json(const JsonElement& element, Match& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "field") return read_json(value, out.field);
    if (key == "value") return read_json(value, out.value);
    if (key == "modifier") return read_json(value, out.modifier);
    return key == "pattern" && read_json(value, out.pattern);
  });
}

namespace {

base::Error corrupt_record(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, "alert record: " + std::string(what));
}

bool read_risk(const JsonElement& element, int& out) {
  std::int64_t score = 0;
  if (!read_json(element, score) || score < 0 || score > 100) return false;
  out = static_cast<int>(score);
  return true;
}

bool read_member(std::string_view key, const JsonElement& value, AlertRecord& out) {
  if (key == "id") return read_json(value, out.id);
  if (key == "rule_id") return read_json(value, out.rule_id);
  if (key == "rule_title") return read_json(value, out.rule_title);
  if (key == "level") return read_json(value, out.level);
  if (key == "techniques") return read_json(value, out.techniques);
  if (key == "tactics") return read_json(value, out.tactics);
  if (key == "tags") return read_json(value, out.tags);
  if (key == "time") return read_json(value, out.time);
  if (key == "detected") return read_json(value, out.detected);
  if (key == "risk_score") return read_risk(value, out.risk_score);
  if (key == "group_key") return read_json(value, out.group_key);
  if (key == "matches") return read_json(value, out.matches);
  if (key == "entities") return read_json(value, out.entities);
  if (key == "event_sequence") return read_json(value, out.event_sequence);
  if (key == "more_sequences") return read_json(value, out.more_sequences);
  if (key == "event_ids") return read_json(value, out.event_ids);
  if (key == "correlation_type") return read_json(value, out.correlation_type);
  if (key == "correlation_value") return read_json(value, out.correlation_value);
  if (key == "suppressed") return read_json(value, out.suppressed);
  if (key == "handling") return true;  // what people did with it: docs/formats/records.md
  return key == "document" && read_json(value, out.document);
}

}  // namespace

base::Result<AlertRecord> parse_alert_record(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  JsonElement root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return corrupt_record("is no JSON object");
  AlertRecord record;
  std::string_view wrong;
  each_json_member(root, [&](std::string_view key, const JsonElement& value) {
    if (read_member(key, value, record)) return true;
    wrong = key;
    return false;
  });
  if (wrong.data())
    return corrupt_record("\"" + std::string(wrong.substr(0, 100)) + "\" is not as it must be");
  if (record.id.empty() || record.rule_id.empty()) return corrupt_record("names no alert or no rule");
  return record;
}

}  // namespace vedette::model
