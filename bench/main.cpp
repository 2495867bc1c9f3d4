#include <string>
#include <vector>

#include <fmt/format.h>

#include "scan_bench.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments[0] != "scan") {
    fmt::print(stderr, "vedette_bench scan [--rules DIR] [--events N] [--evtx PATH] [--repeat N]\n");
    return 2;
  }
  return vedette::bench::run_scan_bench({arguments.begin() + 1, arguments.end()});
}
