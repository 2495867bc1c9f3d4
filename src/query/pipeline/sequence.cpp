// sequence: ordered steps within a time, as in EQL.
//
// Rows come oldest first. A row that passes the first step's filter opens a sequence under its keys; a row
// that passes a later step's filter moves on the sequences under its keys that wait for that step. Under one
// key at most one sequence waits for each step: a newer one replaces an older one there (so each first event
// starts at most one sequence, and the answer has the tightest ones). A row takes part in at most one step of
// a sequence; of several steps that it passes, later steps are tried first. A sequence whose next row comes
// more than maxspan after its first row is dropped; a row that passes `until` drops all sequences under its
// keys. Rows that lack a key take no part.
//
// Output: a row for each event of a completed sequence, in the order of completion, with sequence.id (from 1)
// and sequence.step (from 1). The number of open sequences and their bytes are bounded: the answer then says
// that it was cut.
#include <unordered_map>

#include "stage.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::size_t kOpenBytes = 200;

struct CompiledStep {
  expr::RowPredicate filter;
  std::vector<model::FieldId> by;
};

class Sequence : public Operator {
 public:
  Sequence(std::vector<CompiledStep> steps, std::optional<CompiledStep> until,
           std::optional<base::TimeNs> max_span, RunState& state)
      : steps_(std::move(steps)), until_(std::move(until)), max_span_(max_span), state_(state) {}

  Flow push(const Batch& batch) override {
    for (std::size_t i = 0; i < batch->size() && !full_; ++i) add((*batch)[i]);
    const Flow flow = emit(writer_.finish());
    return full_ ? Flow::stop : flow;
  }

  void finish() override {
    emit(writer_.finish());
    state_.release(held_);
    next_->finish();
  }

 private:
  // An event of an open sequence, on its own, so that its batch need not stay. Sequences share it.
  struct Link {
    Batch row;
    std::shared_ptr<const Link> before;
  };
  struct Open {
    std::shared_ptr<const Link> last;  // null: none
    base::TimeNs start = 0;
  };
  // By the step that was passed last; the last step has none.
  using Waiting = std::vector<Open>;

  bool key_of(const std::vector<model::FieldId>& by, const model::Event& event) {
    key_.clear();
    arena_.clear();
    for (const model::FieldId field : by) {
      const Value value = read_field(event, field, arena_);
      if (value.is_null()) return false;
      model::TextBuffer buffer;
      std::string json;
      if (value.is_list()) model::append_json(json, value);
      const std::string_view text = value.is_list() ? std::string_view(json) : model::text_of(value, buffer);
      key_ += std::to_string(text.size());
      key_ += ':';
      key_ += text;
    }
    return true;
  }

  void add(const model::Event& event) {
    if (until_ && until_->filter.matches(event, scratch_) && key_of(until_->by, event)) close(key_);
    for (std::size_t s = steps_.size(); s-- > 0;) {
      if (!steps_[s].filter.matches(event, scratch_) || !key_of(steps_[s].by, event)) continue;
      if (s == 0) {
        open(event);
      } else {
        advance(event, s);
      }
      if (full_) return;
    }
  }

  std::shared_ptr<const Link> link(const model::Event& event, std::shared_ptr<const Link> before) {
    RowWriter writer;
    writer.add_copy(event);
    return std::make_shared<Link>(Link{writer.finish(), std::move(before)});
  }

  void open(const model::Event& event) {
    if (steps_.size() == 1) {
      complete(Open{link(event, nullptr), event.time()});
      return;
    }
    auto it = open_.find(key_);
    if (it == open_.end()) {
      if (open_.size() >= state_.options->limits.max_groups) {
        state_.cut_at(model::Cut::groups, "sequence had more than " +
                                              std::to_string(state_.options->limits.max_groups) +
                                              " open sequences; later rows were left out");
        full_ = true;
        return;
      }
      it = open_.try_emplace(key_, Waiting(steps_.size() - 1)).first;
      if (!hold(kOpenBytes + key_.size() + sizeof(Open) * steps_.size())) return;
    }
    Open& slot = it->second[0];
    release(slot);
    if (hold(kOpenBytes + bytes_of(event))) slot = {link(event, nullptr), event.time()};
  }

  void advance(const model::Event& event, std::size_t step) {
    const auto it = open_.find(key_);
    if (it == open_.end()) return;
    Open& from = it->second[step - 1];
    if (!from.last) return;
    if (max_span_ && event.time() - from.start > *max_span_) {
      release(from);
      forget_if_empty(it);
      return;
    }
    Open moved{link(event, from.last), from.start};
    if (step + 1 == steps_.size()) {
      release(from);
      complete(moved);
      forget_if_empty(it);
      return;
    }
    from = {};
    release(it->second[step]);
    if (hold(kOpenBytes + bytes_of(event))) it->second[step] = std::move(moved);
  }

  using Table = std::unordered_map<std::string, Waiting>;
  void forget_if_empty(Table::iterator it) {
    for (const Open& open : it->second) {
      if (open.last) return;
    }
    give_back(kOpenBytes + it->first.size() + sizeof(Open) * steps_.size());
    open_.erase(it);
  }

  void close(const std::string& key) {
    const auto it = open_.find(key);
    if (it == open_.end()) return;
    for (Open& open : it->second) release(open);
    forget_if_empty(it);
  }

  void release(Open& open) {
    for (const Link* link = open.last.get(); link; link = link->before.get()) {
      give_back(kOpenBytes + bytes_of((*link->row)[0]));
    }
    open = {};
  }

  void complete(const Open& done) {
    std::vector<const Link*> links;
    for (const Link* link = done.last.get(); link; link = link->before.get()) links.push_back(link);
    ++completed_;
    for (std::size_t step = 1; !links.empty(); ++step, links.pop_back()) {
      writer_.hold(links.back()->row);
      const model::Event event = (*links.back()->row)[0];
      writer_.begin(event);
      for (const model::Cell& cell : event.cells()) {
        if (cell.field != id_ && cell.field != step_) writer_.add(cell.field, cell.value);
      }
      writer_.add(id_, Value::integer(completed_));
      writer_.add(step_, Value::integer(static_cast<std::int64_t>(step)));
      writer_.end();
    }
  }

  bool hold(std::size_t bytes) {
    held_ += bytes;
    if (!state_.hold(bytes, "sequence")) full_ = true;
    return !full_;
  }
  void give_back(std::size_t bytes) {
    held_ -= std::min<std::uint64_t>(held_, bytes);
    state_.release(bytes);
  }

  std::vector<CompiledStep> steps_;
  std::optional<CompiledStep> until_;
  std::optional<base::TimeNs> max_span_;
  RunState& state_;
  Table open_;
  std::string key_;
  base::Arena arena_;
  expr::Scratch scratch_;
  RowWriter writer_;
  std::int64_t completed_ = 0;
  std::uint64_t held_ = 0;
  bool full_ = false;
  const model::FieldId id_ = model::intern("sequence.id"), step_ = model::intern("sequence.step");
};

base::Result<CompiledStep> compile_step(const SequenceStage::Step& step, const std::vector<std::string>& by) {
  TRY_ASSIGN(expr::RowPredicate filter, expr::RowPredicate::compile(step.filter));
  CompiledStep compiled{std::move(filter), {}};
  for (const std::string& name : step.by.empty() ? by : step.by) compiled.by.push_back(model::intern(name));
  return compiled;
}

}  // namespace

Made make_sequence(const SequenceStage& stage, RunState& state) {
  std::vector<CompiledStep> steps;
  for (const SequenceStage::Step& step : stage.steps) {
    TRY_ASSIGN(CompiledStep compiled, compile_step(step, stage.by));
    steps.push_back(std::move(compiled));
  }
  if (steps.empty()) return base::make_error(base::ErrorCode::invalid_argument, "sequence without steps");
  std::optional<CompiledStep> until;
  if (stage.until) {
    TRY_ASSIGN(until, compile_step(*stage.until, stage.by));
  }
  return OperatorPtr(std::make_unique<Sequence>(std::move(steps), std::move(until), stage.max_span, state));
}

}  // namespace vedette::query
