#include "kql.hpp"

#include "vedette/base/text.hpp"

namespace vedette::query {

using model::MatchOp;
using model::Predicate;

namespace {

class Flag {
 public:
  Flag(bool& flag, bool value) : flag_(flag), before_(flag) { flag = value; }
  ~Flag() { flag_ = before_; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
  bool before_;
};

}  // namespace

bool KqlParser::filter(Predicate& out) {
  cursor_.skip_blanks();
  if (cursor_.failed()) return false;
  if (ends_term()) {
    out = always();
    return true;
  }
  return any_of(out);
}

bool KqlParser::any_of(Predicate& out) {
  if (!cursor_.enter(cursor_.at())) return false;
  std::vector<Predicate> children(1);
  if (!all_of(children[0])) return false;
  while (cursor_.take_keyword("or")) {
    children.emplace_back();
    if (!all_of(children.back())) return false;
  }
  cursor_.leave();
  out = joined(Predicate::Kind::any_of, std::move(children));
  return misused();
}

bool KqlParser::all_of(Predicate& out) {
  std::vector<Predicate> children(1);
  if (!unary(children[0])) return false;
  for (;;) {
    const bool and_word = cursor_.take_keyword("and");
    if (cursor_.failed()) return false;
    if (!and_word && (ends_term() || cursor_.at_keyword("or") || !misused())) break;
    children.emplace_back();
    if (!unary(children.back())) return false;
  }
  out = joined(Predicate::Kind::all_of, std::move(children));
  return !cursor_.failed();
}

bool KqlParser::unary(Predicate& out) {
  const std::size_t at = cursor_.at();
  if (!cursor_.take_keyword("not")) return primary(out);
  if (!cursor_.enter(at)) return false;
  Predicate inner;
  if (!unary(inner)) return false;
  cursor_.leave();
  out = negated(std::move(inner));
  return true;
}

bool KqlParser::primary(Predicate& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (cursor_.peek() != '(') return test(out);
  cursor_.skip(1);
  const Flag bracket(stop_at_bracket_, false);
  const Flag comma(stop_at_comma_, false);
  if (!any_of(out)) return false;
  if (cursor_.take(")")) return true;
  const std::string found = cursor_.found();
  if (!cursor_.at_end() && cursor_.peek() != '|') return cursor_.expected("')'");
  return cursor_.fail("open-parenthesis", at,
                      "the parenthesis that opens here is not closed; found " + found);
}

// Common slips of other languages.
bool KqlParser::misused() {
  cursor_.skip_blanks();
  if (cursor_.failed()) return false;
  if (cursor_.looking_at("&&")) {
    return cursor_.fail("expected", cursor_.at(), "found '&&' where 'and' is expected", "write 'and'");
  }
  if (cursor_.looking_at("||")) {
    return cursor_.fail("expected", cursor_.at(), "found '||' where 'or' is expected", "write 'or'");
  }
  return true;
}

bool KqlParser::ends_term() {
  cursor_.skip_blanks();
  const char c = cursor_.peek();
  if (cursor_.at_end() || c == ')' || c == '|' || c == '}') return true;
  if (stop_at_bracket_ && (c == ']' || cursor_.at_keyword("by"))) return true;
  return (stop_at_comma_ || in_list_) && c == ',';
}

bool KqlParser::test(Predicate& out) {
  if (!misused()) return false;
  if (stop_at_bracket_ && cursor_.peek() == '[') return cursor_.expected("']'");
  if (cursor_.peek() == '~') {
    cursor_.skip(1);
    return contains({.name = prefix_, .pattern = false, .at = cursor_.at() - 1}, out);
  }
  const std::size_t at = cursor_.at();
  FieldRef ref;
  Value word;
  if (cursor_.peek() == '`') {
    ref = {cursor_.name(true), false, at};
    if (cursor_.failed()) return false;
  } else {
    if (!single(word, true)) return false;
    ref = {word.wildcard ? word.pattern : word.text, word.wildcard && !word.quoted, at};
    if (ref.pattern && ref.name == "*") ref = {{}, false, at};
  }
  if (!prefix_.empty()) ref.name = ref.name.empty() ? prefix_ + ".*" : prefix_ + "." + ref.name;
  const std::size_t after = cursor_.at();
  const std::string_view op = take_operator();
  if (cursor_.failed()) return false;
  if (!op.empty()) return operation(ref, op, out);
  cursor_.skip_blanks();
  if (cursor_.peek() == '=') {
    return cursor_.fail("expected", cursor_.at(), "found '=' where ':' or '==' is expected",
                        "write 'field: value', or 'field == \"Value\"' for the very same letters");
  }
  cursor_.move_to(after);
  if (cursor_.text()[at] == '`') return cursor_.expected("':' or a comparison");
  return free_text(std::move(word), out);
}

bool KqlParser::free_text(Value word, Predicate& out) {
  if (!prefix_.empty()) {
    return cursor_.fail("expected", word.at, "found a value where 'field:' is expected",
                        "inside { } every test names its field");
  }
  return match_value(cursor_, {.name = {}, .pattern = false, .at = word.at}, word, out);
}

std::string_view KqlParser::take_operator() {
  cursor_.skip_blanks();
  for (const std::string_view op : {":", "<=", "<", ">=", ">", "==", "!=", "~"}) {
    if (cursor_.looking_at(op)) {
      cursor_.skip(op.size());
      return op;
    }
  }
  const std::size_t at = cursor_.at();
  const bool negative = cursor_.take_keyword("not");
  if (cursor_.take_keyword("in")) {
    cursor_.skip_blanks();
    if (cursor_.peek() == '(') return negative ? "not in" : "in";
  }
  cursor_.move_to(at);
  return {};
}

bool KqlParser::operation(const FieldRef& ref, std::string_view op, Predicate& out) {
  if (op == ":") return match(ref, out);
  if (op == "~") return contains(ref, out);
  if (op == "==" || op == "!=") return exact(ref, op == "!=", out);
  if (op == "in") return in_list(ref, out);
  if (op == "not in") {
    Predicate inner;
    if (!in_list(ref, inner)) return false;
    out = negated(std::move(inner));
    return true;
  }
  Value value;
  cursor_.skip_blanks();
  return single(value) && compare_value(cursor_, ref, op, value, out);
}

bool KqlParser::match(const FieldRef& ref, Predicate& out) {
  cursor_.skip_blanks();
  if (cursor_.failed()) return false;
  bool taken = false;
  switch (cursor_.peek()) {
    case '(': {
      const std::size_t at = cursor_.at();
      cursor_.skip(1);
      const Flag bracket(stop_at_bracket_, false);
      const Flag comma(stop_at_comma_, false);
      if (!value_list(ref, out)) return false;
      if (cursor_.take(")")) return true;
      if (!cursor_.at_end()) return cursor_.expected("')'");
      return cursor_.fail("open-parenthesis", at, "the parenthesis that opens here is not closed");
    }
    case '[':
    case '{':
      if (!bracket_range(ref, out, taken)) return false;
      if (taken) return true;
      if (cursor_.peek() == '{') return nested(ref, out);
      return cursor_.fail("expected", cursor_.at(), "found '[' where a value is expected",
                          "a range is written [1 to 9]; put a value that begins with [ in quotes");
    case '/':
      if (!regex(ref, out, taken)) return false;
      if (taken) return true;
      break;
    default:
      break;
  }
  return value_run(ref, out);
}

// Unquoted words that stand together are one value; of a text field, words that must all be there.
bool KqlParser::value_run(const FieldRef& ref, Predicate& out) {
  Value value;
  if (!single(value)) return false;
  bool taken = false;
  if (!dotted_range(ref, value, out, taken)) return false;
  if (taken) return true;
  std::vector<Value> run{std::move(value)};
  while (!run[0].quoted && !next_is_test()) {
    Value next;
    if (!single(next)) return false;
    run.push_back(std::move(next));
  }
  if (cursor_.failed()) return false;
  std::vector<Predicate> tests;
  if (is_text_field(ref.name)) {
    for (const Value& word : run) {
      tests.emplace_back();
      if (!match_value(cursor_, ref, word, tests.back())) return false;
    }
    out = joined(Predicate::Kind::all_of, std::move(tests));
    return true;
  }
  Value whole = run[0];
  for (std::size_t i = 1; i < run.size(); ++i) {
    whole.text += " " + run[i].text;
    whole.pattern += " " + run[i].pattern;
    whole.shown += " " + run[i].shown;
    whole.wildcard = whole.wildcard || run[i].wildcard;
  }
  return match_value(cursor_, ref, whole, out);
}

// Whether the run of words ends here: at an operator, a bracket, a quote, or a word that is a field.
bool KqlParser::next_is_test() {
  if (ends_term() || cursor_.at_keyword("and") || cursor_.at_keyword("or") || cursor_.at_keyword("not"))
    return true;
  for (const char c : std::string_view("\"`(){}<>~=[]&!:\\")) {
    if (cursor_.peek() == c) return true;
  }
  const std::size_t at = cursor_.at();
  Value word;
  if (!unquoted(word, true)) return true;
  const bool is_field = !take_operator().empty();
  cursor_.move_to(at);
  return is_field;
}

bool KqlParser::value_list(const FieldRef& ref, Predicate& out) {
  if (!cursor_.enter(cursor_.at())) return false;
  std::vector<Predicate> children(1);
  if (!value_all_of(ref, children[0])) return false;
  while (cursor_.take_keyword("or")) {
    children.emplace_back();
    if (!value_all_of(ref, children.back())) return false;
  }
  cursor_.leave();
  out = joined(Predicate::Kind::any_of, std::move(children));
  return misused();
}

bool KqlParser::value_all_of(const FieldRef& ref, Predicate& out) {
  std::vector<Predicate> children(1);
  if (!value_unary(ref, children[0])) return false;
  for (;;) {
    const bool and_word = cursor_.take_keyword("and");
    if (cursor_.failed()) return false;
    if (!and_word && (ends_term() || cursor_.at_keyword("or") || !misused())) break;
    children.emplace_back();
    if (!value_unary(ref, children.back())) return false;
  }
  out = joined(Predicate::Kind::all_of, std::move(children));
  return !cursor_.failed();
}

bool KqlParser::value_unary(const FieldRef& ref, Predicate& out) {
  const std::size_t at = cursor_.at();
  if (!cursor_.take_keyword("not")) return match(ref, out);
  if (!cursor_.enter(at)) return false;
  Predicate inner;
  if (!value_unary(ref, inner)) return false;
  cursor_.leave();
  out = negated(std::move(inner));
  return true;
}

bool KqlParser::in_list(const FieldRef& ref, Predicate& out) {
  const std::size_t at = cursor_.at();
  if (!cursor_.take("(")) return cursor_.expected("'('");
  const Flag list(in_list_, true);
  const Flag bracket(stop_at_bracket_, false);
  std::vector<Predicate> children;
  do {
    children.emplace_back();
    if (!match(ref, children.back())) return false;
  } while (cursor_.take(","));
  if (!cursor_.take(")")) {
    if (!cursor_.at_end()) return cursor_.expected("',' or ')'");
    return cursor_.fail("open-parenthesis", at, "the parenthesis that opens here is not closed");
  }
  out = joined(Predicate::Kind::any_of, std::move(children));
  return true;
}

bool KqlParser::nested(const FieldRef& ref, Predicate& out) {
  const std::size_t at = cursor_.at();
  if (ref.name.empty() || ref.pattern) {
    return cursor_.fail("expected", at, "found '{' where a value is expected",
                        "{ } needs the name of one field");
  }
  cursor_.skip(1);
  const std::string before = prefix_;
  prefix_ = ref.name;
  const Flag bracket(stop_at_bracket_, false);
  const Flag comma(stop_at_comma_, false);
  const bool ok = any_of(out);
  prefix_ = before;
  if (!ok) return false;
  if (cursor_.take("}")) return true;
  return cursor_.fail("open-brace", at, "the brace that opens here is not closed; found " + cursor_.found());
}

// [a to b], {a to b}; bounds in [ ] belong to the range.
bool KqlParser::bracket_range(const FieldRef& ref, Predicate& out, bool& taken) {
  const std::size_t at = cursor_.at();
  const bool low_included = cursor_.peek() == '[';
  const Flag bracket(stop_at_bracket_, true);
  cursor_.skip(1);
  cursor_.skip_blanks();
  Value low;
  Value high;
  const char first = cursor_.peek();
  const bool value = first == '"' ? single(low) : unquoted(low, false);
  if (!value || !cursor_.take_keyword("to")) {
    if (!cursor_.failed()) cursor_.move_to(at);
    return !cursor_.failed();
  }
  taken = true;
  cursor_.skip_blanks();
  if (!single(high)) return false;
  cursor_.skip_blanks();
  const char close = cursor_.peek();
  if (close != ']' && close != '}') return cursor_.expected("']' or '}'");
  cursor_.skip(1);
  for (Value* bound : {&low, &high}) {
    if (bound->text == "*") bound->wildcard = false;
  }
  return range_value(cursor_, ref, low, low_included, high, close == ']', out);
}

// 1..9, 10.0.0.1..10.0.0.9, 2026-11-01..now: only where both sides look like numbers, addresses or times.
bool KqlParser::dotted_range(const FieldRef& ref, const Value& value, Predicate& out, bool& taken) {
  const std::size_t dots = value.text.find("..");
  if (value.quoted || dots == std::string::npos || value.pattern.find('\\') != std::string::npos) return true;
  Value low = value;
  Value high = value;
  low.text = value.text.substr(0, dots);
  high.text = value.text.substr(dots + 2);
  high.at += dots + 2;
  const auto fits = [](const std::string& text) {
    if (text == "*") return true;
    if (text.empty()) return false;
    return base::is_digit(text[0]) || base::starts_with_ignore_case_ascii(text, "now") || text[0] == '-' ||
           (text.find(':') != std::string::npos);
  };
  if (!fits(low.text) || !fits(high.text)) return true;
  taken = true;
  low.wildcard = high.wildcard = false;
  return range_value(cursor_, ref, low, true, high, true, out);
}

// /pattern/flags, where the next slash ends it and a delimiter follows; else it is a plain value (a path).
bool KqlParser::regex(const FieldRef& ref, Predicate& out, bool& taken) {
  const std::string_view text = cursor_.text();
  Value value;
  value.at = cursor_.at();
  std::size_t end = value.at + 1;
  for (; end < text.size() && text[end] != '/' && text[end] != '\n'; ++end) {
    if (text[end] == '\\' && end + 1 < text.size() && text[end + 1] != '\n') {
      if (text[end + 1] != '/') value.text += '\\';
      ++end;
    }
    value.text += text[end];
  }
  if (end >= text.size() || text[end] != '/' || value.text.empty()) return true;
  std::size_t after = end + 1;
  while (after < text.size() && (text[after] == 'i' || text[after] == 'm' || text[after] == 's')) ++after;
  const char next = after < text.size() ? text[after] : ' ';
  if (!base::is_space(next) && std::string_view(")|,]}").find(next) == std::string_view::npos) return true;
  taken = true;
  value.shown = text.substr(value.at, after - value.at);
  cursor_.move_to(after);
  return regex_value(cursor_, ref, value, text.substr(end + 1, after - end - 1), out);
}

bool KqlParser::exact(const FieldRef& ref, bool negate, Predicate& out) {
  Value value;
  cursor_.skip_blanks();
  if (!single(value)) return false;
  Predicate equal = test_of(cursor_, ref, MatchOp::equals, value.text, value);
  equal.test.case_sensitive = true;
  equal.test.modifier = "cased";
  out = negate ? negated(std::move(equal)) : std::move(equal);
  return true;
}

bool KqlParser::contains(const FieldRef& ref, Predicate& out) {
  Value value;
  cursor_.skip_blanks();
  if (!single(value)) return false;
  if (value.text.empty()) return cursor_.fail("expected", value.at, "an empty text is in every value");
  out = test_of(cursor_, ref, MatchOp::contains, value.text, value);
  out.test.modifier = "contains";
  return true;
}

bool KqlParser::single(Value& out, bool is_name) {
  cursor_.skip_blanks();
  if (cursor_.failed()) return false;
  out.at = cursor_.at();
  if (cursor_.peek() == '"') {
    out.quoted = true;
    if (!cursor_.quoted(out.text)) return false;
    for (const char c : out.text) {
      if (c == '*' || c == '?' || c == '\\') out.pattern += '\\';
      out.pattern += c;
    }
    out.shown = cursor_.text().substr(out.at, cursor_.at() - out.at);
    return true;
  }
  for (const std::string_view word : {"and", "or", "not"}) {
    if (cursor_.at_keyword(word)) return cursor_.expected("a value");
  }
  if (!unquoted(out, is_name)) {
    if (cursor_.failed()) return false;
    return cursor_.expected("a value");
  }
  return true;
}

bool KqlParser::escape(Value& out) {
  const std::string_view text = cursor_.text();
  std::size_t at = cursor_.at() + 1;
  if (at >= text.size()) return false;
  out.text += text[at];
  if (text[at] == '*' || text[at] == '?' || text[at] == '\\') out.pattern += '\\';
  out.pattern += text[at];
  cursor_.move_to(at + 1);
  return true;
}

bool KqlParser::unquoted(Value& out, bool is_name) {
  out.at = cursor_.at();
  const std::string_view name_ends = ":=~";
  const std::string_view ends = "(){}<>\"|";
  while (!cursor_.at_end()) {
    const char c = cursor_.peek();
    if (base::is_space(c) || ends.find(c) != std::string_view::npos) break;
    if (is_name && (name_ends.find(c) != std::string_view::npos || cursor_.looking_at("!="))) break;
    if ((stop_at_comma_ || in_list_) && c == ',') break;
    if (stop_at_bracket_ && c == ']') break;
    if (c == '\\' &&
        std::string_view("\\():<>\"*?{}|,[]/~=-").find(cursor_.peek(1)) != std::string_view::npos &&
        cursor_.peek(1) != '\0') {
      escape(out);
      continue;
    }
    if (c == '*' || c == '?') {
      out.wildcard = true;
    } else if (c == '\\') {
      out.pattern += '\\';
    }
    out.text += c;
    out.pattern += c;
    cursor_.skip(1);
  }
  out.shown = cursor_.text().substr(out.at, cursor_.at() - out.at);
  return cursor_.at() > out.at;
}

}  // namespace vedette::query
