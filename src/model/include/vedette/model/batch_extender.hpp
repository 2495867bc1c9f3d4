// Adds derived fields to the events of a finished batch, as enrichment does.
#pragma once

#include <memory>
#include <vector>

#include "vedette/model/event.hpp"

namespace vedette::model {

// Collects additions and makes a batch that shares the bytes of the old one: values are not copied, cells
// only if something was added. Not thread safe. Rows may come in any order.
class BatchExtender {
 public:
  explicit BatchExtender(std::shared_ptr<const EventBatch> batch);

  const EventBatch& batch() const { return *batch_; }
  // For the bytes of added values.
  base::Arena& arena() { return arena_; }

  // The event's value, or one added before; nullptr if there is none.
  const Value* find(std::uint32_t row, FieldId field) const;
  // False, and nothing happens, if the event has the field or got it before: an original value is never
  // replaced.
  bool add(std::uint32_t row, FieldId field, Value value);
  // For sets such as "tags": `text` joins the values of the field, unless it is among them. `text` is not
  // copied.
  void add_to_set(std::uint32_t row, FieldId field, std::string_view text);

  // The old batch itself if nothing was added. The extender is spent.
  std::shared_ptr<const EventBatch> finish();

 private:
  struct Added {
    Cell cell;
    std::uint32_t next = kNone;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  void push(std::uint32_t row, FieldId field, Value value);
  void append_row(std::uint32_t row, EventBatch& extended);

  std::shared_ptr<const EventBatch> batch_;
  base::Arena arena_{16 * 1024};
  std::vector<std::uint32_t> newest_;  // per row: the latest of its additions; empty until there is one
  std::vector<Added> added_;
  std::vector<Cell> row_cells_;
};

}  // namespace vedette::model
