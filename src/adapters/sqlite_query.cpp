#include "sqlite_query.hpp"

#include <utility>

namespace vedette::adapters {

namespace {

using ports::ColumnTest;

constexpr std::size_t kMaxCachedValues = 16;

std::string column_sql(const SqliteTable& table, const std::string& name) {
  if (name == "id" || table.columns.contains(name)) return sqlite_column_name(name);
  return "NULL";
}

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

std::string places(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i ? ",?" : "?";
  return text;
}

// Appends one test and its values.
void append_test(const SqliteTable& table, const ColumnTest& test, SqliteQuery& out) {
  const std::string column = column_sql(table, test.column);
  if (test.op == ColumnTest::Op::contains) {
    out.sql += column + " LIKE ? ESCAPE '\\'";
    out.values.emplace_back(like_pattern(std::get<std::string>(test.values[0])));
    return;
  }
  out.values.insert(out.values.end(), test.values.begin(), test.values.end());
  switch (test.op) {
    case ColumnTest::Op::equals:
      out.sql += column + " = ?";
      break;
    case ColumnTest::Op::not_equals:
      out.sql += column + " IS NOT ?";
      break;
    case ColumnTest::Op::less:
      out.sql += column + " < ?";
      break;
    case ColumnTest::Op::at_most:
      out.sql += column + " <= ?";
      break;
    case ColumnTest::Op::greater:
      out.sql += column + " > ?";
      break;
    case ColumnTest::Op::at_least:
      out.sql += column + " >= ?";
      break;
    case ColumnTest::Op::in:
      out.sql += test.values.empty() ? "0" : column + " IN (" + places(test.values.size()) + ")";
      out.cached = out.cached && test.values.size() <= kMaxCachedValues;
      break;
    case ColumnTest::Op::contains:
      break;
    case ColumnTest::Op::absent:
      out.sql += column + " IS NULL";
      break;
  }
}

void append_where(const SqliteTable& table, const ports::RecordQuery& query, SqliteQuery& out) {
  const char* joint = " WHERE ";
  for (const ColumnTest& test : query.tests) {
    out.sql += std::exchange(joint, " AND ");
    append_test(table, test, out);
  }
}

std::string columns_sql(const SqliteTable& table) {
  std::string sql;
  for (const ports::ColumnSchema& column : table.schema.columns) {
    if (table.columns.contains(column.name)) sql += ", " + sqlite_column_name(column.name);
  }
  return sql;
}

// A stretch of the order: a condition on order column and id, and its values.
struct KeyRange {
  std::string condition;
  std::vector<ports::ColumnValue> values;
};

// What lies after the cursor. Absent values come first, or last when descending.
std::vector<KeyRange> ranges_after(const std::string& column, bool by_id, bool descending,
                                   const RecordCursor& after) {
  const std::string beyond = descending ? " < " : " > ";
  if (by_id) return {{"id" + beyond + "?", {after.id}}};
  const std::string absent = column + " IS NULL";
  if (std::holds_alternative<std::monostate>(after.value)) {
    std::vector<KeyRange> ranges{{absent + " AND id" + beyond + "?", {after.id}}};
    if (!descending) ranges.push_back({column + " IS NOT NULL", {}});
    return ranges;
  }
  std::vector<KeyRange> ranges{{"(" + column + ", id)" + beyond + "(?, ?)", {after.value, after.id}}};
  if (descending) ranges.push_back({absent, {}});
  return ranges;
}

}  // namespace

std::vector<SqliteQuery> select_records(const SqliteTable& table, const ports::RecordQuery& query,
                                        const RecordCursor* after, std::uint32_t limit) {
  const bool by_id = query.order_by == "id";
  const std::string order = column_sql(table, query.order_by);
  const std::string direction = query.descending ? " DESC" : "";
  std::vector<KeyRange> ranges(1);
  if (after) ranges = ranges_after(order, by_id, query.descending, *after);
  std::vector<SqliteQuery> queries;
  for (KeyRange& range : ranges) {
    SqliteQuery out;
    out.sql = "SELECT id, version, document, " + order + columns_sql(table) + " FROM " +
              sqlite_table_name(table.schema.name);
    append_where(table, query, out);
    if (!range.condition.empty()) out.sql += (query.tests.empty() ? " WHERE " : " AND ") + range.condition;
    out.sql += by_id ? " ORDER BY id" + direction : " ORDER BY " + order + direction + ", id" + direction;
    out.sql += " LIMIT ?";
    out.values.insert(out.values.end(), range.values.begin(), range.values.end());
    out.values.emplace_back(std::int64_t{limit});
    queries.push_back(std::move(out));
  }
  return queries;
}

SqliteQuery count_records(const SqliteTable& table, const ports::RecordQuery& query) {
  SqliteQuery out;
  out.sql = "SELECT count(*) FROM " + sqlite_table_name(table.schema.name);
  append_where(table, query, out);
  return out;
}

SqliteQuery count_by_column(const SqliteTable& table, const ports::RecordQuery& query,
                            const std::string& column, std::uint32_t limit) {
  SqliteQuery out;
  out.sql = "SELECT " + column_sql(table, column) + " AS value, count(*) AS records FROM " +
            sqlite_table_name(table.schema.name);
  append_where(table, query, out);
  out.sql += " GROUP BY value ORDER BY records DESC, value LIMIT ?";
  out.values.emplace_back(std::int64_t{limit});
  return out;
}

std::string select_by_id(const SqliteTable& table) {
  return "SELECT version, document" + columns_sql(table) + " FROM " + sqlite_table_name(table.schema.name) +
         " WHERE id = ?";
}

}  // namespace vedette::adapters
