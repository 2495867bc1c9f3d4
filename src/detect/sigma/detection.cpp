#include "sigma/detection.hpp"

#include <algorithm>

#include "sigma/condition.hpp"
#include "sigma/detection_item.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;
using model::Predicate;
using MaybePredicate = std::optional<Predicate>;

constexpr std::size_t kMaxSelections = 1000;

struct Selection {
  std::string_view name;
  base::SourceSpan span;
  Predicate predicate;
  std::size_t size = 0;  // predicates in it
  std::size_t uses_left = 0;
};

MaybePredicate build_map(const YamlNode& map, DocumentContext& context) {
  Predicate all;
  all.kind = Predicate::Kind::all_of;
  all.children.reserve(map.entries.size());
  for (const auto& [key, value] : map.entries) {
    MaybePredicate item = build_item(key, value, context);
    if (!item) return std::nullopt;
    all.children.push_back(std::move(*item));
  }
  if (all.children.size() == 1) return std::move(all.children.front());
  return all;
}

std::nullopt_t refuse_empty(const YamlNode& node, std::string_view name, DocumentContext& context) {
  context.report.error(node.span, "empty-selection", "the selection \"" + std::string(name) + "\" is empty",
                       "remove it, or say what it selects");
  return std::nullopt;
}

MaybePredicate build_element(const YamlNode& element, std::string_view name, DocumentContext& context) {
  if (element.is_mapping()) {
    return element.entries.empty() ? refuse_empty(element, name, context) : build_map(element, context);
  }
  if (element.is_sequence()) {
    context.report.error(element.span, "bad-selection",
                         "the selection \"" + std::string(name) + "\" holds a list within a list",
                         "a selection is a map, or a list of maps and keywords");
    return std::nullopt;
  }
  return build_keyword(element, context);
}

MaybePredicate build_selection(const YamlNode& node, std::string_view name, DocumentContext& context) {
  if (!node.is_sequence()) {
    if (node.is_null()) return refuse_empty(node, name, context);
    return build_element(node, name, context);
  }
  if (node.items.empty()) return refuse_empty(node, name, context);
  Predicate any;
  any.kind = Predicate::Kind::any_of;
  any.children.reserve(node.items.size());
  for (const YamlNode& element : node.items) {
    MaybePredicate child = build_element(element, name, context);
    if (!child) return std::nullopt;
    any.children.push_back(std::move(*child));
  }
  if (any.children.size() == 1) return std::move(any.children.front());
  return any;
}

// Turns the condition's tree into predicates. A selection is copied for every use but its last.
class Assembler {
 public:
  Assembler(std::vector<Selection>& selections, DocumentContext& context)
      : selections_(selections), context_(context) {}

  MaybePredicate assemble(const Expression& expression, base::SourceSpan at) {
    if (expression.kind == Expression::Kind::name) return take(selections_[expression.name], at);
    if (!context_.reserve(1, at)) return std::nullopt;
    Predicate predicate;
    predicate.kind = expression.kind == Expression::Kind::negation ? Predicate::Kind::negation
                     : expression.kind == Expression::Kind::all_of ? Predicate::Kind::all_of
                                                                   : Predicate::Kind::any_of;
    predicate.children.reserve(expression.children.size());
    for (const Expression& child : expression.children) {
      MaybePredicate part = assemble(child, at);
      if (!part) return std::nullopt;
      predicate.children.push_back(std::move(*part));
    }
    return predicate;
  }

 private:
  MaybePredicate take(Selection& selection, base::SourceSpan at) {
    if (--selection.uses_left == 0) return std::move(selection.predicate);
    if (!context_.reserve(selection.size, at)) return std::nullopt;
    return selection.predicate;
  }

  std::vector<Selection>& selections_;
  DocumentContext& context_;
};

bool read_selections(const YamlNode& section, std::span<const std::string_view> reserved,
                     std::vector<Selection>& selections, DocumentContext& context) {
  for (const auto& [key, value] : section.entries) {
    if (!key.is_scalar()) {
      context.report.error(key.span, "bad-selection", "a selection's name must be plain text");
      return false;
    }
    if (key.scalar == "condition" ||
        std::find(reserved.begin(), reserved.end(), key.scalar) != reserved.end()) {
      continue;
    }
    if (key.scalar == "timeframe" && value.is_scalar()) {
      context.report.lint(key.span, "deprecated-timeframe",
                          "timeframe has no effect; it belonged to aggregations",
                          "write a correlation rule with a timespan");
      continue;
    }
    if (selections.size() == kMaxSelections) {
      context.report.error(key.span, "rule-too-large", "the rule has more than 1000 selections");
      return false;
    }
    const std::size_t before = context.predicates;
    MaybePredicate predicate = build_selection(value, key.scalar, context);
    if (!predicate || context.report.failed()) return false;
    predicate->name = key.scalar;
    selections.push_back({key.scalar, key.span, std::move(*predicate), context.predicates - before, 0});
  }
  return true;
}

void lint_unused(const std::vector<Selection>& selections, Reporter& report) {
  for (const Selection& selection : selections) {
    if (selection.uses_left != 0) continue;
    report.lint(selection.span, "unused-selection",
                "the condition does not use the selection \"" + std::string(selection.name) + "\"");
  }
}

}  // namespace

std::optional<Detection> build_detection(const YamlNode& section, std::span<const std::string_view> reserved,
                                         DocumentContext& context) {
  Reporter& report = context.report;
  if (!section.is_mapping()) {
    report.error(section.span, "bad-detection", "the detection must be a map of selections and a condition");
    return std::nullopt;
  }
  const YamlNode* condition = section.find("condition");
  if (condition == nullptr || condition->is_null()) {
    report.error(section.span, "missing-condition", "the detection has no condition",
                 "add \"condition: selection\", or however your selections combine");
    return std::nullopt;
  }
  std::vector<Selection> selections;
  if (!read_selections(section, reserved, selections, context)) return std::nullopt;

  std::vector<std::string_view> names;
  for (const Selection& selection : selections) names.push_back(selection.name);
  const std::span<const YamlNode> texts =
      condition->is_sequence() ? std::span(condition->items) : std::span(condition, 1);
  std::vector<Expression> alternatives;
  std::vector<std::size_t> uses(names.size());
  for (const YamlNode& text : texts) {
    if (!text.is_scalar()) {
      report.error(text.span, "condition-syntax", "a condition must be text");
      return std::nullopt;
    }
    std::optional<Expression> expression = parse_condition(text, names, "selection", report);
    if (!expression) return std::nullopt;
    count_uses(*expression, uses);
    alternatives.push_back(std::move(*expression));
  }
  if (alternatives.empty()) {
    report.error(condition->span, "condition-syntax", "the list of conditions is empty");
    return std::nullopt;
  }
  for (std::size_t i = 0; i < uses.size(); ++i) selections[i].uses_left = uses[i];
  if (report.linting()) lint_unused(selections, report);

  Expression whole = alternatives.size() == 1
                         ? std::move(alternatives.front())
                         : Expression{Expression::Kind::any_of, 0, std::move(alternatives)};
  Detection detection;
  detection.negates = has_negation(whole);
  MaybePredicate predicate = Assembler(selections, context).assemble(whole, condition->span);
  if (!predicate) return std::nullopt;
  detection.condition = std::move(*predicate);
  return detection;
}

}  // namespace vedette::detect::sigma
