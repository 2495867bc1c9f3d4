// where, limit and dedup: they choose rows.
#include <unordered_map>

#include "expression.hpp"
#include "stage.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::query {
namespace {

using model::Value;

// Passes batches whole where every row is wanted.
template <typename Wanted>
Batch select(const Batch& batch, RowWriter& writer, Wanted wanted) {
  std::size_t passed = 0;
  for (std::size_t row = 0; row < batch->size(); ++row) {
    if (!wanted((*batch)[row])) {
      if (passed == row && row > 0) {
        for (std::size_t before = 0; before < row; ++before) writer.add_row((*batch)[before]);
      }
      continue;
    }
    if (passed++ < row) writer.add_row((*batch)[row]);
  }
  if (passed == batch->size()) return batch;
  writer.hold(batch);
  return writer.finish();
}

class Filter : public Operator {
 public:
  explicit Filter(expr::RowPredicate predicate) : predicate_(std::move(predicate)) {}
  Flow push(const Batch& batch) override {
    return emit(select(batch, writer_,
                       [&](const model::Event& event) { return predicate_.matches(event, scratch_); }));
  }

 private:
  expr::RowPredicate predicate_;
  expr::Scratch scratch_;
  RowWriter writer_;
};

class Where : public Operator {
 public:
  explicit Where(Evaluate condition) : condition_(std::move(condition)) {}
  Flow push(const Batch& batch) override {
    return emit(select(batch, writer_, [&](const model::Event& event) {
      arena_.clear();
      EvalRow row{event, {}, arena_, scratch_};
      return is_true(condition_(row));
    }));
  }

 private:
  Evaluate condition_;
  expr::Scratch scratch_;
  base::Arena arena_;
  RowWriter writer_;
};

class Limit : public Operator {
 public:
  explicit Limit(std::uint64_t rows) : left_(rows) {}
  Flow push(const Batch& batch) override {
    if (left_ == 0) return Flow::stop;
    if (batch->size() <= left_) {
      left_ -= batch->size();
      const Flow flow = emit(batch);
      return left_ == 0 ? Flow::stop : flow;
    }
    for (std::size_t row = 0; row < left_; ++row) writer_.add_row((*batch)[row]);
    left_ = 0;
    writer_.hold(batch);
    emit(writer_.finish());
    return Flow::stop;
  }

 private:
  std::uint64_t left_;
  RowWriter writer_;
};

// Keeps the first rows of each combination in the order in which rows come (newest first, if nothing else was
// asked for). Rows without one of the fields are a combination like any other.
class Dedup : public Operator {
 public:
  Dedup(const DedupStage& stage, RunState& state) : rows_(stage.rows), state_(state) {
    for (const std::string& field : stage.fields) fields_.push_back(model::intern(field));
  }
  Flow push(const Batch& batch) override {
    const Batch kept = select(batch, writer_, [&](const model::Event& event) { return first(event); });
    const Flow flow = emit(kept);
    return full_ ? Flow::stop : flow;
  }

 private:
  bool first(const model::Event& event) {
    if (full_) return false;
    key_.clear();
    arena_.clear();
    for (const model::FieldId field : fields_) {
      model::append_json(key_, read_field(event, field, arena_));
      key_ += '\x1f';
    }
    const auto [it, fresh] = seen_.try_emplace(key_, 0);
    if (fresh && !state_.hold(key_.size() + 96, "dedup")) {
      full_ = true;
      return false;
    }
    return it->second++ < rows_;
  }

  std::uint64_t rows_;
  RunState& state_;
  std::vector<model::FieldId> fields_;
  std::unordered_map<std::string, std::uint64_t> seen_;
  std::string key_;
  base::Arena arena_;
  RowWriter writer_;
  bool full_ = false;
};

}  // namespace

Made make_filter(const model::Predicate& predicate, RunState&) {
  TRY_ASSIGN(expr::RowPredicate compiled, expr::RowPredicate::compile(predicate));
  return OperatorPtr(std::make_unique<Filter>(std::move(compiled)));
}

Made make_where(const WhereStage& stage, RunState& state) {
  if (stage.condition.kind == Expr::Kind::matches) return make_filter(stage.condition.predicate, state);
  TRY_ASSIGN(Evaluate condition, compile(stage.condition, state));
  return OperatorPtr(std::make_unique<Where>(std::move(condition)));
}

Made make_limit(std::uint64_t rows, RunState&) {
  return OperatorPtr(std::make_unique<Limit>(rows));
}

Made make_dedup(const DedupStage& stage, RunState& state) {
  return OperatorPtr(std::make_unique<Dedup>(stage, state));
}

}  // namespace vedette::query
