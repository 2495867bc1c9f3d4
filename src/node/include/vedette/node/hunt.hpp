// Hunt: rules over stored history.
#pragma once

#include <cstdint>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/detect/correlator.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/model/search.hpp"
#include "vedette/node/scan.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::node {

struct HuntOptions {
  model::TimeRange range;  // of the events
  int threads = 0;
  detect::CorrelatorLimits limits;
};

struct HuntTotals {
  report::ScanTotals totals;   // as of a scan; files and bytes are 0
  model::SearchResult search;  // what was read for it
};

// Gives the alerts that a scan of the same events gives, with the same ids, in order of event time; those of
// correlations come last. Few rules (at most kMaxPrunedRules) are turned into a search that skips what cannot
// match.
inline constexpr std::size_t kMaxPrunedRules = 64;
base::Result<HuntTotals> hunt(const ports::LogStore& store, detect::RuleSet rules, const HuntOptions& options,
                              const ScanObserver& observer, const base::CancellationToken& cancellation);

}  // namespace vedette::node
