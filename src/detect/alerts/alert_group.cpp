#include "alerts/alert_group.hpp"

#include <algorithm>

#include <simdjson.h>

#include "vedette/base/hash.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/detect/alert_book.hpp"

namespace vedette::detect {

namespace {

using GroupElement = simdjson::dom::element;

constexpr std::size_t kMaxColumnText = 1024;

bool take(const GroupElement& element, std::string& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}

bool take(const GroupElement& element, std::vector<std::string>& out) {
  simdjson::dom::array items;
  if (element.get(items) != simdjson::SUCCESS) return false;
  for (const GroupElement item : items) {
    if (!take(item, out.emplace_back())) return false;
  }
  return true;
}

template <typename Number>
bool take_number(const GroupElement& element, Number& out) {
  std::int64_t value = 0;
  if (element.get(value) != simdjson::SUCCESS) return false;
  out = static_cast<Number>(value);
  return true;
}

bool take_level(const GroupElement& element, model::Level& out) {
  std::string name;
  return take(element, name) && model::parse_level(name, out);
}

bool take_samples(const GroupElement& element, std::vector<AlertGroup::Sample>& out) {
  simdjson::dom::array items;
  if (element.get(items) != simdjson::SUCCESS) return false;
  for (const GroupElement item : items) {
    AlertGroup::Sample& sample = out.emplace_back();
    std::string_view id;
    std::int64_t time = 0;
    if (item["id"].get(id) != simdjson::SUCCESS || item["time"].get(time) != simdjson::SUCCESS) return false;
    sample = {time, std::string(id)};
  }
  return true;
}

bool take_member(std::string_view key, const GroupElement& value, AlertGroup& group) {
  if (key == "id") return take(value, group.id);
  if (key == "rule_id") return take(value, group.rule_id);
  if (key == "rule_title") return take(value, group.rule_title);
  if (key == "group_key") return take(value, group.group_key);
  if (key == "level") return take_level(value, group.level);
  if (key == "risk_score") return take_number(value, group.risk_score);
  if (key == "first_seen") return take_number(value, group.first_seen);
  if (key == "last_seen") return take_number(value, group.last_seen);
  if (key == "count") return take_number(value, group.count);
  if (key == "suppressed") return take_number(value, group.suppressed);
  if (key == "techniques") return take(value, group.techniques);
  if (key == "tactics") return take(value, group.tactics);
  if (key == "alerts") return take_samples(value, group.samples);
  group.other_members += ',';
  base::append_json_string(group.other_members, key);
  group.other_members += ':';
  group.other_members += simdjson::minify(value);
  return true;
}

void write_list(base::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

std::string group_document(const AlertGroup& group) {
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().field("id", group.id).field("rule_id", group.rule_id);
  json.field("rule_title", group.rule_title).field("group_key", group.group_key);
  json.field("level", model::level_name(group.level));
  json.key("risk_score").number(group.risk_score);
  json.key("first_seen").number(group.first_seen).key("last_seen").number(group.last_seen);
  json.key("count").number(group.count).key("suppressed").number(group.suppressed);
  write_list(json, "techniques", group.techniques);
  write_list(json, "tactics", group.tactics);
  json.key("alerts").begin_array();
  for (const AlertGroup::Sample& sample : group.samples) {
    json.begin_object().field("id", sample.id).key("time").number(sample.time).end_object();
  }
  json.end_array().end_object();
  out.insert(out.size() - 1, group.other_members);
  return out;
}

template <typename T>
const T* column_of(const ports::StoredRecord& record, std::string_view name) {
  const auto found = record.columns.find(name);
  return found == record.columns.end() ? nullptr : std::get_if<T>(&found->second);
}

AlertGroup group_of_columns(const ports::StoredRecord& record) {
  const auto number = [&](std::string_view name) {
    const auto* value = column_of<std::int64_t>(record, name);
    return value ? *value : 0;
  };
  AlertGroup group;
  group.id = record.id;
  if (const auto* rule = column_of<std::string>(record, "rule_id")) group.rule_id = *rule;
  if (const auto* key = column_of<std::string>(record, "group_key")) group.group_key = *key;
  group.level = static_cast<model::Level>(std::clamp<std::int64_t>(number("level"), 0, model::kLevels - 1));
  group.risk_score = model::risk_of(group.level);
  group.first_seen = number("first_seen");
  group.last_seen = number("last_seen");
  group.count = static_cast<std::uint64_t>(std::max<std::int64_t>(number("count"), 0));
  return group;
}

}  // namespace

void AlertGroup::add(const model::AlertRecord& alert, const std::string& alert_id) {
  first_seen = count == 0 ? alert.time : std::min(first_seen, alert.time);
  last_seen = count == 0 ? alert.time : std::max(last_seen, alert.time);
  ++count;
  suppressed += alert.suppressed;
  level = std::max(level, alert.level);
  risk_score = std::max(risk_score, alert.risk_score);
  Sample sample{alert.time, alert_id};
  const auto at = std::upper_bound(samples.begin(), samples.end(), sample, std::greater<>());
  if (at == samples.begin()) {
    rule_title = alert.rule_title;
    techniques = alert.techniques;
    tactics = alert.tactics;
  }
  samples.insert(at, std::move(sample));
  if (samples.size() > kMaxGroupSamples) samples.pop_back();
}

std::string alert_group_id(const model::AlertRecord& alert, std::string_view tenant) {
  std::string key = alert.rule_id;
  key += '\0';
  key += alert.group_key;
  if (!tenant.empty()) key.append(1, '\0').append(tenant);
  return base::hash128_hex(key);
}

std::string alert_tenant(const model::AlertRecord& alert) {
  constexpr std::string_view kField = "vedette.tenant";
  if (alert.document.find(kField) == std::string::npos) return {};
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object members;
  // Of nobody, rather than of everybody.
  if (parser.parse(alert.document).get(members) != simdjson::SUCCESS) return "?";
  simdjson::dom::element value;
  if (members.at_key(kField).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return column_text(text);
  return column_text(simdjson::minify(value));
}

ports::RecordWrite group_write(const AlertGroup& group) {
  ports::RecordWrite write;
  write.collection = "alert_groups";
  write.id = group.id;
  write.document = group_document(group);
  write.expected_version = group.version;
  write.columns = {{"rule_id", column_text(group.rule_id)},
                   {"group_key", column_text(group.group_key)},
                   {"level", std::int64_t{static_cast<int>(group.level)}},
                   {"first_seen", group.first_seen},
                   {"last_seen", group.last_seen},
                   {"count", static_cast<std::int64_t>(group.count)},
                   {"status", group.status}};
  if (!group.tenant.empty()) write.columns.emplace("tenant", group.tenant);
  return write;
}

AlertGroup read_group(const ports::StoredRecord& record) {
  AlertGroup group;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object members;
  bool good = parser.parse(record.document).get(members) == simdjson::SUCCESS;
  if (good) {
    for (const auto member : members) good = good && take_member(member.key, member.value, group);
  }
  if (!good || group.id != record.id) group = group_of_columns(record);
  if (const auto* status = column_of<std::string>(record, "status")) group.status = *status;
  group.version = record.version;
  return group;
}

std::string column_text(std::string_view text) {
  std::string out = base::to_valid_utf8(base::utf8_prefix(text, kMaxColumnText));
  out.resize(base::utf8_prefix(out, kMaxColumnText).size());  // invalid bytes have become longer
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

}  // namespace vedette::detect
