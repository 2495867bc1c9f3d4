#include "elasticsearch/query_dsl.hpp"

#include <algorithm>
#include <map>

#include "vedette/base/text.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::query::es {

using model::MatchOp;
using model::Predicate;

namespace {

constexpr std::size_t kMostTerms = 65'536;

base::Error at(const Node& node, const base::Error& error) {
  return base::make_error(error.code, node.path + ": " + error.message);
}

// Options that change scores or speed only.
bool has_no_effect(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"boost",
                                               "_name",
                                               "rewrite",
                                               "adjust_pure_negative",
                                               "lenient",
                                               "auto_generate_synonyms_phrase_query",
                                               "max_determinized_states",
                                               "flags_value",
                                               "tie_breaker",
                                               "max_expansions",
                                               "prefix_length",
                                               "fuzzy_transpositions",
                                               "analyze_wildcard",
                                               "allow_leading_wildcard",
                                               "enable_position_increments",
                                               "fuzzy_max_expansions",
                                               "fuzzy_prefix_length",
                                               "escape"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

// {"field": value} or {"field": {"value": ..., options}}: the field, the value, the options.
struct FieldClause {
  std::string field;
  Node value;
  std::map<std::string, Node> options;

  const Node* option(const std::string& key) const {
    const auto it = options.find(key);
    return it == options.end() ? nullptr : &it->second;
  }
};

base::Result<FieldClause> field_clause(const Node& node, std::string_view value_key,
                                       const std::vector<std::string_view>& known) {
  std::vector<Member> members;
  TRY_ASSIGN(members, members_of(node));
  std::erase_if(members,
                [](const Member& member) { return has_no_effect(member.key) && !member.value.is_object(); });
  if (members.size() != 1) return invalid(node.path, "exactly one field is expected");
  FieldClause clause{members.front().key, members.front().value, {}};
  if (!clause.value.is_object()) return clause;
  bool found = false;
  const Node outer = clause.value;
  TRY_ASSIGN(const std::vector<Member> inner, members_of(outer));
  for (const Member& member : inner) {
    if (member.key == value_key || (member.key == "wildcard" && value_key == "value")) {
      clause.value = member.value;
      found = true;
    } else if (std::find(known.begin(), known.end(), member.key) != known.end()) {
      clause.options.emplace(member.key, member.value);
    } else if (!has_no_effect(member.key)) {
      return unsupported(member.value.path);
    }
  }
  if (!found && !value_key.empty()) return invalid(outer.path, std::string(value_key) + " is missing");
  return clause;
}

base::Result<Case> letter_case(const FieldClause& clause) {
  const Node* option = clause.option("case_insensitive");
  if (!option) return Case::sensitive;
  TRY_ASSIGN(const bool insensitive, flag_of(*option));
  return insensitive ? Case::insensitive : Case::sensitive;
}

base::Result<bool> operator_is_and(const Node* node) {
  if (!node) return false;
  TRY_ASSIGN(const std::string name, text_of(*node));
  if (base::equals_ignore_case_ascii(name, "and")) return true;
  if (base::equals_ignore_case_ascii(name, "or")) return false;
  return invalid(node->path, "\"and\" or \"or\" is expected");
}

base::Result<Predicate> parse_at(const Node& node, base::TimeNs now);

base::Result<std::vector<Predicate>> parse_clauses(const Node& node, base::TimeNs now) {
  std::vector<Predicate> out;
  for (const Node& item : items_of(node)) {
    TRY_ASSIGN(Predicate clause, parse_at(item, now));
    out.push_back(std::move(clause));
  }
  return out;
}

base::Result<Predicate> parse_bool(const Node& node, base::TimeNs now) {
  std::vector<Predicate> required, should, must_not;
  std::optional<std::int64_t> least;
  bool has_required = false;
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    if (member.key == "minimum_should_match") {
      TRY_ASSIGN(least, integer_of(member.value, -1024, 1024));
      continue;
    }
    if (has_no_effect(member.key)) continue;
    const bool is_should = member.key == "should", is_not = member.key == "must_not";
    if (!is_should && !is_not && member.key != "must" && member.key != "filter") {
      return unsupported(member.value.path);
    }
    TRY_ASSIGN(std::vector<Predicate> clauses, parse_clauses(member.value, now));
    auto& to = is_should ? should : is_not ? must_not : required;
    has_required = has_required || (!is_should && !is_not && !clauses.empty());
    std::move(clauses.begin(), clauses.end(), std::back_inserter(to));
  }
  const auto size = static_cast<std::int64_t>(should.size());
  std::int64_t count = has_required || should.empty() ? 0 : 1;
  if (least) count = *least < 0 ? std::max<std::int64_t>(0, size + *least) : *least;
  auto some = at_least(should, static_cast<std::size_t>(count));
  if (!some.ok()) return at(node, some.error());
  required.push_back(std::move(some).value());
  for (Predicate& clause : must_not) required.push_back(negation(std::move(clause)));
  return all_of(std::move(required));
}

base::Result<Predicate> parse_term(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "value", {"case_insensitive"}));
  TRY_ASSIGN(const Case how, letter_case(clause));
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  auto out = term(clause.field, text, how, {.now = now, .format = {}, .offset = 0});
  if (!out.ok()) return at(clause.value, out.error());
  return out;
}

base::Result<Predicate> parse_terms(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "", {}));
  if (!clause.value.is_array())
    return clause.value.is_object() ? unsupported(clause.value.path)
                                    : invalid(clause.value.path, "a list is expected");
  const std::vector<Node> items = items_of(clause.value);
  if (items.size() > kMostTerms) return invalid(clause.value.path, "more than 65536 terms");
  std::vector<Predicate> tests;
  for (const Node& item : items) {
    TRY_ASSIGN(const std::string text, scalar_of(item));
    auto test = term(clause.field, text, Case::sensitive, {.now = now, .format = {}, .offset = 0});
    if (!test.ok()) return at(item, test.error());
    tests.push_back(std::move(test).value());
  }
  return any_of(std::move(tests));
}

base::Result<Predicate> parse_match(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "query", {"operator", "zero_terms_query"}));
  TRY_ASSIGN(const bool all, operator_is_and(clause.option("operator")));
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  if (const Node* zero = clause.option("zero_terms_query")) {
    TRY_ASSIGN(const std::string name, text_of(*zero));
    if (name == "all" && is_text_field(clause.field) && expr::words_of(text).empty()) return always();
  }
  auto out = match(clause.field, text, all ? MatchMode::all_words : MatchMode::any_word,
                   {.now = now, .format = {}, .offset = 0});
  if (!out.ok()) return at(clause.value, out.error());
  return out;
}

base::Result<Predicate> parse_match_phrase(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "query", {"slop"}));
  if (const Node* slop = clause.option("slop")) {
    TRY_ASSIGN(const std::int64_t moves, integer_of(*slop, 0, 1000));
    if (moves != 0) return unsupported(slop->path);
  }
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  auto out = match(clause.field, text, MatchMode::phrase, {.now = now, .format = {}, .offset = 0});
  if (!out.ok()) return at(clause.value, out.error());
  return out;
}

// "field^3" without its boost.
base::Result<std::vector<std::string>> field_names(const Node& node) {
  TRY_ASSIGN(std::vector<std::string> names, texts_of(node));
  for (std::string& name : names) name.resize(std::min(name.size(), name.find('^')));
  if (names.size() > 64) return invalid(node.path, "more than 64 fields");
  return names;
}

base::Result<Predicate> parse_multi_match(const Node& node, base::TimeNs now) {
  std::optional<std::string> text;
  std::vector<std::string> fields;
  std::string type = "best_fields";
  bool all = false;
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    if (member.key == "query") {
      TRY_ASSIGN(text, scalar_of(member.value));
    } else if (member.key == "fields") {
      TRY_ASSIGN(fields, field_names(member.value));
    } else if (member.key == "type") {
      TRY_ASSIGN(type, text_of(member.value));
      if (type != "best_fields" && type != "most_fields" && type != "phrase") {
        return base::make_error(base::ErrorCode::unsupported,
                                member.value.path + ": " + base::escape_control(type) + " is not supported");
      }
    } else if (member.key == "operator") {
      TRY_ASSIGN(all, operator_is_and(&member.value));
    } else if (!has_no_effect(member.key)) {
      return unsupported(member.value.path);
    }
  }
  if (!text) return invalid(node.path, "query is missing");
  if (fields.empty()) fields.emplace_back("*");
  const MatchMode mode = type == "phrase" ? MatchMode::phrase
                         : all            ? MatchMode::all_words
                                          : MatchMode::any_word;
  std::vector<Predicate> tests;
  for (const std::string& field : fields) {
    auto test = match(field, *text, mode, {.now = now, .format = {}, .offset = 0});
    // A text that is no date cannot be the time.
    if (!test.ok() && field != kTimeField) return at(node, test.error());
    if (test.ok()) tests.push_back(std::move(test).value());
  }
  return any_of(std::move(tests));
}

base::Result<Predicate> parse_query_string_query(const Node& node, base::TimeNs now) {
  QueryStringOptions options;
  options.dates.now = now;
  std::optional<std::string> text;
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    if (member.key == "query") {
      TRY_ASSIGN(text, text_of(member.value));
    } else if (member.key == "default_field" || member.key == "fields") {
      TRY_ASSIGN(options.fields, field_names(member.value));
    } else if (member.key == "default_operator") {
      TRY_ASSIGN(options.default_and, operator_is_and(&member.value));
    } else if (member.key == "time_zone") {
      TRY_ASSIGN(const std::string name, text_of(member.value));
      const auto zone = parse_zone(name);
      if (!zone) return unsupported(member.value.path);
      options.dates.offset = *zone;
    } else if (!has_no_effect(member.key)) {
      return unsupported(member.value.path);
    }
  }
  if (!text) return invalid(node.path, "query is missing");
  if (options.fields.empty()) options.fields.emplace_back("*");
  auto out = parse_query_string(*text, options);
  if (!out.ok())
    return base::make_error(out.error().code, child_path(node.path, "query") + ": " + out.error().message);
  return out;
}

base::Result<Predicate> parse_range(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const FieldClause clause,
             field_clause(node, "", {"gt", "gte", "lt", "lte", "format", "time_zone"}));
  if (!clause.value.is_object()) return invalid(clause.value.path, "an object is expected");
  DateOptions dates{.now = now, .format = {}, .offset = 0};
  std::vector<Bound> bounds;
  static constexpr std::pair<std::string_view, MatchOp> kOps[] = {{"gt", MatchOp::greater},
                                                                  {"gte", MatchOp::greater_equal},
                                                                  {"lt", MatchOp::less},
                                                                  {"lte", MatchOp::less_equal}};
  for (const auto& [key, option] : clause.options) {
    if (key == "format") {
      TRY_ASSIGN(dates.format, text_of(option));
      if (!known_format(dates.format)) return unsupported(option.path);
    } else if (key == "time_zone") {
      TRY_ASSIGN(const std::string name, text_of(option));
      const auto zone = parse_zone(name);
      if (!zone) return unsupported(option.path);
      dates.offset = *zone;
    } else if (!option.is_null()) {
      Bound bound{{}, {}, option.is_number()};
      TRY_ASSIGN(bound.text, scalar_of(option));
      for (const auto& [name, op] : kOps) {
        if (name == key) bound.op = op;
      }
      bounds.push_back(std::move(bound));
    }
  }
  auto out = range(clause.field, bounds, dates);
  if (!out.ok()) return at(clause.value, out.error());
  return out;
}

base::Result<Predicate> parse_exists(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  std::optional<std::string> field;
  for (const Member& member : members) {
    if (member.key == "field") {
      TRY_ASSIGN(field, text_of(member.value));
    } else if (!has_no_effect(member.key)) {
      return unsupported(member.value.path);
    }
  }
  if (!field) return invalid(node.path, "field is missing");
  return has_value(*field);
}

base::Result<Predicate> parse_wildcard(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "value", {"case_insensitive"}));
  TRY_ASSIGN(const Case how, letter_case(clause));
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  return wildcard(clause.field, text, how);
}

base::Result<Predicate> parse_prefix(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "value", {"case_insensitive"}));
  TRY_ASSIGN(const Case how, letter_case(clause));
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  return prefix(clause.field, text, how);
}

base::Result<Predicate> parse_regexp(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const FieldClause clause, field_clause(node, "value", {"case_insensitive", "flags"}));
  if (const Node* flags = clause.option("flags")) {
    TRY_ASSIGN(const std::string name, text_of(*flags));
    if (name != "ALL" && name != "NONE" && !name.empty()) return unsupported(flags->path);
  }
  TRY_ASSIGN(const Case how, letter_case(clause));
  TRY_ASSIGN(const std::string text, scalar_of(clause.value));
  auto out = regexp(clause.field, text, how);
  if (!out.ok()) return at(clause.value, out.error());
  return out;
}

base::Result<Predicate> parse_ids(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  std::vector<Predicate> tests;
  for (const Member& member : members) {
    if (has_no_effect(member.key)) continue;
    if (member.key != "values") return unsupported(member.value.path);
    TRY_ASSIGN(const std::vector<std::string> ids, texts_of(member.value));
    if (ids.size() > kMostTerms) return invalid(member.value.path, "more than 65536 ids");
    for (const std::string& id : ids) tests.push_back(make_test("_id", MatchOp::equals, id, true));
  }
  return any_of(std::move(tests));
}

base::Result<Predicate> parse_constant_score(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  std::optional<Predicate> out;
  for (const Member& member : members) {
    if (has_no_effect(member.key)) continue;
    if (member.key != "filter") return unsupported(member.value.path);
    TRY_ASSIGN(out, parse_at(member.value, now));
  }
  if (!out) return invalid(node.path, "filter is missing");
  return std::move(*out);
}

template <bool kAll>
base::Result<Predicate> parse_match_none_or_all(const Node& node, base::TimeNs) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(node));
  for (const Member& member : members) {
    if (!has_no_effect(member.key)) return unsupported(member.value.path);
  }
  return kAll ? always() : never();
}

using Parse = base::Result<Predicate> (*)(const Node&, base::TimeNs);
constexpr std::pair<std::string_view, Parse> kQueries[] = {
    {"bool", parse_bool},
    {"constant_score", parse_constant_score},
    {"exists", parse_exists},
    {"ids", parse_ids},
    {"match", parse_match},
    {"match_all", parse_match_none_or_all<true>},
    {"match_none", parse_match_none_or_all<false>},
    {"match_phrase", parse_match_phrase},
    {"multi_match", parse_multi_match},
    {"prefix", parse_prefix},
    {"query_string", parse_query_string_query},
    {"range", parse_range},
    {"regexp", parse_regexp},
    {"term", parse_term},
    {"terms", parse_terms},
    {"wildcard", parse_wildcard},
};

base::Result<Predicate> parse_at(const Node& node, base::TimeNs now) {
  TRY_ASSIGN(const Member member, single_member(node));
  for (const auto& [name, parse] : kQueries) {
    if (name == member.key) return parse(member.value, now);
  }
  return unsupported(member.value.path);
}

}  // namespace

base::Result<Predicate> parse_query_dsl(const Node& node, base::TimeNs now) {
  return parse_at(node, now);
}

}  // namespace vedette::query::es
