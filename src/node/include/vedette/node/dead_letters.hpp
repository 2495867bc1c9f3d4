// Dead letters: what could not be parsed, given to the parsers and mappings of today.
#pragma once

#include <cstdint>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {

struct ReplayTotals {
  std::uint64_t examined = 0;  // dead letters in the store
  std::uint64_t before = 0;    // of them replayed earlier
  std::uint64_t failing = 0;   // still cannot be parsed
  std::uint64_t cut = 0;       // were too long to be kept whole
  std::uint64_t replayed = 0;  // stored as events now (or would be)
};

// Stores an event for every dead letter that parses by now, under the id "replay-" and the dead letter's id,
// so that a second replay stores nothing twice. The dead letters stay. `dry_run`: only counts.
base::Result<ReplayTotals> replay_dead_letters(DataFolder& data, bool dry_run,
                                               const base::CancellationToken& cancellation);

}  // namespace vedette::node
