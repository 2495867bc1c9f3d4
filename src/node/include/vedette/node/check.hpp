// Checks all that a data folder holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vedette/node/data_folder.hpp"

namespace vedette::node {

struct CheckResult {
  std::vector<std::string> faults;      // a sentence each
  std::uint64_t parts = 0, events = 0;  // sealed, that were read
};

// Reads everything and checks every checksum. Changes nothing; another process may be writing. not_found if
// there is no data folder. The `report` of the options is not used.
base::Result<CheckResult> check_data(const DataOptions& options, const base::CancellationToken& cancellation);
// The same for the only process that writes, which mends what it can and puts damaged parts aside.
base::Result<CheckResult> repair_data(const DataOptions& options,
                                      const base::CancellationToken& cancellation);

}  // namespace vedette::node
