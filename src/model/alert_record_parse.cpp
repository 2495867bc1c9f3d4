#include <cmath>

#include <simdjson.h>

#include "vedette/model/alert_record.hpp"

namespace vedette::model {
namespace {

using Element = simdjson::dom::element;

base::Error corrupt_record(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, "alert record: " + std::string(what));
}

// Reads into members of a record; each function answers whether the value was of the right kind.
bool read(const Element& element, std::string& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}
bool read(const Element& element, std::int64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
bool read(const Element& element, std::uint64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
bool read(const Element& element, double& out) {
  return element.get(out) == simdjson::SUCCESS && std::isfinite(out);
}
bool read(const Element& element, Level& out) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS && parse_level(text, out) && level_name(out) == text;
}
bool read_risk(const Element& element, int& out) {
  std::int64_t score = 0;
  if (!read(element, score) || score < 0 || score > 100) return false;
  out = static_cast<int>(score);
  return true;
}

bool read(const Element& element, EntityKind& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  for (int i = 0; i <= static_cast<int>(EntityKind::cloud_account); ++i) {
    out = static_cast<EntityKind>(i);
    if (entity_kind_name(out) == text) return true;
  }
  return false;
}

template <typename Visit>  // bool Visit(std::string_view key, const Element& value)
bool each_member(const Element& element, Visit visit) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  for (const auto member : object) {
    if (!visit(member.key, member.value)) return false;
  }
  return true;
}

bool read(const Element& element, Match& out) {
  return each_member(element, [&](std::string_view key, const Element& value) {
    if (key == "field") return read(value, out.field);
    if (key == "value") return read(value, out.value);
    if (key == "modifier") return read(value, out.modifier);
    return key == "pattern" && read(value, out.pattern);
  });
}

bool read(const Element& element, Entity& out) {
  return each_member(element, [&](std::string_view key, const Element& value) {
    if (key == "kind") return read(value, out.kind);
    return key == "value" && read(value, out.value);
  });
}

template <typename T>
bool read(const Element& element, std::vector<T>& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return false;
  out.clear();
  for (const Element& item : array) {
    if (!read(item, out.emplace_back())) return false;
  }
  return true;
}

bool read_member(std::string_view key, const Element& value, AlertRecord& out) {
  if (key == "id") return read(value, out.id);
  if (key == "rule_id") return read(value, out.rule_id);
  if (key == "rule_title") return read(value, out.rule_title);
  if (key == "level") return read(value, out.level);
  if (key == "techniques") return read(value, out.techniques);
  if (key == "tactics") return read(value, out.tactics);
  if (key == "tags") return read(value, out.tags);
  if (key == "time") return read(value, out.time);
  if (key == "detected") return read(value, out.detected);
  if (key == "risk_score") return read_risk(value, out.risk_score);
  if (key == "group_key") return read(value, out.group_key);
  if (key == "matches") return read(value, out.matches);
  if (key == "entities") return read(value, out.entities);
  if (key == "event_sequence") return read(value, out.event_sequence);
  if (key == "more_sequences") return read(value, out.more_sequences);
  if (key == "event_ids") return read(value, out.event_ids);
  if (key == "correlation_type") return read(value, out.correlation_type);
  if (key == "correlation_value") return read(value, out.correlation_value);
  if (key == "suppressed") return read(value, out.suppressed);
  if (key == "handling") return true;  // what people did with it: docs/formats/records.md
  return key == "document" && read(value, out.document);
}

}  // namespace

base::Result<AlertRecord> parse_alert_record(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return corrupt_record("is no JSON object");
  AlertRecord record;
  std::string_view wrong;
  each_member(root, [&](std::string_view key, const Element& value) {
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
