// What the engine tells of its state.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

model::Incident describe_incident(const EngineState& state, const Cluster& cluster);
Changes take_changes_of(EngineState& state);

}  // namespace vedette::correlate
