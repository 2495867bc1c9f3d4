#include "sqlite_schema.hpp"

#include <array>
#include <utility>

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;

base::Status migrate_to_1(SqliteConnection& connection) {
  return connection.execute(
      "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
      "INSERT INTO meta VALUES ('made_by_version', '1')");
}

std::string_view sqlite_type(ports::ColumnType type) {
  switch (type) {
    case ports::ColumnType::integer:
      return "INTEGER";
    case ports::ColumnType::real:
      return "REAL";
    case ports::ColumnType::text:
      return "TEXT";
  }
  return "TEXT";
}

std::string table_definition(const ports::CollectionSchema& schema) {
  std::string sql = "CREATE TABLE " + sqlite_table_name(schema.name) +
                    " (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL";
  for (const ports::ColumnSchema& column : schema.columns) {
    sql += ", " + sqlite_column_name(column.name) + " " + std::string(sqlite_type(column.type));
  }
  return sql + ") STRICT";
}

SqliteWriteStatements write_statements(const ports::CollectionSchema& schema) {
  std::string names = "id, version, document", places = "?1, 1, ?2",
              sets = "version = version + 1, document = ?2";
  int place = 2;
  for (const ports::ColumnSchema& column : schema.columns) {
    const std::string name = sqlite_column_name(column.name), at = "?" + std::to_string(++place);
    names += ", " + name;
    places += ", " + at;
    sets += ", " + name + " = " + at;
  }
  const std::string table = sqlite_table_name(schema.name);
  return {"INSERT INTO " + table + " (" + names + ") VALUES (" + places + ") ON CONFLICT (id) DO NOTHING",
          "UPDATE " + table + " SET " + sets + " WHERE id = ?1 AND version = ?" + std::to_string(place + 1),
          "DELETE FROM " + table + " WHERE id = ?1", "SELECT version FROM " + table + " WHERE id = ?1"};
}

// Name and type of the columns of a table; empty if there is no such table.
base::Result<std::map<std::string, std::string>> table_columns(SqliteConnection& connection,
                                                               const std::string& collection) {
  std::map<std::string, std::string> columns;
  TRY_ASSIGN(SqliteRun run,
             connection.prepare("SELECT name, type FROM pragma_table_info('r_" + collection + "')", false));
  while (true) {
    TRY_ASSIGN(const bool row, run.step());
    if (!row) return columns;
    columns.emplace(run.text(0), run.text(1));
  }
}

// Answers whether the table was there.
base::Result<bool> ensure_table(SqliteConnection& connection, const ports::CollectionSchema& schema,
                                const SqliteReport& report) {
  TRY_ASSIGN(const auto present, table_columns(connection, schema.name));
  if (present.empty()) {
    TRY(connection.execute(table_definition(schema)));
    return false;
  }
  for (const ports::ColumnSchema& column : schema.columns) {
    const auto found = present.find("c_" + column.name);
    if (found == present.end()) {
      if (report) report("adding column " + column.name + " to the records of " + schema.name);
      TRY(connection.execute("ALTER TABLE " + sqlite_table_name(schema.name) + " ADD COLUMN " +
                             sqlite_column_name(column.name) + " " + std::string(sqlite_type(column.type))));
    } else if (found->second != sqlite_type(column.type)) {
      return make_error(ErrorCode::invalid_argument, connection.file() + ": column " + column.name + " of " +
                                                         schema.name +
                                                         " has another type than it is declared with");
    }
  }
  return true;
}

base::Status ensure_indexes(SqliteConnection& connection, const ports::CollectionSchema& schema,
                            const SqliteReport& report) {
  for (const ports::ColumnSchema& column : schema.columns) {
    const std::string name = "i_" + schema.name + "." + column.name;
    TRY_ASSIGN(const std::int64_t present,
               connection.query_integer(
                   "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = '" + name + "'"));
    if (present == (column.indexed ? 1 : 0)) continue;
    if (!column.indexed) {
      TRY(connection.execute("DROP INDEX \"" + name + "\""));
      continue;
    }
    if (report) report("indexing " + column.name + " of the records of " + schema.name);
    TRY(connection.execute("CREATE INDEX \"" + name + "\" ON " + sqlite_table_name(schema.name) + " (" +
                           sqlite_column_name(column.name) + ", id)"));
  }
  return base::ok_status();
}

// The version of a database of ours, or 0 of an empty one.
base::Result<std::int64_t> read_version(SqliteConnection& connection) {
  TRY_ASSIGN(const std::int64_t application, connection.query_integer("PRAGMA application_id"));
  TRY_ASSIGN(const std::int64_t version, connection.query_integer("PRAGMA user_version"));
  if (application == kSqliteApplicationId && version > 0) return version;
  TRY_ASSIGN(const std::int64_t things, connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && things == 0) return std::int64_t{0};
  return make_error(ErrorCode::corrupt,
                    connection.file() +
                        ": an SQLite database, but not one of Vedette; name another file, "
                        "or restore it from a backup");
}

base::Error newer_version(const SqliteConnection& connection, std::int64_t version, std::int64_t known) {
  return make_error(ErrorCode::unsupported,
                    connection.file() + ": written by a newer Vedette (schema version " +
                        std::to_string(version) + ", known up to " + std::to_string(known) +
                        "); use that one, or restore a backup");
}

}  // namespace

std::string sqlite_table_name(const std::string& collection) {
  return "\"r_" + collection + "\"";
}

std::string sqlite_column_name(const std::string& column) {
  return column == "id" ? column : "\"c_" + column + "\"";
}

std::span<const SqliteMigration> sqlite_migrations() {
  static const std::array<SqliteMigration, 1> migrations{{{1, "the first version", migrate_to_1}}};
  return migrations;
}

base::Status migrate_sqlite(SqliteConnection& connection, std::span<const SqliteMigration> migrations,
                            const SqliteReport& report) {
  TRY_ASSIGN(std::int64_t version, read_version(connection));
  const std::int64_t last = migrations.back().version;
  if (version > last) return newer_version(connection, version, last);
  for (const SqliteMigration& migration : migrations) {
    if (migration.version <= version) continue;
    CHECK(migration.version == version + 1);
    if (report && version > 0) {
      report("bringing the records to schema version " + std::to_string(migration.version) + ": " +
             migration.summary);
    }
    TRY_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(connection, true));
    TRY(migration.run(connection));
    TRY(connection.execute("PRAGMA application_id=" + std::to_string(kSqliteApplicationId) +
                           "; PRAGMA user_version=" + std::to_string(migration.version)));
    TRY(transaction.commit());
    version = migration.version;
  }
  return base::ok_status();
}

base::Status check_sqlite_version(SqliteConnection& connection, std::span<const SqliteMigration> migrations) {
  TRY_ASSIGN(const std::int64_t version, read_version(connection));
  const std::int64_t last = migrations.back().version;
  if (version > last) return newer_version(connection, version, last);
  if (version < last) {
    return make_error(ErrorCode::unsupported,
                      connection.file() + ": written by an older Vedette (schema version " +
                          std::to_string(version) + "); start this one once with it to bring it up to date");
  }
  return base::ok_status();
}

base::Status ensure_collections(SqliteConnection& connection,
                                std::span<const ports::CollectionSchema> schemas,
                                const SqliteReport& report) {
  TRY_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(connection, true));
  for (const ports::CollectionSchema& schema : schemas) {
    TRY_ASSIGN(const bool was_there, ensure_table(connection, schema, report));
    TRY(ensure_indexes(connection, schema, was_there ? report : nullptr));
  }
  return transaction.commit();
}

base::Result<SqliteTables> read_tables(SqliteConnection& connection,
                                       std::span<const ports::CollectionSchema> schemas) {
  SqliteTables tables;
  for (const ports::CollectionSchema& schema : schemas) {
    TRY_ASSIGN(const auto columns, table_columns(connection, schema.name));
    SqliteTable table{schema, !columns.empty(), {}, write_statements(schema)};
    for (const ports::ColumnSchema& column : schema.columns) {
      const auto found = columns.find("c_" + column.name);
      if (found == columns.end()) continue;
      if (found->second != sqlite_type(column.type)) {
        return make_error(ErrorCode::invalid_argument, connection.file() + ": column " + column.name +
                                                           " of " + schema.name +
                                                           " has another type than it is declared with");
      }
      table.columns.insert(column.name);
    }
    tables.emplace(schema.name, std::move(table));
  }
  return tables;
}

}  // namespace vedette::adapters
