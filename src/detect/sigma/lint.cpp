#include "sigma/lint.hpp"

#include <map>
#include <unordered_set>

#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

bool holds_escaped_wildcard_after_word(std::string_view raw) {
  for (std::size_t at = 0; at + 1 < raw.size(); ++at) {
    if (raw[at] != '\\') continue;
    const char next = raw[at + 1];
    if (next == '*' && at > 0 && (base::is_alnum(raw[at - 1]) || raw[at - 1] == ':')) return true;
    if (next == '\\' || next == '*' || next == '?') ++at;
  }
  return false;
}

void lint_text(const ModifierChain& chain, const YamlNode& node, Reporter& report) {
  const std::string_view raw = node.scalar;
  if (holds_escaped_wildcard_after_word(raw)) {
    report.lint(node.span, "escaped-wildcard",
                "the \\* in \"" + node.scalar + "\" is a literal star without a backslash",
                "write \\\\* for a backslash followed by any text");
  }
  const bool from_start = !chain.has(Transform::contains) && !chain.has(Transform::ends_with);
  if (from_start && !chain.field.empty() && raw.size() > 2 && raw.starts_with("\\\\") && raw[2] != '\\' &&
      raw[2] != '*' && raw[2] != '?') {
    report.lint(node.span, "collapsed-backslash",
                "the two backslashes at the start of \"" + node.scalar + "\" stand for one",
                "write four for a UNC path");
  }
  if (chain.has(Transform::contains) &&
      (raw.starts_with('*') || (raw.ends_with('*') && !raw.ends_with("\\*")))) {
    report.lint(node.span, "contains-with-stars",
                "\"" + node.scalar + "\" has a star at an end, where contains puts one anyway",
                "remove the star");
  }
}

}  // namespace

void lint_values(const ModifierChain& chain, const YamlNode& key, const YamlNode& value, Reporter& report) {
  const bool list = value.is_sequence() && value.items.size() > 1;
  if (chain.all && !list) {
    report.lint(key.span, "single-value-all",
                "the modifier all has no effect on the one value of \"" + key.scalar + "\"",
                "remove it, or list several values");
  }
  const std::size_t count = value.is_sequence() ? value.items.size() : 1;
  const YamlNode* nodes = value.is_sequence() ? value.items.data() : &value;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < count; ++i) {
    const YamlNode& node = nodes[i];
    if (!node.is_scalar()) continue;
    if (chain.comparison == Comparison::pattern) lint_text(chain, node, report);
    if (list && !seen.insert(node.scalar).second) {
      report.lint(node.span, "duplicate-value", "\"" + node.scalar + "\" is listed twice",
                  "remove one of them");
    }
  }
}

void lint_conflicts(const model::Predicate& condition, Reporter& report) {
  if (condition.kind == model::Predicate::Kind::all_of) {
    std::map<std::string_view, const model::FieldTest*> equalities;
    for (const model::Predicate& child : condition.children) {
      const model::FieldTest& test = child.test;
      if (child.kind != model::Predicate::Kind::test || test.op != model::MatchOp::equals ||
          test.field.empty()) {
        continue;
      }
      const auto [found, added] = equalities.emplace(test.field, &test);
      if (added || base::equals_ignore_case_ascii(found->second->text, test.text)) continue;
      report.lint(test.span, "conflicting-values",
                  "\"" + test.field + "\" must equal both \"" + found->second->shown + "\" and \"" +
                      test.shown + "\", which only a list can",
                  "did you mean contains, or a list of alternatives?");
    }
  }
  for (const model::Predicate& child : condition.children) lint_conflicts(child, report);
}

}  // namespace vedette::detect::sigma
