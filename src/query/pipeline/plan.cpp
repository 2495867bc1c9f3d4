#include "plan.hpp"

#include <algorithm>

#include "vedette/base/time.hpp"

namespace vedette::query {

using model::MatchOp;
using model::Predicate;

namespace {

constexpr std::string_view kTime = "@timestamp";

Expr field(std::string_view name) {
  Expr e;
  e.kind = Expr::Kind::field;
  e.name = name;
  return e;
}

// top 5 a by b: count by b, a; within b the most frequent first; five of each.
void add_top(const TopStage& stage, Span span, std::vector<Step>& out) {
  const std::string_view name = stage.rare ? "rare" : "top";
  StatsStage stats;
  stats.aggregates.push_back({"count", "count", {}, span});
  SortStage sort;
  for (const std::string& by : stage.by) {
    stats.by.push_back({by, field(by), span});
    sort.keys.push_back({field(by), false, {}});
  }
  sort.keys.push_back({field("count"), !stage.rare, {}});
  for (const std::string& by : stage.fields) {
    stats.by.push_back({by, field(by), span});
    sort.keys.push_back({field(by), false, {}});
  }
  out.push_back({std::move(stats), span, name});
  out.push_back({std::move(sort), span, name, true});
  if (stage.by.empty()) {
    out.push_back({LimitStage{stage.rows}, span, name, true});
  } else {
    out.push_back({FirstOfEachStage{stage.by, stage.rows}, span, name, true});
  }
}

void split_where(const Expr& condition, Span span, std::vector<Step>& out) {
  if (condition.kind == Expr::Kind::binary && condition.name == "and") {
    for (const Expr& part : condition.args) split_where(part, span, out);
    return;
  }
  out.push_back({WhereStage{condition}, span, "where"});
}

bool reads_events(const Expr& e) {
  return e.kind == Expr::Kind::matches || std::any_of(e.args.begin(), e.args.end(), reads_events);
}

// Tests read whole rows: what was assigned before must be in them.
void split_eval(const EvalStage& stage, Span span, std::vector<Step>& out) {
  EvalStage open;
  bool first = true;
  for (const Assignment& assignment : stage.assignments) {
    if (!open.assignments.empty() && reads_events(assignment.value)) {
      out.push_back({std::exchange(open, {}), span, "eval", !first});
      first = false;
    }
    open.assignments.push_back(assignment);
  }
  out.push_back({std::move(open), span, "eval", !first});
}

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

void add_steps(const Stage& stage, std::vector<Step>& out) {
  const auto plain = [&](const auto& what, std::string_view name) {
    out.push_back({what, stage.span, name});
  };
  std::visit(
      Overloaded{
          [&](const WhereStage& s) {
            const std::size_t before = out.size();
            split_where(s.condition, stage.span, out);
            for (std::size_t i = before + 1; i < out.size(); ++i) out[i].implied = true;
          },
          [&](const EvalStage& s) { split_eval(s, stage.span, out); },
          [&](const TopStage& s) { add_top(s, stage.span, out); },
          [&](const StatsStage& s) { plain(s, "stats"); }, [&](const SortStage& s) { plain(s, "sort"); },
          [&](const LimitStage& s) { plain(s, "limit"); }, [&](const KeepStage& s) { plain(s, "keep"); },
          [&](const DropStage& s) { plain(s, "drop"); }, [&](const RenameStage& s) { plain(s, "rename"); },
          [&](const DedupStage& s) { plain(s, "dedup"); },
          [&](const SequenceStage& s) { plain(s, "sequence"); },
          [&](const LookupStage& s) { plain(s, "lookup"); }, [&](const RexStage& s) { plain(s, "rex"); },
          [&](const DissectStage& s) { plain(s, "dissect"); }},
      stage.what);
}

template <typename T>
const T* as(const Step& step) {
  return std::get_if<T>(&step.what);
}

bool row_for_row(const Step& step) {
  return as<EvalStage>(step) || as<KeepStage>(step) || as<DropStage>(step) || as<RenameStage>(step) ||
         as<LookupStage>(step) || as<RexStage>(step) || as<DissectStage>(step);
}

void conjoin(Predicate& filter, Predicate more) {
  if (filter.kind == Predicate::Kind::always) {
    filter = std::move(more);
    return;
  }
  if (filter.kind != Predicate::Kind::all_of) {
    Predicate both{Predicate::Kind::all_of, {}, {}, {}};
    both.children.push_back(std::move(filter));
    filter = std::move(both);
  }
  filter.children.push_back(std::move(more));
}

// Narrows the range by a test of the event time; false if it is none.
bool narrow(const Predicate& test, model::TimeRange& range) {
  if (test.kind != Predicate::Kind::test || test.test.field != kTime || test.test.field_pattern) return false;
  const auto bound = base::parse_iso8601(test.test.text);
  if (!bound || test.test.part != model::TimePart::none) return false;
  switch (test.test.op) {
    case MatchOp::greater_equal:
      range.from = std::max(range.from, *bound);
      return true;
    case MatchOp::greater:
      range.from = std::max(range.from, *bound + 1);
      return true;
    case MatchOp::less:
      range.to = std::min(range.to, *bound);
      return true;
    case MatchOp::less_equal:
      range.to = std::min(range.to, *bound + 1);
      return true;
    default:
      return false;
  }
}

// Tests of the time that must hold move into the range. They stay in the filter where the range would take
// events without a time.
void narrow_range(Predicate& filter, model::TimeRange& range) {
  if (filter.kind == Predicate::Kind::test) {
    if (narrow(filter, range) && range.from > 0) filter = {Predicate::Kind::always, {}, {}, {}};
    return;
  }
  if (filter.kind != Predicate::Kind::all_of) return;
  for (const Predicate& child : filter.children) narrow(child, range);
  if (range.from > 0) {
    model::TimeRange ignored;
    std::erase_if(filter.children, [&](const Predicate& child) { return narrow(child, ignored); });
  }
  for (Predicate& child : filter.children) {
    if (child.kind == Predicate::Kind::all_of) narrow_range(child, range);
  }
  if (filter.children.empty()) filter = {Predicate::Kind::always, {}, {}, {}};
}

bool to_sort_keys(const SortStage& stage, std::vector<model::SortKey>& out) {
  for (const SortStage::Key& key : stage.keys) {
    if (key.value.kind != Expr::Kind::field) return false;
    out.push_back({key.value.name, key.descending, key.nulls_first.value_or(false)});
  }
  return !out.empty();
}

class Planner {
 public:
  Planner(const RunOptions& options, Plan& plan) : options_(options), plan_(plan), request_(plan.request) {}

  void run() {
    push_filters();
    if (!push_stats()) push_rows();
  }

 private:
  const Step* next() const {
    return plan_.pushed < plan_.steps.size() ? &plan_.steps[plan_.pushed] : nullptr;
  }
  template <typename T>
  const T* next_as() const {
    return next() ? as<T>(*next()) : nullptr;
  }

  void push_filters() {
    Predicate test;
    while (const auto* where = next_as<WhereStage>()) {
      if (!to_predicate(where->condition, test)) break;
      conjoin(request_.filter, std::move(test));
      ++plan_.pushed;
    }
    narrow_range(request_.filter, request_.range);
  }

  bool push_stats() {
    const auto* stats = next_as<StatsStage>();
    model::GroupBy group;
    if (!stats || !to_group_by(*stats, group)) return false;
    ++plan_.pushed;
    plan_.grouped = true;
    std::vector<model::SortKey> order;
    if (const auto* sort = next_as<SortStage>(); sort && to_sort_keys(*sort, order) && known(*sort, *stats)) {
      ++plan_.pushed;
      group.order = std::move(order);
      break_ties(group);
    }
    group.limit = rows_wanted(plan_.steps, plan_.pushed, options_.limit);
    if (next_as<LimitStage>()) ++plan_.pushed;
    request_.groups.push_back(std::move(group));
    request_.limit = 0;
    return true;
  }

  static bool known(const SortStage& sort, const StatsStage& stats) {
    return std::all_of(sort.keys.begin(), sort.keys.end(), [&](const SortStage::Key& key) {
      const auto named = [&](const auto& column) { return column.name == key.value.name; };
      return std::any_of(stats.by.begin(), stats.by.end(), named) ||
             std::any_of(stats.aggregates.begin(), stats.aggregates.end(), named);
    });
  }

  // As rows would be: by time if they have one, then by keys.
  static void break_ties(model::GroupBy& group) {
    const bool descending = group.order[0].descending;
    for (const bool times : {true, false}) {
      for (const model::GroupKey& key : group.keys) {
        if ((key.name == kTime) == times) group.order.push_back({key.name, times && descending, false});
      }
    }
  }

  void push_rows() {
    if (!push_sequence()) push_sort();
    request_.limit = rows_wanted(plan_.steps, plan_.pushed, options_.limit);
    while (next_as<LimitStage>()) ++plan_.pushed;
    request_.fields = fields_read(plan_.steps, plan_.pushed);
    for (const std::string& name : request_.fields) {
      if (name == "*") return request_.fields.clear();
    }
  }

  void push_sort() {
    std::vector<model::SortKey> keys;
    const auto* sort = next_as<SortStage>();
    if (!sort || !to_sort_keys(*sort, keys)) return;
    request_.sort = std::move(keys);
    ++plan_.pushed;
  }

  // Rows come oldest first, and only those that can be a step.
  bool push_sequence() {
    std::size_t at = plan_.pushed;
    while (at < plan_.steps.size() && (row_for_row(plan_.steps[at]) || as<WhereStage>(plan_.steps[at]))) ++at;
    const auto* sequence = at < plan_.steps.size() ? as<SequenceStage>(plan_.steps[at]) : nullptr;
    if (!sequence) return false;
    plan_.oldest_first = true;
    request_.sort = {{std::string(kTime), false, false}};
    if (at != plan_.pushed) return true;
    Predicate any{Predicate::Kind::any_of, {}, {}, {}};
    for (const SequenceStage::Step& step : sequence->steps) any.children.push_back(step.filter);
    if (sequence->until) any.children.push_back(sequence->until->filter);
    conjoin(request_.filter, std::move(any));
    return true;
  }

  const RunOptions& options_;
  Plan& plan_;
  model::SearchRequest& request_;
};

void describe(Plan& plan, PushDown push_down) {
  plan.lines.push_back(std::string("filter: ") + (push_down == PushDown::yes ? "in the store" : "on rows"));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const bool in_store = i < plan.pushed;
    if (step.implied && (i < plan.pushed) == (i - 1 < plan.pushed)) continue;
    std::string line(step.name);
    if (step.implied) line += " (rest)";
    line += in_store ? ": in the store" : ": on rows";
    plan.lines.push_back(std::move(line));
  }
}

}  // namespace

std::vector<Step> steps_of(const Query& query) {
  std::vector<Step> steps;
  for (const Stage& stage : query.stages) add_steps(stage, steps);
  return steps;
}

bool to_predicate(const Expr& e, Predicate& out) {
  if (e.kind == Expr::Kind::matches) {
    out = e.predicate;
    return true;
  }
  const bool negation = e.kind == Expr::Kind::unary && e.name == "not";
  const bool conjunction = e.kind == Expr::Kind::binary && e.name == "and";
  const bool disjunction = e.kind == Expr::Kind::binary && e.name == "or";
  if (!negation && !conjunction && !disjunction) return false;
  Predicate made;
  made.kind = negation ? Predicate::Kind::negation
                       : (conjunction ? Predicate::Kind::all_of : Predicate::Kind::any_of);
  for (const Expr& child : e.args) {
    if (!to_predicate(child, made.children.emplace_back())) return false;
  }
  out = std::move(made);
  return true;
}

std::uint64_t rows_wanted(const std::vector<Step>& steps, std::size_t from, std::uint64_t rest) {
  std::uint64_t wanted = model::SearchRequest::kAll;
  for (std::size_t i = from; i < steps.size(); ++i) {
    if (const auto* limit = as<LimitStage>(steps[i])) {
      wanted = std::min(wanted, limit->rows);
    } else if (!row_for_row(steps[i])) {
      return wanted;
    }
  }
  return std::min(wanted, rest);
}

Plan make_plan(const Query& query, const RunOptions& options, PushDown push_down) {
  Plan plan;
  plan.steps = steps_of(query);
  model::SearchRequest& request = plan.request;
  request.range = options.range;
  request.sort = options.sort;
  request.limits = options.limits;
  request.threads = options.threads;
  request.limit = model::SearchRequest::kAll;
  request.count_all = false;
  if (push_down == PushDown::yes) {
    request.filter = query.filter;
    Planner(options, plan).run();
  }
  describe(plan, push_down);
  return plan;
}

}  // namespace vedette::query
