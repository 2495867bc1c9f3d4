#include "dump.hpp"

#include <fmt/format.h>

namespace vedette::query {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;

namespace {

std::string_view op_name(MatchOp op) {
  switch (op) {
    case MatchOp::equals:
      return "equals";
    case MatchOp::contains:
      return "contains";
    case MatchOp::wildcard:
      return "wildcard";
    case MatchOp::words:
      return "words";
    case MatchOp::regex:
      return "regex";
    case MatchOp::cidr:
      return "cidr";
    case MatchOp::less:
      return "<";
    case MatchOp::less_equal:
      return "<=";
    case MatchOp::greater:
      return ">";
    case MatchOp::greater_equal:
      return ">=";
    case MatchOp::exists:
      return "exists";
    case MatchOp::is_null:
      return "is_null";
    default:
      return "other";
  }
}

std::string dump_test(const FieldTest& test) {
  const bool compares = test.op >= MatchOp::less && test.op <= MatchOp::greater_equal;
  std::string out = test.field.empty() ? "any" : test.field;
  if (test.field_pattern) out = "fields(" + out + ")";
  out += " " + std::string(op_name(test.op));
  if (compares && test.text.empty()) {
    out += fmt::format(" {}", test.number);
  } else if (test.op != MatchOp::exists && test.op != MatchOp::is_null) {
    out += " '" + test.text + "'";
  }
  if (test.op == MatchOp::equals && test.case_sensitive) out += " cased";
  if (test.op == MatchOp::regex) {
    out += test.regex.ignore_case ? " i" : "";
    out += test.regex.multi_line ? " m" : "";
    out += test.regex.dot_all ? " s" : "";
  }
  return out;
}

template <typename List, typename Show>
std::string join(const List& list, std::string_view separator, Show show) {
  std::string out;
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += separator;
    first = false;
    out += show(item);
  }
  return out;
}

const auto kAsIs = [](const std::string& text) { return text; };
const auto kExpr = [](const Expr& expression) { return dump(expression); };

std::string dump_literal(const Expr& expression) {
  if (expression.duration) return fmt::format("duration({})", base::format_duration(*expression.duration));
  const model::Literal& literal = expression.literal;
  if (std::holds_alternative<std::monostate>(literal)) return "null";
  if (const auto* flag = std::get_if<bool>(&literal)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&literal)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&literal)) return fmt::format("{:#}", *real);
  return "'" + std::get<std::string>(literal) + "'";
}

struct DumpStage {
  std::string operator()(const WhereStage& s) const { return "where " + dump(s.condition); }
  std::string operator()(const EvalStage& s) const { return "eval " + assignments(s.assignments); }
  std::string operator()(const StatsStage& s) const {
    std::string out = "stats " + join(s.aggregates, ", ", [](const Aggregate& a) {
                        return a.name + " = " + a.function + "(" + join(a.args, ", ", kExpr) + ")";
                      });
    return s.by.empty() ? out : out + " by " + assignments(s.by);
  }
  std::string operator()(const SortStage& s) const {
    return "sort " + join(s.keys, ", ", [](const SortStage::Key& key) {
             std::string out = dump(key.value) + (key.descending ? " desc" : "");
             if (key.nulls_first) out += *key.nulls_first ? " nulls first" : " nulls last";
             return out;
           });
  }
  std::string operator()(const LimitStage& s) const { return "limit " + std::to_string(s.rows); }
  std::string operator()(const KeepStage& s) const { return "keep " + join(s.patterns, ", ", kAsIs); }
  std::string operator()(const DropStage& s) const { return "drop " + join(s.patterns, ", ", kAsIs); }
  std::string operator()(const RenameStage& s) const {
    return "rename " +
           join(s.names, ", ", [](const auto& pair) { return pair.first + " as " + pair.second; });
  }
  std::string operator()(const DedupStage& s) const {
    return "dedup " + join(s.fields, ", ", kAsIs) + " keep " + std::to_string(s.rows);
  }
  std::string operator()(const TopStage& s) const {
    const std::string out =
        fmt::format("{} {} {}", s.rare ? "rare" : "top", s.rows, join(s.fields, ", ", kAsIs));
    return s.by.empty() ? out : out + " by " + join(s.by, ", ", kAsIs);
  }
  std::string operator()(const SequenceStage& s) const {
    std::string out = "sequence by " + join(s.by, ", ", kAsIs);
    if (s.max_span) out += " maxspan=" + base::format_duration(*s.max_span);
    for (const SequenceStage::Step& each : s.steps) out += " " + step(each);
    return s.until ? out + " until " + step(*s.until) : out;
  }
  std::string operator()(const LookupStage& s) const {
    return "lookup " + s.file + " " + s.key + " as " + s.field + " output " + join(s.output, ", ", kAsIs);
  }
  std::string operator()(const RexStage& s) const { return "rex " + s.field + " '" + s.pattern + "'"; }
  std::string operator()(const DissectStage& s) const {
    return "dissect " + s.field + " '" + s.pattern + "'";
  }

  static std::string step(const SequenceStage::Step& s) {
    return "[" + dump(s.filter) + (s.by.empty() ? "" : " by " + join(s.by, ", ", kAsIs)) + "]";
  }
  static std::string assignments(const std::vector<Assignment>& list) {
    return join(list, ", ", [](const Assignment& a) { return a.name + " = " + dump(a.value); });
  }
};

}  // namespace

std::string dump(const Predicate& predicate) {
  switch (predicate.kind) {
    case Predicate::Kind::always:
      return "always";
    case Predicate::Kind::never:
      return "never";
    case Predicate::Kind::negation:
      return "not(" + dump(predicate.children.at(0)) + ")";
    case Predicate::Kind::test:
      return dump_test(predicate.test);
    case Predicate::Kind::all_of:
    case Predicate::Kind::any_of:
      break;
  }
  const auto show = [](const Predicate& child) { return dump(child); };
  return (predicate.kind == Predicate::Kind::all_of ? "all(" : "any(") +
         join(predicate.children, "; ", show) + ")";
}

std::string dump(const Expr& expression) {
  switch (expression.kind) {
    case Expr::Kind::literal:
      return dump_literal(expression);
    case Expr::Kind::field:
      return "`" + expression.name + "`";
    case Expr::Kind::matches:
      return "{" + dump(expression.predicate) + "}";
    case Expr::Kind::is_null:
    case Expr::Kind::unary:
    case Expr::Kind::binary:
      return "(" + expression.name + " " + join(expression.args, " ", kExpr) + ")";
    case Expr::Kind::call:
      break;
  }
  return expression.name + "(" + join(expression.args, ", ", kExpr) + ")";
}

std::string dump(const Query& query) {
  std::string out = dump(query.filter);
  for (const Stage& stage : query.stages) out += " | " + std::visit(DumpStage{}, stage.what);
  return out;
}

}  // namespace vedette::query
