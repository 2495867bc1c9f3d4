// Alerts collapse into members: one rule on one key, until it pauses.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

void add_alert(EngineState& state, const model::AlertRecord& alert);

}  // namespace vedette::correlate
