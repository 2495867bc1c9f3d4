// The state as bytes: "vedcorr" and a version, a checksum of the rest, the rest.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

std::string save_state(const EngineState& state);
// Into a fresh state with options; corrupt: not written by this version.
base::Status restore_state(EngineState& state, std::string_view bytes);

}  // namespace vedette::correlate
