#include "vedette/adapters/sqlite.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_checks.hpp"
#include "sqlite_connection.hpp"
#include "sqlite_schema.hpp"
#include "sqlite_store.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;

// Files to this size are checked whole when a writer opens them (about 0.2 s).
constexpr std::int64_t kMaxCheckedBytes = 64 << 20;
// The smallest page, and so the smallest database that is not empty; SQLite takes smaller files for empty
// ones.
constexpr off_t kMinDatabaseBytes = 512;

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
}

// Makes the file if it is absent; returns its size.
base::Result<off_t> prepare_file(const SqliteOptions& options) {
  const int flags = options.read_only ? O_RDONLY : O_RDWR | O_CREAT;
  const int fd = ::open(options.file.c_str(), flags | O_CLOEXEC, 0600);
  const auto failed = [&] {
    return make_error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                      "cannot open " + options.file + ": " + std::strerror(errno));
  };
  if (fd < 0) return failed();
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  ::close(fd);
  if (!known) return failed();
  if (!S_ISREG(status.st_mode)) return make_error(ErrorCode::io, options.file + " is not a regular file");
  if (status.st_size > 0 && status.st_size < kMinDatabaseBytes) {
    return make_error(ErrorCode::corrupt,
                      options.file + ": too short for a record database; restore it from a backup");
  }
  if ((status.st_mode & 077) != 0 && options.report) {
    options.report(options.file + " can be read by other users; chmod 600 it");
  }
  return status.st_size;
}

base::Status check_whole(SqliteConnection& connection, off_t size) {
  if (size > kMaxCheckedBytes) return base::ok_status();
  TRY_ASSIGN(SqliteRun run, connection.prepare("PRAGMA quick_check(1)", false));
  TRY_ASSIGN(const bool row, run.step());
  const std::string answer = row ? run.text(0) : "";
  if (answer == "ok") return base::ok_status();
  return make_error(ErrorCode::corrupt, connection.file() + ": damaged (" + answer +
                                            "); stop Vedette, keep a copy of the file, and restore a backup");
}

base::Status use_write_ahead_log(SqliteConnection& connection) {
  TRY_ASSIGN(SqliteRun run, connection.prepare("PRAGMA journal_mode=WAL", false));
  TRY_ASSIGN(const bool row, run.step());
  if (!row || run.text(0) != "wal") {
    return make_error(
        ErrorCode::unsupported,
        connection.file() + ": its file system does not serve a write-ahead log; use a local disk");
  }
  return run.finish();
}

base::Result<std::unique_ptr<ports::RecordStore>> open_reader(const SqliteOptions& options) {
  TRY_ASSIGN(const off_t size, prepare_file(options));
  (void)size;
  TRY_ASSIGN(const auto connection,
             SqliteConnection::open(options.file, SqliteConnection::Mode::read_only_file));
  TRY(check_sqlite_version(*connection, sqlite_migrations()));
  TRY_ASSIGN(SqliteTables tables, read_tables(*connection, options.collections));
  return std::unique_ptr<ports::RecordStore>(
      std::make_unique<SqliteStore>(options.file, std::move(tables), nullptr, nullptr));
}

base::Result<std::unique_ptr<ports::RecordStore>> open_writer(const SqliteOptions& options) {
  TRY_ASSIGN(auto lock, base::posix_file_system().lock(options.file + ".lock"));
  TRY_ASSIGN(const off_t size, prepare_file(options));
  TRY_ASSIGN(auto writer, SqliteConnection::open(options.file, SqliteConnection::Mode::writer));
  TRY(check_whole(*writer, size));
  TRY(use_write_ahead_log(*writer));
  TRY(writer->execute("PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000"));
  TRY(migrate_sqlite(*writer, sqlite_migrations(), options.report));
  TRY(ensure_collections(*writer, options.collections, options.report));
  if (size == 0) TRY(base::posix_file_system().sync_folder(folder_of(options.file)));
  TRY_ASSIGN(SqliteTables tables, read_tables(*writer, options.collections));
  return std::unique_ptr<ports::RecordStore>(
      std::make_unique<SqliteStore>(options.file, std::move(tables), std::move(writer), std::move(lock)));
}

}  // namespace

base::Result<std::unique_ptr<ports::RecordStore>> open_sqlite(const SqliteOptions& options) {
  TRY(check_schemas(options.collections));
  return options.read_only ? open_reader(options) : open_writer(options);
}

}  // namespace vedette::adapters
