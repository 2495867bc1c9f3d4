// Bodies of _search to requests: cases of tests/query/elasticsearch/requests/*.yml, an entry each of
//   body   the JSON text
//   gives  the request in the notation of notation() below, or
//   error  the whole message
// at 2026-03-04T05:06:07.089Z.
#include <gtest/gtest.h>

#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/time.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/query/elasticsearch.hpp"

namespace vedette::query {
namespace {

using model::MatchOp;
using model::Predicate;

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string dump_number(double number) {
  std::string out;
  base::append_json_double(out, number);
  return out;
}

std::string notation(const model::Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) return "'" + *text + "'";
  if (const auto* flag = std::get_if<bool>(&literal)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&literal)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&literal)) return dump_number(*real);
  return "null";
}

std::string op_name(const model::FieldTest& test) {
  static constexpr const char* kExact[] = {"==", "has", "starts", "ends", "like", "~",      "re",
                                           "in", "<",   "<=",     ">",    ">=",   "exists", "is null"};
  const std::string name = kExact[static_cast<int>(test.op)];
  const bool folds = test.op == MatchOp::regex ? test.regex.ignore_case : !test.case_sensitive;
  const bool textual = test.op <= MatchOp::wildcard || test.op == MatchOp::regex;
  return textual && folds ? "i" + name : name;
}

std::string notation(const Predicate& predicate) {
  std::vector<std::string> children;
  for (const Predicate& child : predicate.children) children.push_back(notation(child));
  switch (predicate.kind) {
    case Predicate::Kind::always:
      return "always";
    case Predicate::Kind::never:
      return "never";
    case Predicate::Kind::all_of:
      return "(" + joined(children, " & ") + ")";
    case Predicate::Kind::any_of:
      return "(" + joined(children, " | ") + ")";
    case Predicate::Kind::negation:
      return "!" + children.at(0);
    case Predicate::Kind::test:
      break;
  }
  const model::FieldTest& test = predicate.test;
  const bool compares = test.op >= MatchOp::less && test.op <= MatchOp::greater_equal;
  std::string out = (test.field.empty()   ? "any"
                     : test.field_pattern ? "{" + test.field + "}"
                                          : test.field) +
                    " " + op_name(test);
  if (test.op == MatchOp::is_null) return out;
  return out + " " + (compares && test.text.empty() ? dump_number(test.number) : "'" + test.text + "'");
}

std::string notation(const std::vector<model::SortKey>& sort) {
  std::vector<std::string> parts;
  for (const model::SortKey& key : sort) {
    parts.push_back(std::string(key.descending ? "-" : "+") + key.field + (key.missing_first ? "!" : ""));
  }
  return joined(parts, ",");
}

std::string notation(const model::GroupKey& key) {
  using Kind = model::GroupKey::Kind;
  static constexpr const char* kCalendars[] = {"", "week", "month", "quarter", "year"};
  std::vector<std::string> filters;
  for (const auto& filter : key.filters) filters.push_back(notation(filter.predicate));
  switch (key.kind) {
    case Kind::value:
      return key.field + (key.keep_missing ? "?" : "");
    case Kind::time_bucket:
      return key.field + "/" +
             (key.calendar == model::GroupKey::Calendar::none ? base::format_duration(key.interval)
                                                              : kCalendars[static_cast<int>(key.calendar)]) +
             (key.offset ? "@" + base::format_duration(key.offset) : "");
    case Kind::number_bucket:
      return key.field + "/" + dump_number(key.width) +
             (key.number_offset != 0 ? "@" + dump_number(key.number_offset) : "");
    case Kind::filters:
      return "[" + joined(filters, ", ") + "]";
  }
  return {};
}

std::string notation(const model::Metric& metric) {
  static constexpr const char* kNames[] = {"count",  "value_count", "distinct", "distinct~", "sum",
                                           "avg",    "min",         "max",      "variance",  "p",
                                           "values", "first",       "last",     "top"};
  std::string out = kNames[static_cast<int>(metric.kind)];
  if (metric.kind == model::Metric::Kind::percentile) out += dump_number(metric.argument);
  if (metric.kind == model::Metric::Kind::top_rows)
    out += std::to_string(metric.limit) + " " + notation(metric.sort);
  if (!metric.field.empty()) out += " " + metric.field;
  return out;
}

std::string notation(const model::GroupBy& group) {
  std::vector<std::string> keys, metrics, after;
  for (const auto& key : group.keys) keys.push_back(notation(key));
  for (const auto& metric : group.metrics) metrics.push_back(notation(metric));
  for (const auto& literal : group.after) after.push_back(notation(literal));
  std::string out = "by " + joined(keys, ", ") + ": " + joined(metrics, ", ");
  if (group.limit != model::SearchRequest::kAll) out += " limit " + std::to_string(group.limit);
  if (!after.empty()) out += " after " + joined(after, ",");
  return out;
}

// Only what differs from a request of size 10 without anything.
std::string notation(const model::SearchRequest& request) {
  const model::TimeRange whole;
  std::vector<std::string> parts;
  if (request.filter.kind != Predicate::Kind::always) parts.push_back(notation(request.filter));
  if (request.range.from != whole.from) parts.push_back("from " + base::format_rfc3339(request.range.from));
  if (request.range.to != whole.to) parts.push_back("to " + base::format_rfc3339(request.range.to));
  if (!request.sort.empty()) parts.push_back("sort " + notation(request.sort));
  std::vector<std::string> after;
  for (const auto& literal : request.after) after.push_back(notation(literal));
  if (!after.empty()) parts.push_back("after " + joined(after, ","));
  if (request.offset != 0) parts.push_back("offset " + std::to_string(request.offset));
  if (request.limit != 10) parts.push_back("limit " + std::to_string(request.limit));
  if (!request.fields.empty()) parts.push_back("fields " + joined(request.fields, ","));
  if (!request.count_all) parts.push_back("uncounted");
  if (request.limits.timeout != 0)
    parts.push_back("timeout " + base::format_duration(request.limits.timeout));
  for (const auto& group : request.groups) parts.push_back(notation(group));
  return parts.empty() ? "all" : joined(parts, "; ");
}

TEST(ElasticsearchRequest, Cases) {
  const auto files = base::list_files("tests/query/elasticsearch/requests", {".yml"});
  ASSERT_TRUE(files.ok());
  const auto now = base::parse_iso8601("2026-03-04T05:06:07.089Z");
  int cases = 0;
  for (const std::string& file : *files) {
    const auto text = base::read_file(file);
    ASSERT_TRUE(text.ok());
    const auto yaml = base::parse_yaml(*text, file);
    ASSERT_TRUE(yaml.diagnostics.empty()) << file;
    for (const auto& entry : yaml.documents.at(0).items) {
      SCOPED_TRACE(file + ":" + std::to_string(entry.span.line) + " " + std::string(entry.text("body")));
      const auto search = EsSearch::parse(entry.text("body"), *now);
      ++cases;
      if (search.ok()) {
        EXPECT_EQ(notation((*search)->request()), entry.text("gives"));
      } else {
        EXPECT_EQ(search.error().message, entry.text("error"));
      }
    }
  }
  EXPECT_GE(cases, 100);
}

}  // namespace
}  // namespace vedette::query
