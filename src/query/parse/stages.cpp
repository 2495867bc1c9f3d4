#include "stages.hpp"

#include "vedette/base/text.hpp"

namespace vedette::query {

bool StageParser::query(Query& out) {
  if (!kql_.filter(out.filter)) return false;
  cursor_.skip_blanks();
  while (!cursor_.at_end() && !cursor_.failed()) {
    if (!cursor_.looking_at("|")) {
      const char c = cursor_.peek();
      if (c == ')' || c == '}' || c == ']') {
        return cursor_.fail("unexpected", cursor_.at(), "found " + cursor_.found() + " that nothing opened");
      }
      return cursor_.expected("'|'");
    }
    if (cursor_.looking_at("||")) {
      return cursor_.fail("expected", cursor_.at(), "found '||' where 'or' is expected", "write 'or'");
    }
    cursor_.skip(1);
    out.stages.emplace_back();
    if (!stage(out.stages.back())) return false;
    if (out.stages.size() > kMaxDepth)
      return cursor_.fail("too-deep", cursor_.at(), "the query has too many stages");
    cursor_.skip_blanks();
  }
  return !cursor_.failed();
}

bool StageParser::stage(Stage& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  out.span = cursor_.span(at);
  if (!cursor_.at_name()) return cursor_.expected("a command");
  const std::string command = base::to_lower_ascii(cursor_.name(false));
  if (command == "where") return where(out);
  if (command == "eval") return eval(out);
  if (command == "stats") return stats(out);
  if (command == "sort") return sort(out);
  if (command == "limit" || command == "head") return limit(out);
  if (command == "keep") return keep(out);
  if (command == "drop") return drop(out);
  if (command == "rename") return rename(out);
  if (command == "dedup") return dedup(out);
  if (command == "top" || command == "rare") return top(out, command == "rare");
  if (command == "sequence") return sequence(out);
  if (command == "lookup") return lookup(out);
  if (command == "rex") return rex(out);
  if (command == "dissect") return dissect(out);
  const std::string near = nearest_of(command, command_names());
  return cursor_.fail("unknown-command", at, "unknown command '" + base::escape_control(command) + "'",
                      near.empty()
                          ? "commands are where, eval, stats, sort, limit, keep, drop, rename, dedup, top, "
                            "rare, sequence, lookup, rex, dissect"
                          : "did you mean '" + near + "'?");
}

std::string StageParser::written(std::size_t from) const {
  return std::string(base::trim(cursor_.text().substr(from, cursor_.at() - from)));
}

bool StageParser::where(Stage& out) {
  WhereStage stage;
  if (!expressions_.condition(stage.condition)) return false;
  out.what = std::move(stage);
  return true;
}

// A single '='.
bool StageParser::assigns() {
  cursor_.skip_blanks();
  return cursor_.peek() == '=' && cursor_.peek(1) != '=' && cursor_.take("=");
}

bool StageParser::eval(Stage& out) {
  EvalStage stage;
  do {
    cursor_.skip_blanks();
    Assignment next;
    next.span = cursor_.span(cursor_.at());
    if (!cursor_.at_name()) return cursor_.expected("the name of a field");
    next.name = cursor_.name(true);
    if (!assigns()) {
      if (!cursor_.looking_at("==")) return cursor_.expected("'='");
      return cursor_.fail("expected", cursor_.at(), "found '==' where '=' is expected",
                          "= gives a name to a value; == compares");
    }
    if (!expressions_.expression(next.value)) return false;
    cursor_.define(next.name);
    stage.assignments.push_back(std::move(next));
  } while (cursor_.take(","));
  out.what = std::move(stage);
  return true;
}

bool StageParser::aggregate_call(Aggregate& out) {
  const std::size_t at = cursor_.at();
  std::string name = base::to_lower_ascii(cursor_.name(false));
  const FunctionEntry* entry = find_function_entry(name, FunctionKind::aggregate);
  if (entry == nullptr) return expressions_.fails_as_unknown(name, at, FunctionKind::aggregate);
  const std::size_t after = cursor_.at();
  if (cursor_.take("(")) {
    if (!expressions_.arguments(*entry, at, out.args)) return false;
  } else if (entry->min_args == 0) {
    cursor_.move_to(after);
  } else {
    return cursor_.expected("'('");
  }
  if (name == "dc") name = "count_distinct";
  if (name == "stdev") name = "stddev";
  if (name[0] == 'p' && base::is_digit(name[1])) {
    out.args.emplace_back();
    out.args.back().literal = *base::parse_int(std::string_view(name).substr(1));
    out.args.back().span = cursor_.span(at);
    name = "percentile";
  }
  for (std::size_t i = 1; i < out.args.size(); ++i) {
    const model::Literal& literal = out.args[i].literal;
    if (!std::holds_alternative<std::int64_t>(literal) && !std::holds_alternative<double>(literal)) {
      return cursor_.fail("wrong-arguments", at,
                          "the second argument of '" + std::string(entry->name) + "' is a number",
                          "write " + std::string(entry->syntax));
    }
  }
  out.function = std::move(name);
  return true;
}

bool StageParser::aggregate(Aggregate& out) {
  cursor_.skip_blanks();
  std::size_t at = cursor_.at();
  out.span = cursor_.span(at);
  if (!cursor_.at_name()) return cursor_.expected("an aggregate such as count()");
  out.name = cursor_.name(true);
  if (assigns()) {
    cursor_.skip_blanks();
    if (!cursor_.at_name()) return cursor_.expected("an aggregate such as count()");
    return aggregate_call(out);
  }
  cursor_.move_to(at);
  if (!aggregate_call(out)) return false;
  out.name = written(at);
  return !cursor_.take_keyword("as") || field(out.name);
}

bool StageParser::group_key(Assignment& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  out.span = cursor_.span(at);
  if (cursor_.at_name()) {
    out.name = cursor_.name(true);
    if (assigns()) return expressions_.expression(out.value);
    cursor_.move_to(at);
  }
  if (!expressions_.expression(out.value)) return false;
  out.name = out.value.kind == Expr::Kind::field ? out.value.name : written(at);
  return true;
}

bool StageParser::stats(Stage& out) {
  StatsStage stage;
  if (!cursor_.at_keyword("by")) {
    do {
      stage.aggregates.emplace_back();
      if (!aggregate(stage.aggregates.back())) return false;
    } while (cursor_.take(","));
  }
  if (cursor_.take_keyword("by")) {
    do {
      stage.by.emplace_back();
      if (!group_key(stage.by.back())) return false;
    } while (cursor_.take(","));
  }
  std::vector<std::string> names;
  for (const Aggregate& aggregate : stage.aggregates) names.push_back(aggregate.name);
  for (const Assignment& key : stage.by) names.push_back(key.name);
  cursor_.define_only(names);
  out.what = std::move(stage);
  return true;
}

// Columns may be named by calls ("count()"), so a call that is the name of one stands for it.
bool StageParser::sort_key(SortStage::Key& out) {
  cursor_.skip_blanks();
  std::size_t at = cursor_.at();
  if (cursor_.peek() == '-' || cursor_.peek() == '+') {
    out.descending = cursor_.peek() == '-';
    cursor_.skip(1);
    cursor_.skip_blanks();
    at = cursor_.at();
  }
  const std::string_view rest = cursor_.text().substr(at, 256);
  const std::size_t close = rest.find(')');
  if (close != std::string_view::npos && cursor_.is_known(std::string(rest.substr(0, close + 1)))) {
    out.value.kind = Expr::Kind::field;
    out.value.name = rest.substr(0, close + 1);
    out.value.span = cursor_.span(at);
    cursor_.skip(close + 1);
  } else if (!expressions_.expression(out.value)) {
    return false;
  }
  if (cursor_.take_keyword("desc")) {
    out.descending = true;
  } else {
    cursor_.take_keyword("asc");
  }
  if (!cursor_.take_keyword("nulls")) return true;
  out.nulls_first = cursor_.take_keyword("first");
  return *out.nulls_first || cursor_.take_keyword("last") || cursor_.expected("'first' or 'last'");
}

bool StageParser::sort(Stage& out) {
  SortStage stage;
  cursor_.take_keyword("by");
  do {
    stage.keys.emplace_back();
    if (!sort_key(stage.keys.back())) return false;
  } while (cursor_.take(","));
  out.what = std::move(stage);
  return true;
}

bool StageParser::count(std::uint64_t& out, std::string_view what) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  std::size_t end = at;
  while (base::is_digit(cursor_.peek(end - at))) ++end;
  const auto number = base::parse_uint(cursor_.text().substr(at, end - at));
  if (!number || is_name_byte(cursor_.peek(end - at))) return cursor_.expected(what);
  cursor_.move_to(end);
  out = *number;
  return true;
}

bool StageParser::limit(Stage& out) {
  LimitStage stage;
  if (!count(stage.rows, "a number of rows")) return false;
  out.what = stage;
  return true;
}

bool StageParser::field(std::string& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!cursor_.at_name()) return cursor_.expected("the name of a field");
  out = cursor_.name(true);
  const std::string call = out + "()";
  if (cursor_.looking_at("()") && cursor_.is_known(call)) {
    cursor_.skip(2);
    out = call;
  }
  return !out.empty() || cursor_.fail("expected", at, "a field has a name");
}

bool StageParser::fields(std::vector<std::string>& out) {
  do {
    cursor_.skip_blanks();
    const std::size_t at = cursor_.at();
    out.emplace_back();
    if (!field(out.back())) return false;
    cursor_.check_field(out.back(), at);
  } while (cursor_.take(","));
  return true;
}

bool StageParser::patterns(std::vector<std::string>& out) {
  do {
    cursor_.skip_blanks();
    const std::size_t at = cursor_.at();
    std::string name;
    bool wildcard = false;
    if (cursor_.peek() == '`') {
      name = cursor_.name(true);
    } else {
      for (char c = cursor_.peek(); is_name_byte(c) || c == '*' || c == '-' || c == '?'; c = cursor_.peek()) {
        wildcard = wildcard || c == '*' || c == '?';
        name += c;
        cursor_.skip(1);
      }
      if (cursor_.looking_at("()") && cursor_.is_known(name + "()")) {
        name += "()";
        cursor_.skip(2);
      }
    }
    if (cursor_.failed()) return false;
    if (name.empty()) return cursor_.expected("the name of a field");
    if (!wildcard) cursor_.check_field(name, at);
    out.push_back(std::move(name));
  } while (cursor_.take(","));
  return true;
}

bool StageParser::keep(Stage& out) {
  KeepStage stage;
  if (!patterns(stage.patterns)) return false;
  out.what = std::move(stage);
  return true;
}

bool StageParser::drop(Stage& out) {
  DropStage stage;
  if (!patterns(stage.patterns)) return false;
  out.what = std::move(stage);
  return true;
}

bool StageParser::rename(Stage& out) {
  RenameStage stage;
  do {
    cursor_.skip_blanks();
    const std::size_t at = cursor_.at();
    std::string first;
    std::string second;
    if (!field(first)) return false;
    const bool backwards = assigns();
    if (!backwards && !cursor_.take_keyword("as")) return cursor_.expected("'as'");
    if (!field(second)) return false;
    if (backwards) std::swap(first, second);
    cursor_.check_field(first, at);
    cursor_.define(second);
    stage.names.emplace_back(std::move(first), std::move(second));
  } while (cursor_.take(","));
  out.what = std::move(stage);
  return true;
}

bool StageParser::dedup(Stage& out) {
  DedupStage stage;
  if (!fields(stage.fields)) return false;
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (cursor_.take_keyword("keep")) {
    if (!count(stage.rows, "a number of rows")) return false;
    if (stage.rows == 0) return cursor_.fail("bad-number", at, "dedup keeps at least 1 row of each");
  }
  out.what = std::move(stage);
  return true;
}

bool StageParser::top(Stage& out, bool rare) {
  TopStage stage;
  stage.rare = rare;
  cursor_.skip_blanks();
  if (base::is_digit(cursor_.peek()) && !count(stage.rows, "a number of rows")) return false;
  if (!fields(stage.fields)) return false;
  if (cursor_.take_keyword("by") && !fields(stage.by)) return false;
  std::vector<std::string> names = stage.fields;
  names.insert(names.end(), stage.by.begin(), stage.by.end());
  names.emplace_back("count");
  cursor_.define_only(names);
  out.what = std::move(stage);
  return true;
}

bool StageParser::quoted(std::string& out, std::string_view what) {
  cursor_.skip_blanks();
  if (cursor_.peek() != '"' && cursor_.peek() != '\'') return cursor_.expected(what);
  return cursor_.quoted(out);
}

// A text in quotes, or all up to a blank, comma or bar.
bool StageParser::word(std::string& out, std::string_view what) {
  cursor_.skip_blanks();
  if (cursor_.peek() == '"' || cursor_.peek() == '\'') return cursor_.quoted(out);
  while (!cursor_.at_end() && !base::is_space(cursor_.peek()) && cursor_.peek() != ',' &&
         cursor_.peek() != '|') {
    out += cursor_.peek();
    cursor_.skip(1);
  }
  return !out.empty() || cursor_.expected(what);
}

bool StageParser::sequence_option(SequenceStage& out, bool& taken) {
  taken = true;
  if (cursor_.take_keyword("by")) return fields(out.by);
  const bool with = cursor_.take_keyword("with");
  if (cursor_.take_keyword("maxspan")) {
    if (!assigns()) return cursor_.expected("'='");
    cursor_.skip_blanks();
    const std::size_t at = cursor_.at();
    std::string text;
    while (base::is_alnum(cursor_.peek())) {
      text += cursor_.peek();
      cursor_.skip(1);
    }
    out.max_span = base::parse_duration(text);
    if (out.max_span) return true;
    cursor_.move_to(at);
    return cursor_.expected("a duration such as 10m");
  }
  taken = false;
  return !with || cursor_.expected("'maxspan'");
}

bool StageParser::step(SequenceStage::Step& out) {
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  out.span = cursor_.span(at);
  if (!cursor_.take("[")) return cursor_.expected("'['");
  const std::size_t inside = cursor_.at();
  const bool before = kql_.stop_at_bracket(true);
  if (!kql_.filter(out.filter)) return false;
  kql_.stop_at_bracket(before);
  out.text = written(inside);
  if (cursor_.take_keyword("by") && !fields(out.by)) return false;
  if (!cursor_.take("]")) {
    if (!cursor_.at_end()) return cursor_.expected("']'");
    return cursor_.fail("open-bracket", at, "the bracket that opens here is not closed");
  }
  return !out.by.empty() || !cursor_.take_keyword("by") || fields(out.by);
}

bool StageParser::sequence(Stage& out) {
  SequenceStage stage;
  for (bool taken = true; taken;) {
    if (!sequence_option(stage, taken)) return false;
  }
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  while (cursor_.skip_blanks(), cursor_.peek() == '[') {
    stage.steps.emplace_back();
    if (!step(stage.steps.back())) return false;
  }
  if (stage.steps.empty()) return cursor_.expected("a step in [ ]");
  if (stage.steps.size() < 2) return cursor_.fail("expected", at, "a sequence has two steps or more");
  if (stage.steps.size() > 32) return cursor_.fail("too-deep", at, "a sequence has at most 32 steps");
  if (cursor_.take_keyword("until")) {
    stage.until.emplace();
    if (!step(*stage.until)) return false;
  }
  for (const SequenceStage::Step& each : stage.steps) {
    if (!each.by.empty() && each.by.size() != stage.by.size()) {
      return cursor_.fail("expected", at, "every step has as many keys as the sequence has under 'by'");
    }
  }
  cursor_.stop_checking();
  out.what = std::move(stage);
  return true;
}

bool StageParser::lookup(Stage& out) {
  LookupStage stage;
  if (!word(stage.file, "the name of a file")) return false;
  cursor_.take_keyword("on");
  if (!field(stage.key)) return false;
  stage.field = stage.key;
  cursor_.skip_blanks();
  std::size_t at = cursor_.at();
  if (cursor_.take_keyword("as")) {
    cursor_.skip_blanks();
    at = cursor_.at();
    if (!field(stage.field)) return false;
  }
  cursor_.check_field(stage.field, at);
  if (cursor_.take_keyword("output")) {
    do {
      stage.output.emplace_back();
      if (!field(stage.output.back())) return false;
      cursor_.define(stage.output.back());
    } while (cursor_.take(","));
  } else {
    cursor_.stop_checking();
  }
  out.what = std::move(stage);
  return true;
}

bool StageParser::rex(Stage& out) {
  RexStage stage;
  cursor_.skip_blanks();
  std::size_t at = cursor_.at();
  if (cursor_.take_keyword("field")) {
    if (!assigns()) cursor_.move_to(at);
    cursor_.skip_blanks();
    at = cursor_.at();
  }
  if (cursor_.at_name()) {
    if (!field(stage.field)) return false;
    cursor_.check_field(stage.field, at);
  }
  cursor_.skip_blanks();
  at = cursor_.at();
  if (!quoted(stage.pattern, "a pattern in quotes")) return false;
  std::vector<std::string> groups;
  if (!check_regex(cursor_, stage.pattern, at, &groups)) return false;
  if (groups.empty()) {
    return cursor_.fail("bad-regex", at, "the pattern has no named group",
                        "name what to take: (?P<user>\\S+)");
  }
  for (const std::string& group : groups) cursor_.define(group);
  out.what = std::move(stage);
  return true;
}

bool StageParser::dissect(Stage& out) {
  DissectStage stage;
  cursor_.skip_blanks();
  const std::size_t at = cursor_.at();
  if (!field(stage.field)) return false;
  cursor_.check_field(stage.field, at);
  cursor_.skip_blanks();
  const std::size_t pattern_at = cursor_.at();
  if (!quoted(stage.pattern, "a pattern in quotes")) return false;
  bool any = false;
  for (std::size_t open = 0; (open = stage.pattern.find("%{", open)) != std::string::npos;) {
    const std::size_t close = stage.pattern.find('}', open);
    if (close == std::string::npos) {
      return cursor_.fail("bad-pattern", pattern_at, "a '%{' of the pattern is not closed");
    }
    std::string name = stage.pattern.substr(open + 2, close - open - 2);
    while (!name.empty() && std::string_view("?+&*").find(name[0]) != std::string_view::npos)
      name.erase(0, 1);
    if (name.ends_with("->")) name.resize(name.size() - 2);
    if (!name.empty()) cursor_.define(name);
    any = true;
    open = close;
  }
  if (!any) return cursor_.fail("bad-pattern", pattern_at, "the pattern has no %{name}");
  out.what = std::move(stage);
  return true;
}

}  // namespace vedette::query
