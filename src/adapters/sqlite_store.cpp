#include "sqlite_store.hpp"

#include <algorithm>
#include <utility>

#include "record_checks.hpp"
#include "record_cursor.hpp"
#include "sqlite_query.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using ports::RecordWrite;

constexpr std::size_t kMaxReaders = 4;

void read_columns(const SqliteRun& run, const SqliteTable& table, int first, ports::StoredRecord& record) {
  int at = first;
  for (const ports::ColumnSchema& column : table.schema.columns) {
    if (!table.columns.contains(column.name)) continue;
    ports::ColumnValue value = run.value(at++);
    if (!std::holds_alternative<std::monostate>(value)) record.columns.emplace(column.name, std::move(value));
  }
}

base::Error conflict(const RecordWrite& write, std::int64_t version) {
  const auto tell = [](std::uint64_t number) {
    return number == 0 ? std::string("is not there") : "has version " + std::to_string(number);
  };
  return base::make_error(ErrorCode::busy, "conflict: " + write.collection + "/" + write.id + " " +
                                               tell(static_cast<std::uint64_t>(version)) +
                                               ", but the writer knows that it " +
                                               tell(write.expected_version));
}

base::Result<std::int64_t> stored_version(SqliteConnection& connection, const SqliteTable& table,
                                          const std::string& id) {
  TRY_ASSIGN(SqliteRun run, connection.prepare(table.write.version));
  TRY(run.bind_text(1, id));
  TRY_ASSIGN(const bool row, run.step());
  return row ? run.integer(0) : 0;
}

// The new version, 0 if the expected version was not there.
base::Result<std::uint64_t> put_record(SqliteConnection& connection, const SqliteTable& table,
                                       const RecordWrite& write) {
  std::uint64_t expected = write.expected_version;
  if (expected == RecordWrite::kAnyVersion) {
    TRY_ASSIGN(const std::int64_t stored, stored_version(connection, table, write.id));
    expected = static_cast<std::uint64_t>(stored);
  }
  TRY_ASSIGN(SqliteRun run,
             connection.prepare(expected == 0 ? table.write.put_new : table.write.put_version));
  TRY(run.bind_text(1, write.id));
  TRY(run.bind_text(2, write.document));
  int place = 2;
  for (const ports::ColumnSchema& column : table.schema.columns) {
    ++place;
    const auto value = write.columns.find(column.name);
    if (value != write.columns.end()) TRY(run.bind(place, value->second));
  }
  if (expected != 0) TRY(run.bind(++place, static_cast<std::int64_t>(expected)));
  TRY(run.finish());
  return connection.changes() == 1 ? expected + 1 : 0;
}

base::Result<std::uint64_t> write_record(SqliteConnection& connection, const SqliteTable& table,
                                         const RecordWrite& write) {
  if (write.kind == RecordWrite::Kind::put) {
    TRY_ASSIGN(const std::uint64_t version, put_record(connection, table, write));
    if (version != 0) return version;
    TRY_ASSIGN(const std::int64_t stored, stored_version(connection, table, write.id));
    return conflict(write, stored);
  }
  if (write.expected_version != RecordWrite::kAnyVersion) {
    TRY_ASSIGN(const std::int64_t stored, stored_version(connection, table, write.id));
    if (static_cast<std::uint64_t>(stored) != write.expected_version) return conflict(write, stored);
  }
  TRY_ASSIGN(SqliteRun run, connection.prepare(table.write.remove));
  TRY(run.bind_text(1, write.id));
  TRY(run.finish());
  return std::uint64_t{0};
}

// Few enough that no other test need be looked at.
constexpr std::uint64_t kFewRecords = 100;

// The index that leads to the fewest records, if one leads to few enough.
base::Result<SqlitePlan> plan_tests(SqliteConnection& connection, const SqliteTable& table,
                                    const ports::RecordQuery& query) {
  SqlitePlan plan;
  std::uint64_t fewest = kMaxSortedRecords;
  for (std::size_t i = 0; i < query.tests.size() && fewest > kFewRecords; ++i) {
    const std::optional<SqliteQuery> probe = probe_test(table, query.tests[i]);
    if (!probe) continue;
    TRY_ASSIGN(SqliteRun run, connection.prepare(probe->sql, probe->values, probe->cached));
    TRY_ASSIGN(const bool row, run.step());
    const std::uint64_t records = row ? static_cast<std::uint64_t>(run.integer(0)) : 0;
    if (records >= fewest) continue;
    fewest = records;
    plan = {SqlitePlan::Along::one_test, i};
  }
  return plan;
}

base::Result<SqlitePlan> plan_page(SqliteConnection& connection, const SqliteTable& table,
                                   const ports::RecordQuery& query) {
  TRY_ASSIGN(SqlitePlan plan, plan_tests(connection, table, query));
  if (plan.along == SqlitePlan::Along::any && order_is_indexed(table, query)) {
    plan.along = SqlitePlan::Along::order;
  }
  return plan;
}

}  // namespace

class SqliteStore::Reader {
 public:
  Reader(const SqliteStore& store, std::unique_ptr<SqliteConnection> connection)
      : store_(&store), connection_(std::move(connection)) {}
  Reader(Reader&&) noexcept = default;
  Reader& operator=(Reader&&) = delete;
  ~Reader() {
    if (!connection_) return;
    std::lock_guard lock(store_->readers_mutex_);
    store_->idle_readers_.push_back(std::move(connection_));
    store_->reader_came_.notify_one();
  }
  SqliteConnection& operator*() const { return *connection_; }
  SqliteConnection* operator->() const { return connection_.get(); }

 private:
  const SqliteStore* store_;
  std::unique_ptr<SqliteConnection> connection_;
};

SqliteStore::SqliteStore(std::string file, SqliteTables tables, std::unique_ptr<SqliteConnection> writer,
                         std::shared_ptr<void> lock)
    : file_(std::move(file)),
      tables_(std::move(tables)),
      writer_(std::move(writer)),
      lock_(std::move(lock)) {}

SqliteStore::~SqliteStore() {
  // The writer is the last to close: it empties the write-ahead log.
  idle_readers_.clear();
  writer_.reset();
}

base::Result<SqliteStore::Reader> SqliteStore::borrow() const {
  {
    std::unique_lock lock(readers_mutex_);
    reader_came_.wait(lock, [&] { return !idle_readers_.empty() || readers_ < kMaxReaders; });
    if (!idle_readers_.empty()) {
      Reader reader(*this, std::move(idle_readers_.back()));
      idle_readers_.pop_back();
      return reader;
    }
    ++readers_;
  }
  auto opened = SqliteConnection::open(
      file_, writer_ ? SqliteConnection::Mode::reader : SqliteConnection::Mode::read_only_file);
  if (opened.ok()) return Reader(*this, std::move(opened).value());
  std::lock_guard lock(readers_mutex_);
  --readers_;
  reader_came_.notify_one();
  return opened.error();
}

base::Result<const SqliteTable*> SqliteStore::table(std::string_view collection) const {
  const auto found = tables_.find(collection);
  if (found != tables_.end()) return &found->second;
  return base::make_error(ErrorCode::invalid_argument,
                          "no collection '" + base::escape_control(collection.substr(0, 100)) + "'");
}

base::Result<std::optional<ports::StoredRecord>> SqliteStore::get(std::string_view collection,
                                                                  std::string_view id) const {
  TRY_ASSIGN(const SqliteTable* const found, table(collection));
  if (!found->present) return std::optional<ports::StoredRecord>();
  TRY_ASSIGN(const Reader reader, borrow());
  TRY_ASSIGN(SqliteRun run, reader->prepare(select_by_id(*found)));
  TRY(run.bind_text(1, id));
  TRY_ASSIGN(const bool row, run.step());
  if (!row) return std::optional<ports::StoredRecord>();
  ports::StoredRecord record;
  record.id = id;
  record.version = static_cast<std::uint64_t>(run.integer(0));
  record.document = run.text(1);
  read_columns(run, *found, 2, record);
  return std::optional<ports::StoredRecord>(std::move(record));
}

base::Result<ports::RecordPage> SqliteStore::find(const ports::RecordQuery& query) const {
  TRY_ASSIGN(const SqliteTable* const found, table(query.collection));
  TRY(check_page(found->schema, query));
  RecordCursor after;
  if (!query.after.empty()) {
    TRY_ASSIGN(after, decode_cursor(query));
  }
  ports::RecordPage page;
  if (!found->present) return page;
  TRY_ASSIGN(const Reader reader, borrow());
  TRY_ASSIGN(SqliteTransaction snapshot, SqliteTransaction::begin(*reader, false));
  TRY_ASSIGN(const SqlitePlan plan, plan_page(*reader, *found, query));
  const auto queries =
      select_records(*found, query, plan, query.after.empty() ? nullptr : &after, query.limit + 1);
  std::size_t bytes = 0;
  RecordCursor last;
  for (const SqliteQuery& part : queries) {
    TRY_ASSIGN(SqliteRun run, reader->prepare(part.sql, part.values, part.cached));
    while (true) {
      TRY_ASSIGN(const bool row, run.step());
      if (!row) break;
      if (page.records.size() == query.limit || bytes >= ports::kMaxPageBytes) {
        page.next = encode_cursor(query, last);
        return page;
      }
      ports::StoredRecord& record = page.records.emplace_back();
      record.id = run.text(0);
      record.version = static_cast<std::uint64_t>(run.integer(1));
      record.document = run.text(2);
      if (query.order_by != "id") last.value = run.value(3);
      last.id = record.id;
      read_columns(run, *found, 4, record);
      bytes += record.document.size() + record.id.size();
    }
  }
  return page;
}

base::Result<std::uint64_t> SqliteStore::count(const ports::RecordQuery& query) const {
  TRY_ASSIGN(const SqliteTable* const found, table(query.collection));
  TRY(check_tests(found->schema, query));
  if (!found->present) return std::uint64_t{0};
  TRY_ASSIGN(const Reader reader, borrow());
  TRY_ASSIGN(const SqlitePlan plan, plan_tests(*reader, *found, query));
  const SqliteQuery sql = count_records(*found, query, plan);
  TRY_ASSIGN(SqliteRun run, reader->prepare(sql.sql, sql.values, sql.cached));
  TRY_ASSIGN(const bool row, run.step());
  return row ? static_cast<std::uint64_t>(run.integer(0)) : 0;
}

base::Result<std::vector<std::pair<ports::ColumnValue, std::uint64_t>>> SqliteStore::count_by(
    const ports::RecordQuery& query, std::string_view column, std::uint32_t limit) const {
  TRY_ASSIGN(const SqliteTable* const found, table(query.collection));
  ports::RecordQuery page;
  page.order_by = column;
  page.limit = limit;
  TRY(check_page(found->schema, page));
  TRY(check_tests(found->schema, query));
  std::vector<std::pair<ports::ColumnValue, std::uint64_t>> counts;
  if (!found->present) return counts;
  TRY_ASSIGN(const Reader reader, borrow());
  TRY_ASSIGN(const SqlitePlan plan, plan_tests(*reader, *found, query));
  const SqliteQuery sql = count_by_column(*found, query, plan, page.order_by, limit);
  TRY_ASSIGN(SqliteRun run, reader->prepare(sql.sql, sql.values, sql.cached));
  while (true) {
    TRY_ASSIGN(const bool row, run.step());
    if (!row) return counts;
    counts.emplace_back(run.value(0), static_cast<std::uint64_t>(run.integer(1)));
  }
}

base::Result<std::vector<std::uint64_t>> SqliteStore::apply(std::span<const RecordWrite> writes) {
  TRY(check_writes_bounds(writes));
  for (const RecordWrite& write : writes) {
    TRY_ASSIGN(const SqliteTable* const found, table(write.collection));
    TRY(check_write(found->schema, write));
  }
  std::lock_guard lock(write_mutex_);
  if (!writer_) return base::make_error(ErrorCode::invalid_argument, file_ + ": opened for reading only");
  if (writes.empty()) return std::vector<std::uint64_t>();
  return apply_locked(writes);
}

base::Result<std::vector<std::uint64_t>> SqliteStore::apply_locked(std::span<const RecordWrite> writes) {
  std::vector<std::uint64_t> versions;
  versions.reserve(writes.size());
  {
    TRY_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(*writer_, true));
    for (const RecordWrite& write : writes) {
      TRY_ASSIGN(const std::uint64_t version,
                 write_record(*writer_, tables_.find(write.collection)->second, write));
      versions.push_back(version);
    }
    TRY(transaction.commit());
  }
  return versions;
}

}  // namespace vedette::adapters
