// SQL of record queries. Names come from the declared schema; what callers give is bound, never spelled.
#pragma once

#include <string>
#include <vector>

#include "record_cursor.hpp"
#include "sqlite_schema.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

struct SqliteQuery {
  std::string sql;
  std::vector<ports::ColumnValue> values;  // of its places, in order
  bool cached = true;                      // false: the text is unlikely to come again
};

// The queries that give one after another the records after the cursor (null: from the start), at most
// `limit` from each: id, version, document, the order column, and the declared columns that are present. Two
// where absent values lie on the way, so that each can run along an index.
std::vector<SqliteQuery> select_records(const SqliteTable& table, const ports::RecordQuery& query,
                                        const RecordCursor* after, std::uint32_t limit);
SqliteQuery count_records(const SqliteTable& table, const ports::RecordQuery& query);
// Value and number of its records.
SqliteQuery count_by_column(const SqliteTable& table, const ports::RecordQuery& query,
                            const std::string& column, std::uint32_t limit);
// Version, document, declared columns that are present, of one id.
std::string select_by_id(const SqliteTable& table);

}  // namespace vedette::adapters
