#include "vedette/expr/matcher.hpp"

#include <cmath>
#include <compare>

#include <re2/re2.h>

#include "regex_literal.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/time.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::expr {

using model::MatchOp;
using model::Value;
using model::ValueKind;

namespace {

// Memory that RE2 may use for the automata of one pattern. Beyond it RE2 falls back to a slower, still linear
// matcher.
constexpr std::int64_t kRegexMemory = 8 << 20;

bool text_holds(MatchOp op, std::string_view text, std::string_view wanted) {
  switch (op) {
    case MatchOp::equals:
    case MatchOp::field_equals:
      return text == wanted;
    case MatchOp::contains:
    case MatchOp::field_contains:
      return text.find(wanted) != std::string_view::npos;
    case MatchOp::starts_with:
    case MatchOp::field_starts_with:
      return text.starts_with(wanted);
    case MatchOp::ends_with:
    case MatchOp::field_ends_with:
      return text.ends_with(wanted);
    default:
      return false;
  }
}

std::int64_t part_of(base::TimeNs time, model::TimePart part) {
  const base::CivilTime civil = base::to_civil(time);
  switch (part) {
    case model::TimePart::minute:
      return civil.minute;
    case model::TimePart::hour:
      return civil.hour;
    case model::TimePart::day:
      return civil.day;
    case model::TimePart::week:
      return base::iso_week(time);
    case model::TimePart::month:
      return civil.month;
    case model::TimePart::year:
      return civil.year;
    case model::TimePart::none:
      break;
  }
  return 0;
}

bool number_holds(MatchOp op, double value, double bound) {
  switch (op) {
    case MatchOp::less:
      return value < bound;
    case MatchOp::less_equal:
      return value <= bound;
    case MatchOp::greater:
      return value > bound;
    case MatchOp::greater_equal:
      return value >= bound;
    case MatchOp::equals:
      return value == bound;
    default:
      return false;
  }
}

bool order_holds(MatchOp op, std::strong_ordering order) {
  switch (op) {
    case MatchOp::less:
      return order < 0;
    case MatchOp::less_equal:
      return order <= 0;
    case MatchOp::greater:
      return order > 0;
    case MatchOp::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

}  // namespace

struct Matcher::Regex {
  Regex(const std::string& pattern, const RE2::Options& options) : re2(pattern, options) {}
  RE2 re2;
};

Matcher::Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

bool Matcher::is_text() const {
  return part_ == model::TimePart::none && op_ <= MatchOp::regex;
}

base::Result<Matcher> Matcher::compile(const model::FieldTest& test) {
  Matcher m;
  m.op_ = test.op;
  m.part_ = test.part;
  m.case_sensitive_ = test.case_sensitive;
  m.number_ = test.number;
  if (test.part != model::TimePart::none) return m;
  switch (test.op) {
    case MatchOp::wildcard: {
      m.wildcard_ =
          std::make_unique<WildcardPattern>(test.case_sensitive ? test.text : base::folded(test.text));
      m.literal_ = base::folded(m.wildcard_->longest_literal());
      break;
    }
    case MatchOp::regex: {
      RE2::Options options(RE2::Quiet);
      options.set_max_mem(kRegexMemory);
      options.set_case_sensitive(!test.regex.ignore_case);
      options.set_dot_nl(test.regex.dot_all);
      // In RE2's default syntax ^ and $ match at line ends only under the (?m) flag.
      m.regex_ = std::make_unique<Regex>(test.regex.multi_line ? "(?m)" + test.text : test.text, options);
      if (!m.regex_->re2.ok()) {
        return base::make_error(base::ErrorCode::invalid_argument,
                                "regular expression: " + m.regex_->re2.error());
      }
      m.literal_ = base::folded(required_literal(test.text));
      break;
    }
    case MatchOp::words:
      m.literal_ = base::folded(test.text);
      for_each_word(m.literal_, [&](std::string_view word) { m.words_.emplace_back(word); });
      break;
    case MatchOp::less:
    case MatchOp::less_equal:
    case MatchOp::greater:
    case MatchOp::greater_equal:
      m.against_text_ = !test.text.empty();
      m.literal_ = base::folded(test.text);
      m.bound_address_ = base::IpAddress::parse(test.text);
      m.bound_time_ = base::parse_iso8601(test.text);
      break;
    case MatchOp::cidr: {
      TRY_ASSIGN(m.network_, base::IpNetwork::parse(test.text));
      break;
    }
    default:
      m.literal_ = test.case_sensitive ? test.text : base::folded(test.text);
  }
  return m;
}

bool Matcher::matches_text(std::string_view raw, std::string_view folded) const {
  if (op_ == MatchOp::regex) {
    return RE2::PartialMatch(re2::StringPiece(raw.data(), raw.size()), regex_->re2);
  }
  const std::string_view text = case_sensitive_ ? raw : folded;
  if (op_ == MatchOp::wildcard) return wildcard_->matches(text);
  if (op_ == MatchOp::words) return holds_words(text, words_);
  return text_holds(op_, text, literal_);
}

bool Matcher::compare(const Value& value) const {
  return against_text_ ? compare_text(value) : compare_number(value);
}

bool Matcher::compare_text(const Value& value) const {
  model::TextBuffer buffer;
  const std::string_view text = text_of(value, buffer);
  if (bound_address_) {
    if (const auto address = base::IpAddress::parse(text))
      return order_holds(op_, *address <=> *bound_address_);
  }
  if (bound_time_) {
    if (const auto time = base::parse_iso8601(text)) return order_holds(op_, *time <=> *bound_time_);
  }
  return order_holds(op_, base::folded(text) <=> literal_);
}

bool Matcher::compare_number(const Value& value) const {
  double number = 0;
  return number_of(value, number) && number_holds(op_, number, number_);
}

bool Matcher::part_matches(const Value& value) const {
  std::optional<base::TimeNs> time;
  if (value.is_string()) time = base::parse_iso8601(value.as_string());
  if (value.kind() == ValueKind::integer) time = base::from_epoch_number(value.as_integer());
  if (value.kind() == ValueKind::real) time = base::from_epoch_number(value.as_real());
  return time && number_holds(op_, static_cast<double>(part_of(*time, part_)), number_);
}

bool Matcher::matches_scalar(const Value& value, Scratch& scratch) const {
  if (value.is_null()) return false;
  if (part_ != model::TimePart::none) return part_matches(value);
  switch (op_) {
    case MatchOp::less:
    case MatchOp::less_equal:
    case MatchOp::greater:
    case MatchOp::greater_equal:
      return compare(value);
    default:
      break;
  }
  model::TextBuffer buffer;
  const std::string_view raw = text_of(value, buffer);
  if (op_ == MatchOp::cidr) {
    const auto address = base::IpAddress::parse(raw);
    return address && network_.contains(*address);
  }
  if (op_ == MatchOp::regex || case_sensitive_) return matches_text(raw, {});
  scratch.folded.clear();
  base::append_folded(scratch.folded, raw);
  return matches_text(raw, scratch.folded);
}

bool Matcher::matches(const Value* value, Scratch& scratch) const {
  if (op_ == MatchOp::exists) return value != nullptr;
  if (op_ == MatchOp::is_null) {
    return !value || value->is_null() || (value->is_list() && value->as_list().empty());
  }
  if (!value) return false;
  for (const Value& element : value->elements()) {
    if (matches_scalar(element, scratch)) return true;
  }
  return false;
}

bool Matcher::matches_fields(const Value* value, const Value* other, Scratch& scratch) const {
  if (!value || !other) return false;
  for (const Value& a : value->elements()) {
    for (const Value& b : other->elements()) {
      if (a.is_null() || b.is_null()) continue;
      model::TextBuffer buffer_a, buffer_b;
      const std::string_view text_a = text_of(a, buffer_a), text_b = text_of(b, buffer_b);
      if (case_sensitive_) {
        if (text_holds(op_, text_a, text_b)) return true;
        continue;
      }
      scratch.folded.clear();
      base::append_folded(scratch.folded, text_a);
      const std::size_t split = scratch.folded.size();
      base::append_folded(scratch.folded, text_b);
      const std::string_view both = scratch.folded;
      if (text_holds(op_, both.substr(0, split), both.substr(split))) return true;
    }
  }
  return false;
}

}  // namespace vedette::expr
