#include "catalog.hpp"

#include "vedette/query/query.hpp"

namespace vedette::query {

namespace {

constexpr FunctionKind kScalar = FunctionKind::scalar;
constexpr FunctionKind kAggregate = FunctionKind::aggregate;

constexpr CommandEntry kCommands[] = {
    {"where", "where CONDITION", "keeps the rows that pass"},
    {"eval", "eval NAME = EXPRESSION, ...", "computes fields"},
    {"stats", "stats NAME = AGGREGATE(...), ... by KEY, ...",
     "computes one row for each combination of the keys"},
    {"sort", "sort EXPRESSION [asc|desc] [nulls first|last], ...", "orders the rows"},
    {"limit", "limit N", "keeps the first N rows"},
    {"head", "head N", "the same as limit"},
    {"keep", "keep FIELD, ...", "keeps only these fields; * stands for any run in a name"},
    {"drop", "drop FIELD, ...", "removes fields; * stands for any run in a name"},
    {"rename", "rename FIELD as NAME, ...", "gives fields other names"},
    {"dedup", "dedup FIELD, ... [keep N]", "keeps the first N rows of each combination of values"},
    {"top", "top [N] FIELD, ... [by FIELD, ...]", "counts the most frequent values"},
    {"rare", "rare [N] FIELD, ... [by FIELD, ...]", "counts the least frequent values"},
    {"sequence", "sequence by FIELD, ... with maxspan=10m [FILTER] [FILTER] ... [until [FILTER]]",
     "finds events that follow one another"},
    {"lookup", "lookup FILE KEY [as FIELD] [output COLUMN, ...]", "adds columns of a file to the rows"},
    {"rex", "rex [FIELD] \"PATTERN\"", "makes fields of the named groups of a regular expression"},
    {"dissect", "dissect FIELD \"PATTERN\"", "makes fields of a text cut at delimiters"},
};

constexpr FunctionEntry kFunctions[] = {
    {"abs", kScalar, 1, 1, "abs(x)", "the amount of a number"},
    {"ceil", kScalar, 1, 1, "ceil(x)", "the next whole number up"},
    {"floor", kScalar, 1, 1, "floor(x)", "the next whole number down"},
    {"round", kScalar, 1, 2, "round(x[, digits])", "the nearest number of that many decimals"},
    {"sqrt", kScalar, 1, 1, "sqrt(x)", "square root"},
    {"pow", kScalar, 2, 2, "pow(x, y)", "x to the power of y"},
    {"log", kScalar, 1, 2, "log(x[, base])", "logarithm, natural without a base"},
    {"log10", kScalar, 1, 1, "log10(x)", "logarithm to base 10"},
    {"exp", kScalar, 1, 1, "exp(x)", "e to the power of x"},
    {"min_of", kScalar, 1, 100, "min_of(x, ...)", "the least of the arguments"},
    {"max_of", kScalar, 1, 100, "max_of(x, ...)", "the greatest of the arguments"},
    {"length", kScalar, 1, 1, "length(s)", "number of characters"},
    {"lower", kScalar, 1, 1, "lower(s)", "in lower case"},
    {"upper", kScalar, 1, 1, "upper(s)", "in upper case"},
    {"trim", kScalar, 1, 2, "trim(s[, characters])", "without blanks (or the characters) at both ends"},
    {"ltrim", kScalar, 1, 2, "ltrim(s[, characters])", "without blanks (or the characters) at the left"},
    {"rtrim", kScalar, 1, 2, "rtrim(s[, characters])", "without blanks (or the characters) at the right"},
    {"substring", kScalar, 2, 3, "substring(s, from[, length])", "a part; the first character is 1"},
    {"left", kScalar, 2, 2, "left(s, n)", "the first n characters"},
    {"right", kScalar, 2, 2, "right(s, n)", "the last n characters"},
    {"concat", kScalar, 1, 100, "concat(a, ...)", "texts one behind the other"},
    {"split", kScalar, 2, 2, "split(s, separator)", "a list of the parts"},
    {"join", kScalar, 2, 2, "join(list, separator)", "the elements as one text"},
    {"replace", kScalar, 3, 3, "replace(s, regex, with)", "every match replaced; \\1 is a group"},
    {"matches", kScalar, 2, 2, "matches(s, regex)", "whether the regular expression is found"},
    {"extract", kScalar, 2, 3, "extract(s, regex[, group])",
     "what a group of the regular expression matched"},
    {"starts_with", kScalar, 2, 2, "starts_with(s, prefix)", "whether s begins so, in the same case"},
    {"ends_with", kScalar, 2, 2, "ends_with(s, suffix)", "whether s ends so, in the same case"},
    {"contains", kScalar, 2, 2, "contains(s, part)", "whether the part is in s, in any case"},
    {"contains_cs", kScalar, 2, 2, "contains_cs(s, part)", "whether the part is in s, in the same case"},
    {"repeat", kScalar, 2, 2, "repeat(s, n)", "s n times"},
    {"reverse", kScalar, 1, 1, "reverse(s)", "characters (or elements) backwards"},
    {"index_of", kScalar, 2, 2, "index_of(s, part)",
     "where the part begins; the first character is 1, 0 if it is not there"},
    {"levenshtein", kScalar, 2, 2, "levenshtein(a, b)", "edits from a to b"},
    {"entropy", kScalar, 1, 1, "entropy(s)", "Shannon entropy, bits a character"},
    {"url_decode", kScalar, 1, 1, "url_decode(s)", "percent escapes resolved"},
    {"base64_encode", kScalar, 1, 1, "base64_encode(s)", "as base64"},
    {"base64_decode", kScalar, 1, 1, "base64_decode(s)", "from base64"},
    {"hex_encode", kScalar, 1, 1, "hex_encode(s)", "as hex digits"},
    {"hex_decode", kScalar, 1, 1, "hex_decode(s)", "from hex digits"},
    {"to_string", kScalar, 1, 1, "to_string(x)", "as text"},
    {"to_number", kScalar, 1, 1, "to_number(x)", "as number"},
    {"to_integer", kScalar, 1, 1, "to_integer(x)", "as whole number"},
    {"to_bool", kScalar, 1, 1, "to_bool(x)", "as true or false"},
    {"to_ip", kScalar, 1, 1, "to_ip(x)", "as address in canonical form, null if it is none"},
    {"now", kScalar, 0, 0, "now()", "the time of the search"},
    {"to_time", kScalar, 1, 2, "to_time(s[, format])", "a time from text or seconds"},
    {"format_time", kScalar, 2, 2, "format_time(t, \"%Y-%m-%d\")", "a time as text"},
    {"date_trunc", kScalar, 2, 2, "date_trunc(t, 1h)", "the start of the interval that t lies in"},
    {"bucket", kScalar, 2, 2, "bucket(x, width)", "the start of the interval that a time or number lies in"},
    {"hour", kScalar, 1, 1, "hour(t)", "hour, 0 to 23, in UTC"},
    {"minute", kScalar, 1, 1, "minute(t)", "minute, 0 to 59, in UTC"},
    {"day", kScalar, 1, 1, "day(t)", "day of the month, in UTC"},
    {"weekday", kScalar, 1, 1, "weekday(t)", "day of the week, 1 is Monday, in UTC"},
    {"month", kScalar, 1, 1, "month(t)", "month, 1 to 12, in UTC"},
    {"year", kScalar, 1, 1, "year(t)", "year, in UTC"},
    {"week", kScalar, 1, 1, "week(t)", "ISO week, 1 to 53, in UTC"},
    {"age", kScalar, 1, 1, "age(t)", "seconds from t to now"},
    {"time_diff", kScalar, 2, 3, "time_diff(a, b[, \"s\"])", "b minus a in the unit"},
    {"cidr_match", kScalar, 2, 100, "cidr_match(ip, network, ...)",
     "whether an address is in one of the networks"},
    {"is_private", kScalar, 1, 1, "is_private(ip)", "whether an address is of a private network"},
    {"is_public", kScalar, 1, 1, "is_public(ip)", "whether an address is reachable over the internet"},
    {"ip_version", kScalar, 1, 1, "ip_version(ip)", "4 or 6"},
    {"ip_network", kScalar, 2, 2, "ip_network(ip, 24)", "the network of that prefix length"},
    {"md5", kScalar, 1, 1, "md5(s)", "md5 hash in hex digits"},
    {"sha1", kScalar, 1, 1, "sha1(s)", "sha1 hash in hex digits"},
    {"sha256", kScalar, 1, 1, "sha256(s)", "sha256 hash in hex digits"},
    {"xxhash", kScalar, 1, 1, "xxhash(s)", "xxhash hash in hex digits"},
    {"if", kScalar, 2, 3, "if(condition, then[, else])", "one of two values"},
    {"case", kScalar, 2, 100, "case(condition, value, ...[, else])",
     "the value of the first condition that holds"},
    {"coalesce", kScalar, 1, 100, "coalesce(a, ...)", "the first that is not null"},
    {"is_null", kScalar, 1, 1, "is_null(x)", "whether there is no value"},
    {"mv_count", kScalar, 1, 1, "mv_count(list)", "number of elements"},
    {"mv_first", kScalar, 1, 1, "mv_first(list)", "the first element"},
    {"mv_last", kScalar, 1, 1, "mv_last(list)", "the last element"},
    {"mv_dedup", kScalar, 1, 1, "mv_dedup(list)", "each element once"},
    {"mv_sort", kScalar, 1, 2, "mv_sort(list[, \"desc\"])", "elements in order"},
    {"mv_contains", kScalar, 2, 2, "mv_contains(list, x)", "whether x is an element"},
    {"count", kAggregate, 0, 1, "count([f])", "rows, or values of a field"},
    {"count_distinct", kAggregate, 1, 1, "count_distinct(f)",
     "distinct values, estimated (0.8 % standard error)"},
    {"dc", kAggregate, 1, 1, "dc(f)", "the same as count_distinct"},
    {"count_distinct_exact", kAggregate, 1, 1, "count_distinct_exact(f)", "distinct values, exact"},
    {"sum", kAggregate, 1, 1, "sum(f)", "sum of the values"},
    {"avg", kAggregate, 1, 1, "avg(f)", "mean of the values"},
    {"min", kAggregate, 1, 1, "min(f)", "least of the values"},
    {"max", kAggregate, 1, 1, "max(f)", "greatest of the values"},
    {"median", kAggregate, 1, 1, "median(f)", "middle of the values"},
    {"stdev", kAggregate, 1, 1, "stdev(f)", "standard deviation of the values"},
    {"variance", kAggregate, 1, 1, "variance(f)", "variance of the values"},
    {"stddev", kAggregate, 1, 1, "stddev(f)", "the same as stdev"},
    {"percentile", kAggregate, 2, 2, "percentile(f, p)", "the value that p percent do not exceed"},
    {"p50", kAggregate, 1, 1, "p50(f)", "the same as percentile(f, 50)"},
    {"p90", kAggregate, 1, 1, "p90(f)", "the same as percentile(f, 90)"},
    {"p95", kAggregate, 1, 1, "p95(f)", "the same as percentile(f, 95)"},
    {"p99", kAggregate, 1, 1, "p99(f)", "the same as percentile(f, 99)"},
    {"values", kAggregate, 1, 2, "values(f[, n])", "a list of distinct values"},
    {"first", kAggregate, 1, 1, "first(f)", "the value of the earliest row"},
    {"last", kAggregate, 1, 1, "last(f)", "the value of the latest row"},
    {"top", kAggregate, 1, 2, "top(f[, n])", "a list of the most frequent values"},
};

}  // namespace

std::span<const CommandEntry> command_table() {
  return kCommands;
}

std::span<const FunctionEntry> function_table() {
  return kFunctions;
}

const FunctionEntry* find_function_entry(std::string_view name, FunctionKind kind) {
  for (const FunctionEntry& entry : kFunctions) {
    if (entry.kind == kind && entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string_view> function_names(FunctionKind kind) {
  std::vector<std::string_view> names;
  for (const FunctionEntry& entry : kFunctions) {
    if (entry.kind == kind) names.push_back(entry.name);
  }
  return names;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const CommandEntry& entry : kCommands) names.push_back(entry.name);
  return names;
}

std::vector<Described> commands() {
  std::vector<Described> out;
  for (const CommandEntry& entry : kCommands) out.push_back({entry.name, entry.syntax, entry.summary});
  return out;
}

std::vector<Described> functions() {
  std::vector<Described> out;
  for (const FunctionEntry& entry : kFunctions) out.push_back({entry.name, entry.syntax, entry.summary});
  return out;
}

}  // namespace vedette::query
