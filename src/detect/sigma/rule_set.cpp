#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {

std::string_view correlation_type_name(CorrelationType type) {
  switch (type) {
    case CorrelationType::event_count:
      return "event_count";
    case CorrelationType::value_count:
      return "value_count";
    case CorrelationType::temporal:
      return "temporal";
    case CorrelationType::temporal_ordered:
      return "temporal_ordered";
    case CorrelationType::value_sum:
      return "value_sum";
    case CorrelationType::value_avg:
      return "value_avg";
    case CorrelationType::value_percentile:
      return "value_percentile";
    case CorrelationType::value_median:
      return "value_median";
  }
  return {};
}

bool CountCondition::holds(double value) const {
  return (!gt || value > *gt) && (!gte || value >= *gte) && (!lt || value < *lt) && (!lte || value <= *lte) &&
         (!eq || value == *eq) && (!neq || value != *neq);
}

bool CountCondition::only_upper_bounds() const {
  return !gt && !gte && !eq && (lt || lte || neq);
}

}  // namespace vedette::detect
