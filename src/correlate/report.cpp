#include "report.hpp"

#include <algorithm>
#include <cmath>

#include "risk.hpp"
#include "titles.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kIncidentEntities = 256, kIncidentTechniques = 256;

void describe_entities(const EngineState& state, const Cluster& cluster, model::Incident& out) {
  std::map<model::Entity, model::IncidentEntity> entities;
  for (const MemberId id : cluster.members) {
    const auto& data = state.members.at(id).data;
    for (const model::Entity& entity : data.entities) {
      model::IncidentEntity& place = entities[entity];
      if (place.alerts == 0) place = {entity, 0, 0, data.first, data.last};
      place.alerts += data.alerts;
      place.first = std::min(place.first, data.first);
      place.last = std::max(place.last, data.last);
    }
  }
  for (auto& [entity, place] : entities) out.entities.push_back(std::move(place));
  std::stable_sort(out.entities.begin(), out.entities.end(),
                   [](const auto& a, const auto& b) { return a.alerts > b.alerts; });
  if (out.entities.size() > kIncidentEntities) out.entities.resize(kIncidentEntities);
  for (model::IncidentEntity& place : out.entities) {
    const EntityState* node = state.entities.find(entity_key(cluster.tenant, place.entity));
    if (node) place.risk = std::round(entity_risk(state, *node, out.last) * 100) / 100;
  }
}

void describe_tactics(const EngineState& state, const Cluster& cluster, model::Incident& out) {
  std::map<std::string, std::set<std::string>> techniques;
  std::set<std::string> all;
  for (const MemberId id : cluster.members) {
    const auto& data = state.members.at(id).data;
    all.insert(data.techniques.begin(), data.techniques.end());
    for (const std::string& tactic : data.tactics)
      techniques[tactic].insert(data.techniques.begin(), data.techniques.end());
  }
  for (const auto& [tactic, first] : cluster.tactics) {
    const auto& of_tactic = techniques[tactic];
    out.tactics.push_back({tactic, first, {of_tactic.begin(), of_tactic.end()}});
  }
  std::stable_sort(out.tactics.begin(), out.tactics.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out.techniques.assign(all.begin(), all.end());
  if (out.techniques.size() > kIncidentTechniques) out.techniques.resize(kIncidentTechniques);
}

}  // namespace

model::Incident describe_incident(const EngineState& state, const Cluster& cluster) {
  model::Incident out;
  out.id = cluster.incident;
  out.tenant = cluster.tenant;
  out.title = cluster.members.empty() ? "Merged into " + cluster.merged_into : title_of(state, cluster);
  out.level = model::Level::informational;
  for (const MemberId id : cluster.members) {
    const auto& data = state.members.at(id).data;
    out.alerts += data.alerts;
    out.level = std::max(out.level, data.level);
  }
  out.risk = std::round(cluster.points * 10) / 10;
  out.contributions = contributions_of(cluster);
  out.first = cluster.first;
  out.last = cluster.last;
  out.opened = cluster.opened;
  out.updated = cluster.updated;
  out.members = cluster.members.size();
  describe_entities(state, cluster, out);
  describe_tactics(state, cluster, out);
  out.merged_into = cluster.merged_into;
  out.merged_from = cluster.merged_from;
  out.split_from = cluster.split_from;
  out.revision = cluster.revision;
  return out;
}

Changes take_changes_of(EngineState& state) {
  Changes out;
  for (const ClusterId id : state.changed_clusters) {
    const auto it = state.clusters.find(id);
    if (it == state.clusters.end() || it->second.incident.empty()) continue;
    ++it->second.revision;
    out.incidents.push_back(describe_incident(state, it->second));
  }
  for (const MemberId id : state.changed_members) {
    const auto it = state.members.find(id);
    if (it == state.members.end()) continue;
    const Cluster& cluster = state.clusters.at(it->second.cluster);
    out.members.push_back({cluster.open ? cluster.incident : "", it->second.data});
  }
  for (const model::IncidentChange& change : state.history) {
    if (state.changed_history.contains(change.id)) out.history.push_back(change);
  }
  for (const std::string& key : state.changed_entities) {
    const EntityState* entity = state.entities.find(key);
    if (!entity) continue;
    const auto clock = state.clocks.find(entity->tenant);
    const TimeNs now = clock == state.clocks.end() ? entity->last : clock->second.now;
    out.entities.push_back(describe_entity(state, *entity, now));
  }
  state.changed_clusters.clear();
  state.changed_members.clear();
  state.changed_history.clear();
  state.changed_entities.clear();
  return out;
}

}  // namespace vedette::correlate
