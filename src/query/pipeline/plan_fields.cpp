// Which fields the steps that run on rows need, and stats as a grouping of the store.
#include <algorithm>
#include <set>

#include "../functions/functions.hpp"
#include "expression.hpp"
#include "plan.hpp"

namespace vedette::query {
namespace {

// Walks the steps forward, until one names all fields that can still be seen.
class Reads {
 public:
  std::vector<std::string> of(const std::vector<Step>& steps, std::size_t from) {
    for (std::size_t i = from; i < steps.size() && !whole_ && !closed_; ++i) {
      std::visit([&](const auto& stage) { visit(stage); }, steps[i].what);
    }
    if (whole_ || !closed_) return {};
    if (needed_.empty()) needed_.insert("@timestamp");
    return {needed_.begin(), needed_.end()};
  }

 private:
  void need(const std::string& name) {
    if (!made_.contains(name)) needed_.insert(name);
  }
  void need(const Expr& e) {
    std::vector<std::string> names;
    whole_ |= !fields_of(e, names);
    for (const std::string& name : names) need(name);
  }
  void need(const model::Predicate& predicate) {
    std::vector<std::string> names;
    whole_ |= !fields_of(predicate, names);
    for (const std::string& name : names) need(name);
  }

  void visit(const WhereStage& s) { need(s.condition); }
  void visit(const EvalStage& s) {
    for (const Assignment& assignment : s.assignments) {
      need(assignment.value);
      made_.insert(assignment.name);
    }
  }
  void visit(const StatsStage& s) {
    for (const Assignment& by : s.by) need(by.value);
    for (const Aggregate& aggregate : s.aggregates) {
      for (const Expr& argument : aggregate.args) need(argument);
    }
    closed_ = true;
  }
  void visit(const SortStage& s) {
    for (const SortStage::Key& key : s.keys) need(key.value);
  }
  void visit(const LimitStage&) {}
  void visit(const KeepStage& s) {
    for (const std::string& pattern : s.patterns) need(pattern);
    closed_ = true;
  }
  void visit(const DropStage&) {}
  void visit(const RenameStage& s) {
    for (const auto& [from, to] : s.names) {
      // A field that is renamed away comes out under the new name only if it was there.
      need(from);
      need(to);
      made_.insert(to);
    }
  }
  void visit(const DedupStage& s) {
    for (const std::string& name : s.fields) need(name);
  }
  void visit(const SequenceStage& s) {
    for (const std::string& name : s.by) need(name);
    for (const SequenceStage::Step& step : s.steps) {
      for (const std::string& name : step.by) need(name);
      need(step.filter);
    }
    if (s.until) {
      for (const std::string& name : s.until->by) need(name);
      need(s.until->filter);
    }
  }
  void visit(const LookupStage& s) { need(s.field); }
  void visit(const RexStage& s) {
    if (!s.field.empty()) return need(s.field);
    need("event.original");
    need("message");
  }
  void visit(const DissectStage& s) {
    if (!s.field.empty()) return need(s.field);
    need("event.original");
    need("message");
  }
  void visit(const FirstOfEachStage& s) {
    for (const std::string& name : s.by) need(name);
  }

  std::set<std::string> needed_, made_;
  bool whole_ = false;   // something reads any field
  bool closed_ = false;  // later steps see only what is needed already
};

bool to_key(const Assignment& by, model::GroupKey& key) {
  key.name = by.name;
  const Expr& e = by.value;
  if (e.kind == Expr::Kind::field && e.name != "@timestamp" && e.name != "_id") {
    key.field = e.name;
    return true;
  }
  const bool bucket = e.kind == Expr::Kind::call && (e.name == "bucket" || e.name == "date_trunc");
  if (!bucket || e.args.size() != 2 || e.args[0].kind != Expr::Kind::field) return false;
  key.field = e.args[0].name;
  const Expr& width = e.args[1];
  if (width.kind != Expr::Kind::literal) return false;
  if (key.field == "@timestamp") {
    if (!width.duration || *width.duration <= 0) return false;
    key.kind = model::GroupKey::Kind::time_bucket;
    key.interval = *width.duration;
    return true;
  }
  if (width.duration || e.name != "bucket") return false;
  const auto number = number_in(value_of(width.literal));
  if (!number || std::holds_alternative<std::string>(width.literal) || !(*number > 0)) return false;
  key.kind = model::GroupKey::Kind::number_bucket;
  key.width = *number;
  return true;
}

struct NamedMetric {
  std::string_view name;
  model::Metric::Kind kind;
};
constexpr NamedMetric kMetrics[] = {
    {"count_distinct", model::Metric::Kind::count_distinct_approx},
    {"count_distinct_approx", model::Metric::Kind::count_distinct_approx},
    {"count_distinct_exact", model::Metric::Kind::count_distinct},
    {"sum", model::Metric::Kind::sum},
    {"avg", model::Metric::Kind::avg},
    {"min", model::Metric::Kind::min},
    {"max", model::Metric::Kind::max},
    {"variance", model::Metric::Kind::variance},
    {"median", model::Metric::Kind::percentile},
    {"percentile", model::Metric::Kind::percentile},
    {"values", model::Metric::Kind::values},
    {"first", model::Metric::Kind::first},
    {"last", model::Metric::Kind::last},
};

bool to_metric(const Aggregate& aggregate, model::Metric& metric) {
  metric.name = aggregate.name;
  if (aggregate.function == "count" && aggregate.args.empty()) return true;
  if (aggregate.args.empty() || aggregate.args[0].kind != Expr::Kind::field) return false;
  metric.field = aggregate.args[0].name;
  const bool time = metric.field == "@timestamp" || metric.field == "_id";
  if (time && aggregate.function != "min" && aggregate.function != "max") return false;
  std::optional<double> argument;
  if (aggregate.args.size() > 2) return false;
  if (aggregate.args.size() == 2) argument = number_in(value_of(aggregate.args[1].literal));
  if (aggregate.args.size() == 2 && (aggregate.args[1].kind != Expr::Kind::literal || !argument))
    return false;
  if (aggregate.function == "count") {
    metric.kind = model::Metric::Kind::value_count;
    return true;
  }
  const auto* named = std::find_if(std::begin(kMetrics), std::end(kMetrics),
                                   [&](const NamedMetric& m) { return m.name == aggregate.function; });
  if (named == std::end(kMetrics)) return false;
  metric.kind = named->kind;
  if (metric.kind == model::Metric::Kind::percentile) {
    if (!argument && aggregate.function != "median") return false;
    metric.argument = argument.value_or(50);
    return metric.argument >= 0 && metric.argument <= 100;
  }
  if (metric.kind == model::Metric::Kind::values && argument) {
    if (!(*argument >= 1 && *argument <= 1e6)) return false;
    metric.limit = static_cast<std::uint64_t>(*argument);
  }
  return true;
}

}  // namespace

std::vector<std::string> fields_read(const std::vector<Step>& steps, std::size_t from) {
  return Reads().of(steps, from);
}

bool to_group_by(const StatsStage& stage, model::GroupBy& out) {
  for (const Assignment& by : stage.by) {
    if (!to_key(by, out.keys.emplace_back())) return false;
  }
  for (const Aggregate& aggregate : stage.aggregates) {
    if (!to_metric(aggregate, out.metrics.emplace_back())) return false;
  }
  return true;
}

}  // namespace vedette::query
