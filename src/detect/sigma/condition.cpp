#include "sigma/condition.hpp"

#include <string>

#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

enum class Word {
  end,
  open,
  close,
  and_word,
  or_word,
  not_word,
  of_word,
  all_word,
  any_word,
  one_word,
  pipe,
  other
};

struct Lexeme {
  Word word = Word::end;
  std::string_view text;
  std::size_t offset = 0;
};

struct Keyword {
  std::string_view text;
  Word word;
};

constexpr std::size_t kMaxPatternBytes = 256;

constexpr Keyword kKeywords[] = {{"and", Word::and_word}, {"or", Word::or_word},   {"not", Word::not_word},
                                 {"of", Word::of_word},   {"all", Word::all_word}, {"any", Word::any_word}};

constexpr bool ends_word(char c) {
  return base::is_space(c) || c == '(' || c == ')' || c == '|';
}

Word classify(std::string_view text) {
  if (text == "1") return Word::one_word;
  for (const Keyword& keyword : kKeywords) {
    if (base::equals_ignore_case_ascii(text, keyword.text)) return keyword.word;
  }
  return Word::other;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Parser {
 public:
  Parser(const base::YamlNode& node, std::span<const std::string_view> names, std::string_view what,
         Reporter& report)
      : node_(node), text_(node.scalar), names_(names), what_(what), report_(report) {}

  std::optional<Expression> parse() {
    advance();
    if (token_.word == Word::end) return fail("condition-syntax", "the condition is empty");
    std::optional<Expression> expression = parse_or(0);
    if (!expression) return std::nullopt;
    if (token_.word == Word::pipe) return fail_aggregation();
    if (token_.word != Word::end) {
      return fail("condition-syntax", "expected and, or, or the end before " + shown());
    }
    return expression;
  }

 private:
  std::optional<Expression> parse_or(int depth) {
    return parse_series(depth, Word::or_word, Expression::Kind::any_of);
  }

  std::optional<Expression> parse_series(int depth, Word separator, Expression::Kind kind) {
    std::vector<Expression> terms;
    while (true) {
      std::optional<Expression> term = separator == Word::or_word
                                           ? parse_series(depth, Word::and_word, Expression::Kind::all_of)
                                           : parse_not(depth);
      if (!term) return std::nullopt;
      terms.push_back(std::move(*term));
      if (token_.word != separator) break;
      advance();
    }
    if (terms.size() == 1) return std::move(terms.front());
    return Expression{kind, 0, std::move(terms)};
  }

  std::optional<Expression> parse_not(int depth) {
    bool negated = false;
    while (token_.word == Word::not_word) {
      negated = !negated;
      advance();
    }
    std::optional<Expression> term = parse_term(depth);
    if (!term || !negated) return term;
    Expression expression{Expression::Kind::negation, 0, {}};
    expression.children.push_back(std::move(*term));
    return expression;
  }

  std::optional<Expression> parse_term(int depth) {
    if (token_.word == Word::open) {
      if (depth >= kMaxConditionDepth) {
        return fail("condition-depth", "the condition nests deeper than 64 parentheses");
      }
      advance();
      std::optional<Expression> inner = parse_or(depth + 1);
      if (!inner) return std::nullopt;
      if (token_.word == Word::pipe) return fail_aggregation();
      if (token_.word != Word::close) return fail("condition-syntax", "expected ) before " + shown());
      advance();
      return inner;
    }
    if (next_is_of()) return parse_quantifier();
    if (token_.word == Word::other || token_.word == Word::one_word || token_.word == Word::all_word ||
        token_.word == Word::any_word) {
      return parse_name();
    }
    if (token_.word == Word::pipe) return fail_aggregation();
    return fail("condition-syntax", "expected a " + std::string(what_) + " before " + shown());
  }

  std::optional<Expression> parse_name() {
    const std::size_t index = find(token_.text);
    if (index == names_.size()) {
      if (token_.text.find('*') != std::string_view::npos) {
        return fail(
            "condition-syntax", shown() + " is a pattern without a quantifier",
            "write \"1 of " + std::string(token_.text) + "\" or \"all of " + std::string(token_.text) + "\"");
      }
      return fail_unknown();
    }
    if (!count_terms(1)) return std::nullopt;
    advance();
    return Expression{Expression::Kind::name, index, {}};
  }

  std::optional<Expression> parse_quantifier() {
    const Lexeme quantifier = token_;
    if (quantifier.word == Word::other) {
      return fail("unsupported-quantifier", shown() + " of is no quantifier of Sigma",
                  "use 1 of, any of or all of; for counts of events, a correlation rule");
    }
    advance();
    lint_case(token_);  // of
    advance();
    if (token_.word == Word::end || token_.word == Word::open || token_.word == Word::close) {
      return fail("condition-syntax", "expected a pattern or them before " + shown());
    }
    if (token_.text.size() > kMaxPatternBytes)
      return fail("condition-syntax", "a pattern is longer than 256 bytes");
    const bool them = base::equals_ignore_case_ascii(token_.text, "them");
    if (them && token_.text != "them") lint_upper_case(token_);
    const std::string_view pattern = them ? std::string_view("*") : token_.text;
    std::vector<Expression> terms;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].starts_with('_') && !pattern.starts_with('_')) continue;
      if (fits(names_[i], pattern)) terms.push_back({Expression::Kind::name, i, {}});
    }
    if (terms.empty()) {
      return fail("pattern-matches-nothing", "no " + std::string(what_) + " fits the pattern " + shown(),
                  nearest_help());
    }
    if (!count_terms(terms.size())) return std::nullopt;
    advance();
    if (terms.size() == 1) return std::move(terms.front());
    const bool all = quantifier.word == Word::all_word;
    return Expression{all ? Expression::Kind::all_of : Expression::Kind::any_of, 0, std::move(terms)};
  }

  bool next_is_of() const {
    if (token_.word != Word::one_word && token_.word != Word::all_word && token_.word != Word::any_word &&
        !all_digits(token_.text)) {
      return false;
    }
    return lex(next_).word == Word::of_word;
  }

  bool count_terms(std::size_t count) {
    terms_ += count;
    if (terms_ <= kMaxConditionTerms) return true;
    fail("condition-too-long", "the condition names more than 10000 " + std::string(what_) + "s");
    return false;
  }

  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return i;
    }
    return names_.size();
  }

  // The token that starts at or after `at`.
  Lexeme lex(std::size_t at) const {
    while (at < text_.size() && base::is_space(text_[at])) ++at;
    if (at >= text_.size()) return {Word::end, {}, text_.size()};
    const char c = text_[at];
    if (c == '(') return {Word::open, text_.substr(at, 1), at};
    if (c == ')') return {Word::close, text_.substr(at, 1), at};
    if (c == '|') return {Word::pipe, text_.substr(at, 1), at};
    std::size_t end = at;
    while (end < text_.size() && !ends_word(text_[end])) ++end;
    const std::string_view word = text_.substr(at, end - at);
    return {classify(word), word, at};
  }

  void advance() {
    token_ = lex(next_);
    next_ = token_.offset + token_.text.size();
    if (token_.word == Word::and_word || token_.word == Word::or_word || token_.word == Word::not_word) {
      lint_case(token_);
    } else if ((token_.word == Word::all_word || token_.word == Word::any_word) && next_is_of()) {
      lint_case(token_);
    }
  }

  void lint_case(const Lexeme& token) {
    if (token.text != base::to_lower_ascii(token.text)) lint_upper_case(token);
  }

  void lint_upper_case(const Lexeme& token) {
    report_.lint(place(token), "upper-case-keyword",
                 "\"" + std::string(token.text) + "\" should be in lower case",
                 "other tools refuse key words in upper case");
  }

  base::SourceSpan place(const Lexeme& token) const {
    base::SourceSpan at = node_.span;
    // Only in a plain scalar of one line the offset is a column.
    if (!node_.quoted) at.column += static_cast<std::uint32_t>(token.offset);
    return at;
  }

  std::string shown() const {
    return token_.word == Word::end ? std::string("the end of the condition")
                                    : "\"" + std::string(token_.text) + "\"";
  }

  std::string nearest_help() const {
    const std::string_view nearest = base::nearest_name(token_.text, {names_.begin(), names_.end()});
    return nearest.empty() ? std::string() : "did you mean \"" + std::string(nearest) + "\"?";
  }

  std::nullopt_t fail_unknown() {
    return fail("unknown-" + std::string(what_), "there is no " + std::string(what_) + " " + shown(),
                nearest_help());
  }

  std::nullopt_t fail_aggregation() {
    return fail("aggregation", "aggregations (| count() and the like) were removed from Sigma",
                "write a correlation rule (type: event_count or value_count) that refers to this rule");
  }

  std::nullopt_t fail(std::string_view code, std::string message, std::string help = {}) {
    report_.error(place(token_), code, std::move(message), std::move(help));
    return std::nullopt;
  }

  const base::YamlNode& node_;
  std::string_view text_;
  std::span<const std::string_view> names_;
  std::string_view what_;
  Reporter& report_;
  Lexeme token_;
  std::size_t next_ = 0;
  std::size_t terms_ = 0;
};

}  // namespace

std::optional<Expression> parse_condition(const base::YamlNode& text, std::span<const std::string_view> names,
                                          std::string_view what, Reporter& report) {
  return Parser(text, names, what, report).parse();
}

bool fits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void count_uses(const Expression& expression, std::span<std::size_t> uses) {
  if (expression.kind == Expression::Kind::name) ++uses[expression.name];
  for (const Expression& child : expression.children) count_uses(child, uses);
}

bool has_negation(const Expression& expression) {
  if (expression.kind == Expression::Kind::negation) return true;
  for (const Expression& child : expression.children) {
    if (has_negation(child)) return true;
  }
  return false;
}

}  // namespace vedette::detect::sigma
