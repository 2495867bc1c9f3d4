// From a field and a value as written to the tests they stand for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cursor.hpp"

namespace vedette::query {

struct FieldRef {
  std::string name;      // empty: any field
  bool pattern = false;  // name is a wildcard pattern
  std::size_t at = 0;
};

struct Value {
  std::string text;     // escapes resolved
  std::string pattern;  // the same as a pattern for MatchOp::wildcard
  std::string shown;    // as written
  bool wildcard = false;
  bool quoted = false;
  std::size_t at = 0;
};

// Fields of the ECS types text and match_only_text: tested by words.
bool is_text_field(std::string_view name);

model::Predicate always();
model::Predicate negated(model::Predicate predicate);
model::Predicate joined(model::Predicate::Kind kind, std::vector<model::Predicate> children);
// A test with its place; warns of unknown fields.
model::Predicate test_of(Cursor& cursor, const FieldRef& field, model::MatchOp op, std::string text,
                         const Value& value);

// `field: value`. False after an error.
bool match_value(Cursor& cursor, const FieldRef& field, const Value& value, model::Predicate& out);
// `field op value` with op one of < <= > >=.
bool compare_value(Cursor& cursor, const FieldRef& field, std::string_view op, const Value& value,
                   model::Predicate& out);
bool range_value(Cursor& cursor, const FieldRef& field, const Value& low, bool low_included,
                 const Value& high, bool high_included, model::Predicate& out);
bool regex_value(Cursor& cursor, const FieldRef& field, const Value& value, std::string_view flags,
                 model::Predicate& out);
// Checks a regular expression; an error's place is `at`.
bool check_regex(Cursor& cursor, const std::string& pattern, std::size_t at,
                 std::vector<std::string>* groups);

}  // namespace vedette::query
