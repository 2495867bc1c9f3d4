#include "row.hpp"

#include "vedette/base/time.hpp"
#include "vedette/expr/order.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::query {

using model::Value;

namespace {

constexpr std::size_t kTimeText = 40;
constexpr std::size_t kArenaBlock = 16 * 1024;

}  // namespace

model::FieldId id_field() {
  static const model::FieldId id = model::intern("_id");
  return id;
}

Value read_field(const model::Event& event, model::FieldId field, base::Arena& arena) {
  if (field == model::field::timestamp) {
    if (event.time() == 0) return Value::null();
    char text[kTimeText];
    return Value::string(arena.copy({text, base::format_rfc3339(event.time(), text)}));
  }
  if (const Value* own = event.find(field)) return *own;
  if (field != id_field() || event.sequence() == 0) return Value::null();
  return Value::string(arena.copy(expr::id_text(event.sequence())));
}

Value copy_value(const Value& value, base::Arena& arena) {
  if (value.is_string()) return Value::string(arena.copy(value.as_string()));
  if (!value.is_list()) return value;
  const auto from = value.as_list();
  auto to = arena.allocate_array<Value>(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = copy_value(from[i], arena);
  return Value::list(to);
}

std::size_t bytes_of(const Value& value) {
  if (value.is_string()) return value.as_string().size();
  std::size_t bytes = 0;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) bytes += sizeof(Value) + bytes_of(item);
  }
  return bytes;
}

std::size_t bytes_of(const model::Event& event) {
  std::size_t bytes = 64;
  for (const model::Cell& cell : event.cells()) bytes += sizeof(model::Cell) + bytes_of(cell.value);
  return bytes;
}

Value sort_value(const Value& value, bool descending) {
  if (!value.is_list()) return value;
  const auto items = value.as_list();
  if (items.empty()) return Value::null();
  const Value* best = &items[0];
  for (const Value& item : items.subspan(1)) {
    const auto order = expr::compare_values(item, *best);
    if (descending ? order > 0 : order < 0) best = &item;
  }
  return *best;
}

Value value_of(const model::Literal& literal) {
  if (const auto* v = std::get_if<bool>(&literal)) return Value::boolean(*v);
  if (const auto* v = std::get_if<std::int64_t>(&literal)) return Value::integer(*v);
  if (const auto* v = std::get_if<double>(&literal)) return Value::real(*v);
  if (const auto* v = std::get_if<std::string>(&literal)) return Value::string(*v);
  return Value::null();
}

RowWriter::RowWriter() : source_(std::make_shared<model::Source>()) {
  finish();
}

void RowWriter::begin(const model::Event& from) {
  if (from.source().path != source_->path) {
    source_ = std::make_shared<model::Source>(from.source());
    builder_->set_source(source_);
  }
  builder_->begin_row(from.position());
  builder_->set_sequence(from.sequence());
  builder_->set_time(from.time());
}

void RowWriter::begin_empty() {
  builder_->begin_row(0);
}

void RowWriter::add(model::FieldId field, const Value& value) {
  if (field == model::field::timestamp) {
    std::optional<base::TimeNs> time;
    if (value.is_string()) time = base::parse_iso8601(value.as_string());
    builder_->set_time(time.value_or(0));
  } else if (!value.is_null()) {
    builder_->add(field, value);
  }
}

void RowWriter::add_row(const model::Event& event) {
  begin(event);
  for (const model::Cell& cell : event.cells()) builder_->add(cell.field, cell.value);
  end();
}

void RowWriter::add_copy(const model::Event& event) {
  begin(event);
  for (const model::Cell& cell : event.cells()) builder_->add(cell.field, copy_value(cell.value, arena()));
  end();
}

Batch RowWriter::finish() {
  Batch done;
  if (builder_ && builder_->rows() > 0) done = builder_->finish();
  builder_ = std::make_unique<model::BatchBuilder>(source_, kArenaBlock);
  return done;
}

Batch RowWriter::empty() {
  return model::BatchBuilder(std::make_shared<model::Source>()).finish();
}

}  // namespace vedette::query
