#include "expression.hpp"

#include <algorithm>

#include "dates.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {

using model::Predicate;

Expr ExpressionParser::make(Expr::Kind kind, std::string name, std::size_t at) {
  Expr out;
  out.kind = kind;
  out.name = std::move(name);
  out.span = cursor_.span(at);
  return out;
}

bool ExpressionParser::expression(Expr& out) {
  const bool before = in_condition_;
  in_condition_ = false;
  const bool ok = any_of(out);
  in_condition_ = before;
  return ok;
}

bool ExpressionParser::condition(Expr& out) {
  const bool before = in_condition_;
  in_condition_ = true;
  const bool ok = any_of(out);
  in_condition_ = before;
  return ok;
}

// Tests join to one predicate; long chains become balanced trees.
Expr ExpressionParser::joined_exprs(std::string_view op, std::vector<Expr> parts) {
  const auto is_test = [](const Expr& e) { return e.kind == Expr::Kind::matches; };
  if (parts.size() > 1 && std::all_of(parts.begin(), parts.end(), is_test)) {
    std::vector<Predicate> tests;
    for (Expr& part : parts) tests.push_back(std::move(part.predicate));
    Expr out = std::move(parts[0]);
    out.predicate = joined(op == "and" ? Predicate::Kind::all_of : Predicate::Kind::any_of, std::move(tests));
    return out;
  }
  while (parts.size() > 1) {
    std::vector<Expr> next;
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      if (i + 1 == parts.size()) {
        next.push_back(std::move(parts[i]));
        break;
      }
      Expr pair;
      pair.kind = Expr::Kind::binary;
      pair.name = op;
      pair.span = parts[i].span;
      pair.args.push_back(std::move(parts[i]));
      pair.args.push_back(std::move(parts[i + 1]));
      next.push_back(std::move(pair));
    }
    parts = std::move(next);
    ++height_;
  }
  return std::move(parts[0]);
}

bool ExpressionParser::any_of(Expr& out) {
  cursor_.skip_blanks();
  if (cursor_.failed() || !cursor_.enter(cursor_.at())) return false;
  std::vector<Expr> parts(1);
  if (!all_of(parts[0])) return false;
  int height = height_;
  while (cursor_.take_keyword("or")) {
    parts.emplace_back();
    if (!all_of(parts.back())) return false;
    height = std::max(height, height_);
  }
  cursor_.leave();
  height_ = height;
  out = joined_exprs("or", std::move(parts));
  if (cursor_.looking_at("||")) {
    return cursor_.fail("expected", cursor_.at(), "found '||' where 'or' is expected", "write 'or'");
  }
  return !cursor_.failed();
}

bool ExpressionParser::all_of(Expr& out) {
  std::vector<Expr> parts(1);
  if (!negation(parts[0])) return false;
  int height = height_;
  while (cursor_.take_keyword("and")) {
    parts.emplace_back();
    if (!negation(parts.back())) return false;
    height = std::max(height, height_);
  }
  height_ = height;
  out = joined_exprs("and", std::move(parts));
  if (cursor_.looking_at("&&")) {
    return cursor_.fail("expected", cursor_.at(), "found '&&' where 'and' is expected", "write 'and'");
  }
  return !cursor_.failed();
}

bool ExpressionParser::negation(Expr& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!cursor_.take_keyword("not")) return comparison(out);
  if (!cursor_.enter(at)) return false;
  Expr inner;
  if (!negation(inner)) return false;
  cursor_.leave();
  ++height_;
  if (inner.kind == Expr::Kind::matches) {
    out = std::move(inner);
    out.predicate = negated(std::move(out.predicate));
    return true;
  }
  out = make(Expr::Kind::unary, "not", at);
  out.args.push_back(std::move(inner));
  return true;
}

// A plain field compared with a literal that no arithmetic goes on from. The cursor stands behind the
// operator.
bool ExpressionParser::is_kql_comparison() {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  const char c = cursor_.peek();
  Value value;
  const bool quoted = c == '"';
  if (quoted) {
    std::size_t end = at + 1;
    const std::string_view text = cursor_.text();
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    cursor_.move_to(std::min(end + 1, text.size()));
  } else {
    if (!base::is_digit(c) && c != '-' &&
        !base::starts_with_ignore_case_ascii(cursor_.text().substr(at), "now")) {
      return false;
    }
    const std::string_view text = cursor_.text();
    std::size_t end = at;
    while (end < text.size() && !base::is_space(text[end]) &&
           std::string_view("(),|<>=*%\"").find(text[end]) == std::string_view::npos) {
      ++end;
    }
    const std::string_view literal = text.substr(at, end - at);
    const bool plain = base::parse_double(literal).has_value() || base::parse_duration(literal).has_value() ||
                       is_date_math(literal) || base::IpAddress::parse(literal).has_value() ||
                       base::parse_iso8601(literal).has_value();
    if (!plain || cursor_.text().substr(end).starts_with("(")) return false;
    cursor_.move_to(end);
  }
  cursor_.skip_blanks();
  return std::string_view("+-*/%").find(cursor_.peek()) == std::string_view::npos || cursor_.at_end();
}

bool ExpressionParser::kql_test(Expr& out, bool& taken) {
  const std::size_t at = cursor_.at();
  const char c = cursor_.peek();
  if (!in_condition_ || base::is_digit(c) || c == '(' || c == '"' || c == '\'' || c == '-') return true;
  std::size_t plain_end = 0;
  Value word;
  const bool any_field = c == '~';
  if (!any_field) {
    cursor_.name(false);
    if (cursor_.failed()) return false;
    plain_end = cursor_.at();
    cursor_.move_to(at);
    if (c == '`') {
      cursor_.move_to(plain_end);
    } else if (!kql_.single(word, true)) {
      return !cursor_.failed();
    }
    const std::size_t name_end = cursor_.at();
    const std::string_view op = kql_.take_operator();
    bool test = op == ":" || ((op == "~" || op == "in" || op == "not in") && name_end == plain_end);
    if (!op.empty() && (op[0] == '<' || op[0] == '>') && name_end == plain_end) test = is_kql_comparison();
    if (cursor_.failed()) return false;
    cursor_.move_to(at);
    if (!test) return true;
  }
  taken = true;
  out = make(Expr::Kind::matches, {}, at);
  height_ = 1;
  return kql_.test(out.predicate);
}

bool ExpressionParser::comparison(Expr& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  bool taken = false;
  for (const std::string_view word : {"and", "or"}) {
    if (cursor_.at_keyword(word)) return cursor_.expected("an expression");
  }
  if (!kql_test(out, taken)) return false;
  if (taken) return true;
  if (!sum(out)) return false;
  const int height = height_;
  cursor_.skip_blanks();
  for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
    if (!cursor_.looking_at(op)) continue;
    cursor_.skip(op.size());
    Expr right;
    return sum(right) && chain(out, op, std::move(right), height, at);
  }
  if (cursor_.peek() == '=') {
    return cursor_.fail("expected", cursor_.at(), "found '=' where '==' is expected",
                        "= gives a name to a value; == compares");
  }
  return postfix(out, at, taken);
}

// like, rlike, in, is null.
bool ExpressionParser::postfix(Expr& out, std::size_t at, bool& taken) {
  if (cursor_.take_keyword("is")) {
    const bool is_not = cursor_.take_keyword("not");
    if (!cursor_.take_keyword("null")) return cursor_.expected("'null'");
    Expr test = make(Expr::Kind::is_null, is_not ? "is not null" : "is null", at);
    test.args.push_back(std::move(out));
    out = std::move(test);
    ++height_;
    return true;
  }
  const int height = height_;
  const std::size_t before = cursor_.at();
  const std::string prefix = cursor_.take_keyword("not") ? "not " : "";
  for (const std::string_view op : {"like", "rlike"}) {
    if (!cursor_.take_keyword(op)) continue;
    cursor_.skip_blanks();
    const std::size_t pattern_at = cursor_.at();
    Expr right;
    if (!sum(right)) return false;
    if (op == "rlike" && right.kind == Expr::Kind::literal) {
      const auto* pattern = std::get_if<std::string>(&right.literal);
      if (pattern != nullptr && !check_regex(cursor_, *pattern, pattern_at, nullptr)) return false;
    }
    return chain(out, prefix + std::string(op), std::move(right), height, at);
  }
  if (cursor_.take_keyword("in")) {
    Expr test = make(Expr::Kind::binary, prefix + "in", at);
    test.args.push_back(std::move(out));
    out = std::move(test);
    return list(out);
  }
  taken = false;
  cursor_.move_to(before);
  return !cursor_.failed();
}

bool ExpressionParser::list(Expr& out) {
  int height = height_;
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!cursor_.take("(")) return cursor_.expected("'('");
  do {
    out.args.emplace_back();
    if (!expression(out.args.back())) return false;
    height = std::max(height, height_);
  } while (cursor_.take(","));
  height_ = height + 1;
  if (cursor_.take(")")) return true;
  if (!cursor_.at_end()) return cursor_.expected("',' or ')'");
  return cursor_.fail("open-parenthesis", at, "the parenthesis that opens here is not closed");
}

bool ExpressionParser::chain(Expr& left, std::string_view op, Expr right, int left_height, std::size_t at) {
  height_ = std::max(height_, left_height) + 1;
  if (height_ > kMaxDepth) {
    return cursor_.fail("too-deep", at,
                        "the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
  }
  Expr out = make(Expr::Kind::binary, std::string(op), at);
  out.args.push_back(std::move(left));
  out.args.push_back(std::move(right));
  left = std::move(out);
  return true;
}

bool ExpressionParser::sum(Expr& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!product(out)) return false;
  for (;;) {
    cursor_.skip_blanks();
    const char c = cursor_.peek();
    if (c != '+' && c != '-') return !cursor_.failed();
    const int height = height_;
    cursor_.skip(1);
    Expr right;
    if (!product(right) || !chain(out, {&c, 1}, std::move(right), height, at)) return false;
  }
}

bool ExpressionParser::product(Expr& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!unary(out)) return false;
  for (;;) {
    cursor_.skip_blanks();
    const char c = cursor_.peek();
    if (c != '*' && c != '/' && c != '%') return !cursor_.failed();
    const int height = height_;
    cursor_.skip(1);
    Expr right;
    if (!unary(right) || !chain(out, {&c, 1}, std::move(right), height, at)) return false;
  }
}

bool ExpressionParser::unary(Expr& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (cursor_.peek() != '-') return primary(out);
  if (!cursor_.enter(at)) return false;
  cursor_.skip(1);
  Expr inner;
  if (!unary(inner)) return false;
  cursor_.leave();
  if (auto* whole = std::get_if<std::int64_t>(&inner.literal); whole != nullptr) {
    out = std::move(inner);
    std::get<std::int64_t>(out.literal) = -*whole;
  } else if (auto* real = std::get_if<double>(&inner.literal); real != nullptr) {
    out = std::move(inner);
    std::get<double>(out.literal) = -*real;
  } else {
    out = make(Expr::Kind::unary, "-", at);
    out.args.push_back(std::move(inner));
    ++height_;
  }
  out.span = cursor_.span(at);
  return true;
}

bool ExpressionParser::primary(Expr& out) {
  const std::size_t at = cursor_.at();
  const char c = cursor_.peek();
  height_ = 1;
  if (cursor_.failed()) return false;
  if (c == '(') {
    cursor_.skip(1);
    if (!any_of(out)) return false;
    if (cursor_.take(")")) return true;
    if (!cursor_.at_end() && cursor_.peek() != '|') return cursor_.expected("')'");
    return cursor_.fail("open-parenthesis", at, "the parenthesis that opens here is not closed");
  }
  if (c == '"' || c == '\'') {
    std::string text;
    if (!cursor_.quoted(text)) return false;
    out = make(Expr::Kind::literal, {}, at);
    out.literal = std::move(text);
    return true;
  }
  if (base::is_digit(c) || (c == '.' && base::is_digit(cursor_.peek(1)))) return number(out);
  if (cursor_.at_name()) return named(out);
  return cursor_.expected("an expression");
}

// 12, 1.5, 1e9, 5m, 10.0.0.1, 10.0.0.0/8.
bool ExpressionParser::number(Expr& out) {
  const std::string_view text = cursor_.text();
  const std::size_t at = cursor_.at();
  std::size_t end = at;
  while (end < text.size() && (base::is_alnum(text[end]) || text[end] == '.')) ++end;
  if (end + 1 < text.size() && (text[end] == '-' || text[end] == '+') && base::is_digit(text[end + 1]) &&
      (text[end - 1] == 'e' || text[end - 1] == 'E') && base::is_digit(text[at])) {
    ++end;
    while (end < text.size() && base::is_digit(text[end])) ++end;
  }
  const std::string literal(text.substr(at, end - at));
  out = make(Expr::Kind::literal, {}, at);
  cursor_.move_to(end);
  if (const auto whole = base::parse_int(literal)) {
    out.literal = *whole;
  } else if (const auto real = base::parse_double(literal)) {
    out.literal = *real;
  } else if (const auto duration = base::parse_duration(literal)) {
    out.literal = literal;
    out.duration = *duration;
  } else if (base::IpAddress::parse(literal)) {
    std::size_t digits = end + 1;
    while (digits < text.size() && base::is_digit(text[digits])) ++digits;
    if (end < text.size() && text[end] == '/' && digits > end + 1) cursor_.move_to(digits);
    out.literal = std::string(text.substr(at, cursor_.at() - at));
  } else {
    return cursor_.fail(
        "bad-number", at, "'" + literal + "' is no number, duration or address",
        "durations are 250ms, 30s, 5m, 12h, 7d, 2w; a name that begins with a digit stands in `backquotes`");
  }
  return true;
}

bool ExpressionParser::named(Expr& out) {
  const std::size_t at = cursor_.at();
  const bool backquoted = cursor_.peek() == '`';
  std::string name = cursor_.name(false);
  if (cursor_.failed()) return false;
  const std::string lower = base::to_lower_ascii(name);
  const std::size_t after = cursor_.at();
  if (!backquoted && cursor_.take("(")) {
    const FunctionEntry* entry = find_function_entry(lower, FunctionKind::scalar);
    if (entry == nullptr) return fails_as_unknown(lower, at, FunctionKind::scalar);
    out = make(Expr::Kind::call, lower, at);
    return arguments(*entry, at, out.args);
  }
  cursor_.move_to(after);
  if (!backquoted && (lower == "true" || lower == "false" || lower == "null")) {
    out = make(Expr::Kind::literal, {}, at);
    if (lower != "null") out.literal = lower == "true";
    return true;
  }
  cursor_.check_field(name, at);
  out = make(Expr::Kind::field, std::move(name), at);
  return true;
}

bool ExpressionParser::fails_as_unknown(std::string_view name, std::size_t at, FunctionKind kind) {
  const bool scalar = kind == FunctionKind::scalar;
  if (find_function_entry(name, scalar ? FunctionKind::aggregate : FunctionKind::scalar) != nullptr) {
    return cursor_.fail(
        "misplaced-function", at,
        "'" + std::string(name) + "' " +
            (scalar ? "is an aggregate, which stands in stats only"
                    : "is no aggregate; stats takes aggregates only"),
        scalar ? "write '| stats " + std::string(name) + "(...)'" : "compute it in an eval before, or after");
  }
  const std::string near = nearest_of(name, function_names(kind));
  return cursor_.fail(
      "unknown-function", at,
      std::string("unknown ") + (scalar ? "function '" : "aggregate '") + std::string(name) + "'",
      near.empty() ? std::string{} : "did you mean '" + near + "'?");
}

bool ExpressionParser::arguments(const FunctionEntry& entry, std::size_t at, std::vector<Expr>& out) {
  if (!cursor_.enter(at)) return false;
  const bool before = in_condition_;
  int height = 0;
  if (!cursor_.take(")")) {
    const bool comma_before = kql_.stop_at_comma(true);
    do {
      out.emplace_back();
      in_condition_ =
          (entry.name == "if" && out.size() == 1) || (entry.name == "case" && out.size() % 2 == 1);
      if (!any_of(out.back())) return false;
      height = std::max(height, height_);
    } while (cursor_.take(","));
    kql_.stop_at_comma(comma_before);
    if (!cursor_.take(")")) return cursor_.expected("',' or ')'");
  }
  in_condition_ = before;
  cursor_.leave();
  height_ = height + 1;
  const int count = static_cast<int>(std::min<std::size_t>(out.size(), 1'000'000));
  if (count >= entry.min_args && count <= entry.max_args) return true;
  return cursor_.fail("wrong-arguments", at,
                      "'" + std::string(entry.name) + "' does not take " + std::to_string(count) +
                          (count == 1 ? " argument" : " arguments"),
                      "write " + std::string(entry.syntax));
}

}  // namespace vedette::query
