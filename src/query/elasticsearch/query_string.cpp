#include <optional>

#include "elasticsearch/query_dsl.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query::es {

using base::ErrorCode;
using model::MatchOp;
using model::Predicate;

namespace {

constexpr int kDeepestParentheses = 100;
constexpr std::size_t kMostTests = 20'000;  // terms times fields
constexpr std::size_t kLongest = 64 * 1024;

// One term as written: `text` with its escapes resolved, `pattern` as a wildcard pattern.
struct Term {
  std::string text, pattern;
  bool wild = false;
};

struct Clause {
  enum class Occur : std::uint8_t { should, must, must_not };
  Occur occur = Occur::should;
  Predicate predicate;
};

enum class Junction : std::uint8_t { none, conjunction, disjunction };

class Parser {
 public:
  Parser(std::string_view text, const QueryStringOptions& options) : text_(text), options_(options) {}

  base::Result<Predicate> whole() {
    TRY_ASSIGN(Predicate out, clauses(options_.fields, 0));
    if (at_ < text_.size()) return wrong("unexpected ", text_.substr(at_, 1));
    return out;
  }

 private:
  using Fields = std::vector<std::string>;

  base::Error wrong(std::string_view what, std::string_view about = {}) const {
    return base::make_error(ErrorCode::invalid_argument, std::string(what) + std::string(about) +
                                                             " at character " + std::to_string(at_ + 1));
  }
  base::Error refuse(std::string_view what) const {
    return base::make_error(ErrorCode::unsupported,
                            std::string(what) + " is not supported, at character " + std::to_string(at_ + 1));
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_space() {
    while (!at_end() && base::is_space(peek())) ++at_;
  }
  bool take(char c) {
    if (at_end() || peek() != c) return false;
    ++at_;
    return true;
  }
  // A keyword, followed by a blank, a parenthesis or the end.
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    const char next = peek(word.size());
    if (next != '\0' && !base::is_space(next) && next != '(' && next != ')') return false;
    at_ += word.size();
    return true;
  }
  bool take_sign(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }

  Junction junction() {
    skip_space();
    if (take_word("AND") || take_sign("&&")) return Junction::conjunction;
    if (take_word("OR") || take_sign("||")) return Junction::disjunction;
    return Junction::none;
  }

  // As Lucene's classic parser: AND makes both of its sides required.
  void add(std::vector<Clause>& all, Junction before, char sign, Predicate predicate) const {
    using Occur = Clause::Occur;
    if (!all.empty()) {
      Occur& previous = all.back().occur;
      if (before == Junction::conjunction && previous == Occur::should) previous = Occur::must;
      if (options_.default_and && before == Junction::disjunction && previous == Occur::must) {
        previous = Occur::should;
      }
    }
    Occur occur = Occur::should;
    if (sign == '-') {
      occur = Occur::must_not;
    } else if (options_.default_and ? before != Junction::disjunction
                                    : sign == '+' || before == Junction::conjunction) {
      occur = Occur::must;
    }
    all.push_back({occur, std::move(predicate)});
  }

  static Predicate join(std::vector<Clause> all) {
    std::vector<Predicate> must, should;
    for (Clause& clause : all) {
      if (clause.occur == Clause::Occur::should) {
        should.push_back(std::move(clause.predicate));
      } else if (clause.occur == Clause::Occur::must) {
        must.push_back(std::move(clause.predicate));
      }
    }
    if (must.empty() && !should.empty()) must.push_back(any_of(std::move(should)));
    for (Clause& clause : all) {
      if (clause.occur == Clause::Occur::must_not) must.push_back(negation(std::move(clause.predicate)));
    }
    return all_of(std::move(must));
  }

  base::Result<Predicate> clauses(const Fields& fields, int depth) {
    if (depth > kDeepestParentheses) return wrong("too many parentheses");
    std::vector<Clause> all;
    skip_space();
    while (!at_end() && peek() != ')') {
      const Junction before = junction();
      if (before != Junction::none && all.empty()) return wrong("nothing before AND or OR");
      skip_space();
      char sign = ' ';
      if (take('+')) {
        sign = '+';
      } else if (take('-') || take('!') || take_word("NOT")) {
        sign = '-';
      }
      skip_space();
      if (at_end() || peek() == ')') return wrong("a term is expected");
      TRY_ASSIGN(Predicate predicate, clause(fields, depth));
      add(all, before, sign, std::move(predicate));
      skip_space();
    }
    if (all.empty()) return depth == 0 ? base::Result<Predicate>(never()) : wrong("a term is expected");
    return join(std::move(all));
  }

  base::Result<Predicate> clause(const Fields& fields, int depth) {
    const std::size_t begin = at_;
    if (peek() != '"' && peek() != '(' && peek() != '/' && peek() != '[' && peek() != '{') {
      TRY_ASSIGN(const Term name, term_text());
      if (take(':')) {
        skip_space();
        if (name.text == "_exists_") return exists(depth);
        if (name.text == "*" && peek() == '*' &&
            (peek(1) == '\0' || base::is_space(peek(1)) || peek(1) == ')')) {
          ++at_;
          return always();
        }
        const Fields named{name.text};
        return value(named, depth);
      }
      at_ = begin;
    }
    return value(fields, depth);
  }

  base::Result<Predicate> exists(int) {
    TRY_ASSIGN(const Term name, quoted_or_term());
    TRY(modifiers());
    return has_value(name.text);
  }

  base::Result<Predicate> value(const Fields& fields, int depth) {
    if (at_end()) return wrong("a value is expected");
    if (take('(')) {
      TRY_ASSIGN(Predicate inner, clauses(fields, depth + 1));
      if (!take(')')) return wrong("a ) is missing");
      TRY(modifiers());
      return inner;
    }
    base::Result<Predicate> out = always();
    if (peek() == '"') {
      TRY_ASSIGN(const Term phrase, quoted());
      out = for_fields(fields, [&](const std::string& field) {
        return match(field, phrase.text, MatchMode::phrase, options_.dates);
      });
    } else if (peek() == '/') {
      TRY_ASSIGN(const std::string pattern, slashed());
      out = for_fields(fields,
                       [&](const std::string& field) { return regexp(field, pattern, Case::sensitive); });
    } else if (peek() == '[' || peek() == '{') {
      TRY_ASSIGN(const std::vector<Bound> bounds, brackets());
      out =
          for_fields(fields, [&](const std::string& field) { return range(field, bounds, options_.dates); });
    } else if (peek() == '>' || peek() == '<') {
      TRY_ASSIGN(const std::vector<Bound> bounds, comparison());
      out =
          for_fields(fields, [&](const std::string& field) { return range(field, bounds, options_.dates); });
    } else {
      TRY_ASSIGN(const Term term, term_text());
      out = for_fields(fields, [&](const std::string& field) { return of_term(field, term); });
    }
    if (!out.ok()) return out;
    TRY(modifiers());
    return out;
  }

  base::Result<Predicate> of_term(const std::string& field, const Term& term) const {
    if (term.wild) {
      if (field.find('*') == std::string::npos) return wildcard(field, term.pattern, Case::sensitive);
      if (term.pattern.find_first_not_of('*') == std::string::npos) return has_value(field);
      // Over many fields: a whole value, or a word of one.
      Predicate word = wildcard("message", term.pattern, Case::insensitive);
      Predicate whole = wildcard(field, term.pattern, Case::insensitive);
      word.test.field = whole.test.field;
      word.test.field_pattern = whole.test.field_pattern;
      std::vector<Predicate> both;
      both.push_back(std::move(whole));
      both.push_back(std::move(word));
      return any_of(std::move(both));
    }
    const MatchMode mode = options_.default_and ? MatchMode::all_words : MatchMode::any_word;
    return match(field, term.text, mode, options_.dates);
  }

  template <typename Make>
  base::Result<Predicate> for_fields(const Fields& fields, Make make) {
    tests_ += fields.size();
    if (tests_ > kMostTests) return wrong("too many clauses");
    std::vector<Predicate> tests;
    for (const std::string& field : fields) {
      TRY_ASSIGN(Predicate test, make(field));
      tests.push_back(std::move(test));
    }
    return any_of(std::move(tests));
  }

  // ^2 is dropped; ~ is refused.
  base::Status modifiers() {
    if (peek() == '~') return refuse("fuzziness (~)");
    if (!take('^')) return base::ok_status();
    const std::size_t begin = at_;
    while (base::is_digit(peek()) || peek() == '.') ++at_;
    if (begin == at_) return wrong("a number is expected after ^");
    if (peek() == '~') return refuse("fuzziness (~)");
    return base::ok_status();
  }

  base::Result<Term> quoted_or_term() { return peek() == '"' ? quoted() : term_text(); }

  base::Result<Term> quoted() {
    Term out;
    ++at_;
    while (!at_end() && peek() != '"') {
      if (peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      out.text += text_[at_++];
    }
    if (!take('"')) return wrong("a \" is missing");
    return out;
  }

  base::Result<std::string> slashed() {
    std::string out;
    ++at_;
    while (!at_end() && peek() != '/') {
      if (peek() == '\\' && peek(1) == '/') {
        ++at_;
      } else if (peek() == '\\' && at_ + 1 < text_.size()) {
        out += text_[at_++];
      }
      out += text_[at_++];
    }
    if (!take('/')) return wrong("a / is missing");
    return out;
  }

  base::Result<Term> term_text() {
    Term out;
    while (!at_end()) {
      const char c = peek();
      if (base::is_space(c) || std::string_view("()[]{}\":^~").find(c) != std::string_view::npos) break;
      if (c == '\\') {
        if (at_ + 1 >= text_.size()) return wrong("a \\ at the end");
        ++at_;
        const char escaped = text_[at_++];
        out.text += escaped;
        if (escaped == '*' || escaped == '?' || escaped == '\\') out.pattern += '\\';
        out.pattern += escaped;
        continue;
      }
      out.wild = out.wild || c == '*' || c == '?';
      out.text += c;
      out.pattern += c;
      ++at_;
    }
    if (out.text.empty()) return wrong("a term is expected");
    return out;
  }

  // A bound within brackets, to the next blank or bracket.
  base::Result<std::string> bound_text() {
    skip_space();
    if (peek() == '"') {
      TRY_ASSIGN(const Term term, quoted());
      return term.text;
    }
    std::string out;
    while (!at_end() && !base::is_space(peek()) && peek() != ']' && peek() != '}') {
      if (peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    if (out.empty()) return wrong("a bound is expected");
    return out;
  }

  base::Result<std::vector<Bound>> brackets() {
    const bool includes_first = text_[at_++] == '[';
    TRY_ASSIGN(const std::string first, bound_text());
    skip_space();
    if (!take_word("TO")) return wrong("TO is expected");
    TRY_ASSIGN(const std::string last, bound_text());
    skip_space();
    if (peek() != ']' && peek() != '}') return wrong("a ] or } is missing");
    const bool includes_last = text_[at_++] == ']';
    std::vector<Bound> bounds;
    if (first != "*")
      bounds.push_back({includes_first ? MatchOp::greater_equal : MatchOp::greater, first, false});
    if (last != "*") bounds.push_back({includes_last ? MatchOp::less_equal : MatchOp::less, last, false});
    return bounds;
  }

  base::Result<std::vector<Bound>> comparison() {
    const bool greater = text_[at_++] == '>';
    const bool or_equal = take('=');
    const MatchOp op = greater ? (or_equal ? MatchOp::greater_equal : MatchOp::greater)
                               : (or_equal ? MatchOp::less_equal : MatchOp::less);
    skip_space();
    TRY_ASSIGN(const Term bound, quoted_or_term());
    std::vector<Bound> bounds;
    bounds.push_back({op, bound.text, false});
    return bounds;
  }

  std::string_view text_;
  const QueryStringOptions& options_;
  std::size_t at_ = 0, tests_ = 0;
};

}  // namespace

base::Result<Predicate> parse_query_string(std::string_view text, const QueryStringOptions& options) {
  if (text.size() > kLongest) {
    return base::make_error(ErrorCode::invalid_argument,
                            "longer than " + std::to_string(kLongest) + " bytes");
  }
  return Parser(text, options).whole();
}

}  // namespace vedette::query::es
