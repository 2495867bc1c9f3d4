#include "report.hpp"

#include <algorithm>
#include <cmath>

#include "risk.hpp"
#include "titles.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kIncidentEntities = 256;

void describe_entities(const EngineState& state, const Cluster& cluster, model::Incident& out) {
  std::vector<const std::pair<const model::Entity, ClusterEntity>*> order;
  order.reserve(cluster.entities.size());
  for (const auto& entity : cluster.entities) order.push_back(&entity);
  const auto more = [](const auto* a, const auto* b) {
    return a->second.alerts != b->second.alerts ? a->second.alerts > b->second.alerts : a->first < b->first;
  };
  const std::size_t count = std::min(order.size(), kIncidentEntities);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), more);
  order.resize(count);
  for (const auto* entity : order) {
    model::IncidentEntity place{entity->first, entity->second.alerts, 0, entity->second.first,
                                entity->second.last};
    if (const EntityState* node = state.entities.find(entity_key(cluster.tenant, entity->first)))
      place.risk = std::round(entity_risk(state, *node, out.last) * 100) / 100;
    out.entities.push_back(std::move(place));
  }
}

void describe_tactics(const Cluster& cluster, model::Incident& out) {
  for (const auto& [tactic, seen] : cluster.tactics)
    out.tactics.push_back({tactic, seen.first, {seen.techniques.begin(), seen.techniques.end()}});
  std::stable_sort(out.tactics.begin(), out.tactics.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out.techniques.assign(cluster.techniques.begin(), cluster.techniques.end());
}

}  // namespace

model::Incident describe_incident(const EngineState& state, const Cluster& cluster) {
  model::Incident out;
  out.id = cluster.incident;
  out.tenant = cluster.tenant;
  out.title = cluster.members.empty() ? "Merged into " + cluster.merged_into : title_of(cluster);
  out.level = cluster.level;
  out.alerts = cluster.alerts;
  out.risk = std::round(cluster.points * 10) / 10;
  out.contributions = contributions_of(cluster);
  out.first = cluster.first;
  out.last = cluster.last;
  out.opened = cluster.opened;
  out.updated = cluster.updated;
  out.members = cluster.members.size();
  describe_entities(state, cluster, out);
  describe_tactics(cluster, out);
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
