#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sigma/encodings.hpp"
#include "sigma/value_pattern.hpp"

namespace vedette::detect::sigma {
namespace {

using model::MatchOp;
using testing::ElementsAre;

model::FieldTest test_of(std::string_view raw) {
  model::FieldTest test;
  set_test(parse_pattern(raw, false), test);
  return test;
}

void expect_test(std::string_view raw, MatchOp op, std::string_view text) {
  const model::FieldTest test = test_of(raw);
  EXPECT_EQ(test.op, op) << raw;
  EXPECT_EQ(test.text, text) << raw;
}

TEST(SigmaValue, TextWithoutWildcardsIsEquality) {
  expect_test("abc", MatchOp::equals, "abc");
  expect_test("(a|b)$.", MatchOp::equals, "(a|b)$.");
}

TEST(SigmaValue, StarsAtTheEdges) {
  expect_test(R"(*\foo.exe)", MatchOp::ends_with, R"(\foo.exe)");
  expect_test(R"(*\\foo.exe)", MatchOp::ends_with, R"(\foo.exe)");
  expect_test("*x*", MatchOp::contains, "x");
  expect_test("x*", MatchOp::starts_with, "x");
  expect_test("*", MatchOp::wildcard, "*");
  expect_test("***", MatchOp::wildcard, "*");
  expect_test("a*b", MatchOp::wildcard, "a*b");
  expect_test("a?", MatchOp::wildcard, "a?");
  expect_test("*?*", MatchOp::wildcard, "*?*");
  expect_test("", MatchOp::equals, "");
}

TEST(SigmaValue, CanonicalEscapes) {
  expect_test(R"(a\b)", MatchOp::equals, R"(a\b)");
  expect_test(R"(a\\b)", MatchOp::equals, R"(a\b)");
  expect_test(R"(a\\\b)", MatchOp::equals, R"(a\\b)");
  expect_test(R"(a\*)", MatchOp::equals, "a*");
  expect_test(R"(a\\*)", MatchOp::starts_with, R"(a\)");
  expect_test(R"(a\\\*)", MatchOp::equals, R"(a\*)");
  expect_test(R"(a\*b*c)", MatchOp::wildcard, R"(a\*b*c)");
  expect_test(R"(\x*y)", MatchOp::wildcard, R"(\\x*y)");
  expect_test(R"(tail\)", MatchOp::equals, R"(tail\)");
  expect_test(R"(\)", MatchOp::equals, R"(\)");
}

TEST(SigmaValue, AddedStars) {
  Pattern pattern = parse_pattern(R"(tail\)", false);
  pattern.add_trailing_star();
  EXPECT_EQ(pattern.text, R"(tail\\*)");
  pattern.add_trailing_star();
  pattern.add_leading_star();
  EXPECT_EQ(pattern.text, R"(*tail\\*)");
  EXPECT_TRUE(parse_pattern(R"(a\\*)", false).ends_with_star());
  EXPECT_FALSE(parse_pattern(R"(a\*)", false).ends_with_star());
}

TEST(SigmaValue, Placeholders) {
  EXPECT_EQ(parse_pattern("a%b%c", true).text, R"(a\{b\}c)");
  EXPECT_EQ(parse_pattern(R"(\%a%u%)", true).text, R"(%a\{u\})");
  EXPECT_EQ(parse_pattern("100%", true).text, "100%");
  EXPECT_EQ(parse_pattern("%a b%", true).text, "%a b%");
  EXPECT_EQ(parse_pattern("%a%", false).text, "%a%");
  EXPECT_FALSE(parse_pattern("%%", true).placeholders);
}

TEST(SigmaValue, Tokens) {
  const std::string text = "a\xC3\xA9*?\\*\\{n\\}";
  std::size_t at = 0;
  EXPECT_EQ(next_token(text, at).bytes, "a");
  EXPECT_EQ(next_token(text, at).bytes, "\xC3\xA9");
  EXPECT_EQ(next_token(text, at).kind, TokenKind::star);
  EXPECT_EQ(next_token(text, at).kind, TokenKind::question);
  EXPECT_EQ(next_token(text, at).bytes, "*");
  const Token placeholder = next_token(text, at);
  EXPECT_EQ(placeholder.kind, TokenKind::placeholder);
  EXPECT_EQ(placeholder.bytes, "n");
  EXPECT_EQ(at, text.size());
}

std::size_t windash_count(std::string_view raw) {
  std::set<std::string> distinct;
  for (const Pattern& pattern : windash_variants(parse_pattern(raw, false))) distinct.insert(pattern.text);
  return distinct.size();
}

TEST(SigmaValue, WindashCounts) {
  EXPECT_EQ(windash_count("x"), 1U);
  EXPECT_EQ(windash_count(""), 1U);
  EXPECT_EQ(windash_count("-x"), 5U);
  EXPECT_EQ(windash_count(" -p-x"), 5U);
  EXPECT_EQ(windash_count("-a /b"), 25U);
  EXPECT_EQ(windash_count("-a -b -c -d"), 625U);
  EXPECT_EQ(windash_count("-a -b -c -d -e"), 0U);
  EXPECT_EQ(windash_count("ftp://x"), 5U);
  EXPECT_EQ(windash_count("a/b"), 1U);
  EXPECT_EQ(windash_count("--x"), 5U);
  EXPECT_EQ(windash_count("- x"), 1U);
  EXPECT_EQ(windash_count("*-x"), 5U);
}

TEST(SigmaValue, Base64Offsets) {
  EXPECT_THAT(base64_offset_variants("foo"), ElementsAre("Zm9v", "Zvb", "mb2"));
  EXPECT_THAT(base64_offset_variants("\xC3\xA9"), ElementsAre("w6", "Op", "Dq"));
  EXPECT_THAT(base64_offset_variants(std::string("f\0o\0o\0", 6)),
              ElementsAre("ZgBvAG8A", "YAbwBvA", "mAG8Abw"));
  EXPECT_TRUE(base64_offset_variants("").empty());
  EXPECT_LE(base64_offset_variants("a").size(), 3U);
  for (const std::string& variant : base64_offset_variants("a")) EXPECT_FALSE(variant.empty());
}

TEST(SigmaValue, Utf16KeepsWildcards) {
  const Pattern wide = to_utf16(parse_pattern(R"(a*\*)", false), Utf16::little_endian);
  EXPECT_EQ(wide.text, std::string("a\0*\\*\0", 6));
  EXPECT_EQ(to_utf16(parse_pattern("a", false), Utf16::with_mark).text, std::string("\xFF\xFE"
                                                                                    "a\0",
                                                                                    4));
  const Pattern astral = to_utf16(parse_pattern("\xF0\x9F\x98\x80", false), Utf16::big_endian);
  EXPECT_EQ(astral.text, std::string("\xD8\x3D\xDE\x00", 4));
}

}  // namespace
}  // namespace vedette::detect::sigma
