// Incident: alerts that belong together, as the correlation engine sees them. Plain data; what people add to
// it is a case (vedette/cases/case.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::model {

// Why a member is in its incident.
enum class LinkKind : std::uint8_t { entity, process_tree, same_rule, time, merged, by_hand };
std::string_view link_kind_name(LinkKind kind);
struct IncidentLink {
  LinkKind kind = LinkKind::entity;
  std::optional<Entity> entity;  // what both have, for entity and process_tree
  std::string other;             // the member it was joined to; empty: the incident as a whole
  double weight = 0;             // 0..1: how rare what they share is, and how close they are in time
  std::string reason;            // one sentence for people
};

// Alerts of one rule about one thing, from the first until they pause: what is linked.
struct IncidentMember {
  std::string id;  // deterministic: of tenant, rule, group key and the time of the first alert
  std::string rule_id, rule_title;
  Level level = Level::medium;
  std::string group_key;  // AlertRecord::group_key
  std::vector<std::string> techniques, tactics;
  std::vector<Entity> entities;  // at most 64
  base::TimeNs first = 0, last = 0;
  std::uint64_t alerts = 0;            // alerts that it stands for, suppressed ones included
  std::vector<std::string> alert_ids;  // the first kMaxMemberAlerts of them
  double evidence = 0;                 // 0..1: level, rarity and novelty; what it adds to the incident's risk
  std::string evidence_reason;
  std::vector<IncidentLink> links;  // strongest first, at most 8
};
inline constexpr std::size_t kMaxMemberAlerts = 50;

// A part of a sum, with its reason.
struct Contribution {
  std::string what;  // "rule", "tactics", "criticality", ...
  double points = 0;
  std::string reason;
};

struct IncidentEntity {
  Entity entity;
  std::uint64_t alerts = 0;
  double risk = 0;  // 0..100, of the entity when the incident last changed
  base::TimeNs first = 0, last = 0;
};
struct IncidentTactic {
  std::string tactic;  // ATT&CK, "initial-access"
  base::TimeNs first = 0;
  std::vector<std::string> techniques;
};

struct Incident {
  std::string id;      // "inc-" and 16 hex digits; deterministic: of its first member
  std::string tenant;  // empty: the default one
  std::string title;
  Level level = Level::medium;
  double risk = 0;  // 0..100: diverse evidence, not counts
  std::vector<Contribution> contributions;
  base::TimeNs first = 0, last = 0;  // event times of its alerts
  base::TimeNs opened = 0;           // event time at which the evidence was enough
  base::TimeNs updated = 0;  // event time of the newest alert the engine had seen when it last changed
  std::uint64_t alerts = 0, members = 0;
  std::vector<IncidentEntity> entities;  // by alerts, at most 256
  std::vector<IncidentTactic> tactics;   // in order of their first alert
  std::vector<std::string> techniques;
  std::string merged_into;               // it lives on in that one
  std::vector<std::string> merged_from;  // those that live on in it
  std::string split_from;
  std::uint64_t revision = 0;  // one more with every change of the engine
};

// What a person tells the engine. It goes through the "alerts" topic, so that a replay meets it at the same
// place.
struct IncidentCommand {
  enum class Kind : std::uint8_t { merge, split, undo, close, reopen };
  std::string id;  // chosen by the sender; a command that comes twice is done once
  Kind kind = Kind::merge;
  std::string tenant;
  std::string incident;              // merge: into it; split: from it; close, reopen: it
  std::vector<std::string> others;   // merge: incidents
  std::vector<std::string> members;  // split: what becomes an incident of its own
  std::string undoes;  // undo: id of the merge or split (of the engine as well: IncidentChange::id)
  std::string by;      // user name
  base::TimeNs time = 0;
};

// A merge or split that was done, by the engine or by hand; undone by an IncidentCommand.
struct IncidentChange {
  std::string id, tenant;
  IncidentCommand::Kind kind = IncidentCommand::Kind::merge;
  std::string by;  // empty: the engine
  std::string incident;
  std::vector<std::string> others;  // merge: merged into it; split: the new one
  std::vector<std::string> members;
  base::TimeNs time = 0;
  std::string reason;
  bool undone = false;
};

// JSON objects without newline; the parsers say corrupt on anything else.
std::string to_json(const Incident& incident);
std::string to_json(const IncidentMember& member);
std::string to_json(const IncidentCommand& command);
std::string to_json(const IncidentChange& change);
base::Result<Incident> parse_incident(std::string_view json);
base::Result<IncidentMember> parse_incident_member(std::string_view json);
base::Result<IncidentCommand> parse_incident_command(std::string_view json);
base::Result<IncidentChange> parse_incident_change(std::string_view json);

// Commands on the bus: a row each, with event.kind "vedette.command" and the JSON text in vedette.command;
// alert_records() passes over such rows, incident_commands() over all others.
std::shared_ptr<const EventBatch> command_batch(std::span<const IncidentCommand> commands);
base::Result<std::vector<IncidentCommand>> incident_commands(const EventBatch& batch);

}  // namespace vedette::model
