#include "search/field_reader.hpp"

#include "vedette/base/time.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::store::search {

using model::Value;

model::FieldId id_field() {
  static const model::FieldId id = model::intern("_id");
  return id;
}

base::Result<FieldReader> FieldReader::open(Block& block, model::FieldId field) {
  FieldReader reader;
  if (field == model::field::timestamp) {
    TRY_ASSIGN(reader.times_, block.times());
    reader.kind_ = Kind::time;
    return reader;
  }
  TRY_ASSIGN(reader.column_, block.column(field));
  if (reader.column_) reader.kind_ = Kind::column;
  if (field == id_field()) {
    TRY_ASSIGN(reader.sequences_, block.sequences());
    reader.kind_ = Kind::id;
  }
  return reader;
}

base::Result<FieldReader> FieldReader::open_own(Block& block, model::FieldId field) {
  if (field != id_field()) return open(block, field);
  FieldReader reader;
  TRY_ASSIGN(reader.column_, block.column(field));
  if (reader.column_) reader.kind_ = Kind::column;
  return reader;
}

const Value* FieldReader::find(std::uint32_t row) {
  switch (kind_) {
    case Kind::absent:
      return nullptr;
    case Kind::time:
      if (times_[row] == 0) return nullptr;
      value_ = Value::string({time_text_, base::format_rfc3339(times_[row], time_text_)});
      return &value_;
    case Kind::id:
      if (column_ && column_->has(row)) break;
      if (sequences_[row] == 0) return nullptr;
      id_ = expr::id_text(sequences_[row]);
      value_ = Value::string(id_);
      return &value_;
    case Kind::column:
      if (!column_->has(row)) return nullptr;
      break;
  }
  value_ = column_->at(row);
  return &value_;
}

}  // namespace vedette::store::search
