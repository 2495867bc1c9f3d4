#include "vedette/expr/matcher.hpp"

#include <gtest/gtest.h>

#include "regex_literal.hpp"

namespace vedette::expr {
namespace {

using model::FieldTest;
using model::MatchOp;
using model::Value;

bool matches(MatchOp op, std::string_view pattern, const Value& value, bool cased = false) {
  FieldTest test;
  test.op = op;
  test.text = pattern;
  test.case_sensitive = cased;
  auto matcher = Matcher::compile(test);
  EXPECT_TRUE(matcher.ok());
  Scratch scratch;
  return matcher->matches(&value, scratch);
}

bool text(MatchOp op, std::string_view pattern, std::string_view value, bool cased = false) {
  return matches(op, pattern, Value::string(value), cased);
}

TEST(Matcher, ComparesOverUnicodeCaseFolding) {
  EXPECT_TRUE(text(MatchOp::equals, "ÄRGER", "ärger"));
  EXPECT_FALSE(text(MatchOp::equals, "ÄRGER", "ärger", true));
  EXPECT_TRUE(text(MatchOp::contains, "FOO", "a foo b"));
  EXPECT_TRUE(text(MatchOp::starts_with, "Ab", "aBc"));
  EXPECT_FALSE(text(MatchOp::ends_with, "Ab", "aBc"));
}

TEST(Matcher, NumbersCompareByCanonicalText) {
  EXPECT_TRUE(matches(MatchOp::equals, "4688", Value::integer(4688)));
  EXPECT_TRUE(matches(MatchOp::equals, "5", Value::real(5.0)));
  EXPECT_FALSE(text(MatchOp::equals, "1", "01"));
  EXPECT_TRUE(matches(MatchOp::equals, "True", Value::boolean(true)));
  EXPECT_FALSE(matches(MatchOp::equals, "true", Value::integer(1)));
}

TEST(Matcher, Wildcards) {
  EXPECT_TRUE(text(MatchOp::wildcard, "ab*yz", "ab\nyz"));
  EXPECT_TRUE(text(MatchOp::wildcard, "ab*yz", "abyz"));
  EXPECT_FALSE(text(MatchOp::wildcard, "ab*yz", "abyzz"));
  EXPECT_TRUE(text(MatchOp::wildcard, "caf?", "café"));
  EXPECT_FALSE(text(MatchOp::wildcard, "v?.exe", "v.exe"));
  EXPECT_TRUE(text(MatchOp::wildcard, R"(\*lit\?*)", "*LIT?x"));
  EXPECT_FALSE(text(MatchOp::wildcard, R"(\*lit)", "xlit"));
  EXPECT_TRUE(text(MatchOp::wildcard, "*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(text(MatchOp::wildcard, "*a*b*", "xxbxxa"));
  EXPECT_TRUE(text(MatchOp::wildcard, "*", ""));
  EXPECT_TRUE(text(MatchOp::wildcard, "a**b", "ab"));
  EXPECT_TRUE(text(MatchOp::wildcard, "*?x", "aéx"));
  EXPECT_FALSE(text(MatchOp::wildcard, "?*?", "a"));
  EXPECT_FALSE(text(MatchOp::wildcard, "a*??b", "a€b"));
  EXPECT_FALSE(text(MatchOp::wildcard, "a*??b*", "a€bc"));
  EXPECT_TRUE(text(MatchOp::wildcard, "ab*ba", "abba"));
  EXPECT_FALSE(text(MatchOp::wildcard, "ab*ba", "aba"));
}

TEST(Matcher, WildcardStaysPolynomial) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a?";
  EXPECT_FALSE(text(MatchOp::wildcard, pattern + "b", std::string(5000, 'a')));
}

TEST(Matcher, RegexSearchesCaseSensitively) {
  EXPECT_TRUE(text(MatchOp::regex, "bob$", "abob"));
  EXPECT_FALSE(text(MatchOp::regex, "bob$", "BOB"));
  EXPECT_TRUE(text(MatchOp::regex, "(?i)bob$", "BOB"));
  EXPECT_FALSE(text(MatchOp::regex, "a.b", "a\nb"));
  EXPECT_FALSE(text(MatchOp::regex, "(a+)+$", std::string(5000, 'a') + "!"));
  FieldTest test;
  test.op = MatchOp::regex;
  test.text = "(";
  EXPECT_FALSE(Matcher::compile(test).ok());
}

TEST(Matcher, NetworksAndNumbers) {
  EXPECT_TRUE(text(MatchOp::cidr, "10.0.0.0/8", "10.200.1.1"));
  EXPECT_TRUE(text(MatchOp::cidr, "10.0.0.0/8", "::ffff:10.1.1.1"));
  EXPECT_FALSE(text(MatchOp::cidr, "10.0.0.0/8", "10.x"));
  FieldTest test;
  test.op = MatchOp::greater;
  test.number = 5;
  auto matcher = Matcher::compile(test);
  Scratch scratch;
  const Value six = Value::string("6"), five = Value::integer(5), word = Value::string("abc");
  EXPECT_TRUE(matcher->matches(&six, scratch));
  EXPECT_FALSE(matcher->matches(&five, scratch));
  EXPECT_FALSE(matcher->matches(&word, scratch));
  EXPECT_FALSE(matcher->matches(nullptr, scratch));
}

TEST(Matcher, NullAndExistence) {
  FieldTest test;
  test.op = MatchOp::is_null;
  auto is_null = Matcher::compile(test);
  test.op = MatchOp::exists;
  auto exists = Matcher::compile(test);
  Scratch scratch;
  const Value null = Value::null(), empty = Value::string("");
  EXPECT_TRUE(is_null->matches(nullptr, scratch));
  EXPECT_TRUE(is_null->matches(&null, scratch));
  EXPECT_FALSE(is_null->matches(&empty, scratch));
  EXPECT_TRUE(exists->matches(&null, scratch));
  EXPECT_FALSE(exists->matches(nullptr, scratch));
}

TEST(Matcher, TimeParts) {
  FieldTest test;
  test.part = model::TimePart::hour;
  test.op = MatchOp::equals;
  test.number = 3;
  auto matcher = Matcher::compile(test);
  Scratch scratch;
  const Value at_three = Value::string("2026-02-01T03:59:00Z"),
              at_four = Value::string("2026-02-01T04:00:00Z");
  EXPECT_TRUE(matcher->matches(&at_three, scratch));
  EXPECT_FALSE(matcher->matches(&at_four, scratch));
}

TEST(RequiredLiteral, NeverClaimsTooMuch) {
  EXPECT_EQ(required_literal("abc.*defg"), "defg");
  EXPECT_EQ(required_literal("abcd?e"), "abc");
  EXPECT_EQ(required_literal("ab+c"), "ab");
  EXPECT_EQ(required_literal("[[:alpha:]xyz_]foo"), "foo");
  EXPECT_EQ(required_literal("[[:alpha:](]foo"), "foo");
  EXPECT_EQ(required_literal("foo|bar"), "");
  EXPECT_EQ(required_literal("(foo|bar)bazz"), "bazz");
  EXPECT_EQ(required_literal("(?i)whoami"), "whoami");
  EXPECT_EQ(required_literal(R"(\\temp\\[a-z]{4}\.exe)"), R"(\temp\)");
  EXPECT_EQ(required_literal("x{0,3}yy"), "yy");
  EXPECT_EQ(required_literal("aé?bcd"), "bcd");
}

}  // namespace
}  // namespace vedette::expr
