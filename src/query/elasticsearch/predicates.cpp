#include "elasticsearch/predicates.hpp"

#include <algorithm>
#include <limits>

#include "elasticsearch/regexp.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::query::es {

using base::ErrorCode;
using model::MatchOp;
using model::Predicate;

namespace {

constexpr std::size_t kMostCopies = 100'000;  // of tests, that one clause may be multiplied to

Predicate of_kind(Predicate::Kind kind, std::vector<Predicate> children = {}) {
  Predicate out;
  out.kind = kind;
  out.children = std::move(children);
  return out;
}

Predicate join(Predicate::Kind kind, Predicate::Kind neutral, Predicate::Kind absorbing,
               std::vector<Predicate> children) {
  std::vector<Predicate> flat;
  for (Predicate& child : children) {
    if (child.kind == absorbing) return of_kind(absorbing);
    if (child.kind == neutral) continue;
    if (child.kind == kind) {
      for (Predicate& inner : child.children) flat.push_back(std::move(inner));
    } else {
      flat.push_back(std::move(child));
    }
  }
  if (flat.empty()) return of_kind(neutral);
  if (flat.size() == 1) return std::move(flat.front());
  return of_kind(kind, std::move(flat));
}

// Tests of text fields look at words: the pattern must be a whole word.
Predicate word_regex(std::string_view field, const std::string& pattern) {
  static const std::string kOther = "[^0-9A-Za-z_\\x{80}-\\x{10FFFF}]";
  Predicate out =
      make_test(field, MatchOp::regex, "(?:^|" + kOther + ")(?:" + pattern + ")(?:$|" + kOther + ")", true);
  out.test.regex.ignore_case = true;
  return out;
}

Predicate time_test(std::string_view field, MatchOp op, base::TimeNs time) {
  return make_test(field, op, base::format_rfc3339(time), false);
}

Predicate date_bound(std::string_view field, MatchOp op, const DateSpan& span) {
  constexpr base::TimeNs kMost = std::numeric_limits<base::TimeNs>::max();
  const base::TimeNs next = span.last == kMost ? kMost : span.last + 1;
  switch (op) {
    case MatchOp::greater:
      return time_test(field, MatchOp::greater_equal, next);
    case MatchOp::less_equal:
      return time_test(field, MatchOp::less, next);
    default:
      return time_test(field, op, span.first);
  }
}

bool is_address_field(std::string_view field) {
  return field == "ip" || field.ends_with(".ip");
}

}  // namespace

std::size_t count_tests(const Predicate& predicate) {
  std::size_t count = 1;
  for (const Predicate& child : predicate.children) count += count_tests(child);
  return count;
}

Predicate always() {
  return of_kind(Predicate::Kind::always);
}

Predicate never() {
  return of_kind(Predicate::Kind::never);
}

Predicate all_of(std::vector<Predicate> children) {
  return join(Predicate::Kind::all_of, Predicate::Kind::always, Predicate::Kind::never, std::move(children));
}

Predicate any_of(std::vector<Predicate> children) {
  return join(Predicate::Kind::any_of, Predicate::Kind::never, Predicate::Kind::always, std::move(children));
}

Predicate negation(Predicate child) {
  if (child.kind == Predicate::Kind::always) return never();
  if (child.kind == Predicate::Kind::never) return always();
  if (child.kind == Predicate::Kind::negation) {
    Predicate inner = std::move(child.children.front());
    return inner;
  }
  std::vector<Predicate> children;
  children.push_back(std::move(child));
  return of_kind(Predicate::Kind::negation, std::move(children));
}

base::Result<Predicate> at_least(const std::vector<Predicate>& children, std::size_t count) {
  if (count == 0) return always();
  if (count > children.size()) return never();
  if (count == 1) return any_of(children);
  if (count == children.size()) return all_of(children);
  // All choices of `count` children: few, or refused.
  std::size_t tests = 0, copied = 0;
  for (const Predicate& child : children) tests = std::max(tests, count_tests(child));
  std::vector<Predicate> choices;
  std::vector<std::size_t> chosen(count);
  for (std::size_t i = 0; i < count; ++i) chosen[i] = i;
  for (;;) {
    copied += tests * count;
    if (copied > kMostCopies) {
      return base::make_error(ErrorCode::unsupported, "too many combinations of clauses");
    }
    std::vector<Predicate> both;
    for (const std::size_t i : chosen) both.push_back(children[i]);
    choices.push_back(all_of(std::move(both)));
    std::size_t at = count;
    while (at > 0 && chosen[at - 1] == children.size() - count + at - 1) --at;
    if (at == 0) break;
    ++chosen[at - 1];
    for (std::size_t i = at; i < count; ++i) chosen[i] = chosen[i - 1] + 1;
  }
  return any_of(std::move(choices));
}

bool is_text_field(std::string_view field) {
  return field == "message" || field == "event.original" || field == "error.message" ||
         field.ends_with(".text");
}

Predicate make_test(std::string_view field, MatchOp op, std::string text, bool case_sensitive) {
  Predicate out = of_kind(Predicate::Kind::test);
  if (field != "*") out.test.field = std::string(field);
  out.test.field_pattern = field != "*" && field.find('*') != std::string_view::npos;
  out.test.op = op;
  out.test.text = std::move(text);
  out.test.case_sensitive = case_sensitive;
  return out;
}

Predicate has_value(std::string_view field) {
  if (field == "*") return always();
  return negation(make_test(field, MatchOp::is_null, {}, false));
}

base::Result<Predicate> term(std::string_view field, const std::string& text, Case letter_case,
                             const DateOptions& dates) {
  if (field == kTimeField) {
    const auto span = parse_date(text, dates);
    if (!span)
      return base::make_error(ErrorCode::invalid_argument, "failed to parse date field [" + text + "]");
    return all_of(
        {date_bound(field, MatchOp::greater_equal, *span), date_bound(field, MatchOp::less_equal, *span)});
  }
  if (is_text_field(field)) return make_test(field, MatchOp::words, text, false);
  if (is_address_field(field) && text.find('/') != std::string::npos && base::IpNetwork::parse(text).ok()) {
    return make_test(field, MatchOp::cidr, text, false);
  }
  return make_test(field, MatchOp::equals, text, letter_case == Case::sensitive);
}

base::Result<Predicate> match(std::string_view field, const std::string& text, MatchMode mode,
                              const DateOptions& dates) {
  const bool many = field.empty() || field.find('*') != std::string_view::npos;
  if (!many && !is_text_field(field)) return term(field, text, Case::sensitive, dates);
  if (text.size() > 64 * 1024) return base::make_error(ErrorCode::invalid_argument, "the text is too long");
  std::vector<Predicate> words;
  for (const std::string_view word : expr::words_of(text)) {
    words.push_back(make_test(field, MatchOp::words, std::string(word), false));
  }
  if (words.empty()) return never();
  if (words.size() > 1024) return base::make_error(ErrorCode::invalid_argument, "more than 1024 words");
  if (mode == MatchMode::phrase) return make_test(field, MatchOp::words, text, false);
  return mode == MatchMode::all_words ? all_of(std::move(words)) : any_of(std::move(words));
}

Predicate wildcard(std::string_view field, std::string_view pattern, Case letter_case) {
  if (pattern.find_first_not_of('*') == std::string_view::npos && !pattern.empty()) return has_value(field);
  if (is_text_field(field)) return word_regex(field, regex_of_wildcard(pattern));
  return make_test(field, MatchOp::wildcard, std::string(pattern), letter_case == Case::sensitive);
}

Predicate prefix(std::string_view field, std::string_view text, Case letter_case) {
  if (is_text_field(field)) {
    std::string pattern;
    for (const char c : text) {
      if (c == '*' || c == '?' || c == '\\') pattern += '\\';
      pattern += c;
    }
    return word_regex(field, regex_of_wildcard(pattern + "*"));
  }
  return make_test(field, MatchOp::starts_with, std::string(text), letter_case == Case::sensitive);
}

base::Result<Predicate> regexp(std::string_view field, std::string_view pattern, Case letter_case) {
  TRY_ASSIGN(const std::string translated,
             translate_regexp(pattern, is_text_field(field) ? AnyChar::of_word : AnyChar::any));
  if (is_text_field(field)) return word_regex(field, translated);
  Predicate out = make_test(field, MatchOp::regex, "^(?:" + translated + ")$", true);
  out.test.regex.dot_all = true;
  out.test.regex.ignore_case = letter_case == Case::insensitive;
  return out;
}

base::Result<Predicate> range(std::string_view field, const std::vector<Bound>& bounds,
                              const DateOptions& dates) {
  std::vector<Predicate> tests;
  for (const Bound& bound : bounds) {
    const bool dated = field == kTimeField || !dates.format.empty();
    const auto number = base::parse_double(bound.text);
    if (!dated && number && (bound.number || bound.text.find_first_of("iInN") == std::string::npos)) {
      Predicate test = make_test(field, bound.op, {}, false);
      test.test.number = *number;
      tests.push_back(std::move(test));
      continue;
    }
    const auto span = parse_date(bound.text, dates);
    const bool address = base::IpAddress::parse(bound.text).has_value();
    if (span && !address) {
      tests.push_back(date_bound(field, bound.op, *span));
    } else if (dated || bound.text.empty()) {
      return base::make_error(ErrorCode::invalid_argument, "failed to parse date field [" + bound.text + "]");
    } else {
      tests.push_back(make_test(field, bound.op, bound.text, false));
    }
  }
  return tests.empty() ? has_value(field) : all_of(std::move(tests));
}

}  // namespace vedette::query::es
