#include "vedette/expr/row_predicate.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "vedette/base/time.hpp"

namespace vedette::expr {

using model::MatchOp;
using model::Predicate;
using model::Value;

struct RowPredicate::Node {
  Predicate::Kind kind = Predicate::Kind::never;
  std::vector<Node> children;
  std::optional<Matcher> matcher;
  std::optional<WildcardPattern> names;  // field_pattern
  bool any_field = false;
  model::FieldId field{};
  std::optional<model::FieldId> other;  // of field_* tests

  static base::Result<Node> compile(const Predicate& predicate);
  bool matches(const model::Event& event, Scratch& scratch) const;
  bool test(const model::Event& event, Scratch& scratch) const;
  bool test_field(const model::Event& event, const Value* value, Scratch& scratch) const;
  bool test_pattern(const model::Event& event, Scratch& scratch) const;
};

namespace {

constexpr std::size_t kTimeText = 40;

const model::FieldId kId = model::intern("_id");

// The values that are not cells: the event time as text, and the id made of the sequence number.
struct Derived {
  char time_text[kTimeText];
  std::string id;
  Value value;

  const Value* find(const model::Event& event, model::FieldId field) {
    if (field == model::field::timestamp) {
      if (event.time() == 0) return nullptr;
      value = Value::string({time_text, base::format_rfc3339(event.time(), time_text)});
      return &value;
    }
    const Value* own = event.find(field);
    if (own || field != kId || event.sequence() == 0) return own;
    id = id_text(event.sequence());
    value = Value::string(id);
    return &value;
  }
};

}  // namespace

base::Result<RowPredicate::Node> RowPredicate::Node::compile(const Predicate& predicate) {
  Node node;
  node.kind = predicate.kind;
  for (const Predicate& child : predicate.children) {
    TRY_ASSIGN(Node compiled, compile(child));
    node.children.push_back(std::move(compiled));
  }
  if (predicate.kind != Predicate::Kind::test) return node;
  const model::FieldTest& test = predicate.test;
  TRY_ASSIGN(Matcher matcher, Matcher::compile(test));
  node.matcher = std::move(matcher);
  node.any_field = test.field.empty();
  if (test.field_pattern) {
    node.names.emplace(test.field);
  } else if (!node.any_field) {
    node.field = model::intern(test.field);
  }
  if (test.op >= MatchOp::field_equals) node.other = model::intern(test.text);
  return node;
}

bool RowPredicate::Node::test_field(const model::Event& event, const Value* value, Scratch& scratch) const {
  if (!other) return matcher->matches(value, scratch);
  Derived derived;
  return matcher->matches_fields(value, derived.find(event, *other), scratch);
}

bool RowPredicate::Node::test_pattern(const model::Event& event, Scratch& scratch) const {
  const bool absence = matcher->op() == MatchOp::is_null;
  for (const model::Cell& cell : event.cells()) {
    if (names && !names->matches(model::name_of(cell.field))) continue;
    if (cell.field == model::field::timestamp) continue;
    const bool passes = test_field(event, &cell.value, scratch);
    if (passes != absence) return !absence;
  }
  Derived derived;
  if (!names || names->matches(model::name_of(model::field::timestamp))) {
    const Value* time = derived.find(event, model::field::timestamp);
    if (time && test_field(event, time, scratch) != absence) return !absence;
  }
  return absence;
}

bool RowPredicate::Node::test(const model::Event& event, Scratch& scratch) const {
  if (any_field || names) return test_pattern(event, scratch);
  Derived derived;
  return test_field(event, derived.find(event, field), scratch);
}

bool RowPredicate::Node::matches(const model::Event& event, Scratch& scratch) const {
  switch (kind) {
    case Predicate::Kind::always:
      return true;
    case Predicate::Kind::never:
      return false;
    case Predicate::Kind::all_of:
      for (const Node& child : children) {
        if (!child.matches(event, scratch)) return false;
      }
      return true;
    case Predicate::Kind::any_of:
      for (const Node& child : children) {
        if (child.matches(event, scratch)) return true;
      }
      return false;
    case Predicate::Kind::negation:
      return !children.at(0).matches(event, scratch);
    case Predicate::Kind::test:
      return test(event, scratch);
  }
  return false;
}

RowPredicate::RowPredicate() = default;
RowPredicate::RowPredicate(RowPredicate&&) noexcept = default;
RowPredicate& RowPredicate::operator=(RowPredicate&&) noexcept = default;
RowPredicate::~RowPredicate() = default;

base::Result<RowPredicate> RowPredicate::compile(const Predicate& predicate) {
  TRY_ASSIGN(Node root, Node::compile(predicate));
  RowPredicate compiled;
  compiled.root_ = std::make_unique<Node>(std::move(root));
  return compiled;
}

bool RowPredicate::matches(const model::Event& event, Scratch& scratch) const {
  return root_->matches(event, scratch);
}

std::string id_text(std::uint64_t sequence) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; sequence >>= 4) out[i] = kDigits[sequence & 15];
  return out;
}

bool sequence_of(std::string_view id, std::uint64_t& out) {
  if (id.size() != 16) return false;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), out, 16);
  return error == std::errc() && end == id.data() + id.size();
}

}  // namespace vedette::expr
