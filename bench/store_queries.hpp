// The questions of the store benchmark, in the search language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store_generator.hpp"
#include "store_truth.hpp"

namespace vedette::bench {

struct BenchQuery {
  std::string name;
  std::string text;
  std::optional<std::uint64_t> rows;   // the answer must have so many
  std::optional<std::uint64_t> count;  // the first cell of the first row must be this
};

std::vector<BenchQuery> store_queries(const StoreGenerator& generator, const StoreTruth& truth);

}  // namespace vedette::bench
