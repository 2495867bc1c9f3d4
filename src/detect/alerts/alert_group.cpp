#include "alerts/alert_group.hpp"

#include <algorithm>

#include <simdjson.h>

#include "vedette/base/hash.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

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

std::string alert_group_id(const model::AlertRecord& alert) {
  std::string key = alert.rule_id;
  key += '\0';
  return base::hash128_hex(key + alert.group_key);
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
  return write;
}

base::Result<AlertGroup> read_group(const ports::StoredRecord& record) {
  AlertGroup group;
  group.version = record.version;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object members;
  bool good = parser.parse(record.document).get(members) == simdjson::SUCCESS;
  if (good) {
    for (const auto member : members) good = good && take_member(member.key, member.value, group);
  }
  if (!good || group.id != record.id) {
    return base::make_error(base::ErrorCode::corrupt,
                            "alert group " + record.id + " is not as it was written");
  }
  const auto status = record.columns.find("status");
  if (status != record.columns.end()) group.status = std::get<std::string>(status->second);
  return group;
}

std::string column_text(std::string_view text) {
  std::string out = base::to_valid_utf8(text.substr(0, kMaxColumnText));
  if (text.size() > kMaxColumnText || out.size() > kMaxColumnText) {
    // No half of a character at the end.
    std::size_t end = std::min(out.size(), kMaxColumnText);
    while (end > 0 && end < out.size() && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
  }
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

}  // namespace vedette::detect
