#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::detect {

// One hit as seen by one correlation.
struct Observation {
  base::TimeNs time = 0;
  std::uint32_t member = 0;        // index into CorrelationRule::rules
  std::vector<std::string> group;  // values of group-by
  std::string value;               // of the value field, or of several as one text; value_* types only
  std::string event_id;
  std::uint64_t sequence = 0;                      // of the event in the log; 0 if it has none
  std::shared_ptr<const model::EventBatch> event;  // one row; null past the memory limit
};

}  // namespace vedette::detect
