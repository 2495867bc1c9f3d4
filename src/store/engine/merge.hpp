// Makes few large parts of many small ones. Internal to the store.
#pragma once

#include <functional>
#include <vector>

#include "seal.hpp"
#include "sequence_set.hpp"
#include "vedette/base/cancellation.hpp"

namespace vedette::store {

struct MergePolicy {
  std::uint64_t max_part_rows = kMaxPartRows;
  std::size_t fan = 8;          // parts that make a merge worth while on a day that still grows
  std::size_t max_inputs = 64;  // each holds a decoded block
};

// Which of the parts of one day and dataset to merge: empty, or two or more. A part takes part only in merges
// that make it a good deal larger, so that a row is written few times.
// `quiet`: nothing is expected to be added. `compact`: whatever makes fewer parts.
PartSet choose_merge(const PartSet& group, const MergePolicy& policy, bool quiet, bool compact);

// Writes the rows of `inputs`, which are of one day and dataset, to as few parts as can be; rows for which
// `skip` holds are left out. Not the folders' names: see PartFiles::sync_folders.
base::Status merge_parts(const PartSet& inputs, const MergePolicy& policy, const PartOptions& options,
                         const std::function<bool(std::uint64_t sequence)>& skip,
                         const base::CancellationToken& cancellation, PartFiles& out);

}  // namespace vedette::store
