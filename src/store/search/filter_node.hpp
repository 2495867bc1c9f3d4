// The compiled tree behind Filter. Internal to the filter's files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "segment.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::store::search {

struct FilterNode {
  using Kind = model::Predicate::Kind;

  Kind kind = Kind::never;
  std::vector<FilterNode> children;  // of all_of and any_of: cheapest first
  int cost = 0;

  // Kind::test
  std::optional<expr::Matcher> matcher;
  bool any_field = false;
  std::optional<expr::WildcardPattern> names;  // field_pattern
  model::FieldId field{};
  std::optional<model::FieldId> other;  // of field_* tests
  bool part = false;                    // compares a part of a time
  double number = 0;
  bool against_text = false;              // comparisons
  std::optional<base::TimeNs> time;       // comparisons: the text as a date-time
  std::optional<std::int64_t> integer;    // equals: the text is that of this integer
  std::optional<std::uint64_t> sequence;  // equals: the text is that of the id with this sequence number

  bool is_comparison() const;
  bool tests_many_fields() const { return any_field || names.has_value(); }

  // Kind::test: what filters can be asked for; nullopt if nothing.
  std::optional<ValueProbe> probe() const;
  void prune(const Segment& segment, Bitmap& blocks, std::uint64_t& bytes_read) const;
  bool is_always_of(const Segment& segment) const;
  base::Result<Bitmap> evaluate(Block& block, const Bitmap& active, expr::Scratch& scratch) const;
};

// Whether `value` stands to `bound` as the comparison says.
template <typename Number>
bool compares(model::MatchOp op, Number value, Number bound) {
  switch (op) {
    case model::MatchOp::less:
      return value < bound;
    case model::MatchOp::less_equal:
      return value <= bound;
    case model::MatchOp::greater:
      return value > bound;
    case model::MatchOp::greater_equal:
      return value >= bound;
    default:
      return false;
  }
}

}  // namespace vedette::store::search
