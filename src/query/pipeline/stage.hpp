// Operator: a stage of a running pipeline. Batches are pushed in, and it pushes what it makes into the next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../ast.hpp"
#include "row.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"
#include "vedette/query/query.hpp"

namespace vedette::query {

// Rows for which an expression could not be evaluated: a warning of the result, with the first reason.
struct Fault {
  std::string where;  // text of the warning up to the reason
  std::string reason;
  std::uint64_t rows = 0;

  void add(std::string_view why) {
    if (rows++ == 0) reason = why;
  }
};

// What the stages of one run share. One thread.
struct RunState {
  const RunOptions* options = nullptr;
  const base::CancellationToken* cancellation = nullptr;
  base::TimeNs now = 0;
  std::deque<Fault> faults;  // addresses stay valid
  model::Cut cut = model::Cut::none;
  std::string cut_reason;
  bool approximate = false;
  std::uint64_t memory = 0;  // bytes that stages hold

  // The first cut is the one that is told.
  void cut_at(model::Cut why, std::string reason);
  // False, and the run is cut, if the stages hold more than the query may.
  bool hold(std::uint64_t bytes, std::string_view what);
  void release(std::uint64_t bytes) { memory -= std::min(memory, bytes); }
  bool cancelled();
  std::vector<std::string> warnings() const;
};

enum class Flow : std::uint8_t { more, stop };

class Operator {
 public:
  virtual ~Operator() = default;
  // Flow::stop: no more rows are wanted; finish() comes all the same.
  virtual Flow push(const Batch& batch) = 0;
  // The input is at its end. Stages that held rows back push them, then finish the next stage.
  virtual void finish() { next_->finish(); }
  void set_next(Operator* next) { next_ = next; }

 protected:
  Flow emit(const Batch& batch) { return batch && !batch->empty() ? next_->push(batch) : Flow::more; }
  Operator* next_ = nullptr;
};
using OperatorPtr = std::unique_ptr<Operator>;

// Names of the columns that rows have, in order; unknown while they are whole events.
class Columns {
 public:
  bool known() const { return known_; }
  const std::vector<std::string>& names() const { return names_; }
  void set(std::vector<std::string> names);
  void add(std::string_view name);  // nothing if it is there or the columns are not known
  void keep(const std::vector<std::string>& patterns);
  void drop(const std::vector<std::string>& patterns);
  void rename(std::string_view from, std::string_view to);

 private:
  bool known_ = false;
  std::vector<std::string> names_;
};

// Rows of a batch a finished stage emits at once.
inline constexpr std::size_t kBatchRows = 1024;

base::Error query_error(base::ErrorCode code, Span span, std::string_view message);

using Made = base::Result<OperatorPtr>;
// One family a file. They throw nothing and complain about bad patterns and files at once.
Made make_where(const WhereStage& stage, RunState& state);
Made make_filter(const model::Predicate& predicate, RunState& state);
Made make_eval(const EvalStage& stage, RunState& state);
Made make_keep(const KeepStage& stage, RunState& state);
Made make_drop(const DropStage& stage, RunState& state);
Made make_rename(const RenameStage& stage, RunState& state);
Made make_limit(std::uint64_t rows, RunState& state);
Made make_dedup(const DedupStage& stage, RunState& state);
// `limit`: rows wanted of the order, kAll for all.
Made make_sort(const SortStage& stage, std::uint64_t limit, RunState& state);
Made make_time_sort(RunState& state);  // oldest first
Made make_stats(const StatsStage& stage, RunState& state);
// The `rows` first rows of each combination of `by`, which stand side by side.
Made make_first_of_each(std::vector<std::string> by, std::uint64_t rows, RunState& state);
Made make_sequence(const SequenceStage& stage, RunState& state);
Made make_lookup(const LookupStage& stage, RunState& state, std::vector<std::string>& added);
Made make_rex(const RexStage& stage, Span span, RunState& state, std::vector<std::string>& added);
Made make_dissect(const DissectStage& stage, Span span, RunState& state, std::vector<std::string>& added);

}  // namespace vedette::query
