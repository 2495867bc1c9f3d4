#include "clusters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "risk.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kTakenApart = 64;  // members of a waiting cluster
constexpr std::size_t kHistory = 10'000, kHot = 8, kIncidentsKept = 20'000;

void count_entity(Cluster& cluster, const model::Entity& entity, std::uint64_t alerts, TimeNs first,
                  TimeNs last, double evidence) {
  const auto known = cluster.entities.find(entity);
  if (known == cluster.entities.end() && cluster.entities.size() >= kClusterEntities) return;
  ClusterEntity& place = known == cluster.entities.end() ? cluster.entities[entity] : known->second;
  if (place.alerts == 0) {
    place.first = first;
    place.last = last;
  }
  place.alerts += alerts;
  place.first = std::min(place.first, first);
  place.last = std::max(place.last, last);
  place.evidence += evidence;
}

void count_tactics(Cluster& cluster, const model::IncidentMember& data) {
  for (const std::string& tactic : data.tactics) {
    ClusterTactic& place = cluster.tactics.try_emplace(tactic, ClusterTactic{data.first, {}}).first->second;
    place.first = std::min(place.first, data.first);
    if (place.techniques.size() < kClusterTechniques)
      place.techniques.insert(data.techniques.begin(), data.techniques.end());
  }
  if (cluster.techniques.size() < kClusterTechniques)
    cluster.techniques.insert(data.techniques.begin(), data.techniques.end());
  cluster.level = std::max(cluster.level, data.level);
}

void count_member(EngineState& state, Cluster& cluster, const MemberState& member) {
  const auto& data = member.data;
  const bool first = cluster.members.size() == 1;
  cluster.first = first ? data.first : std::min(cluster.first, data.first);
  cluster.last = first ? data.last : std::max(cluster.last, data.last);
  RuleEvidence& rule = cluster.rules[data.rule_id];
  rule.title = data.rule_title.empty() ? data.rule_id : data.rule_title;
  ++rule.members;
  if (data.evidence > rule.evidence || rule.reason.empty()) {
    rule.evidence = data.evidence;
    rule.reason = data.evidence_reason;
  }
  cluster.alerts += data.alerts;
  count_tactics(cluster, data);
  for (const model::Entity& entity : data.entities)
    count_entity(cluster, entity, data.alerts, data.first, data.last, data.evidence);
  weigh_criticality(state, cluster, data);
}

void settle(EngineState& state, ClusterId id) {
  Cluster& cluster = state.clusters.at(id);
  cluster.points = points_of(cluster);
  if (!cluster.open && cluster.incident.empty() && cluster.points >= state.options.open_at)
    open_incident(state, id,
                  "inc-" + base::hash128_hex(incident_key(cluster.tenant,
                                                          state.members.at(*cluster.members.begin()).data.id))
                               .substr(0, 16));
}

// The longer a cluster lasts already, the more a link must say: weak ones would chain days together.
double needed_weight(const Cluster& cluster, double weight) {
  const double days = static_cast<double>(cluster.last - cluster.first) / static_cast<double>(kDay);
  return std::min(0.9, weight * (1 + days));
}

bool may_merge(const EngineState& state, const Cluster& into, const Cluster& from, ClusterId from_id,
               const Candidate& link) {
  if (into.foreign.contains(from_id) || into.closed || from.closed) return false;
  if (into.members.size() + from.members.size() > state.options.max_members_an_incident) return false;
  const double base = into.open && from.open ? kMergeOpenAt : kMergeWaitingAt;
  return link.weight >= std::max(needed_weight(into, base), needed_weight(from, base));
}

void add_links(MemberState& member, const std::vector<model::IncidentLink>& links) {
  auto& all = member.data.links;
  for (const model::IncidentLink& link : links) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const model::IncidentLink& old) {
      return old.kind == link.kind && old.entity == link.entity && old.other == link.other;
    });
    if (!known) all.push_back(link);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (all.size() > 8) all.resize(8);
}

// Members that came without a reason get that of what brought them in.
void explain_moved(EngineState& state, MemberId bridge, ClusterId from, const Candidate& candidate) {
  if (candidate.links.empty()) return;
  for (const MemberId id : state.clusters.at(from).members) {
    MemberState& moved = state.members.at(id);
    if (id == bridge) {
      add_links(moved, candidate.links);
    } else if (moved.data.links.empty()) {
      model::IncidentLink link = candidate.links.front();
      if (state.members.at(bridge).cluster != from) {
        link.other = state.members.at(bridge).data.id;
        link.reason = "brought in by \"" + state.members.at(bridge).data.rule_title + "\": " + link.reason;
      }
      moved.data.links.push_back(std::move(link));
    }
  }
}

// `id` links its own cluster with others strongly enough: they become one.
void merge_linked(EngineState& state, MemberId id, const std::vector<Candidate>& candidates) {
  const MemberState& member = state.members.at(id);
  if (member.data.evidence < kBridges || member.overflow) return;
  for (const Candidate& candidate : candidates) {
    ClusterId into = member.cluster, from = candidate.cluster;
    const auto found = state.clusters.find(from);
    if (from == into || found == state.clusters.end()) continue;
    // The incident stays; of two, the older.
    const bool swap = found->second.open != state.clusters.at(into).open ? found->second.open : from < into;
    if (swap) std::swap(into, from);
    Cluster& to = state.clusters.at(into);
    const Cluster& other = state.clusters.at(from);
    if (!may_merge(state, to, other, from, candidate)) continue;
    if (to.open && other.open) {
      model::IncidentChange change;
      change.id =
          "chg-" + base::hash128_hex(joined_key({to.incident, other.incident, member.data.id})).substr(0, 16);
      change.tenant = to.tenant;
      change.incident = to.incident;
      change.others = {other.incident};
      for (const MemberId moved : other.members) change.members.push_back(state.members.at(moved).data.id);
      change.time = member.data.last;
      change.reason = fmt::format("\"{}\" links both: {}", member.data.rule_title,
                                  candidate.links.empty() ? "" : candidate.links.front().reason);
      add_history(state, std::move(change));
    }
    explain_moved(state, id, from, candidate);
    merge_clusters(state, into, from);
  }
}

void drop_member(EngineState& state, MemberId id) {
  const auto it = state.members.find(id);
  state.waiting.erase(it->second.touched);
  state.member_ids.erase(it->second.data.id);
  state.changed_members.erase(id);
  state.members.erase(it);
}

void drop_cluster(EngineState& state, ClusterId id) {
  const auto it = state.clusters.find(id);
  for (const MemberId member : it->second.members) drop_member(state, member);
  state.incident_order.erase(it->second.touched);
  if (!it->second.incident.empty())
    state.incidents.erase(incident_key(it->second.tenant, it->second.incident));
  state.changed_clusters.erase(id);
  state.clusters.erase(it);
}

// The newest incident in which the same rule fired on the same key.
std::string related_of(const EngineState& state, ClusterId id, const MemberState& member) {
  const PairBaseline* pair =
      state.pairs.find(joined_key({member.tenant, member.data.rule_id, member.data.group_key}));
  if (!pair) return {};
  for (auto session = pair->members.rbegin(); session != pair->members.rend(); ++session) {
    const auto it = state.members.find(*session);
    if (it == state.members.end() || it->second.cluster == id) continue;
    const auto cluster = state.clusters.find(it->second.cluster);
    if (cluster != state.clusters.end() && cluster->second.open) return cluster->second.incident;
  }
  return {};
}

}  // namespace

ClusterId new_cluster(EngineState& state, const std::string& tenant) {
  const ClusterId id = state.next_id++;
  state.clusters[id].tenant = tenant;
  return id;
}

void touch_incident(EngineState& state, ClusterId id) {
  Cluster& cluster = state.clusters.at(id);
  const auto clock = state.clocks.find(cluster.tenant);
  if (clock != state.clocks.end()) cluster.updated = std::max(cluster.updated, clock->second.now);
  state.incident_order.erase(cluster.touched);
  cluster.touched = state.next_touch++;
  state.incident_order.emplace(cluster.touched, id);
  state.changed_clusters.insert(id);
}

void open_incident(EngineState& state, ClusterId id, std::string incident_id) {
  Cluster& cluster = state.clusters.at(id);
  while (state.incidents.contains(incident_key(cluster.tenant, incident_id)))
    incident_id = "inc-" + base::hash128_hex(incident_id).substr(0, 16);
  cluster.open = true;
  cluster.incident = std::move(incident_id);
  cluster.opened = cluster.last;
  state.incidents.emplace(incident_key(cluster.tenant, cluster.incident), id);
  ++state.counts.incidents;
  TenantClock& clock = state.clocks[cluster.tenant];
  clock.opened.add(1, clock.now, kDay);
  for (const MemberId id_of_member : cluster.members) {
    const MemberState& member = state.members.at(id_of_member);
    state.waiting.erase(member.touched);
    state.changed_members.insert(id_of_member);
    if (cluster.related.empty() && cluster.split_from.empty())
      cluster.related = related_of(state, id, member);
  }
  auto& hot = state.hot[cluster.tenant];
  hot.push_back(id);
  if (hot.size() > kHot) hot.erase(hot.begin());
  touch_incident(state, id);
}

void move_member(EngineState& state, MemberId id, ClusterId to) {
  MemberState& member = state.members.at(id);
  if (const auto from = state.clusters.find(member.cluster); from != state.clusters.end())
    from->second.members.erase(id);
  member.cluster = to;
  Cluster& cluster = state.clusters.at(to);
  cluster.members.insert(id);
  count_member(state, cluster, member);
  state.waiting.erase(member.touched);
  if (cluster.open) {
    state.changed_members.insert(id);
    touch_incident(state, to);
  } else {
    member.touched = state.next_touch++;
    state.waiting.emplace(member.touched, id);
  }
}

void recompute(EngineState& state, ClusterId id) {
  Cluster& cluster = state.clusters.at(id);
  cluster.rules.clear();
  cluster.tactics.clear();
  cluster.techniques.clear();
  cluster.entities.clear();
  cluster.alerts = 0;
  cluster.level = model::Level::informational;
  cluster.factor = 1;
  cluster.factor_of.clear();
  bool first = true;
  const std::set<MemberId> members = std::move(cluster.members);
  cluster.members.clear();
  for (const MemberId member : members) {
    cluster.members.insert(member);
    if (first) cluster.first = cluster.last = state.members.at(member).data.first;
    first = false;
    count_member(state, cluster, state.members.at(member));
  }
  cluster.points = points_of(cluster);
  if (cluster.open) touch_incident(state, id);
}

void merge_clusters(EngineState& state, ClusterId into, ClusterId from) {
  const std::set<MemberId> moved = state.clusters.at(from).members;
  const bool incident = state.clusters.at(from).open;
  for (const MemberId member : moved) {
    move_member(state, member, into);
    if (incident) state.members.at(member).came_from.push_back(from);
  }
  Cluster& to = state.clusters.at(into);
  Cluster& gone = state.clusters.at(from);
  for (const ClusterId foreign : gone.foreign) {
    to.foreign.insert(foreign);
    if (const auto it = state.clusters.find(foreign); it != state.clusters.end())
      it->second.foreign.insert(into);
  }
  if (gone.open) {
    gone.open = false;
    gone.merged_into = to.incident;
    to.merged_from.push_back(gone.incident);
    recompute(state, from);
    touch_incident(state, from);
  } else {
    drop_cluster(state, from);
  }
  settle(state, into);
}

void add_history(EngineState& state, model::IncidentChange change) {
  state.changed_history.insert(change.id);
  state.history.push_back(std::move(change));
  if (state.history.size() > kHistory) state.history.pop_front();
}

void place_member(EngineState& state, MemberId id) {
  MemberState& member = state.members.at(id);
  std::vector<Candidate> candidates;
  candidates = candidates_of(state, id);
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.weight < needed_weight(state.clusters.at(candidate.cluster), kJoinAt);
  });
  ClusterId to = 0;
  // An incident that fits nearly as well as a cluster that waits is the better place.
  for (const Candidate& candidate : candidates) {
    if (to == 0 || (!state.clusters.at(to).open && state.clusters.at(candidate.cluster).open))
      to = candidate.cluster;
  }
  if (to == 0) {
    to = new_cluster(state, member.tenant);
  } else {
    const auto chosen = std::find_if(candidates.begin(), candidates.end(),
                                     [&](const Candidate& candidate) { return candidate.cluster == to; });
    add_links(member, chosen->links);
  }
  move_member(state, id, to);
  settle(state, to);
  merge_linked(state, id, candidates);
}

void link_further(EngineState& state, MemberId id) {
  MemberState& member = state.members.at(id);
  if (member.overflow || state.clusters.at(member.cluster).closed) return;
  const std::vector<Candidate> candidates = candidates_of(state, id);
  for (const Candidate& candidate : candidates) {
    if (candidate.cluster == member.cluster) add_links(member, candidate.links);
  }
  merge_linked(state, id, candidates);
}

void refresh_member(EngineState& state, MemberId id, const model::AlertRecord& alert) {
  MemberState& member = state.members.at(id);
  if (member.cluster == 0) return;
  Cluster& cluster = state.clusters.at(member.cluster);
  cluster.first = std::min(cluster.first, member.data.first);
  cluster.last = std::max(cluster.last, member.data.last);
  cluster.alerts += 1 + alert.suppressed;
  const std::size_t tactics = cluster.tactics.size();
  if (!alert.tactics.empty() || !alert.techniques.empty() || member.data.level > cluster.level)
    count_tactics(cluster, member.data);
  for (const model::Entity& entity : alert.entities)
    count_entity(cluster, entity, 1 + alert.suppressed, alert.time, alert.time, 0);
  RuleEvidence& rule = cluster.rules[member.data.rule_id];
  if (member.data.evidence > rule.evidence) {
    rule.evidence = member.data.evidence;
    rule.reason = member.data.evidence_reason;
    settle(state, member.cluster);
  } else if (cluster.tactics.size() != tactics) {
    settle(state, member.cluster);
  }
  if (!cluster.open) return;
  state.changed_members.insert(id);
  touch_incident(state, member.cluster);
}

void keep_bounds(EngineState& state, TimeNs now) {
  const auto drop_first_waiting = [&] {
    const MemberId id = state.waiting.begin()->second;
    const ClusterId cluster = state.members.at(id).cluster;
    if (cluster == 0) return drop_member(state, id);
    Cluster& left = state.clusters.at(cluster);
    // As a whole where it is over, and where taking one at a time would be quadratic work.
    if (now - left.last > state.options.incident_idle || left.members.size() > kTakenApart)
      return drop_cluster(state, cluster);
    drop_member(state, id);
    left.members.erase(id);
    if (left.members.empty()) {
      drop_cluster(state, cluster);
    } else {
      recompute(state, cluster);
    }
  };
  // What waited for longer than an incident may idle cannot become one any more.
  for (int i = 0; i < 4 && !state.waiting.empty(); ++i) {
    const MemberState& member = state.members.at(state.waiting.begin()->second);
    if (now - member.data.last <= state.options.incident_idle) break;
    drop_first_waiting();
  }
  while (state.members.size() > state.options.max_open_members && !state.waiting.empty() &&
         state.waiting.size() * 4 > state.options.max_open_members) {
    drop_first_waiting();
    ++state.counts.evicted;
  }
  while ((state.members.size() > state.options.max_open_members ||
          state.incident_order.size() > kIncidentsKept) &&
         state.incident_order.size() > 1) {
    const ClusterId id = state.incident_order.begin()->second;
    state.counts.evicted += state.clusters.at(id).members.size();
    drop_cluster(state, id);
  }
  while (state.members.size() > state.options.max_open_members && !state.waiting.empty()) {
    drop_first_waiting();
    ++state.counts.evicted;
  }
}

}  // namespace vedette::correlate
