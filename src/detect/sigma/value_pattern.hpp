// Sigma string values: escapes and wildcards, in the canonical form of model::MatchOp::wildcard.
#pragma once

#include <string>
#include <string_view>

#include "vedette/model/predicate.hpp"

namespace vedette::detect::sigma {

// Canonical text: * and ? are wildcards; \*, \? and \\ are literal. While modifiers are applied it may also
// hold placeholders, written \{name\}. A run of stars is one star.
struct Pattern {
  std::string text;
  bool wildcards = false;
  bool escapes = false;  // holds a backslash
  bool placeholders = false;

  bool starts_with_star() const { return !text.empty() && text.front() == '*'; }
  bool ends_with_star() const;
  void add_leading_star();
  void add_trailing_star();
  // Appends bytes that stand for themselves.
  void append_literal(std::string_view bytes);
  void append_star();
  void append_question();
  void append_placeholder(std::string_view name);
};

// Reads a Sigma value: a backslash escapes * ? and \, and is itself before anything else and at the end. With
// `placeholders`, %name% is a placeholder and \% a literal percent sign.
Pattern parse_pattern(std::string_view raw, bool placeholders);
Pattern literal_pattern(std::string_view bytes);

// The bytes a pattern without wildcards stands for.
std::string literal_text(const Pattern& pattern);

// Sets op and text of `test`: equality, contains, starts_with or ends_with where the wildcards allow it.
void set_test(const Pattern& pattern, model::FieldTest& test);

enum class TokenKind { literal, star, question, placeholder };
struct Token {
  TokenKind kind = TokenKind::literal;
  std::string_view bytes;  // literal: one code point (or one invalid byte); placeholder: its name
};
// The token at `at` of a canonical text, which is moved past it.
Token next_token(std::string_view canonical, std::size_t& at);

}  // namespace vedette::detect::sigma
