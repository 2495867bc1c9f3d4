// run and LiveQuery.
#include <chrono>

#include "pipeline.hpp"

namespace vedette::query {
namespace {

base::TimeNs wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Batch first_rows(const Batch& batch, std::uint64_t count) {
  if (batch->size() <= count) return batch;
  RowWriter writer;
  writer.hold(batch);
  for (std::size_t i = 0; i < count; ++i) writer.add_row((*batch)[i]);
  return writer.finish();
}

// The end of a pipeline: rows of the answer, at most `limit`.
class Answer : public Operator {
 public:
  Answer(const Output& output, std::uint64_t limit, RunState& state)
      : output_(output), left_(limit), state_(state) {}
  void start(const Columns& columns) {
    if (output_.on_header) output_.on_header({columns.names()});
  }
  Flow push(const Batch& batch) override {
    if (stopped_ || left_ == 0 || state_.cancelled()) return Flow::stop;
    const Batch rows = first_rows(batch, left_);
    left_ -= rows->size();
    stopped_ = output_.on_rows && !output_.on_rows(rows);
    return stopped_ || left_ == 0 ? Flow::stop : Flow::more;
  }
  void finish() override {}

 private:
  const Output& output_;
  std::uint64_t left_;
  RunState& state_;
  bool stopped_ = false;
};

// The rows of a group table: "@timestamp" becomes the time of the row.
Batch group_rows(const model::GroupTable& table) {
  if (!table.rows || table.rows->empty()) return nullptr;
  RowWriter writer;
  writer.hold(table.rows);
  for (std::size_t i = 0; i < table.rows->size(); ++i) {
    const model::Event event = (*table.rows)[i];
    writer.begin_empty();
    writer.set_time(event.time());
    for (const model::Cell& cell : event.cells()) writer.add(cell.field, cell.value);
    writer.end();
  }
  return writer.finish();
}

Columns columns_before(const Plan& plan) {
  Columns columns;
  for (std::size_t i = 0; i < plan.pushed; ++i) update_columns(columns, plan.steps[i]);
  return columns;
}

void complete(model::SearchResult& result, const RunState& state, const Plan& plan) {
  result.groups.clear();
  result.approximate |= state.approximate;
  if (result.cut == model::Cut::none) {
    result.cut = state.cut;
    result.cut_reason = state.cut_reason;
  }
  for (std::string& warning : state.warnings()) result.warnings.push_back(std::move(warning));
  std::vector<std::string> lines = plan.lines;
  for (std::string& line : result.stats.plan) lines.push_back("  " + std::move(line));
  result.stats.plan = std::move(lines);
}

// The filter of the query as a first operator, where the store does not run it.
base::Result<OperatorPtr> filter_on_rows(const Query& query, PushDown push_down, RunState& state) {
  if (push_down == PushDown::yes) return OperatorPtr();
  return make_filter(query.filter, state);
}

}  // namespace

base::Result<model::SearchResult> run_plan(const Query& query, const ports::LogStore& store,
                                           const RunOptions& options, const Output& output,
                                           const base::CancellationToken& cancellation, PushDown push_down) {
  RunState state;
  state.options = &options;
  state.cancellation = &cancellation;
  state.now = wall_clock();
  const Plan plan = make_plan(query, options, push_down);
  Columns columns = columns_before(plan);
  Answer answer(output, options.limit, state);
  TRY_ASSIGN(const auto pipeline, Pipeline::create(plan, plan.pushed, state, columns, answer));
  TRY_ASSIGN(const OperatorPtr filter, filter_on_rows(query, push_down, state));
  struct Entry : Operator {
    Pipeline* to = nullptr;
    Flow push(const Batch& batch) override { return to->push(batch); }
    void finish() override { to->finish(); }
  } entry;
  entry.to = pipeline.get();
  if (filter) filter->set_next(&entry);
  Operator& first = filter ? *filter : static_cast<Operator&>(entry);
  // A request that the store refuses has no header, so it is written with the first row or at the end.
  bool started = false;
  const auto start = [&] {
    if (!std::exchange(started, true)) answer.start(columns);
  };
  const auto sink = [&](const Batch& batch) {
    if (!batch || batch->empty()) return true;
    start();
    return !state.cancelled() && first.push(batch) == Flow::more;
  };
  TRY_ASSIGN(model::SearchResult result,
             store.search(plan.request, plan.grouped ? nullptr : model::RowSink(sink), cancellation));
  start();
  if (plan.grouped && !result.groups.empty()) {
    if (const Batch rows = group_rows(result.groups[0])) first.push(rows);
  }
  first.finish();
  complete(result, state, plan);
  return result;
}

base::Result<model::SearchResult> run(const Query& query, const ports::LogStore& store,
                                      const RunOptions& options, const Output& output,
                                      const base::CancellationToken& cancellation) {
  return run_plan(query, store, options, output, cancellation, PushDown::yes);
}

namespace {

bool can_be_live(const Step& step) {
  return std::holds_alternative<WhereStage>(step.what) || std::holds_alternative<EvalStage>(step.what) ||
         std::holds_alternative<KeepStage>(step.what) || std::holds_alternative<DropStage>(step.what) ||
         std::holds_alternative<RenameStage>(step.what) || std::holds_alternative<RexStage>(step.what) ||
         std::holds_alternative<DissectStage>(step.what) || std::holds_alternative<LookupStage>(step.what);
}

class Live : public LiveQuery {
 public:
  Live(std::shared_ptr<const Query> query, const RunOptions& options)
      : query_(std::move(query)),
        options_(options),
        plan_(make_plan(*query_, options_, PushDown::no)),
        left_(options.limit) {
    state_.options = &options_;
  }

  base::Status open() {
    for (const Step& step : plan_.steps) {
      if (can_be_live(step)) continue;
      return query_error(base::ErrorCode::unsupported, step.span,
                         std::string(step.name) + " needs the end of the input and cannot be followed live");
    }
    TRY_ASSIGN(pipeline_, Pipeline::create(plan_, 0, state_, columns_, collected_));
    TRY_ASSIGN(filter_, make_filter(query_->filter, state_));
    entry_.to = pipeline_.get();
    filter_->set_next(&entry_);
    return base::ok_status();
  }

  Batch filter(const Batch& batch) override {
    state_.now = wall_clock();
    collected_.rows = nullptr;
    if (left_ > 0 && batch && !batch->empty()) filter_->push(batch);
    if (!collected_.rows) return RowWriter::empty();
    const Batch rows = first_rows(std::exchange(collected_.rows, nullptr), left_);
    left_ -= rows->size();
    return rows;
  }
  Header header() const override { return {columns_.names()}; }

 private:
  struct Collected : Operator {
    Batch rows;
    Flow push(const Batch& batch) override {
      rows = batch;
      return Flow::more;
    }
    void finish() override {}
  };
  struct Entry : Operator {
    Pipeline* to = nullptr;
    Flow push(const Batch& batch) override { return to->push(batch); }
  };

  std::shared_ptr<const Query> query_;
  RunOptions options_;
  Plan plan_;
  RunState state_;
  Columns columns_;
  std::uint64_t left_;
  Collected collected_;
  std::unique_ptr<Pipeline> pipeline_;
  OperatorPtr filter_;
  Entry entry_;
};

}  // namespace

base::Result<std::unique_ptr<LiveQuery>> LiveQuery::create(std::shared_ptr<const Query> query,
                                                           const RunOptions& options) {
  auto live = std::make_unique<Live>(std::move(query), options);
  TRY(live->open());
  return std::unique_ptr<LiveQuery>(std::move(live));
}

}  // namespace vedette::query
