// What the generated events hold, counted row by row without the store: the answers that queries must give.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store_generator.hpp"

namespace vedette::bench {

struct StoreTruth {
  std::uint64_t failures = 0;                         // event.outcome is failure
  std::uint64_t server_errors = 0;                    // http.response.status_code is 500 or more
  std::uint64_t body_bytes = 0;                       // sum of http.response.body.bytes
  std::uint64_t bypasses = 0;                         // process.command_line has "ExecutionPolicy Bypass"
  std::uint64_t tickets = 0;                          // process.command_line has /ticket/ and eight digits
  std::uint64_t power_processes = 0;                  // process.name begins with power
  std::uint64_t in_network = 0;                       // source.ip is in 10.21.0.0/16
  std::uint64_t hours = 0, users = 0, addresses = 0;  // distinct hours, user.name, source.ip
  struct Dataset {
    std::uint64_t rows = 0;
    double json_bytes = 0;  // estimated from one row of 64
  };
  std::map<std::string, Dataset, std::less<>> datasets;
};

// Generates all rows once, on `threads` threads.
StoreTruth count_truth(const StoreGenerator& generator, int threads);

}  // namespace vedette::bench
