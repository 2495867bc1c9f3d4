// A log store for tests: events in memory, answered in the most straightforward way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/ports/log_store.hpp"

namespace vedette::query::test {

class NaiveStore : public ports::LogStore {
 public:
  // An object a line, with dotted names; "@timestamp" is the event time. Events get the sequence numbers 1,
  // 2, ...
  explicit NaiveStore(std::string_view ndjson);

  base::Result<model::SearchResult> search(const model::SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken& cancellation) const override;
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange&) const override {
    return std::vector<ports::FieldUse>();
  }

  std::size_t rows_per_batch = 3;
  const std::shared_ptr<const model::EventBatch>& events() const { return events_; }
  // Of the latest search.
  mutable model::SearchRequest seen;
  mutable std::size_t rows_given = 0;

 private:
  std::vector<std::uint32_t> matching(const model::SearchRequest& request, base::Status& status) const;
  model::GroupTable group(const model::GroupBy& by, const std::vector<std::uint32_t>& rows) const;

  std::shared_ptr<const model::EventBatch> events_;
};

}  // namespace vedette::query::test
