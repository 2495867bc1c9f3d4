// Rows between stages: reading them, building them, the order of their values.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "vedette/base/arena.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query {

using Batch = std::shared_ptr<const model::EventBatch>;

// Between stages "@timestamp" is the time of the row (Event::time), never a cell. Time and arrival travel
// with a row whatever columns it keeps.

// A null value stands for an absent one. "@timestamp" is a text in `arena`; "_id" is made of the sequence
// number where the row has no field of that name.
model::Value read_field(const model::Event& event, model::FieldId field, base::Arena& arena);
model::FieldId id_field();

// The value with its text and elements copied to `arena`.
model::Value copy_value(const model::Value& value, base::Arena& arena);
std::size_t bytes_of(const model::Value& value);
std::size_t bytes_of(const model::Event& event);

// Of a list the smallest (or largest) element; other values as they are.
model::Value sort_value(const model::Value& value, bool descending);
model::Value value_of(const model::Literal& literal);

// Builds a batch out of rows of others. Values that are added must point into held batches or arena().
class RowWriter {
 public:
  RowWriter();
  base::Arena& arena() { return builder_->arena(); }
  void hold(Batch batch) { builder_->hold(std::move(batch)); }
  void hold_bytes(std::shared_ptr<const void> bytes) { builder_->hold(std::move(bytes)); }
  // The new row has the time, place and source of `from`, and no cells yet.
  void begin(const model::Event& from);
  void begin_empty();
  // Null adds nothing; for "@timestamp" sets the time.
  void add(model::FieldId field, const model::Value& value);
  void set_time(base::TimeNs time) { builder_->set_time(time); }
  void end() { builder_->end_row(); }
  // A whole row that points into the held batch of `event`, or a copy that does not.
  void add_row(const model::Event& event);
  void add_copy(const model::Event& event);
  std::size_t rows() const { return builder_->rows(); }
  // The batch, or null if there is no row; the writer begins anew.
  Batch finish();
  static Batch empty();

 private:
  std::shared_ptr<const model::Source> source_;
  std::unique_ptr<model::BatchBuilder> builder_;
};

}  // namespace vedette::query
