#include "vedette/model/event.hpp"

#include <algorithm>

#include "vedette/base/check.hpp"
#include "vedette/base/json_writer.hpp"

namespace vedette::model {

std::span<const Cell> Event::cells() const {
  const auto& row = batch_->rows_[row_];
  return batch_->all_cells_.subspan(row.first, row.count);
}

const Value* Event::find(FieldId field) const {
  const auto all = cells();
  const auto it = std::lower_bound(all.begin(), all.end(), field, [](const Cell& cell, FieldId id) {
    return index_of(cell.field) < index_of(id);
  });
  return it != all.end() && it->field == field ? &it->value : nullptr;
}

std::string_view Event::text(FieldId field) const {
  const Value* value = find(field);
  return value && value->is_string() ? value->as_string() : std::string_view{};
}

base::TimeNs Event::time() const {
  return batch_->rows_[row_].time;
}
std::uint64_t Event::position() const {
  return batch_->rows_[row_].position;
}

const Source& Event::source() const {
  return *batch_->sources_[batch_->rows_[row_].source];
}
std::uint64_t Event::sequence() const {
  return batch_->rows_[row_].sequence;
}

BatchBuilder::BatchBuilder(std::shared_ptr<const Source> source) : batch_(std::make_shared<EventBatch>()) {
  batch_->sources_.push_back(std::move(source));
}

BatchBuilder::BatchBuilder(std::shared_ptr<const Source> source, std::size_t arena_block_bytes)
    : BatchBuilder(std::move(source)) {
  batch_->arena_ = base::Arena(arena_block_bytes);
}

void BatchBuilder::set_source(std::shared_ptr<const Source> source) {
  CHECK(!in_row_);
  if (source != batch_->sources_.back()) batch_->sources_.push_back(std::move(source));
}

void BatchBuilder::begin_row(std::uint64_t position) {
  CHECK(!in_row_);
  in_row_ = true;
  first_ = batch_->cells_.size();
  next_order_ = 0;
  time_ = 0;
  position_ = position;
  sequence_ = 0;
}

void BatchBuilder::add_named(FieldCache& cache, std::string_view name, Value value) {
  const FieldId id = cache.intern(name);
  if (id != field::overflow || name == name_of(field::overflow)) return add(id, value);
  std::string text(name.substr(0, FieldTable::kMaxNameBytes));
  text += '=';
  TextBuffer buffer;
  if (value.is_list()) {
    append_json(text, value);
  } else {
    text += text_of(value, buffer);
  }
  add_copy(field::overflow, text);
}

std::span<const Cell> BatchBuilder::open_cells() const {
  return std::span(batch_->cells_).subspan(first_);
}

const Value* BatchBuilder::find_open(FieldId field) const {
  for (const Cell& cell : open_cells()) {
    if (cell.field == field) return &cell.value;
  }
  return nullptr;
}

void BatchBuilder::reset_row() {
  batch_->cells_.resize(first_);
  next_order_ = 0;
  time_ = 0;
}

void BatchBuilder::discard_row() {
  CHECK(in_row_);
  batch_->cells_.resize(first_);
  in_row_ = false;
}

// Original cells come before derived ones (their order has no high bit); the originals become one value or a
// list.
Value BatchBuilder::merge(std::span<const Cell> same_field) {
  std::size_t originals = 0, values = 0;
  while (originals < same_field.size() && !(same_field[originals].order & kDerived)) {
    values += same_field[originals].value.elements().size();
    ++originals;
  }
  if (originals <= 1) return same_field[0].value;
  auto list = arena().allocate_array<Value>(values);
  auto to = list.begin();
  for (const Cell& cell : same_field.first(originals)) {
    const auto elements = cell.value.elements();
    to = std::copy(elements.begin(), elements.end(), to);
  }
  return Value::list(list);
}

void BatchBuilder::rename_open(FieldId from, FieldId to) {
  auto& cells = batch_->cells_;
  for (auto cell = cells.begin() + static_cast<std::ptrdiff_t>(first_); cell != cells.end(); ++cell) {
    if (cell->field == from) cell->field = to;
  }
}

void BatchBuilder::end_row() {
  CHECK(in_row_);
  in_row_ = false;
  auto& cells = batch_->cells_;
  const auto begin = cells.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto key = [](const Cell& cell) { return (std::uint64_t{index_of(cell.field)} << 32) | cell.order; };
  std::sort(begin, cells.end(), [&](const Cell& a, const Cell& b) { return key(a) < key(b); });
  auto to = begin;
  for (auto from = begin; from != cells.end();) {
    auto next = from + 1;
    while (next != cells.end() && next->field == from->field) ++next;
    const Cell merged{next - from == 1 ? from->value : merge({&*from, static_cast<std::size_t>(next - from)}),
                      from->field, 0};
    *to++ = merged;
    from = next;
  }
  cells.erase(to, cells.end());
  batch_->rows_.push_back({static_cast<std::uint32_t>(first_),
                           static_cast<std::uint32_t>(cells.size() - first_), time_, position_, sequence_,
                           static_cast<std::uint32_t>(batch_->sources_.size() - 1)});
}

std::size_t BatchBuilder::bytes() const {
  return batch_->arena_.bytes_reserved() + batch_->cells_.size() * sizeof(Cell);
}

std::shared_ptr<const EventBatch> BatchBuilder::finish() {
  CHECK(!in_row_);
  batch_->all_cells_ = batch_->cells_;
  return std::move(batch_);
}

std::shared_ptr<const EventBatch> with_default_time(std::shared_ptr<const EventBatch> batch,
                                                    base::TimeNs time) {
  const auto timeless = [](const EventBatch::Row& row) { return row.time == 0; };
  if (std::none_of(batch->rows_.begin(), batch->rows_.end(), timeless)) return batch;
  auto dated = std::make_shared<EventBatch>();
  dated->rows_ = batch->rows_;
  for (EventBatch::Row& row : dated->rows_) {
    if (timeless(row)) row.time = time;
  }
  dated->all_cells_ = batch->all_cells_;
  dated->sources_ = batch->sources_;
  dated->held_.push_back(std::move(batch));
  return dated;
}

namespace {

void append_cell(std::string& out, std::string_view name, const Value& value) {
  out += ',';
  base::append_json_string(out, name);
  out += ':';
  append_json(out, value);
}

}  // namespace

void append_fields_json(std::string& out, const Event& event, bool (*omit)(FieldId)) {
  out += "{\"@timestamp\":";
  if (event.time() != 0) {
    char text[40];
    out += '"';
    out.append(text, base::format_rfc3339(event.time(), text));
    out += '"';
  } else {
    out += "null";
  }
  std::vector<std::pair<std::string_view, const Value*>> fields;
  for (const Cell& cell : event.cells()) {
    if (cell.field == field::timestamp || (omit && omit(cell.field))) continue;
    fields.emplace_back(name_of(cell.field), &cell.value);
  }
  std::sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, value] : fields) append_cell(out, name, *value);
}

void append_json(std::string& out, const Event& event) {
  append_fields_json(out, event);
  out += '}';
}

}  // namespace vedette::model
