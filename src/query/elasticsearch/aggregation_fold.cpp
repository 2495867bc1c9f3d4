#include "elasticsearch/aggregations.hpp"
#include "elasticsearch/predicates.hpp"

namespace vedette::query::es {

using model::GroupBy;
using model::GroupKey;
using model::Metric;

namespace {

constexpr std::size_t kMostTests = 200'000;  // of filters, over all groupings

std::size_t count_filter_tests(const std::vector<GroupKey>& keys) {
  std::size_t count = 0;
  for (const GroupKey& key : keys) {
    for (const GroupKey::Filter& filter : key.filters) count += count_tests(filter.predicate);
  }
  return count;
}

void add_metric(GroupBy& group, Metric metric) {
  metric.name = "m" + std::to_string(group.metrics.size());
  group.metrics.push_back(std::move(metric));
}

void add_metrics_of(GroupBy& group, Agg& agg) {
  using Kind = Metric::Kind;
  agg.first_metric = group.metrics.size();
  const auto add = [&](Kind kind, double argument = 0) {
    Metric metric;
    metric.kind = kind;
    metric.field = agg.field;
    metric.argument = argument;
    add_metric(group, std::move(metric));
  };
  switch (agg.kind) {
    case AggKind::cardinality:
      return add(Kind::count_distinct);
    case AggKind::min:
      return add(Kind::min);
    case AggKind::max:
      return add(Kind::max);
    case AggKind::avg:
      return add(Kind::avg);
    case AggKind::sum:
      return add(Kind::sum);
    case AggKind::value_count:
      return add(Kind::value_count);
    case AggKind::stats:
    case AggKind::extended_stats:
      for (const Kind kind : {Kind::value_count, Kind::min, Kind::max, Kind::avg, Kind::sum}) add(kind);
      if (agg.kind == AggKind::extended_stats) add(Kind::variance);
      return;
    case AggKind::percentiles:
      for (const double percent : agg.percents) add(Kind::percentile, percent);
      return;
    case AggKind::top_hits: {
      Metric metric;
      metric.kind = Kind::top_rows;
      metric.limit = agg.from + agg.size;
      metric.sort = sort_keys(agg.hits);
      metric.fields = needed_fields(agg.hits);
      return add_metric(group, std::move(metric));
    }
    default:
      break;
  }
}

struct Folder {
  std::vector<GroupBy>& groups;
  std::size_t tests = 0;

  // Adds a grouping with the metrics of one level, then those of the buckets below.
  base::Status level(std::vector<Agg>& aggs, const std::vector<GroupKey>& keys, GroupBy group,
                     std::size_t& index) {
    bool has_top = false;
    for (Agg& agg : aggs) {
      if (is_bucket(agg.kind)) continue;
      if (agg.kind == AggKind::top_hits) {
        if (has_top) {
          return base::make_error(base::ErrorCode::unsupported,
                                  agg.path + ": a second top_hits beside the first is not supported");
        }
        has_top = true;
      }
      add_metrics_of(group, agg);
    }
    tests += count_filter_tests(keys);
    if (tests > kMostTests) return invalid("aggs", "too many filters below filters");
    group.keys = keys;
    index = groups.size();
    groups.push_back(std::move(group));
    return buckets(aggs, keys);
  }

  base::Status buckets(std::vector<Agg>& aggs, const std::vector<GroupKey>& keys) {
    for (Agg& agg : aggs) {
      if (!is_bucket(agg.kind)) continue;
      std::vector<GroupKey> longer = keys;
      for (const GroupKey& key : agg.keys) {
        longer.push_back(key);
        longer.back().name = "k" + std::to_string(longer.size() - 1);
      }
      GroupBy group;
      if (agg.kind == AggKind::composite) {
        group.limit = agg.size;
        group.after = agg.after;
      }
      Metric count;
      count.kind = Metric::Kind::count;
      add_metric(group, std::move(count));
      TRY(level(agg.children, longer, std::move(group), agg.group));
    }
    return base::ok_status();
  }
};

}  // namespace

base::Status fold_aggregations(std::vector<Agg>& aggs, std::vector<GroupBy>& groups,
                               std::optional<std::size_t>& root) {
  Folder folder{groups};
  bool has_metrics = false;
  for (const Agg& agg : aggs) has_metrics = has_metrics || !is_bucket(agg.kind);
  if (!has_metrics) return folder.buckets(aggs, {});
  Metric count;
  count.kind = Metric::Kind::count;
  GroupBy group;
  add_metric(group, std::move(count));
  std::size_t index = 0;
  TRY(folder.level(aggs, {}, std::move(group), index));
  root = index;
  return base::ok_status();
}

}  // namespace vedette::query::es
