#include "vedette/detect/search_filter.hpp"

#include <map>

#include "engine/fields.hpp"

namespace vedette::detect {
namespace {

using model::MatchOp;
using model::Predicate;

Predicate constant(bool value) {
  Predicate predicate;
  predicate.kind = value ? Predicate::Kind::always : Predicate::Kind::never;
  return predicate;
}

// all_of or any_of, without the constants.
Predicate joined(Predicate::Kind kind, std::vector<Predicate> children) {
  const bool all = kind == Predicate::Kind::all_of;
  const Predicate::Kind decisive = all ? Predicate::Kind::never : Predicate::Kind::always;
  const Predicate::Kind neutral = all ? Predicate::Kind::always : Predicate::Kind::never;
  Predicate result;
  result.kind = kind;
  for (Predicate& child : children) {
    if (child.kind == decisive) return constant(!all);
    if (child.kind != neutral) result.children.push_back(std::move(child));
  }
  if (result.children.empty()) return constant(all);
  if (result.children.size() == 1) return std::move(result.children[0]);
  return result;
}

// Whether the engine's answer can be told from one stored value.
bool is_searchable(const model::FieldTest& test) {
  return test.op < MatchOp::is_null;
}

class Widener {
 public:
  Widener(const Taxonomy& taxonomy) : resolver_(sections_of(taxonomy)) {}

  void collect(const Predicate& predicate) {
    for (const Predicate& child : predicate.children) collect(child);
    if (predicate.kind == Predicate::Kind::test && !predicate.test.field.empty())
      resolver_.slot(predicate.test.field);
  }

  void assign(const std::vector<std::string>& known_fields) {
    for (const SlotId slot : resolver_.composed_slots()) composed_[slot] = true;
    for (const std::string& name : known_fields) {
      for (const FieldResolver::Ranked& ranked : resolver_.slots_of(name))
        names_[ranked.slot].push_back(name);
    }
  }

  Predicate widen(const Predicate& predicate) {
    switch (predicate.kind) {
      case Predicate::Kind::always:
      case Predicate::Kind::never:
        return predicate;
      case Predicate::Kind::negation:
        return constant(true);
      case Predicate::Kind::test:
        return widen_test(predicate.test);
      case Predicate::Kind::all_of:
      case Predicate::Kind::any_of:
        break;
    }
    std::vector<Predicate> children;
    for (const Predicate& child : predicate.children) children.push_back(widen(child));
    return joined(predicate.kind, std::move(children));
  }

 private:
  static std::vector<const FieldSection*> sections_of(const Taxonomy& taxonomy) {
    std::vector<const FieldSection*> sections;
    for (const FieldSection& section : taxonomy.fields) sections.push_back(&section);
    return sections;
  }

  static Predicate test_of(const model::FieldTest& test, const std::string& field) {
    Predicate predicate;
    predicate.kind = Predicate::Kind::test;
    predicate.test = test;
    predicate.test.field = field;
    return predicate;
  }

  Predicate widen_test(const model::FieldTest& test) {
    if (!is_searchable(test)) return constant(true);
    if (test.field.empty()) return test_of(test, "");
    const SlotId slot = resolver_.slot(test.field);
    if (composed_.contains(slot)) return constant(true);
    std::vector<Predicate> alternatives;
    for (const std::string& name : names_[slot]) alternatives.push_back(test_of(test, name));
    return joined(Predicate::Kind::any_of, std::move(alternatives));
  }

  FieldResolver resolver_;
  std::map<SlotId, bool> composed_;
  std::map<SlotId, std::vector<std::string>> names_;
};

}  // namespace

Predicate search_filter(const RuleSet& rules, const Taxonomy& taxonomy,
                        const std::vector<std::string>& known_fields) {
  Widener widener(taxonomy);
  for (const Rule& rule : rules.rules) widener.collect(rule.condition);
  widener.assign(known_fields);
  std::vector<Predicate> alternatives;
  for (const Rule& rule : rules.rules) {
    if (rule.cannot_fire.empty()) alternatives.push_back(widener.widen(rule.condition));
  }
  return joined(Predicate::Kind::any_of, std::move(alternatives));
}

}  // namespace vedette::detect
