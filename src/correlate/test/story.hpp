// Small stories of alerts for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "vedette/correlate/engine.hpp"

namespace vedette::correlate::test {

inline constexpr base::TimeNs kT0 = base::TimeNs{1'700'000'000} * base::kNsPerSecond;
inline constexpr base::TimeNs kMin = 60 * base::kNsPerSecond;
inline constexpr base::TimeNs kHr = 60 * kMin;

struct AlertSpec {
  std::string rule;
  std::string host;
  base::TimeNs at = 0;  // after kT0
  model::Level level = model::Level::high;
  std::string user = {};
  std::vector<std::string> tactics = {};
};

inline model::AlertRecord make_alert(const AlertSpec& spec) {
  static std::uint64_t number = 0;
  model::AlertRecord alert;
  alert.id = "alert-" + std::to_string(++number);
  alert.rule_id = spec.rule;
  alert.rule_title = "Rule " + spec.rule;
  alert.level = spec.level;
  alert.time = kT0 + spec.at;
  alert.tactics = spec.tactics;
  if (!spec.host.empty()) alert.entities.push_back({model::EntityKind::host, spec.host});
  if (!spec.user.empty()) alert.entities.push_back({model::EntityKind::user, spec.user});
  alert.group_key = "host=" + spec.host + " user=" + spec.user;
  return alert;
}

// What was told so far, in its newest state.
struct Heard {
  std::map<std::string, model::Incident> incidents;  // merged ones too
  std::map<std::string, Changes::Member> members;
  std::map<std::string, model::IncidentChange> history;
  std::map<std::string, EntityRisk> entities;  // by value

  void take(Engine& engine) {
    Changes changes = engine.take_changes();
    for (auto& incident : changes.incidents) incidents[incident.id] = incident;
    for (auto& member : changes.members) members[member.member.id] = member;
    for (auto& change : changes.history) history[change.id] = change;
    for (auto& entity : changes.entities) entities[entity.entity.value] = entity;
  }
  std::vector<model::Incident> living() const {
    std::vector<model::Incident> out;
    for (const auto& [id, incident] : incidents) {
      if (incident.merged_into.empty()) out.push_back(incident);
    }
    return out;
  }
  // Incident of the member of a rule on a host; empty: in none.
  std::string incident_of(const std::string& rule, const std::string& host) const {
    for (const auto& [id, member] : members) {
      if (member.member.rule_id != rule || member.incident.empty()) continue;
      for (const auto& entity : member.member.entities) {
        if (entity.value == host) return member.incident;
      }
    }
    return {};
  }
  std::string member_of(const std::string& rule) const {
    for (const auto& [id, member] : members) {
      if (member.member.rule_id == rule) return id;
    }
    return {};
  }
};

}  // namespace vedette::correlate::test
