#include "vedette/model/incident.hpp"

#include "incident_json.hpp"
#include "vedette/base/json_writer.hpp"

namespace vedette::model {
namespace {

FieldId command_field() {
  static const FieldId kField = intern("vedette.command");
  return kField;
}

// Writes members of an object; those that are empty or 0 are left out.
class MemberWriter {
 public:
  explicit MemberWriter(std::string& out) : json_(out) { json_.begin_object(); }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) json_.field(name, value);
  }
  template <typename T>
  void number(std::string_view name, T value) {
    if (value != 0) json_.key(name).number(value);
  }
  void flag(std::string_view name, bool value) {
    if (value) json_.field(name, true);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const std::string& value : values) json_.string(value);
    json_.end_array();
  }
  template <typename T>  // write_part(JsonWriter&, const T&) writes one
  void parts(std::string_view name, const std::vector<T>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const T& value : values) {
      std::string out;
      MemberWriter part(out);
      write_part(part, value);
      part.end();
      json_.raw(out);
    }
    json_.end_array();
  }
  void entity(std::string_view name, const Entity& value) {
    json_.key(name).begin_object().field("kind", entity_kind_name(value.kind));
    json_.field("value", value.value).end_object();
  }
  void end() { json_.end_object(); }

 private:
  static void write_part(MemberWriter& out, const Entity& entity) {
    out.text("kind", entity_kind_name(entity.kind));
    out.text("value", entity.value);
  }
  static void write_part(MemberWriter& out, const IncidentLink& link) {
    out.text("kind", link_kind_name(link.kind));
    if (link.entity) out.entity("entity", *link.entity);
    out.text("other", link.other);
    out.number("weight", link.weight);
    out.text("reason", link.reason);
  }
  static void write_part(MemberWriter& out, const Contribution& contribution) {
    out.text("what", contribution.what);
    out.number("points", contribution.points);
    out.text("reason", contribution.reason);
  }
  static void write_part(MemberWriter& out, const IncidentEntity& entity) {
    out.entity("entity", entity.entity);
    out.number("alerts", entity.alerts);
    out.number("risk", entity.risk);
    out.number("first", entity.first);
    out.number("last", entity.last);
  }
  static void write_part(MemberWriter& out, const IncidentTactic& tactic) {
    out.text("tactic", tactic.tactic);
    out.number("first", tactic.first);
    out.texts("techniques", tactic.techniques);
  }

  base::JsonWriter json_;
};

}  // namespace

std::string_view link_kind_name(LinkKind kind) {
  return kLinkKindNames[static_cast<std::size_t>(kind)];
}

std::string to_json(const Incident& incident) {
  std::string text;
  MemberWriter out(text);
  out.text("id", incident.id);
  out.text("tenant", incident.tenant);
  out.text("title", incident.title);
  out.text("level", level_name(incident.level));
  out.number("risk", incident.risk);
  out.parts("contributions", incident.contributions);
  out.number("first", incident.first);
  out.number("last", incident.last);
  out.number("opened", incident.opened);
  out.number("updated", incident.updated);
  out.number("alerts", incident.alerts);
  out.number("members", incident.members);
  out.parts("entities", incident.entities);
  out.parts("tactics", incident.tactics);
  out.texts("techniques", incident.techniques);
  out.text("merged_into", incident.merged_into);
  out.texts("merged_from", incident.merged_from);
  out.text("split_from", incident.split_from);
  out.number("revision", incident.revision);
  out.end();
  return text;
}

std::string to_json(const IncidentMember& member) {
  std::string text;
  MemberWriter out(text);
  out.text("id", member.id);
  out.text("rule_id", member.rule_id);
  out.text("rule_title", member.rule_title);
  out.text("level", level_name(member.level));
  out.text("group_key", member.group_key);
  out.texts("techniques", member.techniques);
  out.texts("tactics", member.tactics);
  out.parts("entities", member.entities);
  out.number("first", member.first);
  out.number("last", member.last);
  out.number("alerts", member.alerts);
  out.texts("alert_ids", member.alert_ids);
  out.number("evidence", member.evidence);
  out.text("evidence_reason", member.evidence_reason);
  out.parts("links", member.links);
  out.end();
  return text;
}

std::string to_json(const IncidentCommand& command) {
  std::string text;
  MemberWriter out(text);
  out.text("id", command.id);
  out.text("kind", kCommandKindNames[static_cast<std::size_t>(command.kind)]);
  out.text("tenant", command.tenant);
  out.text("incident", command.incident);
  out.texts("others", command.others);
  out.texts("members", command.members);
  out.text("undoes", command.undoes);
  out.text("by", command.by);
  out.number("time", command.time);
  out.end();
  return text;
}

std::string to_json(const IncidentChange& change) {
  std::string text;
  MemberWriter out(text);
  out.text("id", change.id);
  out.text("tenant", change.tenant);
  out.text("kind", kCommandKindNames[static_cast<std::size_t>(change.kind)]);
  out.text("by", change.by);
  out.text("incident", change.incident);
  out.texts("others", change.others);
  out.texts("members", change.members);
  out.number("time", change.time);
  out.text("reason", change.reason);
  out.flag("undone", change.undone);
  out.end();
  return text;
}

std::shared_ptr<const EventBatch> command_batch(std::span<const IncidentCommand> commands) {
  BatchBuilder builder(std::make_shared<Source>());
  std::uint64_t position = 0;
  for (const IncidentCommand& command : commands) {
    builder.begin_row(++position);
    builder.set_time(command.time);
    builder.add_ref(field::event_kind, kCommandEventKind);
    builder.add_copy(command_field(), to_json(command));
    builder.end_row();
  }
  return builder.finish();
}

base::Result<std::vector<IncidentCommand>> incident_commands(const EventBatch& batch) {
  std::vector<IncidentCommand> commands;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (batch[row].text(field::event_kind) != kCommandEventKind) continue;
    TRY_ASSIGN(IncidentCommand command, parse_incident_command(batch[row].text(command_field())));
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace vedette::model
