#include "search/filter.hpp"

#include <algorithm>

#include "search/filter_node.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::store::search {

using model::MatchOp;

bool FilterNode::is_comparison() const {
  return matcher && !part && matcher->op() >= MatchOp::less && matcher->op() <= MatchOp::greater_equal;
}

namespace {

int cost_of(const FilterNode& node) {
  int cost = 2;
  switch (node.matcher->op()) {
    case MatchOp::exists:
    case MatchOp::is_null:
      cost = 1;
      break;
    case MatchOp::contains:
    case MatchOp::ends_with:
    case MatchOp::cidr:
      cost = 4;
      break;
    case MatchOp::wildcard:
    case MatchOp::words:
      cost = 6;
      break;
    case MatchOp::regex:
      cost = 10;
      break;
    default:
      if (node.other) cost = 8;
  }
  if (node.part) cost = 8;
  return node.tests_many_fields() ? cost * 20 : cost;
}

base::Result<FilterNode> compile_test(const model::FieldTest& test) {
  FilterNode node;
  node.kind = FilterNode::Kind::test;
  TRY_ASSIGN(expr::Matcher matcher, expr::Matcher::compile(test));
  node.matcher = std::move(matcher);
  node.any_field = test.field.empty();
  node.part = test.part != model::TimePart::none;
  if (test.field_pattern) {
    node.names.emplace(test.field);
  } else if (!node.any_field) {
    node.field = model::intern(test.field);
  }
  if (test.op >= MatchOp::field_equals) node.other = model::intern(test.text);
  node.number = test.number;
  if (node.is_comparison()) {
    node.against_text = !test.text.empty();
    if (node.against_text && !base::IpAddress::parse(test.text)) node.time = base::parse_iso8601(test.text);
  }
  if (test.op == MatchOp::equals && !node.part) {
    const std::string_view wanted = node.matcher->literal();
    const auto integer = base::parse_int(wanted);
    if (integer && std::to_string(*integer) == wanted) node.integer = integer;
    std::uint64_t sequence = 0;
    if (expr::sequence_of(wanted, sequence) && expr::id_text(sequence) == wanted) node.sequence = sequence;
  }
  node.cost = cost_of(node);
  return node;
}

base::Result<FilterNode> compile_node(const model::Predicate& predicate, int depth) {
  if (depth > Filter::kMaxDepth) {
    return base::make_error(base::ErrorCode::invalid_argument, "the filter is nested too deeply");
  }
  if (predicate.kind == FilterNode::Kind::test) return compile_test(predicate.test);
  if (predicate.kind == FilterNode::Kind::negation && predicate.children.size() != 1) {
    return base::make_error(base::ErrorCode::invalid_argument, "a negation in the filter has not one part");
  }
  FilterNode node;
  node.kind = predicate.kind;
  for (const model::Predicate& child : predicate.children) {
    TRY_ASSIGN(FilterNode compiled, compile_node(child, depth + 1));
    node.cost += compiled.cost;
    node.children.push_back(std::move(compiled));
  }
  if (node.kind == FilterNode::Kind::all_of || node.kind == FilterNode::Kind::any_of) {
    std::stable_sort(node.children.begin(), node.children.end(),
                     [](const FilterNode& a, const FilterNode& b) { return a.cost < b.cost; });
    if (node.children.empty()) {
      node.kind = node.kind == FilterNode::Kind::all_of ? FilterNode::Kind::always : FilterNode::Kind::never;
    }
  }
  return node;
}

}  // namespace

Filter::Filter(std::unique_ptr<FilterNode> root) : root_(std::move(root)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

base::Result<Filter> Filter::compile(const model::Predicate& predicate) {
  TRY_ASSIGN(FilterNode root, compile_node(predicate, 0));
  return Filter(std::make_unique<FilterNode>(std::move(root)));
}

bool Filter::is_always() const {
  return root_->kind == FilterNode::Kind::always;
}
bool Filter::is_never() const {
  return root_->kind == FilterNode::Kind::never;
}

bool Filter::is_always_of(const Segment& segment) const {
  return root_->is_always_of(segment);
}

void Filter::prune(const Segment& segment, Bitmap& blocks, std::uint64_t& bytes_read) const {
  root_->prune(segment, blocks, bytes_read);
}

base::Result<Bitmap> Filter::evaluate(Block& block, const Bitmap& active, expr::Scratch& scratch) const {
  return root_->evaluate(block, active, scratch);
}

}  // namespace vedette::store::search
