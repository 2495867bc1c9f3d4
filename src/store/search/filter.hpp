// A predicate tree compiled for blocks: which blocks can hold a row that passes, and which rows of a block
// pass.
#pragma once

#include <memory>

#include "segment.hpp"
#include "vedette/base/result.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::store::search {

struct FilterNode;

// Immutable and thread safe after compile. expr::RowPredicate is the reference of its semantics.
class Filter {
 public:
  static constexpr int kMaxDepth = 500;
  // invalid_argument: a bad pattern, a tree deeper than kMaxDepth, a negation without its child.
  static base::Result<Filter> compile(const model::Predicate& predicate);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  bool is_always() const;
  bool is_never() const;
  // Passes every row of the segment, as far as its list of fields tells.
  bool is_always_of(const Segment& segment) const;

  // Clears the bits of blocks without a row that can pass.
  void prune(const Segment& segment, Bitmap& blocks, std::uint64_t& bytes_read) const;
  // Of the rows in `active` those that pass.
  base::Result<Bitmap> evaluate(Block& block, const Bitmap& active, expr::Scratch& scratch) const;

 private:
  explicit Filter(std::unique_ptr<FilterNode> root);
  std::unique_ptr<FilterNode> root_;
};

}  // namespace vedette::store::search
