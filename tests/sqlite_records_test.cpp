// The SQLite back end: the suite of record stores, and what is its own.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/record_store_suite.hpp"
#include "support/temp_folder.hpp"
#include "vedette/adapters/sqlite.hpp"

namespace vedette::test {

using base::ErrorCode;

namespace {

RecordBackEnd sqlite_back_end() {
  return {"sqlite", [](const std::string& place, const std::vector<ports::CollectionSchema>& collections) {
            adapters::SqliteOptions options;
            options.file = place + "/records.db";
            options.collections = collections;
            return adapters::open_sqlite(options);
          }};
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void run_sql(const std::string& file, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << (message ? message : "");
  sqlite3_free(message);
  sqlite3_close(database);
}

class SqliteRecords : public ::testing::Test {
 protected:
  adapters::SqliteOptions options(bool read_only = false) {
    adapters::SqliteOptions options;
    options.file = file_;
    options.read_only = read_only;
    options.collections = suite_collections();
    options.report = [this](const std::string& line) { reports_.push_back(line); };
    return options;
  }
  std::unique_ptr<ports::RecordStore> open(bool read_only = false) {
    auto opened = adapters::open_sqlite(options(read_only));
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  base::Error open_error(bool read_only = false) {
    auto opened = adapters::open_sqlite(options(read_only));
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? base::Error{} : opened.error();
  }
  static std::uint64_t count(const ports::RecordStore& store) {
    const auto counted = store.count(things_query());
    EXPECT_TRUE(counted.ok()) << counted.error().message;
    return counted.ok() ? *counted : 0;
  }

  TempFolder folder_;
  std::string file_ = folder_.file("records.db");
  std::vector<std::string> reports_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, RecordStoreSuite, ::testing::Values(sqlite_back_end()),
                         [](const auto& back_end) { return back_end.param.name; });

// Every version that a release wrote, up to the one of today, has its fixture.
TEST_F(SqliteRecords, EverySchemaVersionIsBroughtUpToDate) {
  ASSERT_TRUE(open());
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const int latest = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(database);
  ASSERT_GE(latest, 1);
  for (int version = 1; version <= latest; ++version) {
    const std::string sql = content_of("tests/records/schema_v" + std::to_string(version) + ".sql");
    ASSERT_FALSE(sql.empty()) << "no fixture of schema version " << version;
    file_ = folder_.file("v" + std::to_string(version) + ".db");
    run_sql(file_, sql);
    auto store = open();
    ASSERT_TRUE(store);
    const auto got = store->get("things", "\xc3\xbc");
    ASSERT_TRUE(got.ok() && got->has_value());
    EXPECT_EQ((*got)->version, 2u);
    EXPECT_EQ((*got)->document, "{\"name\":\"\xc3\xbc\"}");
    EXPECT_EQ((*got)->columns, (ports::Columns{{"size", std::numeric_limits<std::int64_t>::min()},
                                               {"weight", 1e300},
                                               {"colour", std::string()},
                                               {"note", std::string("a note")}}));
    EXPECT_EQ(count(*store), 3u);
    EXPECT_EQ(*store->apply(std::vector{put_thing("b", {}, 7)}), std::vector<std::uint64_t>{8});
    store.reset();
    EXPECT_EQ(count(*open(true)), 3u);
  }
}

TEST_F(SqliteRecords, ANewerVersionIsLeftAlone) {
  ASSERT_TRUE(open());
  run_sql(file_, "PRAGMA user_version=999");
  const std::string before = content_of(file_);
  for (const bool read_only : {false, true}) {
    const base::Error error = open_error(read_only);
    EXPECT_EQ(error.code, ErrorCode::unsupported);
    EXPECT_NE(error.message.find("999"), std::string::npos) << error.message;
  }
  EXPECT_EQ(content_of(file_), before);
}

TEST_F(SqliteRecords, ADatabaseOfOthersIsLeftAlone) {
  run_sql(file_, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  EXPECT_EQ(open_error().code, ErrorCode::corrupt);
  EXPECT_EQ(open_error(true).code, ErrorCode::corrupt);
  run_sql(file_, "PRAGMA application_id=7; DROP TABLE theirs");
  EXPECT_EQ(open_error().code, ErrorCode::corrupt);
}

TEST_F(SqliteRecords, DamagedFilesAreTold) {
  for (const std::string& text : {std::string("short"), std::string(5'000, 'x')}) {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
    for (const bool read_only : {false, true}) {
      const base::Error error = open_error(read_only);
      EXPECT_EQ(error.code, ErrorCode::corrupt);
      EXPECT_NE(error.message.find("restore"), std::string::npos) << error.message;
    }
    EXPECT_EQ(content_of(file_), text);
  }
}

// Whatever is damaged: an error or an answer, never a crash; and damage that is seen is called that.
TEST_F(SqliteRecords, RandomDamageIsSurvived) {
  {
    auto store = open();
    std::vector<ports::RecordWrite> writes;
    for (int i = 0; i < 500; ++i) {
      writes.push_back(
          put_thing("t" + std::to_string(i), {{"size", std::int64_t{i}}, {"colour", std::string(40, 'c')}}));
    }
    ASSERT_TRUE(store->apply(writes).ok());
  }
  const std::string whole = content_of(file_);
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  int found = 0;
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) bytes.resize(512 + random() % (bytes.size() - 512));
    const std::size_t at = random() % (bytes.size() - 64);
    for (std::size_t i = 0; round % 3 != 0 && i < 64; ++i) bytes[at + i] = static_cast<char>(random());
    std::filesystem::remove(file_ + "-wal");
    std::filesystem::remove(file_ + "-shm");
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
    auto opened = adapters::open_sqlite(options(round % 2 == 1));
    if (!opened.ok()) {
      ++found;
      EXPECT_TRUE(opened.error().code == ErrorCode::corrupt ||
                  opened.error().code == ErrorCode::unsupported ||
                  opened.error().code == ErrorCode::invalid_argument || opened.error().code == ErrorCode::io)
          << opened.error().message;
      continue;
    }
    for (const char* order : {"id", "size", "colour"}) {
      ports::RecordQuery query = things_query();
      query.order_by = order;
      query.limit = 10'000;
      const auto page = (*opened)->find(query);
      EXPECT_TRUE(page.ok() || page.error().code == ErrorCode::corrupt) << page.error().message;
    }
    (void)(*opened)->apply(std::vector{put_thing("new", {})});
  }
  EXPECT_GT(found, 10);
}

TEST_F(SqliteRecords, OneProcessWritesOthersRead) {
  auto writer = open();
  ASSERT_TRUE(writer->apply(std::vector{put_thing("a", {})}).ok());
  EXPECT_EQ(open_error().code, ErrorCode::busy);
  auto reader = open(true);
  EXPECT_EQ(count(*reader), 1u);
  ASSERT_TRUE(writer->apply(std::vector{put_thing("b", {})}).ok());
  EXPECT_EQ(count(*reader), 2u);
  EXPECT_EQ(reader->apply(std::vector{put_thing("c", {})}).error().code, ErrorCode::invalid_argument);
  writer.reset();
  EXPECT_EQ(count(*reader), 2u);
  reader.reset();
  EXPECT_EQ(count(*open(true)), 2u);
  writer = open();
  EXPECT_TRUE(writer->apply(std::vector{put_thing("c", {})}).ok());
}

TEST_F(SqliteRecords, ReadersSeeWhatAWriterThatDiedHasWritten) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = adapters::open_sqlite(options());
    ::_exit(store.ok() && (*store)->apply(std::vector{put_thing("a", {})}).ok() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(std::filesystem::exists(file_ + "-wal"));
  EXPECT_EQ(count(*open(true)), 1u);
  EXPECT_EQ(count(*open()), 1u);
}

TEST_F(SqliteRecords, AReaderKnowsMoreThanTheFile) {
  EXPECT_EQ(open_error(true).code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(file_));
  adapters::SqliteOptions few = options();
  few.collections = {{"things", {{"size", ports::ColumnType::integer, true}}}};
  ASSERT_TRUE(
      (*adapters::open_sqlite(few))->apply(std::vector{put_thing("a", {{"size", std::int64_t{1}}})}).ok());
  auto reader = open(true);
  ports::RecordQuery query = things_query({column_test("colour", ports::ColumnTest::Op::absent, {})});
  query.order_by = "weight";
  EXPECT_EQ(reader->find(query)->records.size(), 1u);
  query.collection = "others";
  query.tests.clear();
  query.order_by = "id";
  EXPECT_EQ(reader->find(query)->records.size(), 0u);
  EXPECT_EQ(*reader->count(query), 0u);
}

TEST_F(SqliteRecords, OnlyItsUserReadsTheFile) {
  const mode_t before = ::umask(0);
  auto store = open();
  EXPECT_TRUE(store->apply(std::vector{put_thing("a", {})}).ok());
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((file_ + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
  EXPECT_TRUE(reports_.empty());
  store.reset();
  ::chmod(file_.c_str(), 0644);
  store = open();
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_NE(reports_[0].find("chmod 600"), std::string::npos);
}

TEST_F(SqliteRecords, FilesThatCannotBe) {
  file_ = folder_.file("no/such/folder/records.db");
  EXPECT_EQ(open_error().code, ErrorCode::not_found);
  file_ = folder_.path();
  EXPECT_EQ(open_error().code, ErrorCode::io);
}

TEST_F(SqliteRecords, NamesComeFromTheSchemaOnly) {
  for (const char* name : {"", "Things", "a b", "a\"", "a;drop", "1a", "_a", "\xc3\xa4"}) {
    adapters::SqliteOptions bad = options();
    bad.collections = {{name, {}}};
    EXPECT_EQ(adapters::open_sqlite(bad).error().code, ErrorCode::invalid_argument) << name;
    bad.collections = {{"things", {{name, ports::ColumnType::text, true}}}};
    EXPECT_EQ(adapters::open_sqlite(bad).error().code, ErrorCode::invalid_argument) << name;
  }
  adapters::SqliteOptions keywords = options();
  keywords.collections = {
      {"select", {{"order", ports::ColumnType::text, true}, {"version", ports::ColumnType::text, true}}},
      {"meta", {{"rowid", ports::ColumnType::text, true}}}};
  auto store = adapters::open_sqlite(keywords);
  ASSERT_TRUE(store.ok()) << store.error().message;
  ports::RecordWrite write = put_thing("a", {{"order", std::string("x")}, {"version", std::string("y")}});
  write.collection = "select";
  EXPECT_TRUE((*store)->apply(std::span(&write, 1)).ok());
  EXPECT_EQ((*(*store)->get("select", "a"))->columns, write.columns);
}

// In a child, whose files may grow to 1 MiB only.
TEST_F(SqliteRecords, AFullDiskIsToldAndHarmsNothing) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = adapters::open_sqlite(options());
    const rlimit limit{1 << 20, 1 << 20};
    if (!store.ok() || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    std::uint64_t written = 0;
    while (true) {
      ports::RecordWrite write = put_thing("t" + std::to_string(written), {});
      write.document.assign(100'000, ' ');
      const auto done = (*store)->apply(std::span(&write, 1));
      if (!done.ok()) {
        if (done.error().code != ErrorCode::no_space) {
          std::cerr << done.error().message << "\n";
          ::_exit(3);
        }
        break;
      }
      if (++written > 100) ::_exit(4);
    }
    const auto counted = (*store)->count(things_query());
    ::_exit(counted.ok() && *counted == written && written > 2 ? 0 : 5);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto store = open();
  EXPECT_GT(count(*store), 2u);
  EXPECT_TRUE(store->apply(std::vector{put_thing("again", {})}).ok());
}

}  // namespace vedette::test
