#pragma once

#include <string>
#include <vector>

namespace vedette::bench {

// Prints the figures of the scan as a Markdown table: medians of --repeat rounds. Returns the exit code.
int run_scan_bench(const std::vector<std::string>& arguments);

}  // namespace vedette::bench
