// The aggregates of stats on rows, with the semantics of model::Metric.
#pragma once

#include <memory>
#include <string>

#include "../ast.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/event.hpp"

namespace vedette::query {

// One aggregate of one group.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // `value` is null for rows without one (and for count()). Returns the bytes by which it grew.
  virtual std::size_t add(const model::Value& value, const model::Event& event) = 0;
  virtual model::Value result(base::Arena& arena) = 0;
  virtual bool approximate() const { return false; }
};

// What is needed to make accumulators of an aggregate, again and again.
struct AggregateKind {
  std::unique_ptr<Accumulator> (*make)(const AggregateKind&) = nullptr;
  std::vector<double> arguments;  // percentile ranks
  std::uint64_t limit = 1000;     // values, top
  bool of_time = false;           // the argument is @timestamp
};
// invalid_argument if there is no such function or its constant arguments make no sense.
base::Result<AggregateKind> aggregate_kind(const Aggregate& aggregate);

}  // namespace vedette::query
