#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sigma/condition.hpp"
#include "sigma/correlation.hpp"
#include "vedette/base/files.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {
namespace {

using model::MatchOp;
using model::Predicate;

std::string rule_text(std::string_view detection) {
  return "title: T\nid: 11111111-2222-4333-8444-555555555555\nlogsource: {category: c}\ndetection:\n" +
         std::string(detection);
}

RuleSet load(std::string text, bool lint = false) {
  LoadOptions options;
  options.lint = lint;
  return load_rules({{"rule.yml", std::move(text)}}, options);
}

const base::Diagnostic* only(const RuleSet& set) {
  EXPECT_EQ(set.diagnostics.size(), 1U);
  return set.diagnostics.size() == 1 ? &set.diagnostics.front() : nullptr;
}

TEST(SigmaLoad, PredicateCarriesItsOrigin) {
  const RuleSet set = load(
      rule_text("  sel:\n    f|contains|all:\n      - 'a\\\\b'\n      - x\n    g: 1\n  condition: sel\n"));
  ASSERT_EQ(set.rules.size(), 1U);
  const Predicate& root = set.rules[0].condition;
  EXPECT_EQ(root.kind, Predicate::Kind::all_of);
  EXPECT_EQ(root.name, "sel");
  ASSERT_EQ(root.children.size(), 2U);
  const Predicate& values = root.children[0];
  EXPECT_EQ(values.kind, Predicate::Kind::all_of);
  ASSERT_EQ(values.children.size(), 2U);
  const model::FieldTest& test = values.children[0].test;
  EXPECT_EQ(test.field, "f");
  EXPECT_EQ(test.op, MatchOp::contains);
  EXPECT_EQ(test.text, "a\\b");
  EXPECT_EQ(test.shown, "a\\\\b");
  EXPECT_EQ(test.modifier, "contains|all");
  EXPECT_EQ(test.span.line, 7U);
  EXPECT_EQ(test.span.column, 9U);
  EXPECT_EQ(root.children[1].kind, Predicate::Kind::test);
  EXPECT_EQ(root.children[1].test.text, "1");
}

TEST(SigmaLoad, NamesStayOnEverySelection) {
  const RuleSet set =
      load(rule_text("  s1: {a: 1}\n  s2: {b: 2}\n  f: {c: 3}\n  condition: 1 of s* and not f\n"));
  ASSERT_EQ(set.rules.size(), 1U);
  const Predicate& root = set.rules[0].condition;
  ASSERT_EQ(root.kind, Predicate::Kind::all_of);
  EXPECT_EQ(root.children[0].kind, Predicate::Kind::any_of);
  EXPECT_EQ(root.children[0].children[0].name, "s1");
  EXPECT_EQ(root.children[0].children[1].name, "s2");
  EXPECT_EQ(root.children[1].kind, Predicate::Kind::negation);
  EXPECT_EQ(root.children[1].children[0].name, "f");
}

TEST(SigmaLoad, HeadOfARule) {
  const RuleSet set = load(R"(title: A Title
id: 11111111-2222-4333-8444-555555555555
name: a_name
status: stable
level: critical
description: text
author: Somebody
license: MIT
date: 2026-01-02
tags: [attack.execution, attack.t1059.001]
references: [https://example.org/]
falsepositives: [None]
logsource: {product: Windows, service: security, definition: x}
custom: [1, 2]
detection:
  selection: {f: x}
  condition: selection
)");
  ASSERT_EQ(set.rules.size(), 1U);
  const model::RuleInfo& info = *set.rules[0].info;
  EXPECT_EQ(info.title, "A Title");
  EXPECT_EQ(info.name, "a_name");
  EXPECT_EQ(info.level, model::Level::critical);
  EXPECT_EQ(info.status, model::RuleStatus::stable);
  EXPECT_EQ(info.log_source.product, "windows");
  EXPECT_EQ(info.log_source.service, "security");
  EXPECT_EQ(info.log_source.category, "");
  EXPECT_EQ(info.tags.size(), 2U);
  EXPECT_EQ(info.file, "rule.yml");
  EXPECT_EQ(info.line, 1U);
  EXPECT_TRUE(set.diagnostics.empty());
}

TEST(SigmaLoad, IdFromTitleIsStable) {
  const std::string text = "title: Same\nlogsource: {category: c}\ndetection: {s: {f: x}, condition: s}\n";
  const RuleSet first = load(text), second = load("# comment\n" + text);
  ASSERT_EQ(first.rules.size(), 1U);
  EXPECT_EQ(first.rules[0].info->id, second.rules[0].info->id);
  EXPECT_EQ(first.rules[0].info->id.size(), 36U);
  EXPECT_EQ(first.rules[0].info->level, model::Level::medium);
}

TEST(SigmaLoad, ErrorsNameThePlaceAndTheNearestName) {
  const RuleSet set = load(rule_text("  selection:\n    f|contain: x\n  condition: selection\n"));
  EXPECT_EQ(set.refused, 1U);
  EXPECT_TRUE(set.rules.empty());
  const base::Diagnostic* diagnostic = only(set);
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_EQ(diagnostic->code, "unknown-modifier");
  EXPECT_EQ(diagnostic->span.line, 6U);
  EXPECT_EQ(diagnostic->span.column, 7U);
  EXPECT_THAT(diagnostic->help, testing::HasSubstr("\"contains\""));
}

TEST(SigmaLoad, ConditionErrorsPointAtTheWord) {
  const RuleSet set = load(rule_text("  selection: {f: x}\n  condition: selection and selektion\n"));
  const base::Diagnostic* diagnostic = only(set);
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_EQ(diagnostic->code, "unknown-selection");
  EXPECT_EQ(diagnostic->span.line, 6U);
  EXPECT_EQ(diagnostic->span.column, 28U);
  EXPECT_THAT(diagnostic->help, testing::HasSubstr("\"selection\""));
}

TEST(SigmaLoad, ParenthesesAreBounded) {
  const auto nested = [](int depth) {
    return rule_text("  s: {f: x}\n  condition: " + std::string(depth, '(') + "s" + std::string(depth, ')') +
                     "\n");
  };
  EXPECT_EQ(load(nested(64)).rules.size(), 1U);
  const RuleSet deep = load(nested(65));
  ASSERT_NE(only(deep), nullptr);
  EXPECT_EQ(only(deep)->code, "condition-depth");
  EXPECT_EQ(load(nested(100'000)).refused, 1U);
}

TEST(SigmaLoad, LongChainsOfNotAreFine) {
  std::string condition;
  for (int i = 0; i < 10'001; ++i) condition += "not ";
  const RuleSet set = load(rule_text("  s: {f: x}\n  condition: " + condition + "s\n"));
  ASSERT_EQ(set.rules.size(), 1U);
  EXPECT_EQ(set.rules[0].condition.kind, Predicate::Kind::negation);
}

TEST(SigmaLoad, CopiesOfASelectionAreBounded) {
  std::string detection = "  s:\n    f:\n";
  for (int i = 0; i < 1000; ++i) detection += "      - v" + std::to_string(i) + "\n";
  detection += "  condition: s";
  for (int i = 0; i < 1000; ++i) detection += " or s";
  const RuleSet set = load(rule_text(detection + "\n"));
  ASSERT_NE(only(set), nullptr);
  EXPECT_EQ(only(set)->code, "rule-too-large");
}

TEST(SigmaLoad, ASameFileIsSkipped) {
  const std::string text = rule_text("  s: {f: x}\n  condition: s\n");
  const RuleSet set = load_rules({{"a.yml", text}, {"b.yml", text}}, {}, 2);
  EXPECT_EQ(set.rules.size(), 1U);
  ASSERT_NE(only(set), nullptr);
  EXPECT_EQ(only(set)->code, "duplicate-file");
  EXPECT_EQ(only(set)->file, "b.yml");
}

TEST(SigmaLoad, OrderDoesNotDependOnThreads) {
  std::vector<RuleFile> files;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    files.push_back({number + ".yml", "title: T" + number +
                                          "\nlogsource: {category: c}\ndetection:\n  s: {f: " + number +
                                          "}\n  condition: " + (i % 7 == 0 ? "t" : "s") + "\n"});
  }
  const RuleSet one = load_rules(files, {}, 1), four = load_rules(files, {}, 4);
  ASSERT_EQ(one.rules.size(), four.rules.size());
  for (std::size_t i = 0; i < one.rules.size(); ++i)
    EXPECT_EQ(one.rules[i].info->file, four.rules[i].info->file);
  ASSERT_EQ(one.diagnostics.size(), four.diagnostics.size());
  for (std::size_t i = 0; i < one.diagnostics.size(); ++i) {
    EXPECT_EQ(one.diagnostics[i].to_string(), four.diagnostics[i].to_string());
  }
  EXPECT_EQ(one.refused, 29U);
}

TEST(SigmaLoad, ReferencesReachOverFiles) {
  const std::string correlation = R"(title: Many
correlation:
  type: event_count
  rules: [base, 11111111-2222-4333-8444-555555555555]
  group-by: [user]
  timespan: 5m
  aliases: {user: {base: src.user}}
  condition: {gt: 1, lte: 5.5}
)";
  std::string base_rule = "name: base\n" + rule_text("  s: {f: x}\n  condition: s\n");
  const RuleSet set = load_rules({{"c.yml", correlation}, {"r.yml", base_rule}}, {});
  ASSERT_EQ(set.correlations.size(), 1U) << set.diagnostics.front().to_string();
  const CorrelationRule& rule = set.correlations[0];
  ASSERT_EQ(rule.rules.size(), 2U);
  EXPECT_EQ(rule.rules[0].kind, RuleRef::Kind::rule);
  EXPECT_EQ(rule.rules[0].index, 0U);
  EXPECT_EQ(rule.rules[1].index, 0U);
  EXPECT_EQ(rule.timespan, 300 * base::kNsPerSecond);
  EXPECT_THAT(rule.aliases.at("user"), testing::ElementsAre("src.user", "src.user"));
  EXPECT_TRUE(rule.condition.holds(5.5));
  EXPECT_FALSE(rule.condition.holds(1));
  EXPECT_FALSE(rule.condition.only_upper_bounds());
  EXPECT_EQ(rule.rule_condition.kind, Predicate::Kind::always);
  EXPECT_TRUE(rule.alerts);
  EXPECT_FALSE(set.rules[0].alerts);
}

TEST(SigmaLoad, TemporalDefaultsToAllRules) {
  const std::string text =
      "name: a\n" + rule_text("  s: {f: x}\n  condition: s\n") +
      "---\ntitle: C\ncorrelation: {type: temporal, rules: [a], timespan: 1m, condition: not a}\n" +
      "---\ntitle: D\ncorrelation: {type: temporal_ordered, rules: [a, a], timespan: 1m}\n";
  const RuleSet set = load(text);
  ASSERT_EQ(set.correlations.size(), 2U);
  EXPECT_EQ(set.correlations[0].rule_condition.kind, Predicate::Kind::negation);
  EXPECT_EQ(set.correlations[0].rule_condition.children[0].test.field, "a");
  EXPECT_EQ(set.correlations[1].rule_condition.kind, Predicate::Kind::always);
  EXPECT_EQ(set.correlations[1].condition.gte, 2.0);
}

TEST(SigmaLoad, PatternsOfNames) {
  EXPECT_TRUE(sigma::fits("selection", "sel*"));
  EXPECT_TRUE(sigma::fits("sel_a_x", "sel*_x"));
  EXPECT_TRUE(sigma::fits("aab", "*ab"));
  EXPECT_FALSE(sigma::fits("selection", "sel"));
  EXPECT_TRUE(sigma::fits("", "*"));
  EXPECT_FALSE(sigma::fits("Sel", "sel*"));
}

TEST(SigmaLoad, Timespans) {
  EXPECT_EQ(sigma::parse_timespan("90s"), 90 * base::kNsPerSecond);
  EXPECT_EQ(sigma::parse_timespan("1M"), 2'629'746 * base::kNsPerSecond);
  EXPECT_EQ(sigma::parse_timespan("100y"), 100 * (31'556'952 * base::kNsPerSecond));
  for (std::string_view wrong : {"", "s", "0s", "-5m", "1.5h", "1H", "10", "101y", "1 m", "+1m", "1ms"}) {
    EXPECT_FALSE(sigma::parse_timespan(wrong)) << wrong;
  }
}

TEST(SigmaLoad, PlaceholderFiles) {
  base::Diagnostics diagnostics;
  const Placeholders placeholders =
      read_placeholders("one: a\n'%two%': [b, 3]\nnone: []\nbad: {x: y}\n", "p.yml", diagnostics);
  EXPECT_THAT(placeholders.at("one"), testing::ElementsAre("a"));
  EXPECT_THAT(placeholders.at("two"), testing::ElementsAre("b", "3"));
  EXPECT_TRUE(placeholders.at("none").empty());
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics[0].code, "bad-placeholders");
  EXPECT_EQ(diagnostics[0].span.line, 4U);
}

TEST(SigmaLoad, TheWholeOfSigmaHq) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const std::string folder = std::string(shared != nullptr ? shared : "../shared") + "/data/sigma-rules";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent: 3780 rules not loaded";
  const auto names = base::list_files(folder, {".yml"});
  ASSERT_TRUE(names.ok());
  std::vector<RuleFile> files;
  for (const std::string& name : *names) files.push_back({name, base::read_file(name).value()});
  const RuleSet set = load_rules(files, {}, 2);
  EXPECT_EQ(set.rules.size(), files.size());
  EXPECT_EQ(set.refused, 0U);
  const auto disabled = std::count_if(set.rules.begin(), set.rules.end(),
                                      [](const Rule& rule) { return !rule.cannot_fire.empty(); });
  // Only the rules that need placeholders.
  EXPECT_EQ(static_cast<std::size_t>(disabled), set.diagnostics.size());
  for (const base::Diagnostic& diagnostic : set.diagnostics)
    EXPECT_EQ(diagnostic.code, "undefined-placeholder");
}

}  // namespace
}  // namespace vedette::detect
