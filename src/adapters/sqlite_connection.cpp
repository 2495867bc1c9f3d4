#include "sqlite_connection.hpp"

#include <cerrno>
#include <utility>

#include <sqlite3.h>

#include "vedette/base/check.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;

constexpr std::size_t kMaxStatements = 96;
constexpr int kBusyTimeoutMs = 5'000;
// A record's row: the document and its columns.
constexpr int kMaxRowBytes = 64 << 20;

bool is_out_of_space(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

ErrorCode sqlite_error_code(int code, bool out_of_space) {
  if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS) return ErrorCode::corrupt;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::corrupt;
    case SQLITE_FULL:
      return ErrorCode::no_space;
    case SQLITE_IOERR:
      return out_of_space ? ErrorCode::no_space : ErrorCode::io;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::busy;
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
      return ErrorCode::limit;
    case SQLITE_INTERRUPT:
      return ErrorCode::cancelled;
    default:
      return ErrorCode::io;
  }
}

// Without a separator SQLite gives some names (":memory:", "") a meaning of their own.
std::string plain_path(const std::string& file) {
  return file.find('/') == std::string::npos ? "./" + file : file;
}

}  // namespace

SqliteRun::SqliteRun(SqliteRun&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      owned_(other.owned_) {}

SqliteRun::~SqliteRun() {
  if (!statement_) return;
  if (owned_) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

base::Status SqliteRun::bind_text(int place, std::string_view text) {
  const char* data = text.data() ? text.data() : "";
  const int code = sqlite3_bind_text64(statement_, place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) return connection_->error(code);
  return base::ok_status();
}

base::Status SqliteRun::bind(int place, const ports::ColumnValue& value) {
  int code = SQLITE_OK;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    code = sqlite3_bind_int64(statement_, place, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    code = sqlite3_bind_double(statement_, place, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    return bind_text(place, *text);
  } else {
    code = sqlite3_bind_null(statement_, place);
  }
  if (code != SQLITE_OK) return connection_->error(code);
  return base::ok_status();
}

base::Result<bool> SqliteRun::step() {
  errno = 0;  // a commit that fails keeps the system's error nowhere else
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->error(code);
}

base::Status SqliteRun::finish() {
  while (true) {
    TRY_ASSIGN(const bool row, step());
    if (!row) return base::ok_status();
  }
}

std::int64_t SqliteRun::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteRun::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string();
}

ports::ColumnValue SqliteRun::value(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_, column);
    case SQLITE_NULL:
      return std::monostate{};
    default:
      return text(column);
  }
}

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& file, Mode mode) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                    (mode == Mode::read_only_file ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(plain_path(file).c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, handle));
  if (!handle) return base::make_error(ErrorCode::limit, file + ": no memory to open it");
  if (code != SQLITE_OK) return connection->error(code);
  TRY(connection->configure(mode));
  return connection;
}

base::Status SqliteConnection::configure(Mode mode) {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  TRY(
      execute("PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; "
              "PRAGMA cache_size=-16384; PRAGMA synchronous=FULL"));
  return mode == Mode::writer ? base::ok_status() : execute("PRAGMA query_only=ON");
}

SqliteConnection::~SqliteConnection() {
  for (const Cached& cached : statements_) sqlite3_finalize(cached.statement);
  const int code = sqlite3_close(handle_);
  CHECK(code == SQLITE_OK);
}

base::Result<SqliteRun> SqliteConnection::prepare(const std::string& sql, bool cached) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    statements_.splice(statements_.begin(), statements_, found->second);
    return SqliteRun(*this, found->second->statement, false);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      cached ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  if (!cached) return SqliteRun(*this, statement, true);
  if (statements_.size() >= kMaxStatements) {
    by_sql_.erase(statements_.back().sql);
    sqlite3_finalize(statements_.back().statement);
    statements_.pop_back();
  }
  statements_.push_front({sql, statement});
  by_sql_.emplace(statements_.front().sql, statements_.begin());
  return SqliteRun(*this, statement, false);
}

base::Result<SqliteRun> SqliteConnection::prepare(const std::string& sql,
                                                  std::span<const ports::ColumnValue> values, bool cached) {
  TRY_ASSIGN(SqliteRun run, prepare(sql, cached));
  int place = 0;
  for (const ports::ColumnValue& value : values) TRY(run.bind(++place, value));
  return run;
}

base::Status SqliteConnection::execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return base::ok_status();
}

base::Result<std::int64_t> SqliteConnection::query_integer(const std::string& sql) {
  TRY_ASSIGN(SqliteRun run, prepare(sql, false));
  TRY_ASSIGN(const bool row, run.step());
  return row ? run.integer(0) : 0;
}

base::Error SqliteConnection::error(int code) const {
  const bool out_of_space = is_out_of_space(errno) || is_out_of_space(sqlite3_system_errno(handle_));
  const ErrorCode kind = sqlite_error_code(code, out_of_space);
  std::string message = file_ + ": ";
  switch (kind) {
    case ErrorCode::corrupt:
      message += "damaged, or no record database (" + std::string(sqlite3_errmsg(handle_)) +
                 "); stop Vedette, keep a copy of the file, and restore a backup";
      break;
    case ErrorCode::no_space:
      message += "no space left on its disk";
      break;
    case ErrorCode::busy:
      message += "in use by another process";
      break;
    default:
      message += sqlite3_errmsg(handle_);
  }
  return base::make_error(kind, std::move(message));
}

std::int64_t SqliteConnection::changes() const {
  return sqlite3_changes64(handle_);
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

base::Result<SqliteTransaction> SqliteTransaction::begin(SqliteConnection& connection, bool immediate) {
  TRY_ASSIGN(SqliteRun run, connection.prepare(immediate ? "BEGIN IMMEDIATE" : "BEGIN"));
  TRY(run.finish());
  return SqliteTransaction(connection);
}

base::Status SqliteTransaction::commit() {
  TRY_ASSIGN(SqliteRun run, connection_->prepare("COMMIT"));
  TRY(run.finish());
  connection_ = nullptr;
  return base::ok_status();
}

SqliteTransaction::~SqliteTransaction() {
  // A failure may have ended the transaction already.
  if (connection_ && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
}

}  // namespace vedette::adapters
