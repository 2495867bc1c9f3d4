#include "pipeline.hpp"

namespace vedette::query {

namespace {

template <typename T>
const T* as(const Step& step) {
  return std::get_if<T>(&step.what);
}

}  // namespace

class PipelineMaker {
 public:
  PipelineMaker(const Plan& plan, RunState& state, Columns& columns)
      : plan_(plan), state_(state), columns_(columns), oldest_first_(plan.oldest_first) {}

  base::Status add(std::size_t index, std::vector<OperatorPtr>& out) {
    index_ = index;
    const Step& step = plan_.steps[index];
    added_.clear();
    if (as<SequenceStage>(step) && !oldest_first_) {
      TRY_ASSIGN(OperatorPtr sort, make_time_sort(state_));
      out.push_back(std::move(sort));
    }
    TRY_ASSIGN(OperatorPtr made, std::visit([&](const auto& stage) { return make(stage); }, step.what));
    out.push_back(std::move(made));
    update_columns(columns_, step);
    for (const std::string& name : added_) columns_.add(name);
    return base::ok_status();
  }

 private:
  Made make(const WhereStage& s) { return make_where(s, state_); }
  Made make(const EvalStage& s) { return make_eval(s, state_); }
  Made make(const StatsStage& s) { return reordered(make_stats(s, state_)); }
  Made make(const SortStage& s) {
    return reordered(make_sort(s, rows_wanted(plan_.steps, index_ + 1, state_.options->limit), state_));
  }
  Made make(const LimitStage& s) { return make_limit(s.rows, state_); }
  Made make(const KeepStage& s) { return make_keep(s, state_); }
  Made make(const DropStage& s) { return make_drop(s, state_); }
  Made make(const RenameStage& s) { return make_rename(s, state_); }
  Made make(const DedupStage& s) { return make_dedup(s, state_); }
  Made make(const SequenceStage& s) { return reordered(make_sequence(s, state_)); }
  Made make(const LookupStage& s) { return make_lookup(s, state_, added_); }
  Made make(const RexStage& s) { return make_rex(s, plan_.steps[index_].span, state_, added_); }
  Made make(const DissectStage& s) { return make_dissect(s, plan_.steps[index_].span, state_, added_); }
  Made make(const FirstOfEachStage& s) { return make_first_of_each(s.by, s.rows, state_); }

  // Events no longer come in the order of the store.
  Made reordered(Made made) {
    oldest_first_ = false;
    return made;
  }

  const Plan& plan_;
  RunState& state_;
  Columns& columns_;
  bool oldest_first_;
  std::size_t index_ = 0;
  std::vector<std::string> added_;
};

base::Result<std::unique_ptr<Pipeline>> Pipeline::create(const Plan& plan, std::size_t from, RunState& state,
                                                         Columns& columns, Operator& end) {
  auto pipeline = std::make_unique<Pipeline>();
  PipelineMaker maker(plan, state, columns);
  for (std::size_t i = from; i < plan.steps.size(); ++i) TRY(maker.add(i, pipeline->operators_));
  Operator* next = &end;
  for (std::size_t i = pipeline->operators_.size(); i-- > 0;) {
    pipeline->operators_[i]->set_next(next);
    next = pipeline->operators_[i].get();
  }
  pipeline->first_ = next;
  return pipeline;
}

void update_columns(Columns& columns, const Step& step) {
  if (const auto* stats = as<StatsStage>(step)) {
    std::vector<std::string> names;
    for (const Assignment& by : stats->by) names.push_back(by.name);
    for (const Aggregate& aggregate : stats->aggregates) names.push_back(aggregate.name);
    columns.set(std::move(names));
  } else if (const auto* keep = as<KeepStage>(step)) {
    columns.keep(keep->patterns);
  } else if (const auto* drop = as<DropStage>(step)) {
    columns.drop(drop->patterns);
  } else if (const auto* rename = as<RenameStage>(step)) {
    for (const auto& [old_name, new_name] : rename->names) columns.rename(old_name, new_name);
  } else if (const auto* eval = as<EvalStage>(step)) {
    for (const Assignment& assignment : eval->assignments) columns.add(assignment.name);
  } else if (as<SequenceStage>(step)) {
    columns.add("sequence.id");
    columns.add("sequence.step");
  }
}

}  // namespace vedette::query
