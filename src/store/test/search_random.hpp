// Random events, predicates and requests, and segments whose columns come in every form, for the tests of
// the search.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "segment.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }
  bool one_in(int n) { return below(n) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(of.size())))];
  }

 private:
  std::mt19937_64 engine_;
};

using Batches = std::vector<std::shared_ptr<const model::EventBatch>>;

extern const std::vector<std::string> kFields;

// `next_sequence` goes up with each event.
Batches random_batches(Random& random, std::uint64_t& next_sequence);
model::Predicate random_predicate(Random& random, int depth);
model::SearchRequest random_request(Random& random);
std::string describe(const model::Predicate& predicate);  // for failures

// The rows of the batches with columns as dictionaries, constants, integers or values, at random; prunes
// exactly and tells counts.
std::shared_ptr<const Segment> make_varied_segment(std::string name, Batches batches,
                                                   std::uint32_t block_rows, std::uint64_t seed);

}  // namespace vedette::store::test
