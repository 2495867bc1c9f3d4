// What stands in the record database: its versions and the tables of the collections
// (docs/formats/records.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sqlite_connection.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

inline constexpr std::int64_t kSqliteApplicationId = 0x56445452;  // "VDTR"

using SqliteReport = std::function<void(const std::string&)>;

// Brings a database from the version before to `version`, within a transaction.
struct SqliteMigration {
  std::int64_t version;
  std::string summary;
  base::Status (*run)(SqliteConnection&);
};
// Versions 1, 2, ... without a gap; the last is the one this program writes.
std::span<const SqliteMigration> sqlite_migrations();

// Runs the migrations above the version of the database, each in a transaction of its own. corrupt: not ours;
// unsupported: newer than the last migration.
base::Status migrate_sqlite(SqliteConnection& connection, std::span<const SqliteMigration> migrations,
                            const SqliteReport& report);
// For readers, who change nothing: unsupported unless the version is the last one.
base::Status check_sqlite_version(SqliteConnection& connection, std::span<const SqliteMigration> migrations);

// The statements that write records of a table: ?1 the id, ?2 the document, ?3 and on the columns in the
// order of the schema, then the version that is there. What is not as expected is left, and no row changed.
// (Not by RETURNING, which costs a table of its own every time.)
struct SqliteWriteStatements {
  std::string put_new, put_version, remove, version;
};

struct SqliteTable {
  ports::CollectionSchema schema;
  bool present = false;                        // false only where a reader came before the writer
  std::set<std::string, std::less<>> columns;  // those present
  SqliteWriteStatements write;
};
using SqliteTables = std::map<std::string, SqliteTable, std::less<>>;

// Makes missing tables, columns and indexes, in one transaction. invalid_argument: a column has another type.
base::Status ensure_collections(SqliteConnection& connection,
                                std::span<const ports::CollectionSchema> schemas, const SqliteReport& report);
base::Result<SqliteTables> read_tables(SqliteConnection& connection,
                                       std::span<const ports::CollectionSchema> schemas);

// Quoted names in SQL. Column: "id" stays as it is.
std::string sqlite_table_name(const std::string& collection);
std::string sqlite_column_name(const std::string& column);

}  // namespace vedette::adapters
