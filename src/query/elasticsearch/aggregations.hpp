// The aggregation tree: read, folded into flat groupings, and given its shape again.
//
// Each bucket aggregation becomes one GroupBy whose keys are its own and those of the buckets around it, and
// whose metrics are the row count and the metric aggregations right below it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elasticsearch/hits.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query::es {

enum class AggKind : std::uint8_t {
  terms,
  date_histogram,
  histogram,
  range,
  date_range,
  filters,
  filter,
  missing,
  composite,  // of buckets
  cardinality,
  min,
  max,
  avg,
  sum,
  stats,
  extended_stats,
  value_count,
  percentiles,
  top_hits,
};
constexpr bool is_bucket(AggKind kind) {
  return kind <= AggKind::composite;
}

struct BucketOrder {
  std::string by;        // "_count", "_key" or the name of a metric
  std::string property;  // "avg" of "stats.avg"
  bool descending = true;
};

// include and exclude of terms: exact values or a regular expression.
struct TermFilter {
  std::optional<std::vector<std::string>> exact;
  std::string regex;  // of RE2, anchored; empty: none
};

struct RangeBucket {
  std::string key;
  std::optional<double> from, to;
  std::optional<base::TimeNs> from_time, to_time;
};

struct Agg {
  std::string name, path, meta;
  AggKind kind{};
  std::string field;
  std::vector<Agg> children;

  std::vector<model::GroupKey> keys;  // of the grouping; names are given when folding
  std::vector<std::string> names;     // filters, in order; empty if anonymous
  std::vector<RangeBucket> ranges;
  std::vector<Agg> sources;  // composite
  std::vector<model::Literal> after;
  std::size_t size = 10, from = 0;
  std::vector<BucketOrder> order;
  std::int64_t min_doc_count = 1;
  std::optional<model::Literal> missing;
  TermFilter include, exclude;
  bool keyed = false;
  std::string format;
  base::TimeNs zone = 0, shift = 0, interval = 0;
  char unit = 0;  // of calendar intervals that are not of fixed length: w M q y
  double width = 0, origin = 0;
  std::optional<std::pair<double, double>> bounds;  // extended; of date histograms in nanoseconds (see times)
  std::optional<std::pair<base::TimeNs, base::TimeNs>> time_bounds;
  std::vector<double> percents;
  double sigma = 2;
  HitOptions hits;  // top_hits

  std::size_t group = 0;         // of bucket aggregations: index in SearchRequest::groups
  std::size_t first_metric = 0;  // of metrics: their first column "m<n>" in the grouping around them
};

base::Result<std::vector<Agg>> parse_aggregations(const Node& node, base::TimeNs now);

// Adds the groupings. `root` gets the index of the grouping of metrics at the top, if there are any.
base::Status fold_aggregations(std::vector<Agg>& aggs, std::vector<model::GroupBy>& groups,
                               std::optional<std::size_t>& root);

base::Status append_aggregations(base::JsonWriter& json, const std::vector<Agg>& aggs,
                                 std::optional<std::size_t> root,
                                 const std::vector<model::GroupTable>& tables);

}  // namespace vedette::query::es
