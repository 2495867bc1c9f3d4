#include "vedette/model/batch_extender.hpp"

#include <algorithm>

#include "vedette/base/check.hpp"

namespace vedette::model {
namespace {

bool by_field(const Cell& a, const Cell& b) {
  return index_of(a.field) < index_of(b.field);
}

}  // namespace

BatchExtender::BatchExtender(std::shared_ptr<const EventBatch> batch) : batch_(std::move(batch)) {}

const Value* BatchExtender::find(std::uint32_t row, FieldId field) const {
  if (!newest_.empty()) {
    for (std::uint32_t at = newest_[row]; at != kNone; at = added_[at].next) {
      if (added_[at].cell.field == field) return &added_[at].cell.value;
    }
  }
  return (*batch_)[row].find(field);
}

void BatchExtender::push(std::uint32_t row, FieldId field, Value value) {
  if (newest_.empty()) newest_.assign(batch_->size(), kNone);
  CHECK(row < newest_.size());
  added_.push_back({{value, field, 0}, newest_[row]});
  newest_[row] = static_cast<std::uint32_t>(added_.size() - 1);
}

bool BatchExtender::add(std::uint32_t row, FieldId field, Value value) {
  if (find(row, field)) return false;
  push(row, field, value);
  return true;
}

void BatchExtender::add_to_set(std::uint32_t row, FieldId field, std::string_view text) {
  const Value* old = find(row, field);
  if (!old || old->is_null()) return push(row, field, Value::string(text));
  const auto elements = old->elements();
  for (const Value& element : elements) {
    if (element.is_string() && element.as_string() == text) return;
  }
  const auto list = arena_.allocate_array<Value>(elements.size() + 1);
  *std::copy(elements.begin(), elements.end(), list.begin()) = Value::string(text);
  push(row, field, Value::list(list));
}

// Merges the row's cells and its additions; of one field's the latest addition holds.
void BatchExtender::append_row(std::uint32_t row, EventBatch& extended) {
  row_cells_.clear();
  for (std::uint32_t at = newest_[row]; at != kNone; at = added_[at].next) {
    row_cells_.push_back(added_[at].cell);
  }
  std::stable_sort(row_cells_.begin(), row_cells_.end(), by_field);
  const auto last = std::unique(row_cells_.begin(), row_cells_.end(),
                                [](const Cell& a, const Cell& b) { return a.field == b.field; });
  row_cells_.erase(last, row_cells_.end());

  auto& cells = extended.cells_;
  EventBatch::Row& to = extended.rows_[row];
  const std::size_t first = cells.size();
  auto addition = row_cells_.begin();
  for (const Cell& cell : (*batch_)[row].cells()) {
    while (addition != row_cells_.end() && by_field(*addition, cell)) cells.push_back(*addition++);
    const bool replaced = addition != row_cells_.end() && addition->field == cell.field;
    cells.push_back(replaced ? *addition++ : cell);
  }
  cells.insert(cells.end(), addition, row_cells_.end());
  to.first = static_cast<std::uint32_t>(first);
  to.count = static_cast<std::uint32_t>(cells.size() - first);
}

std::shared_ptr<const EventBatch> BatchExtender::finish() {
  if (added_.empty()) return std::move(batch_);
  auto extended = std::make_shared<EventBatch>();
  extended->rows_ = batch_->rows_;
  extended->sources_ = batch_->sources_;
  extended->cells_.reserve(batch_->all_cells_.size() + added_.size());
  for (std::uint32_t row = 0; row < newest_.size(); ++row) append_row(row, *extended);
  extended->all_cells_ = extended->cells_;
  extended->arena_ = std::move(arena_);
  extended->held_.push_back(std::move(batch_));
  return extended;
}

}  // namespace vedette::model
