// What people tell the engine.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

base::Status do_command(EngineState& state, const model::IncidentCommand& command);

}  // namespace vedette::correlate
