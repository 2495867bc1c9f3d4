// One SQLite connection with its prepared statements, as values instead of codes.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace vedette::adapters {

class SqliteConnection;

// A statement that runs: reset and given back when it dies, so that no snapshot is held longer than needed.
class SqliteRun {
 public:
  SqliteRun(SqliteConnection& connection, sqlite3_stmt* statement, bool owned)
      : connection_(&connection), statement_(statement), owned_(owned) {}
  SqliteRun(SqliteRun&& other) noexcept;
  SqliteRun& operator=(SqliteRun&&) = delete;
  ~SqliteRun();

  base::Status bind(int place, const ports::ColumnValue& value);  // places count from 1
  base::Status bind_text(int place, std::string_view text);       // must outlive the run
  base::Result<bool> step();                                      // true: a row is there
  base::Status finish();                                          // steps to the end

  // Of the current row; columns count from 0.
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  ports::ColumnValue value(int column) const;

 private:
  SqliteConnection* connection_;
  sqlite3_stmt* statement_;
  bool owned_;  // not from the cache
};

// One thread at a time.
class SqliteConnection {
 public:
  enum class Mode : std::uint8_t { writer, reader, read_only_file };
  static base::Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, Mode mode);
  ~SqliteConnection();

  // SQL without user text in it. `cached`: kept for the next time.
  base::Result<SqliteRun> prepare(const std::string& sql, bool cached = true);
  base::Result<SqliteRun> prepare(const std::string& sql, std::span<const ports::ColumnValue> values,
                                  bool cached = true);
  base::Status execute(const std::string& sql);  // any number of statements, no rows
  base::Result<std::int64_t> query_integer(const std::string& sql);

  std::int64_t changes() const;  // rows that the latest statement wrote
  // The latest failure as an Error.
  base::Error error(int code) const;
  bool in_transaction() const;
  const std::string& file() const { return file_; }

 private:
  SqliteConnection(std::string file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}
  base::Status configure(Mode mode);

  struct Cached {
    std::string sql;
    sqlite3_stmt* statement;
  };
  std::string file_;
  sqlite3* handle_;
  std::list<Cached> statements_;  // latest used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> by_sql_;
};

// Rolls back unless committed.
class SqliteTransaction {
 public:
  static base::Result<SqliteTransaction> begin(SqliteConnection& connection, bool immediate);
  SqliteTransaction(SqliteTransaction&& other) noexcept : connection_(other.connection_) {
    other.connection_ = nullptr;
  }
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();
  base::Status commit();

 private:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(&connection) {}
  SqliteConnection* connection_;
};

}  // namespace vedette::adapters
