// Ingest: files, folders, archives or the standard input into a data folder.
#pragma once

#include <cstdint>
#include <functional>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/node/data_folder.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::node {

struct IngestTotals {
  report::ScanTotals read;
  std::uint64_t acknowledged = 0;  // events that the log has durably
};

// From one thread at a time.
using IngestProgress = std::function<void(std::uint64_t bytes, std::uint64_t total_bytes,
                                          std::uint64_t acknowledged, double seconds)>;

// Parses the inputs as a scan does and appends their events to the log in the order of the inputs. Events
// without a time get that of their arrival. The first refusal of the log (as no_space) ends it: it is
// returned in `refused`, beside the totals so far.
IngestTotals ingest(const ScanOptions& options, DataFolder& data, const IngestProgress& progress,
                    const base::CancellationToken& cancellation, base::Status& refused);

}  // namespace vedette::node
