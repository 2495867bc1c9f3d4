// RecordNormalizer: what listeners took, record by record, to one batch of ECS events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/model/raw_batch.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {

struct NormalizedBatch {
  std::shared_ptr<const model::EventBatch> batch;
  // Row of each record of the RawBatch. Every record gives exactly one row.
  std::vector<std::uint32_t> rows;
  // Why the record could not be parsed (its row holds its bytes and this); empty if it could.
  std::vector<std::string> failures;
};

// Not thread safe: one a worker. Keeps a parser for each format. Records without an event time get the
// envelope's, else the time of arrival.
class RecordNormalizer {
 public:
  explicit RecordNormalizer(const MappingSet& mappings);
  ~RecordNormalizer();

  // An unknown format is taken as "auto". The batch holds the raw bytes alive.
  NormalizedBatch parse(const model::RawBatch& raw);
  ParseCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::normalize
