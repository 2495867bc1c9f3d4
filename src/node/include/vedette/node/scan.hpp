// The scan: files in, alerts and a summary out.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/model/rule.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::node {

// Which rules take part.
struct RuleSelection {
  std::vector<std::string> folders;  // files or folders; empty: the shipped rules
  std::vector<std::string> placeholder_files;
  model::Level min_level = model::Level::informational;
  std::vector<std::string> tags;  // any of; a tag also stands for those below it (attack.t1059 for .001)
  std::vector<model::RuleStatus> statuses;  // any of; empty: all
};

// Loads the selected rules. Rules that only correlations use stay even when the selection leaves them out.
// Files that cannot be read are errors in the set's diagnostics.
detect::RuleSet load_selected_rules(const RuleSelection& selection, bool lint, int threads);

struct ScanOptions {
  std::vector<std::string> paths;
  std::string exclude;         // a file not to be read, as the one that the alerts go to; empty: none
  std::string format;          // empty or "auto": detect
  int utc_offset_seconds = 0;  // of local times without a zone
  std::int64_t from =
      std::numeric_limits<std::int64_t>::min();  // event time, ns; events without a time always pass
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  int threads = 0;          // 0: one a core
  std::uint64_t limit = 0;  // alerts written; 0: all. All are counted
};

// Where a scan tells what it does. Calls come from one thread at a time.
struct ScanObserver {
  std::function<void(const model::Alert&)> on_alert;
  std::function<void(std::uint64_t bytes, std::uint64_t total_bytes, std::uint64_t events,
                     std::uint64_t alerts,
                     double seconds)>
      on_progress;  // may be null
};

// Scans; alerts of rules come in the order of inputs and records, those of correlations after them. Returns
// the totals.
report::ScanTotals scan(const ScanOptions& options, detect::RuleSet rules, const ScanObserver& observer,
                        const base::CancellationToken& cancellation);

// Parses and normalizes a single input and hands each event to `each`.
report::ScanTotals parse_inputs(const ScanOptions& options,
                                const std::function<void(const model::Event&)>& each,
                                const base::CancellationToken& cancellation);

}  // namespace vedette::node
