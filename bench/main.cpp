#include <string>
#include <vector>

#include <fmt/format.h>

#include "correlate_bench.hpp"
#include "scan_bench.hpp"
#include "store_bench.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (!arguments.empty()) arguments.erase(arguments.begin());
  if (what == "scan") return vedette::bench::run_scan_bench(arguments);
  if (what == "correlate") return vedette::bench::run_correlate_bench(arguments);
  if (what == "store") return vedette::bench::run_store_bench(arguments);
  fmt::print(
      stderr,
      "vedette_bench scan [--rules DIR] [--events N] [--evtx PATH] [--repeat N]\n"
      "vedette_bench store [--rows N] [--large] [--rounds N] [--threads N] [--dir DIR] [--ndjson FILE] "
      "[--keep] [--plans]\n"
      "vedette_bench correlate [--list] [--synthetic | --sets]\n");
  return 2;
}
