// One field of a block row by row, "@timestamp" and "_id" included.
#pragma once

#include <string>

#include "segment.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/field.hpp"

namespace vedette::store::search {

model::FieldId id_field();  // "_id"

// Values as expr::RowPredicate sees them: "@timestamp" is the event time as text, absent when it is 0; "_id"
// is the event's own field, else made of the sequence number. One thread; lives as long as the block.
class FieldReader {
 public:
  enum class Kind : std::uint8_t { absent, column, time, id };

  static base::Result<FieldReader> open(Block& block, model::FieldId field);
  // The field as it is stored, without what "_id" is made of.
  static base::Result<FieldReader> open_own(Block& block, model::FieldId field);

  Kind kind() const { return kind_; }
  const Column* column() const { return column_; }  // Kind::column; Kind::id: the own field, or nullptr
  std::span<const base::TimeNs> times() const { return times_; }           // Kind::time
  std::span<const std::uint64_t> sequences() const { return sequences_; }  // Kind::id

  // nullptr if the row lacks the field. Valid until the next call.
  const model::Value* find(std::uint32_t row);

 private:
  Kind kind_ = Kind::absent;
  const Column* column_ = nullptr;
  std::span<const base::TimeNs> times_;
  std::span<const std::uint64_t> sequences_;
  char time_text_[40];
  std::string id_;
  model::Value value_;
};

}  // namespace vedette::store::search
