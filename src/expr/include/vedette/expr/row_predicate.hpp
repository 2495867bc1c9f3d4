// A whole predicate tree compiled, evaluated on one event. Live tails, `where`, residual predicates of log
// stores and the rows that are not yet sealed use it; it is the reference for faster evaluators.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/model/event.hpp"

namespace vedette::expr {

// Semantics beyond Matcher's:
//  - the field "@timestamp" is the event time (texts of tests are RFC 3339 or ISO 8601), absent when 0; "_id"
//    is the event's own field of that name, else id_text(sequence) when the sequence is not 0
//  - a test without a field passes if any value of the event passes (nulls never)
//  - a test with field_pattern passes if any field whose name matches the pattern (case-sensitively) passes;
//    with is_null: if none of them has a value
// Immutable and thread safe after compile.
class RowPredicate {
 public:
  static base::Result<RowPredicate> compile(const model::Predicate& predicate);
  RowPredicate(RowPredicate&&) noexcept;
  RowPredicate& operator=(RowPredicate&&) noexcept;
  ~RowPredicate();
  bool matches(const model::Event& event, Scratch& scratch) const;

 private:
  RowPredicate();
  struct Node;
  std::unique_ptr<Node> root_;
};

// "0000000000000f3a": the id of the event with this sequence number, 16 hex digits; and back.
std::string id_text(std::uint64_t sequence);
bool sequence_of(std::string_view id, std::uint64_t& out);

}  // namespace vedette::expr
