// Merges, splits and their undoing are done by the engine; incidents by hand are made here.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "clocks.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::RecordWrite;
using Kind = model::IncidentCommand::Kind;

constexpr std::size_t kMostPending = 20;
constexpr std::size_t kMostMemberEntities = 64;

model::IncidentCommand new_command(const Actor& actor, Kind kind, std::string_view incident) {
  model::IncidentCommand command;
  command.id = random_id();
  command.kind = kind;
  command.tenant = actor.tenant;
  command.incident = std::string(incident);
  command.by = actor.name;
  command.time = actor.now;
  return command;
}

// Writes the command down as pending, and then sends it: if that fails, check_pending does it later.
base::Result<Case> give_command(const Actor& actor, ports::RecordStore& records, IncidentCommands* commands,
                                model::IncidentCommand command, std::string text) {
  TRY_ASSIGN(Case done,
             edit_case(actor, records, command.incident, IncidentBook::kAnyVersion,
                       [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                         if (value.by_hand)
                           return refuse("an incident that was made by hand is not known to the engine");
                         if (!value.incident.merged_into.empty() && command.kind != Kind::undo)
                           return refuse("the incident lives on in " + value.incident.merged_into);
                         if (value.pending.size() >= kMostPending)
                           return base::make_error(base::ErrorCode::limit,
                                                   "too much is pending; wait until the engine has done it");
                         value.pending.push_back(command);
                         writes.push_back(write_of(change_entry(actor, text), value.incident.id,
                                                   value.incident.tenant, 0));
                         return base::ok_status();
                       }));
  if (commands != nullptr) (void)commands->send(command);
  return done;
}

std::string with_reason(std::string text, const std::string& reason) {
  return base::trim(reason).empty() ? text : text + " " + reason.substr(0, 2'000);
}

std::string names_of(const std::vector<std::string>& ids) {
  std::string out;
  for (std::size_t i = 0; i < ids.size() && i < 10; ++i) out += (out.empty() ? "" : ", ") + ids[i];
  if (ids.size() > 10) out += fmt::format(" and {} more", ids.size() - 10);
  return out;
}

void add_entities(std::vector<model::Entity>& to, const std::vector<model::Entity>& from) {
  for (const model::Entity& entity : from) {
    if (to.size() >= kMostMemberEntities) return;
    if (std::find(to.begin(), to.end(), entity) == to.end()) to.push_back(entity);
  }
}

void add_texts(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& text : from) {
    if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
  }
}

void take_alert(model::IncidentMember& member, const model::AlertRecord& alert) {
  if (member.alerts == 0) {
    member.rule_id = alert.rule_id;
    member.rule_title = alert.rule_title;
    member.group_key = alert.group_key;
    member.level = alert.level;
    member.first = member.last = alert.time;
  }
  member.level = std::max(member.level, alert.level);
  member.first = std::min(member.first, alert.time);
  member.last = std::max(member.last, alert.time);
  member.alerts += 1 + alert.suppressed;
  if (member.alert_ids.size() < model::kMaxMemberAlerts) member.alert_ids.push_back(alert.id);
  member.evidence = std::max(member.evidence, alert.risk_score / 100.0);
  add_entities(member.entities, alert.entities);
  add_texts(member.techniques, alert.techniques);
  add_texts(member.tactics, alert.tactics);
}

// Members of rule and key.
std::vector<model::IncidentMember> members_by_hand(const Actor& actor, const std::string& incident,
                                                   std::span<const model::AlertRecord> alerts) {
  std::vector<model::AlertRecord> sorted(alerts.begin(), alerts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
  std::map<std::pair<std::string, std::string>, model::IncidentMember> members;
  for (const model::AlertRecord& alert : sorted) {
    model::IncidentMember& member = members[{alert.rule_id, alert.group_key}];
    take_alert(member, alert);
  }
  std::vector<model::IncidentMember> out;
  for (auto& [key, member] : members) {
    member.id = made_id("hand-", {incident, key.first, key.second});
    member.evidence_reason = "Put here by " + actor.name + ".";
    model::IncidentLink link;
    link.kind = model::LinkKind::by_hand;
    link.weight = 1;
    link.reason = member.evidence_reason;
    member.links.push_back(std::move(link));
    out.push_back(std::move(member));
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return std::tie(a.first, a.id) < std::tie(b.first, b.id); });
  return out;
}

void gather(model::Incident& incident, const std::vector<model::IncidentMember>& members) {
  std::map<model::Entity, model::IncidentEntity> entities;
  for (const model::IncidentMember& member : members) {
    incident.first = incident.members == 0 ? member.first : std::min(incident.first, member.first);
    incident.last = std::max(incident.last, member.last);
    incident.level = incident.members == 0 ? member.level : std::max(incident.level, member.level);
    incident.risk = std::max(incident.risk, member.evidence * 100);
    incident.alerts += member.alerts;
    ++incident.members;
    add_texts(incident.techniques, member.techniques);
    for (const model::Entity& entity : member.entities) {
      model::IncidentEntity& one = entities[entity];
      one.first = one.alerts == 0 ? member.first : std::min(one.first, member.first);
      one.last = std::max(one.last, member.last);
      one.entity = entity;
      one.alerts += member.alerts;
    }
    for (const std::string& tactic : member.tactics) {
      const auto is_it = [&](const model::IncidentTactic& one) { return one.tactic == tactic; };
      auto found = std::find_if(incident.tactics.begin(), incident.tactics.end(), is_it);
      if (found == incident.tactics.end()) {
        incident.tactics.push_back({tactic, member.first, {}});
        found = std::prev(incident.tactics.end());
      }
      add_texts(found->techniques, member.techniques);
    }
  }
  for (auto& [entity, one] : entities) incident.entities.push_back(std::move(one));
  std::stable_sort(incident.entities.begin(), incident.entities.end(),
                   [](const auto& a, const auto& b) { return a.alerts > b.alerts; });
  if (incident.entities.size() > 256) incident.entities.resize(256);
}

RecordWrite member_write(const model::IncidentMember& member, const model::Incident& incident) {
  RecordWrite write;
  write.collection = "incident_members";
  write.id = member.id;
  write.document = model::to_json(member);
  write.columns = {{"incident", incident.id},
                   {"rule_id", member.rule_id},
                   {"first", member.first},
                   {"last", member.last},
                   {"level", static_cast<std::int64_t>(member.level)},
                   {"alerts", static_cast<std::int64_t>(member.alerts)},
                   {"evidence", member.evidence}};
  set_tenant(write.columns, incident.tenant);
  write.expected_version = 0;
  return write;
}

}  // namespace

base::Result<Case> IncidentBook::merge(const Actor& actor, std::string_view id,
                                       const std::vector<std::string>& others, const std::string& reason) {
  if (others.empty() || others.size() > 50) return refuse("1 to 50 incidents are merged at once");
  for (const std::string& other : others) {
    if (other == id) return refuse("an incident cannot be merged into itself");
    TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, other));
    if (!value) return refuse("there is no incident " + other);
    if (value->by_hand) return refuse(other + " was made by hand: the engine does not know it");
    if (!value->incident.merged_into.empty())
      return refuse(other + " lives on in " + value->incident.merged_into + " already");
  }
  model::IncidentCommand command = new_command(actor, Kind::merge, id);
  command.others = others;
  return give_command(actor, records_, commands_, std::move(command),
                      with_reason("Merge asked for: " + names_of(others) + ".", reason));
}

base::Result<Case> IncidentBook::split(const Actor& actor, std::string_view id,
                                       const std::vector<std::string>& members, const std::string& reason) {
  if (members.empty() || members.size() > 500) return refuse("1 to 500 members are split off at once");
  TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, id));
  if (!value) return is_missing("incident");
  std::vector<std::string> unique = members;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  for (const std::string& member : unique) {
    TRY_ASSIGN(const auto record, records_.get("incident_members", member));
    if (!record || text_column(*record, "incident") != id)
      return refuse("the incident has no member " + member);
  }
  if (unique.size() >= value->incident.members) return refuse("a split leaves at least one member");
  model::IncidentCommand command = new_command(actor, Kind::split, id);
  command.members = std::move(unique);
  const std::string text = fmt::format("Split of {} members asked for.", command.members.size());
  return give_command(actor, records_, commands_, std::move(command), with_reason(text, reason));
}

base::Result<Case> IncidentBook::undo(const Actor& actor, std::string_view id, std::string_view change) {
  if (change.empty() || change.size() > ports::kMaxIdBytes) return is_missing("change");
  TRY_ASSIGN(const auto record, records_.get("incident_history", change));
  if (!record || text_column(*record, "tenant") != actor.tenant) return is_missing("change");
  TRY_ASSIGN(const model::IncidentChange done, model::parse_incident_change(record->document));
  const bool involved =
      done.incident == id || std::find(done.others.begin(), done.others.end(), id) != done.others.end();
  if (!involved) return is_missing("change");
  if (done.undone) return refuse("it was undone already");
  model::IncidentCommand command = new_command(actor, Kind::undo, id);
  command.undoes = std::string(change);
  const char* what = done.kind == Kind::merge ? "merge" : "split";
  return give_command(actor, records_, commands_, std::move(command),
                      fmt::format("Undoing of the {} of {} asked for.", what, names_of(done.others)));
}

base::Result<Case> IncidentBook::create(const Actor& actor, const NewIncident& wanted,
                                        std::span<const model::AlertRecord> alerts) {
  if (alerts.empty() || alerts.size() > 200) return refuse("an incident is made of 1 to 200 alerts");
  if (base::trim(wanted.title).empty()) return refuse("an incident has a title");
  Case value;
  value.by_hand = true;
  value.incident.id = "inc-" + random_id().substr(0, 16);
  value.incident.tenant = actor.tenant;
  value.incident.title = wanted.title;
  const auto members = members_by_hand(actor, value.incident.id, alerts);
  gather(value.incident, members);
  value.incident.contributions.push_back({"by_hand", value.incident.risk, "The highest risk of its alerts."});
  value.incident.opened = std::max(actor.now, value.incident.first);
  value.incident.updated = value.incident.last;
  value.created = value.changed = actor.now;
  CaseChange change;
  change.summary = wanted.summary;
  change.owner = wanted.owner;
  change.tags = wanted.tags;
  change.tlp = wanted.tlp;
  if (wanted.severity) change.severity = wanted.severity;
  TRY_ASSIGN(const auto policy,
             policy_of(records_, actor.tenant, wanted.severity.value_or(value.incident.level)));
  value.clocks = start_clocks(value.incident, policy ? &*policy : nullptr, actor.now);
  TRY(plan_change(records_, actor, value, change).ok()
          ? base::ok_status()
          : base::Status(refuse("the owner, tags or summary are too long")));
  std::vector<RecordWrite> writes = {write_of(value, 0)};
  for (const model::IncidentMember& member : members) writes.push_back(member_write(member, value.incident));
  writes.push_back(write_of(change_entry(actor, fmt::format("Made by hand of {} alerts.", alerts.size())),
                            value.incident.id, value.incident.tenant, 0));
  if (observer_ != nullptr) {
    CaseEvent event;
    event.kind = CaseEvent::Kind::opened;
    event.incident = value;
    event.by = actor.name;
    observer_->on(event, writes);
  }
  TRY_ASSIGN(const auto versions, apply_as(actor, records_, writes));
  value.version = versions.front();
  return value;
}

}  // namespace vedette::cases
