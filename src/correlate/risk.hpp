// Risk of incidents and entities, each with its contributions.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

inline constexpr TimeNs kRiskHalfLife = 3 * kDay;

// 0..100, of diverse evidence: a rule counts once, however often it fired.
double points_of(const Cluster& cluster);
std::vector<model::Contribution> contributions_of(const Cluster& cluster);
void weigh_criticality(const EngineState& state, Cluster& cluster, const model::IncidentMember& member);

// Risk of the users, hosts and addresses of a member, when it has just begun or grown.
void add_entity_risk(EngineState& state, const MemberState& member, TimeNs time);
double entity_risk(const EngineState& state, const EntityState& entity, TimeNs time);
EntityRisk describe_entity(const EngineState& state, const EntityState& entity, TimeNs time);

}  // namespace vedette::correlate
