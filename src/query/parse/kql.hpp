// Filters: KQL and what is added to it.
#pragma once

#include "values.hpp"

namespace vedette::query {

class KqlParser {
 public:
  explicit KqlParser(Cursor& cursor) : cursor_(cursor) {}

  // As far as the filter goes: to the end, '|', or a closing bracket. `always` if nothing is there.
  bool filter(model::Predicate& out);
  // One test `field op value`, which stands at the cursor.
  bool test(model::Predicate& out);
  // An unquoted run or a text in quotes. A name ends at an operator; a value goes on over ':' and the like.
  bool single(Value& out, bool is_name = false);
  // ":" "<" "<=" ">" ">=" "==" "!=" "~" "in" "not in" or empty; taken unless empty.
  std::string_view take_operator();

  // Whether a ',' ends an unquoted value, and whether ']' does. They return what was before.
  bool stop_at_comma(bool stop) { return std::exchange(stop_at_comma_, stop); }
  bool stop_at_bracket(bool stop) { return std::exchange(stop_at_bracket_, stop); }

 private:
  bool any_of(model::Predicate& out);
  bool all_of(model::Predicate& out);
  bool unary(model::Predicate& out);
  bool primary(model::Predicate& out);
  bool free_text(Value word, model::Predicate& out);
  bool operation(const FieldRef& field, std::string_view op, model::Predicate& out);
  bool match(const FieldRef& field, model::Predicate& out);
  bool value_run(const FieldRef& field, model::Predicate& out);
  bool value_list(const FieldRef& field, model::Predicate& out);
  bool value_all_of(const FieldRef& field, model::Predicate& out);
  bool value_unary(const FieldRef& field, model::Predicate& out);
  bool in_list(const FieldRef& field, model::Predicate& out);
  bool nested(const FieldRef& field, model::Predicate& out);
  bool bracket_range(const FieldRef& field, model::Predicate& out, bool& taken);
  bool dotted_range(const FieldRef& field, const Value& value, model::Predicate& out, bool& taken);
  bool regex(const FieldRef& field, model::Predicate& out, bool& taken);
  bool exact(const FieldRef& field, bool negate, model::Predicate& out);
  bool contains(const FieldRef& field, model::Predicate& out);
  bool unquoted(Value& out, bool is_name);
  bool escape(Value& out);
  bool ends_term();
  bool next_is_test();
  bool misused();

  Cursor& cursor_;
  std::string prefix_;  // of nested fields
  bool stop_at_comma_ = false;
  bool stop_at_bracket_ = false;
  bool in_list_ = false;
};

}  // namespace vedette::query
