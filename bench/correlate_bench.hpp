// ./dev bench correlate: incidents of recorded alert streams against their labels, and speed.
#pragma once

#include <string>
#include <vector>

namespace vedette::bench {

int run_correlate_bench(const std::vector<std::string>& arguments);

}  // namespace vedette::bench
