// The embedded RecordStore: one SQLite file in WAL mode.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

struct SqliteOptions {
  std::string file;  // made with mode 0600
  bool read_only = false;
  std::vector<ports::CollectionSchema> collections;  // missing tables, columns and indexes are added
  std::function<void(const std::string&)> report;
};

// busy: another process writes; corrupt: not a database of ours, or damaged (the message says what to do);
// unsupported: written by a newer version.
base::Result<std::unique_ptr<ports::RecordStore>> open_sqlite(const SqliteOptions& options);

}  // namespace vedette::adapters
