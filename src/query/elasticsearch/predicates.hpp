// Predicates as Elasticsearch means them: what a text field is, exact keywords, dates, addresses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elasticsearch/dates.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::query::es {

inline constexpr std::string_view kTimeField = "@timestamp";

model::Predicate always();
model::Predicate never();
model::Predicate all_of(std::vector<model::Predicate> children);  // nested conjunctions are joined
model::Predicate any_of(std::vector<model::Predicate> children);
model::Predicate negation(model::Predicate child);
// At least `count` of them.
base::Result<model::Predicate> at_least(const std::vector<model::Predicate>& children, std::size_t count);

// message, event.original, error.message and *.text are cut into words; others are keywords.
bool is_text_field(std::string_view field);
model::Predicate make_test(std::string_view field, model::MatchOp op, std::string text, bool case_sensitive);
model::Predicate has_value(std::string_view field);

// Tests and the nodes above them.
std::size_t count_tests(const model::Predicate& predicate);

enum class Case : std::uint8_t { sensitive, insensitive };
// term: the whole value; an address block on *.ip; a date on @timestamp.
base::Result<model::Predicate> term(std::string_view field, const std::string& text, Case letter_case,
                                    const DateOptions& dates);
// match: words of text fields (any, or all), the whole value of others. An empty field: any field.
enum class MatchMode : std::uint8_t { any_word, all_words, phrase };
base::Result<model::Predicate> match(std::string_view field, const std::string& text, MatchMode mode,
                                     const DateOptions& dates);
// Pattern with * and ? (escapes by \).
model::Predicate wildcard(std::string_view field, std::string_view pattern, Case letter_case);
model::Predicate prefix(std::string_view field, std::string_view text, Case letter_case);
// A Lucene regular expression over the whole value; the error says what is not supported.
base::Result<model::Predicate> regexp(std::string_view field, std::string_view pattern, Case letter_case);

// A bound of a range: `text` as written.
struct Bound {
  model::MatchOp op{};
  std::string text;
  bool number = false;  // written as a JSON number
};
// Errors name no path.
base::Result<model::Predicate> range(std::string_view field, const std::vector<Bound>& bounds,
                                     const DateOptions& dates);

}  // namespace vedette::query::es
