// The events that somebody may see, as a log store of its own: below the query parser, so that counts,
// aggregations, completions and rows are of these alone.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vedette/api/principal.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api {

// What every search is narrowed by: tenant, data sets and row filters. vedette.tenant is set by the intake
// and by nobody else; events of the default tenant have none.
model::Predicate scope_predicate(const DataScope& scope);

// `store` must outlive it. Thread safe. Masked fields are as if the events had not got them: for predicates
// (free text and wildcards of names as well), groups, sorting, rows and fields(). event.original, which holds
// the raw line, vedette.overflow and related.* are masked along with any field; so is the path of the source
// along with log.file.path. "@timestamp" is never masked. Statistics and plans of answers tell nothing of
// hidden rows. fields() gives the fields of events that are seen and how many of these have them, counted by
// a search of at most ten seconds (then: the fields of what was counted); kinds of values are of the newest
// 1,000 events.
std::unique_ptr<ports::LogStore> make_scoped_store(const ports::LogStore& store, DataScope scope);

// The same for a live batch: the rows that are seen, without masked fields; null: none.
class ScopeFilter {
 public:
  static base::Result<std::unique_ptr<ScopeFilter>> create(const DataScope& scope);
  virtual ~ScopeFilter() = default;
  virtual std::shared_ptr<const model::EventBatch> filter(
      const std::shared_ptr<const model::EventBatch>& batch) = 0;  // one thread at a time
};

// Which of these events (ids) are in the store and seen: parallel to `ids`. An alert is seen if all its
// events are. An id is expr::id_text of a sequence number (AlertRecord::event_sequence, more_sequences), else
// the event's own "_id"; sequence numbers are looked up as such, whatever events call themselves.
base::Result<std::vector<bool>> visible_events(const ports::LogStore& scoped,
                                               std::span<const std::string> ids,
                                               const base::CancellationToken& cancellation);

}  // namespace vedette::api
