#include "mini_parser.hpp"

#include <stdexcept>

#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::query::test {
namespace {

struct Token {
  enum Kind { end, word, text, number, symbol } kind = end;
  std::string value;
};

bool word_byte(char c) {
  return base::is_alnum(c) || c == '_' || c == '.' || c == '@' || c == '*';
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (base::is_space(c)) {
      ++at;
    } else if (c == '"') {
      std::string value;
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
        value += text[at];
      }
      ++at;
      out.push_back({Token::text, value});
    } else if (base::is_digit(c)) {
      std::size_t end = at;
      while (end < text.size() && word_byte(text[end]) && text[end] != '*') ++end;
      out.push_back({Token::number, std::string(text.substr(at, end - at))});
      at = end;
    } else if (word_byte(c) && !(c == '*' && at + 1 < text.size() && text[at + 1] == ' ' && !out.empty() &&
                                 out.back().value != ":")) {
      std::size_t end = at;
      while (end < text.size() && word_byte(text[end])) ++end;
      out.push_back({Token::word, std::string(text.substr(at, end - at))});
      at = end;
    } else {
      const bool two = at + 1 < text.size() && text[at + 1] == '=' &&
                       std::string_view("=!<>").find(c) != std::string_view::npos;
      out.push_back({Token::symbol, std::string(text.substr(at, two ? 2 : 1))});
      at += two ? 2 : 1;
    }
  }
  out.push_back({});
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}

  Query query() {
    Query q;
    q.filter = {model::Predicate::Kind::always, {}, {}, {}};
    if (!is("|") && !at_end()) {
      const Expr e = expression();
      if (e.kind == Expr::Kind::matches) q.filter = e.predicate;
    }
    while (take("|")) q.stages.push_back({stage(), {}});
    if (!at_end()) fail("end");
    return q;
  }
  Expr expression() { return disjunction(); }
  bool at_end() const { return now().kind == Token::end; }

 private:
  const Token& now() const { return tokens_[at_]; }
  [[noreturn]] void fail(const std::string& wanted) const {
    throw std::runtime_error("mini parser: expected " + wanted + " at " + now().value);
  }
  bool is(std::string_view value) const {
    return now().kind != Token::text && now().value == value && !at_end();
  }
  bool take(std::string_view value) {
    if (!is(value)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view value) {
    if (!take(value)) fail(std::string(value));
  }
  std::string name() {
    if (at_end()) fail("a name");
    return tokens_[at_++].value;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out{name()};
    while (take(",")) out.push_back(name());
    return out;
  }
  std::uint64_t count() { return base::parse_uint(name()).value(); }

  static Expr node(Expr::Kind kind, std::string name, std::vector<Expr> args) {
    Expr e;
    e.kind = kind;
    e.name = std::move(name);
    e.args = std::move(args);
    bool tests = !e.args.empty() && (e.name == "and" || e.name == "or" || e.name == "not");
    for (const Expr& a : e.args) tests &= a.kind == Expr::Kind::matches;
    if (!tests) return e;
    Expr m;
    m.kind = Expr::Kind::matches;
    using P = model::Predicate::Kind;
    m.predicate.kind = e.name == "and" ? P::all_of : e.name == "or" ? P::any_of : P::negation;
    for (const Expr& a : e.args) m.predicate.children.push_back(a.predicate);
    return m;
  }
  Expr disjunction() {
    Expr left = conjunction();
    while (take("or")) left = node(Expr::Kind::binary, "or", {left, conjunction()});
    return left;
  }
  Expr conjunction() {
    Expr left = negation();
    while (take("and")) left = node(Expr::Kind::binary, "and", {left, negation()});
    return left;
  }
  Expr negation() {
    if (take("not")) return node(Expr::Kind::unary, "not", {negation()});
    return comparison();
  }
  Expr comparison() {
    Expr left = sum();
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (take(op)) return node(Expr::Kind::binary, op, {left, sum()});
    }
    if (take("is")) {
      const bool negated = take("not");
      expect("null");
      return node(Expr::Kind::is_null, negated ? "is not null" : "is null", {left});
    }
    const std::string prefix = take("not") ? "not " : "";
    if (take("like")) return node(Expr::Kind::binary, prefix + "like", {left, sum()});
    if (take("rlike")) return node(Expr::Kind::binary, prefix + "rlike", {left, sum()});
    if (take("in")) {
      expect("(");
      std::vector<Expr> args{left};
      do args.push_back(expression());
      while (take(","));
      expect(")");
      return node(Expr::Kind::binary, prefix + "in", args);
    }
    return left;
  }
  Expr sum() {
    Expr left = product();
    for (;;) {
      if (take("+"))
        left = node(Expr::Kind::binary, "+", {left, product()});
      else if (take("-"))
        left = node(Expr::Kind::binary, "-", {left, product()});
      else
        return left;
    }
  }
  Expr product() {
    Expr left = sign();
    for (;;) {
      if (take("*"))
        left = node(Expr::Kind::binary, "*", {left, sign()});
      else if (take("/"))
        left = node(Expr::Kind::binary, "/", {left, sign()});
      else if (take("%"))
        left = node(Expr::Kind::binary, "%", {left, sign()});
      else
        return left;
    }
  }
  Expr sign() {
    if (take("-")) return node(Expr::Kind::unary, "-", {sign()});
    return primary();
  }
  Expr primary() {
    Expr e;
    if (take("(")) {
      e = expression();
      expect(")");
      return e;
    }
    const Token token = now();
    ++at_;
    if (token.kind == Token::text) {
      e.literal = token.value;
    } else if (token.kind == Token::number) {
      if (const auto duration = base::parse_duration(token.value)) {
        e.duration = duration;
      } else if (const auto whole = base::parse_int(token.value)) {
        e.literal = *whole;
      } else {
        e.literal = base::parse_double(token.value).value();
      }
    } else if (token.value == "null") {
    } else if (token.value == "true" || token.value == "false") {
      e.literal = token.value == "true";
    } else if (take(":")) {
      return test(token.value);
    } else if (take("(")) {
      e.kind = Expr::Kind::call;
      e.name = token.value;
      while (!take(")")) {
        e.args.push_back(expression());
        take(",");
      }
    } else {
      e.kind = Expr::Kind::field;
      e.name = token.value;
    }
    return e;
  }
  Expr test(const std::string& field) {
    Expr e;
    e.kind = Expr::Kind::matches;
    e.predicate.kind = model::Predicate::Kind::test;
    model::FieldTest& t = e.predicate.test;
    t.field = field;
    using Op = model::MatchOp;
    for (const auto& [symbol, op] :
         {std::pair{">=", Op::greater_equal}, {"<=", Op::less_equal}, {">", Op::greater}, {"<", Op::less}}) {
      if (take(symbol)) {
        t.op = op;
        t.text = name();
        if (const auto number = base::parse_double(t.text)) {
          t.number = *number;
          t.text.clear();
        }
        return e;
      }
    }
    t.text = name();
    t.op = t.text == "*" ? Op::exists : t.text.find('*') != std::string::npos ? Op::wildcard : Op::equals;
    return e;
  }

  std::vector<Assignment> assignments() {
    std::vector<Assignment> out;
    do {
      const std::size_t begin = at_;
      Assignment a;
      if (tokens_[at_ + 1].value == "=" && tokens_[at_ + 1].kind == Token::symbol) {
        a.name = name();
        ++at_;
        a.value = expression();
      } else {
        a.value = expression();
        a.name = text_from(begin);
      }
      out.push_back(std::move(a));
    } while (take(","));
    return out;
  }
  std::string text_from(std::size_t begin) const {
    std::string out;
    for (std::size_t i = begin; i < at_; ++i) out += tokens_[i].value + (tokens_[i].value == "," ? " " : "");
    return out;
  }
  model::Predicate filter() {
    expect("[");
    const Expr e = expression();
    expect("]");
    return e.predicate;
  }

  decltype(Stage::what) stage() {
    const std::string command = name();
    if (command == "where") return WhereStage{expression()};
    if (command == "eval") return EvalStage{assignments()};
    if (command == "limit") return LimitStage{count()};
    if (command == "keep") return KeepStage{names()};
    if (command == "drop") return DropStage{names()};
    if (command == "stats") return stats();
    if (command == "sort") return sort();
    if (command == "top" || command == "rare") return top(command == "rare");
    if (command == "sequence") return sequence();
    if (command == "lookup") return lookup();
    if (command == "rename") {
      RenameStage s;
      do {
        const std::string from = name();
        expect("as");
        s.names.emplace_back(from, name());
      } while (take(","));
      return s;
    }
    if (command == "dedup") {
      DedupStage s;
      if (now().kind == Token::number) s.rows = count();
      s.fields = names();
      return s;
    }
    if (command == "rex" || command == "dissect") {
      std::string field;
      if (now().kind == Token::word) field = name();
      const std::string pattern = name();
      if (command == "rex") return RexStage{field, pattern};
      return DissectStage{field, pattern};
    }
    fail("a command");
  }
  StatsStage stats() {
    StatsStage s;
    if (!is("by")) {
      for (Assignment& a : assignments()) s.aggregates.push_back({a.name, a.value.name, a.value.args, {}});
    }
    if (take("by")) s.by = assignments();
    return s;
  }
  SortStage sort() {
    SortStage s;
    do {
      SortStage::Key key;
      key.value = expression();
      if (take("desc")) key.descending = true;
      take("asc");
      if (take("nulls")) key.nulls_first = name() == "first";
      s.keys.push_back(key);
    } while (take(","));
    return s;
  }
  TopStage top(bool rare) {
    TopStage s;
    s.rare = rare;
    if (now().kind == Token::number) s.rows = count();
    s.fields = names();
    if (take("by")) s.by = names();
    return s;
  }
  SequenceStage sequence() {
    SequenceStage s;
    if (take("by")) s.by = names();
    if (take("with")) {
      expect("maxspan");
      expect("=");
      s.max_span = base::parse_duration(name()).value();
    }
    while (is("[")) {
      s.steps.push_back({filter(), {}, {}, {}});
      if (take("by")) s.steps.back().by = names();
    }
    if (take("until")) s.until = SequenceStage::Step{filter(), {}, {}, {}};
    return s;
  }
  LookupStage lookup() {
    LookupStage s;
    s.file = name();
    expect("on");
    s.key = s.field = name();
    if (take("as")) s.field = name();
    if (take("output")) s.output = names();
    return s;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

Query parse_mini(std::string_view text) {
  return Parser(text).query();
}

Expr parse_mini_expression(std::string_view text) {
  Parser parser(text);
  Expr e = parser.expression();
  if (!parser.at_end())
    throw std::runtime_error("mini parser: text behind the expression: " + std::string(text));
  return e;
}

}  // namespace vedette::query::test
