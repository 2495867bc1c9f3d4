#include "values.hpp"

#include <algorithm>

#include <re2/re2.h>

#include "dates.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::query {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;

namespace {

constexpr std::string_view kTextFields[] = {"message", "event.original", "error.message",
                                            "error.stack_trace"};

bool is_time_field(const FieldRef& field) {
  return field.name == "@timestamp";
}

// A pattern over words: * and ? stand for characters that are no blanks, and the ends are ends of words.
std::string word_regex(std::string_view pattern) {
  std::string out;
  const auto is_word = [](char c) { return base::is_alnum(c) || c == '_'; };
  if (!pattern.empty() && is_word(pattern.front())) out += "\\b";
  std::size_t literal = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      out += "\\S*";
    } else if (c == '?') {
      out += "\\S";
    } else {
      literal = c == '\\' && i + 1 < pattern.size() ? ++i : i;
      while (i + 1 < pattern.size() && (static_cast<unsigned char>(pattern[i + 1]) & 0xC0U) == 0x80) ++i;
      out += RE2::QuoteMeta({pattern.data() + literal, i + 1 - literal});
    }
  }
  if (!pattern.empty() && is_word(pattern.back())) out += "\\b";
  return out;
}

bool time_value(Cursor& cursor, const Value& value, Moment& out) {
  auto moment = parse_moment(value.text, cursor.now());
  if (!moment) {
    if (const auto number = base::parse_int(value.text)) {
      if (const auto time = base::from_epoch_number(*number)) moment = Moment{*time, *time + 1};
    }
  }
  if (!moment) {
    return cursor.fail(
        "bad-time", value.at, "'" + base::escape_control(value.text) + "' is no time",
        "write a date (2026-11-03), a time (\"2026-11-03T08:00:00Z\") or date math (now-7d/d)");
  }
  out = *moment;
  return true;
}

Predicate time_bound(Cursor& cursor, const FieldRef& field, MatchOp op, base::TimeNs time,
                     const Value& value) {
  return test_of(cursor, field, op, base::format_rfc3339(time), value);
}

Predicate time_compare(Cursor& cursor, const FieldRef& field, std::string_view op, const Moment& moment,
                       const Value& value) {
  const bool instant = moment.to - moment.from <= base::kNsPerSecond;
  if (op == "<") return time_bound(cursor, field, MatchOp::less, moment.from, value);
  if (op == ">=") return time_bound(cursor, field, MatchOp::greater_equal, moment.from, value);
  if (op == "<=") {
    return instant ? time_bound(cursor, field, MatchOp::less_equal, moment.from, value)
                   : time_bound(cursor, field, MatchOp::less, moment.to, value);
  }
  return instant ? time_bound(cursor, field, MatchOp::greater, moment.from, value)
                 : time_bound(cursor, field, MatchOp::greater_equal, moment.to, value);
}

// An address with a prefix length; false after an error.
bool network_value(Cursor& cursor, const FieldRef& field, const Value& value, Predicate& out, bool& taken) {
  const std::size_t slash = value.text.find('/');
  if (slash == std::string::npos || !base::IpAddress::parse(std::string_view(value.text).substr(0, slash)) ||
      !base::parse_uint(std::string_view(value.text).substr(slash + 1))) {
    return true;
  }
  taken = true;
  if (const auto network = base::IpNetwork::parse(value.text); !network.ok()) {
    return cursor.fail("bad-network", value.at, network.error().message);
  }
  out = test_of(cursor, field, MatchOp::cidr, value.text, value);
  return true;
}

Predicate word_test(Cursor& cursor, const FieldRef& field, const Value& value) {
  if (!value.wildcard) {
    const bool words = std::any_of(value.text.begin(), value.text.end(), expr::is_word_byte);
    return test_of(cursor, field, words ? MatchOp::words : MatchOp::contains, value.text, value);
  }
  Predicate out = test_of(cursor, field, MatchOp::regex, word_regex(value.pattern), value);
  out.test.regex.ignore_case = true;
  return out;
}

// Numbers match whatever their notation: 80.0 finds 80.
Predicate equal_test(Cursor& cursor, const FieldRef& field, const Value& value) {
  Predicate as_written = test_of(cursor, field, MatchOp::equals, value.text, value);
  const auto number = value.quoted ? std::nullopt : base::parse_double(value.text);
  if (!number ||
      *number != static_cast<double>(static_cast<std::int64_t>(std::clamp(*number, -9e15, 9e15)))) {
    return as_written;
  }
  std::string canonical = std::to_string(static_cast<std::int64_t>(*number));
  if (canonical == value.text) return as_written;
  std::vector<Predicate> either;
  either.push_back(std::move(as_written));
  either.push_back(test_of(cursor, field, MatchOp::equals, std::move(canonical), value));
  return joined(Predicate::Kind::any_of, std::move(either));
}

}  // namespace

bool is_text_field(std::string_view name) {
  for (const std::string_view field : kTextFields) {
    if (name == field) return true;
  }
  return name.ends_with(".text");
}

Predicate always() {
  return {.kind = Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
}

Predicate negated(Predicate predicate) {
  Predicate out{.kind = Predicate::Kind::negation, .children = {}, .test = {}, .name = {}};
  out.children.push_back(std::move(predicate));
  return out;
}

Predicate joined(Predicate::Kind kind, std::vector<Predicate> children) {
  if (children.size() == 1) return std::move(children[0]);
  Predicate out{.kind = kind, .children = {}, .test = {}, .name = {}};
  for (Predicate& child : children) {
    if (child.kind == kind) {
      for (Predicate& grandchild : child.children) out.children.push_back(std::move(grandchild));
    } else {
      out.children.push_back(std::move(child));
    }
  }
  return out;
}

Predicate test_of(Cursor& cursor, const FieldRef& field, MatchOp op, std::string text, const Value& value) {
  if (!field.pattern) cursor.check_field(field.name, field.at);
  Predicate out{.kind = Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
  out.test.field = field.name;
  out.test.field_pattern = field.pattern;
  out.test.op = op;
  out.test.text = std::move(text);
  out.test.shown = value.shown;
  out.test.span = cursor.span(field.at);
  return out;
}

bool match_value(Cursor& cursor, const FieldRef& field, const Value& value, Predicate& out) {
  if (!value.quoted && value.wildcard && value.pattern.find_first_not_of('*') == std::string::npos) {
    out = field.name.empty() ? always() : test_of(cursor, field, MatchOp::exists, {}, value);
    return true;
  }
  if (!value.quoted && !field.name.empty() && base::equals_ignore_case_ascii(value.text, "null")) {
    out = test_of(cursor, field, MatchOp::is_null, {}, value);
    return true;
  }
  if (is_time_field(field) && !value.wildcard) {
    Moment moment;
    if (!time_value(cursor, value, moment)) return false;
    out = joined(Predicate::Kind::all_of,
                 {time_bound(cursor, field, MatchOp::greater_equal, moment.from, value),
                  time_bound(cursor, field, MatchOp::less, moment.to, value)});
    return true;
  }
  bool taken = false;
  if (!network_value(cursor, field, value, out, taken)) return false;
  if (taken) return true;
  if (field.name.empty() || is_text_field(field.name)) {
    out = word_test(cursor, field, value);
  } else if (value.wildcard) {
    out = test_of(cursor, field, MatchOp::wildcard, value.pattern, value);
  } else if (value.text.find(':') != std::string::npos && base::IpAddress::parse(value.text)) {
    out = test_of(cursor, field, MatchOp::cidr, value.text, value);  // whatever the notation
  } else {
    out = equal_test(cursor, field, value);
  }
  return true;
}

bool compare_value(Cursor& cursor, const FieldRef& field, std::string_view op, const Value& value,
                   Predicate& out) {
  if (value.wildcard) {
    return cursor.fail("bad-comparison", value.at, "a pattern has no order",
                       "write a number, a time or a text");
  }
  if (is_time_field(field) || is_date_math(value.text)) {
    Moment moment;
    if (!time_value(cursor, value, moment)) return false;
    out = time_compare(cursor, field, op, moment, value);
    return true;
  }
  const MatchOp kind = op == "<"    ? MatchOp::less
                       : op == "<=" ? MatchOp::less_equal
                       : op == ">"  ? MatchOp::greater
                                    : MatchOp::greater_equal;
  if (const auto number = base::parse_double(value.text)) {
    out = test_of(cursor, field, kind, {}, value);
    out.test.number = *number;
  } else if (const auto duration = base::parse_duration(value.text);
             duration && field.name == "event.duration") {
    out = test_of(cursor, field, kind, {}, value);
    out.test.number = static_cast<double>(*duration);
  } else if (value.text.empty()) {
    return cursor.fail("bad-comparison", value.at, "an empty text has no order");
  } else {
    out = test_of(cursor, field, kind, value.text, value);
  }
  out.test.modifier = op;
  return true;
}

bool range_value(Cursor& cursor, const FieldRef& field, const Value& low, bool low_included,
                 const Value& high, bool high_included, Predicate& out) {
  std::vector<Predicate> bounds;
  if (low.text != "*") {
    bounds.emplace_back();
    if (!compare_value(cursor, field, low_included ? ">=" : ">", low, bounds.back())) return false;
  }
  if (high.text != "*") {
    bounds.emplace_back();
    if (!compare_value(cursor, field, high_included ? "<=" : "<", high, bounds.back())) return false;
  }
  out = bounds.empty() ? test_of(cursor, field, MatchOp::exists, {}, low)
                       : joined(Predicate::Kind::all_of, std::move(bounds));
  return true;
}

bool check_regex(Cursor& cursor, const std::string& pattern, std::size_t at,
                 std::vector<std::string>* groups) {
  const RE2 regex(pattern, RE2::Quiet);
  if (!regex.ok()) {
    return cursor.fail("bad-regex", at,
                       "the regular expression is not valid: " + base::escape_control(regex.error()),
                       "the syntax is RE2's: no look-around, no back references");
  }
  if (groups != nullptr) {
    for (const auto& [name, index] : regex.NamedCapturingGroups()) groups->push_back(name);
  }
  return true;
}

bool regex_value(Cursor& cursor, const FieldRef& field, const Value& value, std::string_view flags,
                 Predicate& out) {
  if (!check_regex(cursor, value.text, value.at, nullptr)) return false;
  out = test_of(cursor, field, MatchOp::regex, value.text, value);
  out.test.case_sensitive = flags.find('i') == std::string_view::npos;
  out.test.regex.ignore_case = !out.test.case_sensitive;
  out.test.regex.multi_line = flags.find('m') != std::string_view::npos;
  out.test.regex.dot_all = flags.find('s') != std::string_view::npos;
  out.test.modifier = "re";
  return true;
}

}  // namespace vedette::query
