// Any bytes as a rule file: loading never crashes, and what it accepts stays within its bounds.
#include <cstddef>
#include <cstdint>
#include <string>

#include "vedette/base/check.hpp"
#include "vedette/detect/rule_set.hpp"

namespace {

void check_tree(const vedette::model::Predicate& predicate, int depth) {
  using Kind = vedette::model::Predicate::Kind;
  CHECK(depth < 512);
  CHECK(predicate.kind != Kind::negation || predicate.children.size() == 1);
  for (const vedette::model::Predicate& child : predicate.children) check_tree(child, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  vedette::detect::LoadOptions options;
  options.lint = true;
  options.placeholders = {{"a", {"x", "y*"}}, {"none", {}}};
  const vedette::detect::RuleSet set = vedette::detect::load_rules({{"fuzz.yml", text}}, options);
  CHECK(set.refused <= set.documents);
  for (const vedette::detect::Rule& rule : set.rules) check_tree(rule.condition, 0);
  for (const vedette::detect::CorrelationRule& rule : set.correlations) {
    CHECK(rule.rules.size() == rule.rule_names.size());
    check_tree(rule.rule_condition, 0);
  }
  return 0;
}
