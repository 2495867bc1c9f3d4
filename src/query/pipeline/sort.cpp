// sort: holds rows until the end; with a limit only the best so far, so that memory does not grow with the
// input.
#include <algorithm>

#include "expression.hpp"
#include "stage.hpp"
#include "vedette/expr/order.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::size_t kSlack = 4096;  // rows held beyond twice the limit before the rest is thrown away

struct Key {
  Evaluate evaluate;  // none for the order of arrival
  bool time = false;
  bool arrival = false;
  bool descending = false;
  bool missing_first = false;
};

class Sort : public Operator {
 public:
  Sort(std::vector<Key> keys, std::uint64_t limit, RunState& state)
      : keys_(std::move(keys)), limit_(limit), state_(state) {}

  Flow push(const Batch& batch) override {
    if (full_) return Flow::stop;
    pinned_.push_back(batch);
    for (std::size_t row = 0; row < batch->size(); ++row) add(batch, (*batch)[row]);
    if (limit_ < model::SearchRequest::kAll / 4 && rows_.size() > 2 * limit_ + kSlack) prune();
    return full_ ? Flow::stop : Flow::more;
  }

  void finish() override {
    order();
    RowWriter writer;
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(limit_, rows_.size()));
    for (std::size_t i = 0; i < count; ++i) {
      const Row& row = rows_[i];
      if (row.batch != last_held_ || writer.rows() == 0) writer.hold(pin_of(row));
      last_held_ = row.batch;
      writer.add_row((*row.batch)[row.index]);
      if (writer.rows() == kBatchRows && emit(writer.finish()) == Flow::stop) break;
    }
    emit(writer.finish());
    state_.release(held_);
    next_->finish();
  }

 private:
  struct Row {
    const model::EventBatch* batch = nullptr;
    std::uint32_t index = 0;
    std::uint32_t pin = 0;
    std::size_t keys = 0;  // in values_
  };

  Batch pin_of(const Row& row) const { return pinned_[row.pin]; }

  void add(const Batch& batch, const model::Event& event) {
    Row row{batch.get(), event.row(), static_cast<std::uint32_t>(pinned_.size() - 1), values_.size()};
    std::size_t bytes = sizeof(Row) + bytes_of(event);
    for (const Key& key : keys_) {
      EvalRow eval{event, {}, arena_, scratch_};
      Value value;
      if (key.time) {
        value = event.time() == 0 ? Value::null() : Value::integer(event.time());
      } else if (key.arrival) {
        value = Value::integer(static_cast<std::int64_t>(event.sequence()));
      } else {
        value = sort_value(key.evaluate(eval), key.descending);
      }
      values_.push_back(value);
      bytes += sizeof(Value);
    }
    rows_.push_back(row);
    held_ += bytes;
    if (!state_.hold(bytes, "sort")) full_ = true;
  }

  bool before(const Row& a, const Row& b) const {
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      const Value &x = values_[a.keys + k], &y = values_[b.keys + k];
      if (x.is_null() != y.is_null()) return x.is_null() == keys_[k].missing_first;
      const auto order = expr::compare_values(x, y);
      if (order != 0) return keys_[k].descending ? order > 0 : order < 0;
    }
    const model::Event event_a = (*a.batch)[a.index], event_b = (*b.batch)[b.index];
    const bool descending = keys_[0].descending;
    if (event_a.time() != event_b.time()) return (event_a.time() < event_b.time()) != descending;
    if (event_a.sequence() != event_b.sequence())
      return (event_a.sequence() < event_b.sequence()) != descending;
    return false;
  }

  void order() {
    std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return before(a, b); });
  }

  // Keeps the best rows, as copies, so that the batches they came in can go.
  void prune() {
    order();
    rows_.resize(static_cast<std::size_t>(limit_));
    RowWriter writer;
    for (const Row& row : rows_) writer.add_copy((*row.batch)[row.index]);
    const Batch kept = writer.finish();
    pinned_.clear();
    rows_.clear();
    values_.clear();
    arena_.clear();
    state_.release(held_);
    held_ = 0;
    if (!kept) return;
    pinned_.push_back(kept);
    for (std::size_t row = 0; row < kept->size(); ++row) add(kept, (*kept)[row]);
  }

  std::vector<Key> keys_;
  std::uint64_t limit_;
  RunState& state_;
  std::vector<Batch> pinned_;
  const model::EventBatch* last_held_ = nullptr;
  std::vector<Row> rows_;
  std::vector<Value> values_;
  base::Arena arena_;
  expr::Scratch scratch_;
  std::uint64_t held_ = 0;
  bool full_ = false;
};

}  // namespace

Made make_sort(const SortStage& stage, std::uint64_t limit, RunState& state) {
  std::vector<Key> keys;
  for (const SortStage::Key& key : stage.keys) {
    Key compiled;
    compiled.descending = key.descending;
    compiled.missing_first = key.nulls_first.value_or(false);
    const bool field = key.value.kind == Expr::Kind::field;
    compiled.time = field && key.value.name == "@timestamp";
    compiled.arrival = field && key.value.name == "_id";
    TRY_ASSIGN(compiled.evaluate, compile(key.value, state));
    keys.push_back(std::move(compiled));
  }
  if (keys.empty()) return base::make_error(base::ErrorCode::invalid_argument, "sort without keys");
  return OperatorPtr(std::make_unique<Sort>(std::move(keys), limit, state));
}

Made make_time_sort(RunState& state) {
  std::vector<Key> keys(1);
  keys[0].time = true;
  return OperatorPtr(std::make_unique<Sort>(std::move(keys), model::SearchRequest::kAll, state));
}

}  // namespace vedette::query
