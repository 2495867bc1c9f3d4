// The detection engine as an evaluator of the Sigma semantics suite.
#pragma once

#include "support/sigma_cases.hpp"

namespace vedette::test {

// With the shipped log sources and, for cases that do not look at routing, one more: {category: case}, to
// which every event belongs.
SigmaEvaluator engine_sigma_evaluator();

}  // namespace vedette::test
