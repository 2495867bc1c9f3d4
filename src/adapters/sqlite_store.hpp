// The RecordStore on SQLite: one connection that writes, a few that read.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sqlite_connection.hpp"
#include "sqlite_schema.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

class SqliteStore final : public ports::RecordStore {
 public:
  // `writer` is null of a store that only reads; `lock` is held as long as the store lives.
  SqliteStore(std::string file, SqliteTables tables, std::unique_ptr<SqliteConnection> writer,
              std::shared_ptr<void> lock);
  ~SqliteStore() override;

  base::Result<std::optional<ports::StoredRecord>> get(std::string_view collection,
                                                       std::string_view id) const override;
  base::Result<ports::RecordPage> find(const ports::RecordQuery& query) const override;
  base::Result<std::uint64_t> count(const ports::RecordQuery& query) const override;
  base::Result<std::vector<std::pair<ports::ColumnValue, std::uint64_t>>> count_by(
      const ports::RecordQuery& query, std::string_view column, std::uint32_t limit) const override;
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> writes) override;

 private:
  class Reader;  // a reading connection, borrowed
  base::Result<Reader> borrow() const;
  base::Result<const SqliteTable*> table(std::string_view collection) const;
  base::Result<std::vector<std::uint64_t>> apply_locked(std::span<const ports::RecordWrite> writes);

  const std::string file_;
  const SqliteTables tables_;

  std::mutex write_mutex_;  // guards the next one
  std::unique_ptr<SqliteConnection> writer_;

  mutable std::mutex readers_mutex_;  // guards the next two
  mutable std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
  mutable std::size_t readers_ = 0;
  mutable std::condition_variable reader_came_;

  std::shared_ptr<void> lock_;
};

}  // namespace vedette::adapters
