// SQL of record queries. Names come from the declared schema; what callers give is bound, never spelled.
#pragma once

#include <cstdint>
#include <optional>
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

// Which tests may use the index of their column. SQLite would guess without knowing how many records a value
// has: a status that all of a million alerts have is no way to the latest hundred.
struct SqlitePlan {
  enum class Along : std::uint8_t { any, one_test, order };
  Along along = Along::any;
  std::size_t test = 0;  // of one_test
};
// So many records are better sorted than met along the order.
inline constexpr std::uint64_t kMaxSortedRecords = 4'000;

// Counts, up to kMaxSortedRecords, what a test finds by the index of its column; nothing if it has none.
std::optional<SqliteQuery> probe_test(const SqliteTable& table, const ports::ColumnTest& test);

bool order_is_indexed(const SqliteTable& table, const ports::RecordQuery& query);

// The queries that give one after another the records after the cursor (null: from the start), at most
// `limit` from each: id, version, document, the order column, and the declared columns that are present. Two
// where absent values lie on the way, so that each can run along an index.
std::vector<SqliteQuery> select_records(const SqliteTable& table, const ports::RecordQuery& query,
                                        const SqlitePlan& plan, const RecordCursor* after,
                                        std::uint32_t limit);
SqliteQuery count_records(const SqliteTable& table, const ports::RecordQuery& query, const SqlitePlan& plan);
// Value and number of its records.
SqliteQuery count_by_column(const SqliteTable& table, const ports::RecordQuery& query, const SqlitePlan& plan,
                            const std::string& column, std::uint32_t limit);
// Version, document, declared columns that are present, of one id.
std::string select_by_id(const SqliteTable& table);

}  // namespace vedette::adapters
