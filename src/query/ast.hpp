// A parsed query: a filter and the stages behind it. Plain data; made by parse.hpp, run by
// src/query/pipeline.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/predicate.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query {

using Span = base::SourceSpan;  // line and column (in code points) from 1 in the query's text

// A scalar expression (eval, where, arguments of functions).
struct Expr {
  enum class Kind : std::uint8_t {
    literal,
    field,    // `name`
    unary,    // `name`: "-", "not"
    binary,   // `name`: "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or",
              // "like", "rlike", "in" (args[0] against the rest), each with "not " before it where it may
    call,     // `name`(args...)
    matches,  // a KQL test or tree of them: `predicate`
    is_null,  // args[0] is null / is not null: `name` "is null" or "is not null"
  };
  Kind kind = Kind::literal;
  std::string name;
  model::Literal literal;
  std::optional<base::TimeNs> duration;  // a literal such as 5m
  std::vector<Expr> args;
  model::Predicate predicate;
  Span span;
};

struct Assignment {
  std::string name;
  Expr value;
  Span span;
};

// stats: `name` = `function`(args...); bucket() and plain fields under `by`.
struct Aggregate {
  std::string name;      // of the result column: as given, or the text of the call
  std::string function;  // count, count_distinct, count_distinct_exact, sum, ...
  std::vector<Expr> args;
  Span span;
};

struct WhereStage {
  Expr condition;
};
struct EvalStage {
  std::vector<Assignment> assignments;
};
struct StatsStage {
  std::vector<Aggregate> aggregates;
  std::vector<Assignment> by;  // value: a field, bucket(field, width), or any scalar expression
};
struct SortStage {
  struct Key {
    Expr value;
    bool descending = false;
    std::optional<bool> nulls_first;
  };
  std::vector<Key> keys;
};
struct LimitStage {
  std::uint64_t rows = 0;
};
struct KeepStage {
  std::vector<std::string> patterns;  // names, or wildcard patterns over names
};
struct DropStage {
  std::vector<std::string> patterns;
};
struct RenameStage {
  std::vector<std::pair<std::string, std::string>> names;  // from, to
};
struct DedupStage {
  std::vector<std::string> fields;
  std::uint64_t rows = 1;  // kept of each combination, first come
};
struct TopStage {  // top and rare
  std::uint64_t rows = 10;
  std::vector<std::string> fields;
  bool rare = false;
  std::vector<std::string> by;
};
// sequence by KEYS with maxspan=10m [filter] [filter] ... : every event of a step has the keys of the ones
// before it and comes after them; a sequence is done within maxspan of its first event.
struct SequenceStage {
  std::vector<std::string> by;
  std::optional<base::TimeNs> max_span;
  struct Step {
    model::Predicate filter;
    std::string text;             // as written
    std::vector<std::string> by;  // keys of this step where they have other names; else empty
    Span span;
  };
  std::vector<Step> steps;
  std::optional<Step> until;
};
struct LookupStage {
  std::string file;
  std::string key;                  // column of the file
  std::string field;                // field of the event; equal to key unless "key as field"
  std::vector<std::string> output;  // columns to add; empty: all
};
struct RexStage {
  std::string field;    // default event.original, else message
  std::string pattern;  // RE2 with named groups
};
struct DissectStage {
  std::string field;
  std::string pattern;  // "%{a} - %{b->} %{?skipped} %{+a}"
};

struct Stage {
  std::variant<WhereStage, EvalStage, StatsStage, SortStage, LimitStage, KeepStage, DropStage, RenameStage,
               DedupStage, TopStage, SequenceStage, LookupStage, RexStage, DissectStage>
      what;
  Span span;
};

struct Query {
  model::Predicate filter;  // always, if the query begins with a stage or is empty
  std::vector<Stage> stages;
};

}  // namespace vedette::query
