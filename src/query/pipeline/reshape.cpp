// eval, keep, drop and rename: they change the columns of rows.
#include <algorithm>

#include "expression.hpp"
#include "stage.hpp"

namespace vedette::query {
namespace {

using model::Cell;
using model::Value;

class Eval : public Operator {
 public:
  using Assigned = std::vector<std::pair<model::FieldId, Evaluate>>;
  explicit Eval(Assigned assignments) : assignments_(std::move(assignments)) {}

  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      values_.clear();
      for (const auto& [field, evaluate] : assignments_) {
        EvalRow row{event, values_, writer_.arena(), scratch_};
        values_.push_back({evaluate(row), field, 0});
      }
      write(event);
    }
    return emit(writer_.finish());
  }

 private:
  bool assigned_after(model::FieldId field, std::size_t from) const {
    return std::any_of(values_.begin() + static_cast<std::ptrdiff_t>(from), values_.end(),
                       [&](const Cell& cell) { return cell.field == field; });
  }
  void write(const model::Event& event) {
    writer_.begin(event);
    for (const Cell& cell : event.cells()) {
      if (!assigned_after(cell.field, 0)) writer_.add(cell.field, cell.value);
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!assigned_after(values_[i].field, i + 1)) writer_.add(values_[i].field, values_[i].value);
    }
    writer_.end();
  }

  Assigned assignments_;
  std::vector<Cell> values_;
  expr::Scratch scratch_;
  RowWriter writer_;
};

// Which fields match any of some patterns; remembered by field.
class FieldSet {
 public:
  explicit FieldSet(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) patterns_.emplace_back(pattern);
  }
  bool holds(model::FieldId field) {
    const std::size_t index = model::index_of(field);
    if (index >= known_.size()) known_.resize(index + 1, Known::unknown);
    if (known_[index] == Known::unknown) {
      const bool in = std::any_of(
          patterns_.begin(), patterns_.end(),
          [&](const expr::WildcardPattern& pattern) { return pattern.matches(model::name_of(field)); });
      known_[index] = in ? Known::in : Known::out;
    }
    return known_[index] == Known::in;
  }

 private:
  enum class Known : std::uint8_t { unknown, in, out };
  std::vector<expr::WildcardPattern> patterns_;
  std::vector<Known> known_;
};

enum class Project : std::uint8_t { keep, drop };

// The time of a row stays with it unless it is dropped by name.
class Projection : public Operator {
 public:
  Projection(const std::vector<std::string>& patterns, Project what)
      : fields_(patterns),
        what_(what),
        drops_time_(what == Project::drop && fields_.holds(model::field::timestamp)) {}

  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      writer_.begin(event);
      if (drops_time_) writer_.set_time(0);
      for (const Cell& cell : event.cells()) {
        if (fields_.holds(cell.field) == (what_ == Project::keep)) writer_.add(cell.field, cell.value);
      }
      writer_.end();
    }
    return emit(writer_.finish());
  }

 private:
  FieldSet fields_;
  Project what_;
  bool drops_time_;
  RowWriter writer_;
};

// An old name that rows do not have changes nothing; a field that had the new name is replaced.
class Rename : public Operator {
 public:
  explicit Rename(const RenameStage& stage) {
    for (const auto& [from, to] : stage.names) names_.emplace_back(model::intern(from), model::intern(to));
  }
  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) write((*batch)[i]);
    return emit(writer_.finish());
  }

 private:
  void write(const model::Event& event) {
    cells_.clear();
    for (const Cell& cell : event.cells()) cells_.push_back(cell);
    cells_.push_back(
        {read_field(event, model::field::timestamp, writer_.arena()), model::field::timestamp, 0});
    for (const auto& [from, to] : names_) rename(from, to);
    writer_.begin(event);
    writer_.set_time(0);
    for (const Cell& cell : cells_) writer_.add(cell.field, cell.value);
    writer_.end();
  }
  void rename(model::FieldId from, model::FieldId to) {
    const auto old =
        std::find_if(cells_.begin(), cells_.end(), [&](const Cell& cell) { return cell.field == from; });
    if (old == cells_.end() || from == to) return;
    const Cell moved{old->value, to, 0};
    std::erase_if(cells_, [&](const Cell& cell) { return cell.field == from || cell.field == to; });
    cells_.push_back(moved);
  }

  std::vector<std::pair<model::FieldId, model::FieldId>> names_;
  std::vector<Cell> cells_;
  RowWriter writer_;
};

}  // namespace

Made make_eval(const EvalStage& stage, RunState& state) {
  Eval::Assigned assignments;
  for (const Assignment& assignment : stage.assignments) {
    TRY_ASSIGN(Evaluate value, compile(assignment.value, state));
    assignments.emplace_back(model::intern(assignment.name), std::move(value));
  }
  return OperatorPtr(std::make_unique<Eval>(std::move(assignments)));
}

Made make_keep(const KeepStage& stage, RunState&) {
  return OperatorPtr(std::make_unique<Projection>(stage.patterns, Project::keep));
}

Made make_drop(const DropStage& stage, RunState&) {
  return OperatorPtr(std::make_unique<Projection>(stage.patterns, Project::drop));
}

Made make_rename(const RenameStage& stage, RunState&) {
  return OperatorPtr(std::make_unique<Rename>(stage));
}

}  // namespace vedette::query
