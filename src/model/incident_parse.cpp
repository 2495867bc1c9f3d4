#include "incident_json.hpp"
#include "json_read.hpp"

namespace vedette::model {

// Not in an anonymous namespace: the template for lists finds them by their argument.
static bool read_json(const JsonElement& element, LinkKind& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  for (std::size_t i = 0; i < kLinkKindNames.size(); ++i) {
    out = static_cast<LinkKind>(i);
    if (kLinkKindNames[i] == text) return true;
  }
  return false;
}

static bool read_json(const JsonElement& element, IncidentCommand::Kind& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  for (std::size_t i = 0; i < kCommandKindNames.size(); ++i) {
    out = static_cast<IncidentCommand::Kind>(i);
    if (kCommandKindNames[i] == text) return true;
  }
  return false;
}

static bool read_json(const JsonElement& element, IncidentLink& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "kind") return read_json(value, out.kind);
    if (key == "entity") return read_json(value, out.entity.emplace());
    if (key == "other") return read_json(value, out.other);
    if (key == "weight") return read_json(value, out.weight);
    return key == "reason" && read_json(value, out.reason);
  });
}

static bool read_json(const JsonElement& element, Contribution& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "what") return read_json(value, out.what);
    if (key == "points") return read_json(value, out.points);
    return key == "reason" && read_json(value, out.reason);
  });
}

static bool read_json(const JsonElement& element, IncidentEntity& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "entity") return read_json(value, out.entity);
    if (key == "alerts") return read_json(value, out.alerts);
    if (key == "risk") return read_json(value, out.risk);
    if (key == "first") return read_json(value, out.first);
    return key == "last" && read_json(value, out.last);
  });
}

static bool read_json(const JsonElement& element, IncidentTactic& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "tactic") return read_json(value, out.tactic);
    if (key == "first") return read_json(value, out.first);
    return key == "techniques" && read_json(value, out.techniques);
  });
}

namespace {

bool read_part(std::string_view key, const JsonElement& value, Incident& out) {
  if (key == "id") return read_json(value, out.id);
  if (key == "tenant") return read_json(value, out.tenant);
  if (key == "title") return read_json(value, out.title);
  if (key == "level") return read_json(value, out.level);
  if (key == "risk") return read_json(value, out.risk);
  if (key == "contributions") return read_json(value, out.contributions);
  if (key == "first") return read_json(value, out.first);
  if (key == "last") return read_json(value, out.last);
  if (key == "opened") return read_json(value, out.opened);
  if (key == "updated") return read_json(value, out.updated);
  if (key == "alerts") return read_json(value, out.alerts);
  if (key == "members") return read_json(value, out.members);
  if (key == "entities") return read_json(value, out.entities);
  if (key == "tactics") return read_json(value, out.tactics);
  if (key == "techniques") return read_json(value, out.techniques);
  if (key == "merged_into") return read_json(value, out.merged_into);
  if (key == "merged_from") return read_json(value, out.merged_from);
  if (key == "split_from") return read_json(value, out.split_from);
  return key == "revision" && read_json(value, out.revision);
}

bool read_part(std::string_view key, const JsonElement& value, IncidentMember& out) {
  if (key == "id") return read_json(value, out.id);
  if (key == "rule_id") return read_json(value, out.rule_id);
  if (key == "rule_title") return read_json(value, out.rule_title);
  if (key == "level") return read_json(value, out.level);
  if (key == "group_key") return read_json(value, out.group_key);
  if (key == "techniques") return read_json(value, out.techniques);
  if (key == "tactics") return read_json(value, out.tactics);
  if (key == "entities") return read_json(value, out.entities);
  if (key == "first") return read_json(value, out.first);
  if (key == "last") return read_json(value, out.last);
  if (key == "alerts") return read_json(value, out.alerts);
  if (key == "alert_ids") return read_json(value, out.alert_ids);
  if (key == "evidence") return read_json(value, out.evidence);
  if (key == "evidence_reason") return read_json(value, out.evidence_reason);
  return key == "links" && read_json(value, out.links);
}

bool read_part(std::string_view key, const JsonElement& value, IncidentCommand& out) {
  if (key == "id") return read_json(value, out.id);
  if (key == "kind") return read_json(value, out.kind);
  if (key == "tenant") return read_json(value, out.tenant);
  if (key == "incident") return read_json(value, out.incident);
  if (key == "others") return read_json(value, out.others);
  if (key == "members") return read_json(value, out.members);
  if (key == "undoes") return read_json(value, out.undoes);
  if (key == "by") return read_json(value, out.by);
  return key == "time" && read_json(value, out.time);
}

bool read_part(std::string_view key, const JsonElement& value, IncidentChange& out) {
  if (key == "id") return read_json(value, out.id);
  if (key == "tenant") return read_json(value, out.tenant);
  if (key == "kind") return read_json(value, out.kind);
  if (key == "by") return read_json(value, out.by);
  if (key == "incident") return read_json(value, out.incident);
  if (key == "others") return read_json(value, out.others);
  if (key == "members") return read_json(value, out.members);
  if (key == "time") return read_json(value, out.time);
  if (key == "reason") return read_json(value, out.reason);
  return key == "undone" && read_json(value, out.undone);
}

template <typename T>
base::Result<T> parse_named(std::string_view json, std::string_view what) {
  thread_local simdjson::dom::parser parser;
  const auto corrupt = [&](std::string_view why) {
    return base::make_error(base::ErrorCode::corrupt, std::string(what) + ": " + std::string(why));
  };
  JsonElement root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return corrupt("is no JSON object");
  T out;
  std::string wrong;
  const bool read = each_json_member(root, [&](std::string_view key, const JsonElement& value) {
    if (read_part(key, value, out)) return true;
    wrong = key.substr(0, 100);
    return false;
  });
  if (!read) return corrupt("\"" + wrong + "\" is not as it must be");
  if (out.id.empty()) return corrupt("has no id");
  return out;
}

}  // namespace

base::Result<Incident> parse_incident(std::string_view json) {
  return parse_named<Incident>(json, "incident");
}
base::Result<IncidentMember> parse_incident_member(std::string_view json) {
  return parse_named<IncidentMember>(json, "incident member");
}
base::Result<IncidentCommand> parse_incident_command(std::string_view json) {
  return parse_named<IncidentCommand>(json, "incident command");
}
base::Result<IncidentChange> parse_incident_change(std::string_view json) {
  return parse_named<IncidentChange>(json, "incident change");
}

}  // namespace vedette::model
