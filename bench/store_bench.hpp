#pragma once

#include <string>
#include <vector>

namespace vedette::bench {

// Fills a store with generated events and asks it: rates, sizes, and times of queries, cold and hot, as
// Markdown tables. Returns the exit code: 1 if an answer was wrong.
int run_store_bench(const std::vector<std::string>& arguments);

}  // namespace vedette::bench
