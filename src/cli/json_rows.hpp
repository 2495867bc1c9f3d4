// Rows that a server gives as JSON objects, for the writers that take events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "json_view.hpp"
#include "vedette/model/event.hpp"

namespace vedette::cli {

class JsonRows {
 public:
  JsonRows();
  // "@timestamp" is the event time as well as a field, where `columns` (of the answer) name it.
  void add(const JsonView& row, const std::vector<std::string>& columns);
  std::size_t size() const { return builder_->rows(); }
  // The rows added so far; then there are none.
  std::shared_ptr<const model::EventBatch> take();

 private:
  std::unique_ptr<model::BatchBuilder> builder_;
};

}  // namespace vedette::cli
