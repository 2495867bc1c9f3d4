#include "../parse.hpp"

#include "stages.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {

namespace {

bool too_long(std::string_view text, base::Diagnostics& diagnostics) {
  if (text.size() <= kMaxQueryBytes) return false;
  diagnostics.push_back({base::Severity::error,
                         {},
                         {1, 1},
                         "too-long",
                         "the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes",
                         {}});
  return true;
}

}  // namespace

std::optional<Query> parse_query(std::string_view text, const ParseOptions& options,
                                 base::Diagnostics& diagnostics) {
  if (too_long(text, diagnostics)) return std::nullopt;
  Cursor cursor(text, options, diagnostics);
  Query query;
  if (!StageParser(cursor).query(query)) return std::nullopt;
  return query;
}

Parsed parse(std::string_view text, const ParseOptions& options) {
  Parsed parsed;
  if (auto query = parse_query(text, options, parsed.diagnostics)) {
    parsed.query = std::make_shared<const Query>(std::move(*query));
  }
  return parsed;
}

base::Result<model::Predicate> parse_filter(std::string_view text, const ParseOptions& options) {
  base::Diagnostics diagnostics;
  if (!too_long(text, diagnostics)) {
    Cursor cursor(text, options, diagnostics);
    KqlParser kql(cursor);
    model::Predicate filter;
    if (kql.filter(filter)) {
      cursor.skip_blanks();
      if (cursor.at_end() && !cursor.failed()) return filter;
      cursor.expected("the end of the filter");
    }
  }
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == base::Severity::error) {
      return base::make_error(
          base::ErrorCode::invalid_argument,
          diagnostic.message + " (column " + std::to_string(diagnostic.span.column) + ")");
    }
  }
  return base::make_error(base::ErrorCode::invalid_argument, "the filter cannot be read");
}

}  // namespace vedette::query
