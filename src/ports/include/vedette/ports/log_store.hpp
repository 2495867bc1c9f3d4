// LogStore: where events rest and are searched (design section 5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"

namespace vedette::ports {

// A field as the store has seen it.
struct FieldUse {
  std::string name;
  std::uint64_t rows = 0;  // that have it
  // Values by kind: more than one that is not zero (null and lists aside) is a type conflict.
  std::uint64_t nulls = 0, booleans = 0, integers = 0, reals = 0, texts = 0, lists = 0;
};

// Thread safe.
class LogStore {
 public:
  virtual ~LogStore() = default;

  // Answers exactly, or says in the result what cut it. Rows (in order) go to `sink`, which may be null if
  // limit is 0. Errors: invalid_argument (the request makes no sense: a bad regular expression, a width of
  // 0), unsupported, io.
  virtual base::Result<model::SearchResult> search(const model::SearchRequest& request,
                                                   const model::RowSink& sink,
                                                   const base::CancellationToken& cancellation) const = 0;

  // Every field of events in the range, by name (over whole parts: a superset of what the range holds).
  virtual base::Result<std::vector<FieldUse>> fields(const model::TimeRange& range) const = 0;
};

}  // namespace vedette::ports
