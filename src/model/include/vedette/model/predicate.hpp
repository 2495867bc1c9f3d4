// The predicate tree that rules, searches and playbooks compile to: plain data, no behaviour (src/expr
// evaluates it).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vedette/base/diagnostic.hpp"

namespace vedette::model {

enum class MatchOp : std::uint8_t {
  equals,  // canonical texts are equal
  contains,
  starts_with,
  ends_with,
  wildcard,  // `text` is a pattern: * any run, ? one code point; \*, \? and \\ are literal
  words,     // the words of `text` (see expr/words.hpp) stand in the value in that order, side by side
  regex,     // RE2 search
  cidr,      // `text` is a network
  less,
  less_equal,
  greater,
  greater_equal,  // numbers, against `number`; if `text` is not empty against it: as addresses if both are,
                  // as date-times if both are, else as folded bytes
  exists,         // the field is there, whatever its value
  is_null,        // the field is absent, null or an empty list
  field_equals,
  field_contains,
  field_starts_with,
  field_ends_with,  // against the value of the field named in `text`
};

// Compare a part of a time stamp instead of the value itself (Sigma modifiers minute ... year).
enum class TimePart : std::uint8_t { none, minute, hour, day, week, month, year };

struct RegexFlags {
  bool ignore_case = false;
  bool multi_line = false;  // ^ and $ at line ends
  bool dot_all = false;     // . matches a newline
};

// One test of one field. A list value passes if any element does (is_null and exists look at the list
// itself).
struct FieldTest {
  std::string field;  // as the author wrote it; empty: any value of the event, or its raw text (keywords)
  bool field_pattern = false;  // searches: `field` is a wildcard pattern over names; any field of it may pass
  MatchOp op = MatchOp::equals;
  std::string text;   // literal, pattern, regular expression, network, or field name
  double number = 0;  // for the comparisons
  bool case_sensitive = false;
  RegexFlags regex;
  TimePart part = TimePart::none;
  std::string modifier;  // as written, for explanations: "contains|all"; empty if none
  std::string shown;     // the author's value, for explanations
  base::SourceSpan span;
};

struct Predicate {
  enum class Kind : std::uint8_t { always, never, all_of, any_of, negation, test };
  Kind kind = Kind::never;
  std::vector<Predicate> children;  // all_of, any_of: any number; negation: one
  FieldTest test;                   // Kind::test
  std::string name;                 // the selection it came from, for explanations; may be empty
};

}  // namespace vedette::model
