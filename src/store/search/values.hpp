// Values across kinds: owned copies, elements of lists.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/expr/order.hpp"
#include "vedette/model/search.hpp"
#include "vedette/model/value.hpp"

namespace vedette::store::search {

using expr::compare_numbers;
using expr::compare_values;

// A scalar that owns its text.
struct OwnedValue {
  model::ValueKind kind = model::ValueKind::null;
  std::int64_t integer = 0;  // booleans as well
  double real = 0;
  std::string text;

  OwnedValue() = default;
  explicit OwnedValue(const model::Value& value);  // a scalar
  explicit OwnedValue(const model::Literal& literal);
  model::Value view() const;
  std::uint64_t bytes() const { return sizeof(*this) + (text.size() > 15 ? text.size() : 0); }
};

// Deep.
model::Value copy_value(const model::Value& value, base::Arena& arena);
// Memory that a copy takes, about.
std::uint64_t bytes_of(const model::Value& value);

// Whether there is something to group, sort or compute: not null, not a list without such elements.
bool has_content(const model::Value& value);

// A number from a number or the text of one: an integer where it is the text of one.
bool as_number(const model::Value& value, model::Value& out);

// Appends the elements that are not null and differ from each other in their canonical text.
void append_distinct(const model::Value& value, std::vector<model::Value>& out);

}  // namespace vedette::store::search
