// Operators of the steps of a plan, joined to a chain.
#pragma once

#include <memory>
#include <vector>

#include "plan.hpp"
#include "stage.hpp"

namespace vedette::query {

class Pipeline {
 public:
  // The steps from `from` on, then `end`, which must live as long. `columns` are those of the rows that come
  // in, and then those that come out.
  static base::Result<std::unique_ptr<Pipeline>> create(const Plan& plan, std::size_t from, RunState& state,
                                                        Columns& columns, Operator& end);
  Flow push(const Batch& batch) { return first_->push(batch); }
  void finish() { first_->finish(); }

 private:
  friend class PipelineMaker;
  std::vector<OperatorPtr> operators_;
  Operator* first_ = nullptr;
};

// `run` with the switch for tests.
base::Result<model::SearchResult> run_plan(const Query& query, const ports::LogStore& store,
                                           const RunOptions& options, const Output& output,
                                           const base::CancellationToken& cancellation, PushDown push_down);

// Columns that rows have after the step, if they can be told from it and the columns before.
void update_columns(Columns& columns, const Step& step);

}  // namespace vedette::query
