// A GroupBy checked and compiled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/filter.hpp"
#include "search/sort_plan.hpp"
#include "search/values.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::search {

// The value of one key of a group, or of a row.
struct KeyValue {
  enum class Tag : std::uint8_t { missing, value, time, number, filter };
  Tag tag = Tag::missing;
  model::Value value;  // Tag::value: a scalar; time, filter: an integer; number: a real

  // As the answer shows it: times as RFC 3339 texts, filters by their name; null if missing.
  model::Value shown(const model::GroupKey& key, base::Arena& arena) const;
  // As it is sorted: times as integers.
  model::Value sorted(const model::GroupKey& key) const;
};

struct GroupPlan {
  struct Key {
    const model::GroupKey* asked = nullptr;
    model::FieldId field{};
    std::vector<Filter> filters;
  };
  struct Measure {
    const model::Metric* asked = nullptr;
    model::FieldId field{};
    std::optional<SortPlan> sort;  // top_rows
  };
  struct Order {
    bool of_key = false;
    std::size_t index = 0;
    bool descending = false, missing_first = false;
  };

  // `asked` must outlive the plan. invalid_argument: widths and intervals that are not positive, percentiles
  // out of range, names that are not there or twice, missing fields, a cursor that does not fit.
  static base::Result<GroupPlan> make(const model::GroupBy& asked);

  // Whether results depend on the order in which blocks are added.
  bool order_sensitive() const;
  bool only_counts() const;

  const model::GroupBy* asked = nullptr;
  std::vector<Key> keys;
  std::vector<Measure> measures;
  std::vector<Order> order;
  std::vector<OwnedValue> after;  // as KeyValue::sorted
};

}  // namespace vedette::store::search
