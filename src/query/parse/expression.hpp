// Scalar expressions, and conditions, in which KQL tests stand among them.
#pragma once

#include "catalog.hpp"
#include "kql.hpp"

namespace vedette::query {

class ExpressionParser {
 public:
  ExpressionParser(Cursor& cursor, KqlParser& kql) : cursor_(cursor), kql_(kql) {}

  bool expression(Expr& out);
  bool condition(Expr& out);  // with KQL tests
  // The arguments in parentheses of a function, checked against its entry.
  bool arguments(const FunctionEntry& entry, std::size_t at, std::vector<Expr>& out);
  bool fails_as_unknown(std::string_view name, std::size_t at, FunctionKind kind);

 private:
  bool any_of(Expr& out);
  bool all_of(Expr& out);
  bool negation(Expr& out);
  bool comparison(Expr& out);
  bool postfix(Expr& out, std::size_t at, bool& taken);
  bool sum(Expr& out);
  bool product(Expr& out);
  bool unary(Expr& out);
  bool primary(Expr& out);
  bool number(Expr& out);
  bool named(Expr& out);
  bool list(Expr& out);
  bool kql_test(Expr& out, bool& taken);
  bool is_kql_comparison();
  bool chain(Expr& left, std::string_view op, Expr right, int left_height, std::size_t at);
  Expr joined_exprs(std::string_view op, std::vector<Expr> parts);
  Expr make(Expr::Kind kind, std::string name, std::size_t at);

  Cursor& cursor_;
  KqlParser& kql_;
  bool in_condition_ = false;
  int height_ = 0;  // of the tree parsed last
};

}  // namespace vedette::query
