// RecordNormalizer: what listeners took, record by record, to one batch of ECS events.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/model/raw_batch.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {

struct NormalizedBatch {
  std::shared_ptr<const model::EventBatch> batch;
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};
  // Row of each record of the RawBatch, or kNoRow: a header line, a part of an event of several records
  // (which stands in the row of a later one), or an event that was let go. An EVTX chunk has the row of its
  // last event.
  std::vector<std::uint32_t> rows;
  // Why the record could not be parsed (its row holds its bytes and this); empty if it could.
  std::vector<std::string> failures;
};

// Not thread safe: one a worker. Keeps a parser for each format; for files one for each file, too, whose
// batches must come to the same normalizer in order. Records without an event time get the envelope's, else
// the time of arrival. Events of several records (auditd) are joined within a batch; headers of columns (Zeek,
// CSV, W3C) hold for the batch they stand in, but in files.
class RecordNormalizer {
 public:
  explicit RecordNormalizer(const MappingSet& mappings);
  ~RecordNormalizer();

  // An unknown format is taken as "auto". The batch holds the raw bytes alive.
  // `is_new`: whether an event of an EVTX chunk is to be kept; its id is made of the chunk's and the
  // record's.
  using IsNew = std::function<bool(const std::string& id)>;
  NormalizedBatch parse(const model::RawBatch& raw, const IsNew& is_new = nullptr);
  ParseCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::normalize
