#include "sigma/cannot_fire.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/base/hash.hpp"

namespace vedette::detect::sigma {

namespace {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;

bool same_test(const FieldTest& a, const FieldTest& b) {
  return a.field == b.field && a.op == b.op && a.text == b.text && a.number == b.number &&
         a.case_sensitive == b.case_sensitive && a.regex.ignore_case == b.regex.ignore_case &&
         a.regex.multi_line == b.regex.multi_line && a.regex.dot_all == b.regex.dot_all && a.part == b.part;
}

std::uint64_t key_of(const FieldTest& test) {
  return base::hash64(test.text, base::hash64(test.field, static_cast<std::uint64_t>(test.op)));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  return "\"" + std::string(text.substr(0, kMaxShown)) + (text.size() > kMaxShown ? "..." : "") + "\"";
}

std::string field_of(const FieldTest& test) {
  return test.field.empty() ? "the keywords" : quoted(test.field);
}

// What must hold and what must not, for the whole of a conjunction to hold.
class Conjunction {
 public:
  explicit Conjunction(const Predicate& root) {
    require(root);
    for (const FieldTest* test : forbidden_) by_key_.emplace(key_of(*test), test);
  }

  std::string contradiction(base::SourceSpan& where) const {
    for (const FieldTest* test : required_) {
      std::string why = refuted(*test);
      if (!why.empty()) {
        where = test->span;
        return why;
      }
    }
    for (const Predicate* choice : choices_) {
      std::string why = all_refuted(*choice);
      if (!why.empty()) {
        where = choice->children.front().test.span;
        return why;
      }
    }
    return opposite_selections();
  }

  const std::vector<const Predicate*>& choices() const { return choices_; }

 private:
  void require(const Predicate& predicate) {
    if (!predicate.name.empty()) required_names_.push_back(predicate.name);
    switch (predicate.kind) {
      case Predicate::Kind::test:
        note_required(predicate.test);
        break;
      case Predicate::Kind::all_of:
        for (const Predicate& child : predicate.children) require(child);
        break;
      case Predicate::Kind::any_of:
        choices_.push_back(&predicate);
        break;
      case Predicate::Kind::negation:
        forbid(predicate.children.front());
        break;
      case Predicate::Kind::always:
      case Predicate::Kind::never:
        break;
    }
  }

  void forbid(const Predicate& predicate) {
    if (!predicate.name.empty()) forbidden_names_.push_back(predicate.name);
    switch (predicate.kind) {
      case Predicate::Kind::test:
        note_forbidden(predicate.test);
        break;
      case Predicate::Kind::any_of:
        for (const Predicate& child : predicate.children) forbid(child);
        break;
      case Predicate::Kind::negation:
        require(predicate.children.front());
        break;
      case Predicate::Kind::all_of:
        if (predicate.children.size() == 1) forbid(predicate.children.front());
        break;
      case Predicate::Kind::always:
      case Predicate::Kind::never:
        break;
    }
  }

  void note_required(const FieldTest& test) {
    required_.push_back(&test);
    if (test.op == MatchOp::is_null) without_value_.emplace(test.field, &test);
  }

  void note_forbidden(const FieldTest& test) {
    forbidden_.push_back(&test);
    if (test.op == MatchOp::exists) absent_.emplace(test.field, &test);
  }

  // Why `test` cannot hold beside the others, or empty.
  std::string refuted(const FieldTest& test) const {
    const auto [first, last] = by_key_.equal_range(key_of(test));
    for (auto it = first; it != last; ++it) {
      if (same_test(test, *it->second)) {
        return field_of(test) + " must and must not be " + quoted(test.shown);
      }
    }
    if (test.field.empty() || test.op == MatchOp::is_null) return {};
    if (absent_.contains(test.field)) return field_of(test) + " must be absent and is asked for a value";
    if (test.op != MatchOp::exists && without_value_.contains(test.field)) {
      return field_of(test) + " must be null and have a value";
    }
    return {};
  }

  std::string all_refuted(const Predicate& choice) const {
    std::string first;
    for (const Predicate& child : choice.children) {
      if (child.kind != Predicate::Kind::test) return {};
      std::string why = refuted(child.test);
      if (why.empty()) return {};
      if (first.empty()) first = std::move(why);
    }
    return first;
  }

  std::string opposite_selections() const {
    for (std::string_view name : required_names_) {
      for (std::string_view other : forbidden_names_) {
        if (name == other) return "the selection " + quoted(name) + " must and must not hold";
      }
    }
    return {};
  }

  std::vector<const FieldTest*> required_, forbidden_;
  std::vector<const Predicate*> choices_;
  std::vector<std::string_view> required_names_, forbidden_names_;
  std::unordered_multimap<std::uint64_t, const FieldTest*> by_key_;  // forbidden_
  std::unordered_map<std::string_view, const FieldTest*> without_value_, absent_;
};

std::string why_choice_never(const Predicate& choice, base::SourceSpan& where) {
  if (choice.children.empty()) return "it is a choice of nothing";
  std::string first;
  for (const Predicate& child : choice.children) {
    if (child.kind == Predicate::Kind::test) return {};
    std::string why = why_never(child, where);
    if (why.empty()) return {};
    if (first.empty()) first = std::move(why);
  }
  return first;
}

bool holds_never(const Predicate& conjunction) {
  if (conjunction.kind == Predicate::Kind::never) return true;
  if (conjunction.kind != Predicate::Kind::all_of) return false;
  for (const Predicate& child : conjunction.children) {
    if (holds_never(child)) return true;
  }
  return false;
}

}  // namespace

std::string why_never(const Predicate& predicate, base::SourceSpan& where) {
  if (predicate.kind == Predicate::Kind::any_of) return why_choice_never(predicate, where);
  if (holds_never(predicate)) return "it asks for one of no values";
  const Conjunction conjunction(predicate);
  std::string why = conjunction.contradiction(where);
  if (!why.empty()) return why;
  for (const Predicate* choice : conjunction.choices()) {
    why = why_choice_never(*choice, where);
    if (!why.empty()) return why;
  }
  return {};
}

}  // namespace vedette::detect::sigma
