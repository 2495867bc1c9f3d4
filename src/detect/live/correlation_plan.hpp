// CorrelationPlan: what the correlations of one rule set need to run over a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "correlation/hits.hpp"

namespace vedette::detect {

struct PlannedCorrelation {
  // A copy: windows outlive the rule set that they began with.
  std::shared_ptr<const CorrelationRule> rule;
  std::string fingerprint;  // of all that says what counts and when it is found
  // Its place among all: those that it refers to stand before it.
  std::uint32_t rank = 0;
  // Hits are taken in order once none can come before them any more, rather than at once: where the end of a
  // window decides, and where a member is known only then.
  bool held = false;
  bool at_close = false;
  base::TimeNs lateness = 0;  // how much older than the newest event a hit may be
};

// Immutable.
struct CorrelationPlan {
  CorrelationPlan(std::shared_ptr<const Engine> engine, base::TimeNs lateness);

  std::shared_ptr<const Engine> engine;
  CorrelationUses uses;
  std::vector<PlannedCorrelation> correlations;  // as in the rule set
  std::vector<std::uint32_t> by_rank;            // indices into correlations
};

}  // namespace vedette::detect
