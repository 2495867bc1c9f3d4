// The search language: text to a Query, and a Query run on a log store.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::query {

struct ParseOptions {
  base::TimeNs now = 0;                   // the moment that `now` names in the text, as in now-7d
  std::vector<std::string> known_fields;  // for "did you mean"; may be empty
};

// Immutable once parsed; may be run often and from several threads.
class Query;
struct Parsed {
  std::shared_ptr<const Query> query;  // null if there are errors
  base::Diagnostics diagnostics;       // file is empty; span.column points into the text
};
Parsed parse(std::string_view text, const ParseOptions& options);
// For messages: the line of the query with a caret below the place, then the message.
std::string render(const base::Diagnostic& diagnostic, std::string_view text);

// KQL alone, without pipes (row filters, rules' exceptions, the DSL's query_string).
base::Result<model::Predicate> parse_filter(std::string_view text, const ParseOptions& options);

struct RunOptions {
  model::TimeRange range;
  std::uint64_t limit = model::SearchRequest::kAll;  // rows of the answer, after all stages
  std::vector<model::SortKey> sort;  // of events when the query has no sort; default newest first
  model::SearchLimits limits;
  int threads = 0;
  // Reads a file that `lookup` names; null: lookups are refused.
  std::function<base::Result<std::string>(const std::string& name)> read_lookup;
};

// Columns known before the first row: names in order, or empty when rows are whole events.
struct Header {
  std::vector<std::string> columns;
};
// Rows as they come, as events whose fields are the columns. on_header is called once, before the first row.
// on_rows returns false to stop.
struct Output {
  std::function<void(const Header&)> on_header;
  model::RowSink on_rows;
};

// Runs the query. Errors as LogStore::search; also invalid_argument for a lookup file that cannot be read and
// `limit` is a Cut of the result, not an error. The statistics' plan has a line for each stage that says
// where it ran ("in the store", "on rows").
base::Result<model::SearchResult> run(const Query& query, const ports::LogStore& store,
                                      const RunOptions& options, const Output& output,
                                      const base::CancellationToken& cancellation);

// A query without stages that need the end of the input can be followed live: rows of `batch` that pass
// (where, eval, keep, drop, rename, rex, dissect, lookup), or unsupported naming the stage that cannot be.
// After `limit` rows of the options none pass.
class LiveQuery {
 public:
  static base::Result<std::unique_ptr<LiveQuery>> create(std::shared_ptr<const Query> query,
                                                         const RunOptions& options);
  virtual ~LiveQuery() = default;
  virtual std::shared_ptr<const model::EventBatch> filter(
      const std::shared_ptr<const model::EventBatch>& batch) = 0;
  virtual Header header() const = 0;
};

// Every command and function with a one-line description, for help and completion.
struct Described {
  std::string_view name, syntax, summary;
};
std::vector<Described> commands();
std::vector<Described> functions();

}  // namespace vedette::query
