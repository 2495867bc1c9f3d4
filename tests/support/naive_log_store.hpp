// A log store in memory that answers a SearchRequest row by row, with no index and no cleverness: the
// reference that stores and query planners are compared with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "vedette/model/event.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::test {

// Where the contract leaves a choice: null counts as missing, missing keys come last in the default order of
// groups, count_distinct_approx is exact (but reported as approximate), max_memory and timeout are not
// looked at, and total_groups does not depend on `after`. Not thread safe while rows are added.
class NaiveLogStore final : public ports::LogStore {
 public:
  // Copies the rows. A row without a sequence number gets the next one, from 1.
  void append(const model::EventBatch& batch);
  // One JSON object a line, with dotted names or nested objects; "@timestamp" is the event time. Returns an
  // error that names the line.
  base::Status append_ndjson(std::string_view text);

  base::Result<model::SearchResult> search(const model::SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken& cancellation) const override;
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange& range) const override;

 private:
  base::Result<NaiveLogStore> narrowed(const model::SearchRequest& request) const;

  std::vector<std::shared_ptr<const model::EventBatch>> batches_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace vedette::test
