// Clusters of linked members; one with enough evidence is an incident.
#pragma once

#include "links.hpp"
#include "state.hpp"

namespace vedette::correlate {

// Puts a member that is in no cluster where it belongs, or into a cluster of its own.
void place_member(EngineState& state, MemberId id);
// The member has new entities: it may bring its cluster together with others.
void link_further(EngineState& state, MemberId id);
// The member took in an alert: what its cluster says of it, and its points, follow.
void refresh_member(EngineState& state, MemberId id, const model::AlertRecord& alert);

// Points of all members anew, after some went.
void recompute(EngineState& state, ClusterId id);
ClusterId new_cluster(EngineState& state, const std::string& tenant);
// Opens it as an incident, told with all its members.
void open_incident(EngineState& state, ClusterId id, std::string incident_id);
void move_member(EngineState& state, MemberId id, ClusterId to);
// All members of `from` become members of `into`; an open `from` stays as a name that lives on in `into`.
void merge_clusters(EngineState& state, ClusterId into, ClusterId from);
// Remembers it for undo, and tells it.
void add_history(EngineState& state, model::IncidentChange change);
void touch_incident(EngineState& state, ClusterId id);
// Drops what was not touched for longest, until the bounds hold.
void keep_bounds(EngineState& state, TimeNs now);

}  // namespace vedette::correlate
