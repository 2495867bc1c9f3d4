// STIX 2.1 patterns (section 9) of the kind that lists values: equalities joined by OR.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {

struct StixValues {
  struct Item {
    Indicator::Type type;
    std::string value;
  };
  std::vector<Item> items;  // an event that has any of them matches the pattern
  // Why the pattern, or some of its alternatives, cannot be matched by values alone; empty if all can.
  std::string unsupported;
  bool malformed = false;  // no pattern at all: `unsupported` says where it breaks
};

// At most 64 levels of brackets and 10,000 values.
StixValues parse_stix_pattern(std::string_view pattern);

}  // namespace vedette::normalize
