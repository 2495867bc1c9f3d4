#include "vedette/base/yaml.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

YamlNode one(std::string_view text) {
  YamlStream stream = parse_yaml(text, "t.yml");
  EXPECT_TRUE(stream.diagnostics.empty()) << stream.diagnostics[0].to_string();
  EXPECT_EQ(stream.documents.size(), 1u);
  return stream.documents.empty() ? YamlNode() : std::move(stream.documents[0]);
}

Diagnostic fault_of(std::string_view text, const YamlLimits& limits = {}) {
  YamlStream stream = parse_yaml(text, "t.yml", limits);
  EXPECT_EQ(stream.diagnostics.size(), 1u);
  return stream.diagnostics.empty() ? Diagnostic() : stream.diagnostics[0];
}

TEST(Yaml, TreeAndLookups) {
  const YamlNode node = one("title: Test\ntags:\n  - a\n  - b\none: x\nnested: {k: v}\n");
  ASSERT_TRUE(node.is_mapping());
  EXPECT_EQ(node.text("title"), "Test");
  EXPECT_EQ(node.text("tags"), "");
  EXPECT_EQ(node.text("missing"), "");
  EXPECT_THAT(node.texts("tags"), ElementsAre("a", "b"));
  EXPECT_THAT(node.texts("one"), ElementsAre("x"));
  EXPECT_THAT(node.texts("missing"), IsEmpty());
  EXPECT_EQ(node.find("nested")->text("k"), "v");
  EXPECT_EQ(node.find("missing"), nullptr);
  EXPECT_EQ(node.find("title")->find("x"), nullptr);
  EXPECT_EQ(node.entries[1].first.scalar, "tags");
}

TEST(Yaml, SpansCountFromOne) {
  const YamlNode node = one("a: 1\nbé:   [x,\n  'y']\n");
  EXPECT_EQ(node.span.line, 1u);
  EXPECT_EQ(node.span.column, 1u);
  const auto& [key, value] = node.entries[1];
  EXPECT_EQ(key.span.line, 2u);
  EXPECT_EQ(key.span.column, 1u);
  EXPECT_EQ(value.span.column, 7u);  // characters, not bytes
  EXPECT_EQ(value.items[1].span.line, 3u);
  EXPECT_EQ(value.items[1].span.column, 3u);
}

TEST(Yaml, QuotedScalarsAreNeverNullOrNumbers) {
  const YamlNode node =
      one("- ~\n- null\n- Null\n- NULL\n-\n- 'null'\n- \"\"\n- nULL\n- !!str null\n- |\n  12\n- '12'\n");
  for (std::size_t i = 0; i < 5; ++i) EXPECT_TRUE(node.items[i].is_null()) << i;
  for (std::size_t i = 5; i < 11; ++i) EXPECT_TRUE(node.items[i].is_scalar()) << i;
  EXPECT_TRUE(node.items[5].quoted);
  EXPECT_TRUE(node.items[6].quoted);
  EXPECT_FALSE(node.items[7].quoted);
  EXPECT_TRUE(node.items[8].quoted);
  EXPECT_EQ(node.items[9].scalar, "12\n");
  std::int64_t number = 0;
  EXPECT_FALSE(yaml_is_int(node.items[9], number));
  EXPECT_FALSE(yaml_is_int(node.items[10], number));
}

TEST(Yaml, EscapesAndBlocks) {
  const YamlNode node = one("a: \"x\\n\\u00e9\\\\\"\nb: 'it''s'\nc: >\n  one\n  two\nd: C:\\Windows\\*\n");
  EXPECT_EQ(node.text("a"), "x\né\\");
  EXPECT_EQ(node.text("b"), "it's");
  EXPECT_EQ(node.text("c"), "one two\n");
  EXPECT_EQ(node.text("d"), "C:\\Windows\\*");
}

TEST(Yaml, Documents) {
  EXPECT_THAT(parse_yaml("", "t").documents, IsEmpty());
  EXPECT_THAT(parse_yaml("# only this\n", "t").documents, IsEmpty());
  const YamlStream stream = parse_yaml("a: 1\n---\n- x\n---\n...\n---\nb: 2\n", "t");
  ASSERT_THAT(stream.diagnostics, IsEmpty());
  ASSERT_EQ(stream.documents.size(), 4u);
  EXPECT_TRUE(stream.documents[1].is_sequence());
  EXPECT_TRUE(stream.documents[2].is_null());
  EXPECT_EQ(stream.documents[3].find("b")->span.line, 7u);
}

TEST(Yaml, ByteOrderMarkAndWindowsLines) {
  EXPECT_EQ(one("\xEF\xBB\xBF"
                "a: 1\r\nb: 2\r\n")
                .text("b"),
            "2");
}

TEST(Yaml, DocumentsBeforeAnErrorAreReturned) {
  const YamlStream stream = parse_yaml("a: 1\n---\nb: [\n---\nc: 3\n", "rules/x.yml");
  EXPECT_EQ(stream.documents.size(), 1u);
  ASSERT_EQ(stream.diagnostics.size(), 1u);
  EXPECT_EQ(stream.diagnostics[0].code, "yaml-syntax");
  EXPECT_EQ(stream.diagnostics[0].file, "rules/x.yml");
  EXPECT_GE(stream.diagnostics[0].span.line, 3u);
}

TEST(Yaml, SyntaxErrors) {
  for (const char* bad : {"a: b: c", "\"open", "a:\n\t- x", "[a, b", "}", "%BAD", "a: 'x' y", "- a\nb: c",
                          "\x01", "a: \xFF\xFE"}) {
    EXPECT_EQ(fault_of(bad).code, "yaml-syntax") << bad;
  }
}

TEST(Yaml, AliasesAreExpanded) {
  const YamlNode node = one("x: &a [1, {k: &b v}]\ny: *a\nz: *b\n*b : key\n");
  EXPECT_EQ(node.find("y")->items[1].text("k"), "v");
  EXPECT_EQ(node.text("z"), "v");
  EXPECT_EQ(node.text("v"), "key");
  EXPECT_EQ(one("[&a 1, &a 2, *a]").items[2].scalar, "2");
}

TEST(Yaml, AliasFaults) {
  EXPECT_EQ(fault_of("a: *nope").code, "yaml-unknown-alias");
  EXPECT_EQ(fault_of("a: &x 1\n---\nb: *x\n").code, "yaml-unknown-alias");  // anchors end with their document
  const Diagnostic cycle = fault_of("a: &x\n  - b\n  - *x\n");
  EXPECT_EQ(cycle.code, "yaml-cyclic-alias");
  EXPECT_EQ(cycle.span.line, 3u);
  EXPECT_EQ(cycle.span.column, 5u);
  EXPECT_EQ(fault_of("&x {<<: *x}").code, "yaml-cyclic-alias");
}

TEST(Yaml, AliasBombs) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i), before = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_EQ(fault_of(bomb).code, "yaml-limit");

  std::string wide = "- &big " + std::string(1 << 20, 'x') + "\n";
  for (int i = 0; i < 1000; ++i) wide += "- *big\n";
  EXPECT_EQ(fault_of(wide).code, "yaml-limit");

  std::string deep = "- &a0 [x]\n";
  for (int i = 1; i < 200; ++i) deep += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_THAT(fault_of(deep).message, HasSubstr("deeper"));

  std::string chain = "- &a0 {x: 1}\n";
  for (int i = 1; i < 200; ++i)
    chain += "- &a" + std::to_string(i) + " {<<: *a" + std::to_string(i - 1) + "}\n";
  EXPECT_EQ(fault_of(chain).code, "yaml-limit");

  std::string merges = "- &m {";
  for (int i = 0; i < 1000; ++i) merges += "k" + std::to_string(i) + ": 1,";
  merges += "}\n- <<: [";
  for (int i = 0; i < 1000; ++i) merges += "*m,";
  merges += "]\n";
  EXPECT_EQ(fault_of(merges).code, "yaml-limit");
}

TEST(Yaml, Limits) {
  EXPECT_EQ(fault_of("aaaaaaaaaaa", {.max_bytes = 10}).code, "yaml-limit");
  EXPECT_THAT(parse_yaml("aaaaaaaaaa", "t", {.max_bytes = 10}).diagnostics, IsEmpty());
  EXPECT_EQ(fault_of("[[[[x]]]]", {.max_depth = 3}).code, "yaml-limit");
  EXPECT_THAT(parse_yaml("[[[x]]]", "t", {.max_depth = 3}).diagnostics, IsEmpty());
  EXPECT_EQ(fault_of("[a, b, c]", {.max_nodes = 3}).code, "yaml-limit");
  EXPECT_THAT(parse_yaml("[a, b, c]", "t", {.max_nodes = 4}).diagnostics, IsEmpty());
  EXPECT_EQ(fault_of(std::string(100'000, '[')).code, "yaml-limit");
  EXPECT_EQ(fault_of(std::string(100'000, '{')).code, "yaml-limit");
}

TEST(Yaml, DuplicateKeys) {
  const Diagnostic fault = fault_of("a: 1\nb:\n  x: 1\n  'x': 2\n");
  EXPECT_EQ(fault.code, "yaml-duplicate-key");
  EXPECT_EQ(fault.span.line, 4u);
  EXPECT_EQ(fault.span.column, 3u);
  EXPECT_EQ(
      fault.to_string(),
      "t.yml:4:3: error: duplicate key \"x\" [yaml-duplicate-key]\n  help: it was first given in line 3");
  EXPECT_EQ(fault_of("{~: 1, null: 2}").code, "yaml-duplicate-key");
  EXPECT_EQ(fault_of("&k a: 1\n*k : 2\n").code, "yaml-duplicate-key");
  EXPECT_THAT(parse_yaml("{~: 1, 'null': 2, A: 1, a: 2}", "t").diagnostics, IsEmpty());
}

TEST(Yaml, MergeKeys) {
  const YamlNode node =
      one("base: &base {a: 1, b: 2}\n"
          "more: &more {b: 3, c: 4}\n"
          "one: {<<: *base, b: own}\n"
          "two: {<<: [*base, *more]}\n"
          "chain: {<<: {<<: *base, d: 5}}\n"
          "quoted: {'<<': x}\n");
  EXPECT_EQ(node.find("one")->text("a"), "1");
  EXPECT_EQ(node.find("one")->text("b"), "own");
  EXPECT_EQ(node.find("one")->entries.size(), 2u);
  EXPECT_EQ(node.find("two")->text("b"), "2");
  EXPECT_EQ(node.find("two")->text("c"), "4");
  EXPECT_EQ(node.find("chain")->text("a"), "1");
  EXPECT_EQ(node.find("chain")->text("d"), "5");
  EXPECT_EQ(node.find("quoted")->text("<<"), "x");
  EXPECT_EQ(fault_of("{<<: x}").code, "yaml-merge");
  EXPECT_EQ(fault_of("{<<: [{a: 1}, x]}").code, "yaml-merge");
}

TEST(Yaml, Numbers) {
  const auto as_int = [](std::string_view text) {
    std::int64_t out = -99;
    return yaml_is_int(one(text), out) ? std::to_string(out) : "no";
  };
  EXPECT_EQ(as_int("42"), "42");
  EXPECT_EQ(as_int("+42"), "42");
  EXPECT_EQ(as_int("-1"), "-1");
  EXPECT_EQ(as_int("0x1F"), "31");
  EXPECT_EQ(as_int("0o17"), "15");
  EXPECT_EQ(as_int("010"), "10");  // YAML 1.2: not octal
  for (const char* text : {"1.0", "'1'", "0x", "0x-1", "+-1", "1_000", "9223372036854775808", "a"}) {
    EXPECT_EQ(as_int(text), "no") << text;
  }

  double value = 0;
  EXPECT_TRUE(yaml_is_float(one("-1.5e3"), value));
  EXPECT_EQ(value, -1500.0);
  EXPECT_TRUE(yaml_is_float(one("+.5"), value));
  EXPECT_EQ(value, 0.5);
  EXPECT_TRUE(yaml_is_float(one("7"), value));
  EXPECT_TRUE(yaml_is_float(one("-.INF"), value));
  EXPECT_TRUE(std::isinf(value) && value < 0);
  EXPECT_TRUE(yaml_is_float(one(".nan"), value));
  EXPECT_TRUE(std::isnan(value));
  for (const char* text : {"nan", "inf", "-.nan", "'1.5'", "1.5x", ".", "1e999"}) {
    EXPECT_FALSE(yaml_is_float(one(text), value)) << text;
  }
}

TEST(Yaml, Booleans) {
  bool value = false;
  EXPECT_TRUE(yaml_is_bool(one("True"), value) && value);
  EXPECT_TRUE(yaml_is_bool(one("FALSE"), value) && !value);
  for (const char* text : {"yes", "on", "'true'", "tRUE", "1"})
    EXPECT_FALSE(yaml_is_bool(one(text), value)) << text;
}

}  // namespace
}  // namespace vedette::base
