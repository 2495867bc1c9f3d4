// The SQLite back end: the suite of record stores, and what is its own.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/record_store_suite.hpp"
#include "vedette/adapters/sqlite.hpp"

namespace vedette::test {

namespace {

RecordBackEnd sqlite_back_end() {
  return {"sqlite", [](const std::string& place, const std::vector<ports::CollectionSchema>& collections) {
            adapters::SqliteOptions options;
            options.file = place + "/records.db";
            options.collections = collections;
            return adapters::open_sqlite(options);
          }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, RecordStoreSuite, ::testing::Values(sqlite_back_end()),
                         [](const auto& back_end) { return back_end.param.name; });

}  // namespace vedette::test
