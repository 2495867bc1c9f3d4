// SearchRequest and SearchResult: a question to a log store and its answer, as plain data. KQL, pipes and the
// Elasticsearch DSL are parsed to it (src/query); every LogStore answers it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::model {

// A value that owns its text: literals of queries, cursors.
using Literal = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

// Half open: from <= event time < to.
struct TimeRange {
  base::TimeNs from = std::numeric_limits<base::TimeNs>::min();
  base::TimeNs to = std::numeric_limits<base::TimeNs>::max();
};

// Order of values of mixed kinds: booleans < numbers (integers and reals by value) < texts (by bytes); of a
// list the smallest element counts when ascending, the largest when descending. "@timestamp" is the event
// time (0 as well), "_id" the order of arrival. Ties are broken by time, then arrival, in the first key's
// direction.
struct SortKey {
  std::string field;
  bool descending = false;
  bool missing_first = false;  // where events without a value (absent, null, an empty list) stand
};

// One dimension of a grouping. A row takes part once for each distinct element of a list, and once for every
// filter that holds; rows without a value are left out unless keep_missing. Values with the same canonical
// text are one group, shown as a number rather than as a text.
struct GroupKey {
  enum class Kind : std::uint8_t { value, time_bucket, number_bucket, filters };
  enum class Calendar : std::uint8_t { none, week, month, quarter, year };  // weeks begin on Monday
  struct Filter {
    std::string name;
    Predicate predicate;
  };
  Kind kind = Kind::value;
  std::string name;   // of the result column
  std::string field;  // not for filters
  base::TimeNs interval =
      0;  // time_bucket: > 0 unless calendar; buckets start at multiples of it, plus offset
  Calendar calendar = Calendar::none;
  base::TimeNs offset = 0;  // moves the borders, of calendar buckets as well (a time zone of +02:00 is -2 h)
  double width = 0,
         number_offset = 0;  // number_bucket: floor((v - number_offset) / width) * width + number_offset
  std::vector<Filter> filters;
  bool keep_missing = false;
};

// A value computed of the rows of a group.
struct Metric {
  enum class Kind : std::uint8_t {
    count,                  // rows
    value_count,            // values: elements of lists, without nulls
    count_distinct,         // exact, by canonical text
    count_distinct_approx,  // HyperLogLog, 2^14 registers: standard error 0.8 %
    sum,  // of values that are numbers or texts of numbers, as of the following; an integer if all of them
          // are. Without any such value the cell is absent, as of the following
    avg,
    min,  // of numbers if there are any, else of texts; "@timestamp" is a time
    max,
    variance,    // of the population
    percentile,  // `argument` in 0..100, linear interpolation between closest ranks; exact up to 10,000
                 // values a group, then a t-digest (then SearchResult::approximate says so)
    values,      // a list of distinct values in order of first sight by time, at most `limit`
    first,       // value of the earliest row that has one
    last,
    top_rows,  // whole rows: the `limit` first by `sort`; see GroupTable::top_rows
  };
  Kind kind = Kind::count;
  std::string name;  // of the result column
  std::string field;
  double argument = 0;
  std::uint64_t limit = 1000;
  std::vector<SortKey> sort;        // top_rows
  std::vector<std::string> fields;  // top_rows: as SearchRequest::fields
};

struct GroupBy {
  std::vector<GroupKey> keys;  // none: one group of all rows, there even if no row is
  std::vector<Metric> metrics;
  // By names of keys and metrics; empty: by keys, ascending.
  std::vector<SortKey> order;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  // Groups after this one (values of all keys) in ascending order of keys; empty: from the first.
  std::vector<Literal> after;
};

struct SearchLimits {
  std::uint64_t max_memory = 1ULL << 30;  // bytes of groups, sorted rows and decoded columns
  std::uint64_t max_groups = 1'000'000;   // of one GroupBy
  std::uint64_t max_rows_visited = std::numeric_limits<std::uint64_t>::max();
  base::TimeNs timeout = 0;  // 0: none
};

struct SearchRequest {
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  TimeRange range;
  // Rows with this sequence number or more are not seen: the events as they were when it came next.
  std::uint64_t below_sequence = kAll;
  std::vector<std::uint64_t> sequences;  // only rows with one of these, in any order; empty: all
  Predicate filter{.kind = Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  // Narrows the rows further; unlike everything else it sees hidden fields.
  Predicate scope{.kind = Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  // Names (with what is below them: "user" hides "user.name", too) or wildcard patterns of fields that are as
  // if no event had them: for the filter, groups, sorting and rows. "@timestamp" is never hidden.
  std::vector<std::string> hidden_fields;
  std::vector<std::string> fields;  // names or wildcard patterns that rows carry; empty: all
  std::vector<SortKey> sort;        // empty: @timestamp descending
  // Values of `sort` (then time and arrival if given) of the last row seen. Times as nanoseconds or RFC 3339
  // texts, "_id" and arrival as sequence numbers or id texts; monostate: no value.
  std::vector<Literal> after;
  std::uint64_t offset = 0;
  std::uint64_t limit = 100;  // rows; 0: none; kAll
  bool count_all = true;      // SearchResult::total is exact even where the rows were found sooner
  std::vector<GroupBy> groups;
  SearchLimits limits;
  int threads = 0;  // 0: one a core
};

// Rows in the order asked for, in batches; false stops the search (no error). From one thread at a time.
using RowSink = std::function<bool(const std::shared_ptr<const EventBatch>&)>;

struct GroupTable {
  std::vector<std::string> columns;        // names of keys, then of metrics
  std::shared_ptr<const EventBatch> rows;  // a row a group; fields are the columns; time buckets are
                                           // RFC 3339 texts, "@timestamp" as well
  std::vector<std::shared_ptr<const EventBatch>> top_rows;  // a group's, if there is such a metric
  std::uint64_t total_groups = 0;                           // before limit
  std::uint64_t total_rows = 0;                             // that took part
};

// Why an answer is not whole.
enum class Cut : std::uint8_t { none, memory, rows, groups, time, cancelled };

struct SearchStats {
  std::uint64_t parts = 0, parts_skipped = 0;
  std::uint64_t blocks = 0, blocks_skipped_time = 0, blocks_skipped_filter = 0, blocks_from_header = 0;
  std::uint64_t rows_visited = 0, rows_matched = 0;
  std::uint64_t bytes_read = 0;  // from files, cached or not
  double seconds = 0;
  bool narrowed = false;          // SearchRequest::scope may have kept rows away that these figures tell of
  std::vector<std::string> plan;  // lines for a person
};

struct SearchResult {
  std::uint64_t total = 0;  // rows that match; a lower bound if not total_exact
  bool total_exact = true;
  bool approximate = false;  // a percentile came from a digest, or count_distinct_approx was asked for
  Cut cut = Cut::none;
  std::string cut_reason;             // a sentence; empty if none
  std::vector<GroupTable> groups;     // parallel to SearchRequest::groups
  std::vector<std::string> warnings;  // e.g. parts that could not be read
  SearchStats stats;
};

}  // namespace vedette::model
