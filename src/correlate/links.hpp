// Which clusters a member belongs to, and why.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

struct Candidate {
  ClusterId cluster = 0;
  double weight = 0;  // 0..1, of all links together
  std::vector<model::IncidentLink> links;
};
// Strongest first, at most 4; ties go to the older cluster. Only clusters that may take it.
std::vector<Candidate> candidates_of(EngineState& state, MemberId id);

// Makes the member findable through its entities and its rule.
void register_member(EngineState& state, MemberId id, TimeNs learn_time);
// How many others an entity is usually seen with.
double degree_of(const EntityState& entity);
bool is_super_node(const EntityState& entity);

inline constexpr double kBridges = 0.1;  // evidence below which a member joins, but brings nothing together
inline constexpr double kJoinAt = 0.25;  // weight from which a member joins
inline constexpr double kMergeWaitingAt = 0.35;  // from which it brings another cluster with it
inline constexpr double kMergeOpenAt = 0.6;      // from which two incidents become one

}  // namespace vedette::correlate
