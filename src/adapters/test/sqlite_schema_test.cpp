#include "sqlite_schema.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace vedette::adapters {

namespace {

base::Status make_a(SqliteConnection& connection) {
  return connection.execute("CREATE TABLE a (x)");
}
base::Status make_b(SqliteConnection& connection) {
  return connection.execute("CREATE TABLE b (x)");
}
base::Status make_c_and_fail(SqliteConnection& connection) {
  TRY(connection.execute("CREATE TABLE c (x)"));
  return connection.execute("INSERT INTO c VALUES (1, 2, 3)");
}

constexpr SqliteMigration kMigrations[] = {{1, "a", make_a}, {2, "b", make_b}, {3, "c", make_c_and_fail}};

class SqliteMigrations : public ::testing::Test {
 protected:
  void SetUp() override {
    const int fd = ::mkstemp(file_.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    auto opened = SqliteConnection::open(file_, SqliteConnection::Mode::writer);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    connection_ = std::move(opened).value();
  }
  void TearDown() override { ::unlink(file_.c_str()); }

  base::Status migrate(std::size_t count) {
    return migrate_sqlite(*connection_, std::span(kMigrations).first(count),
                          [this](const std::string& line) { reports_.push_back(line); });
  }
  std::int64_t number(const std::string& sql) { return connection_->query_integer(sql).value(); }

  std::string file_ = ::testing::TempDir() + "vedette-schema-XXXXXX";
  std::unique_ptr<SqliteConnection> connection_;
  std::vector<std::string> reports_;
};

}  // namespace

TEST_F(SqliteMigrations, RunEachOnce) {
  ASSERT_TRUE(migrate(1).ok());
  EXPECT_EQ(number("PRAGMA user_version"), 1);
  EXPECT_EQ(number("PRAGMA application_id"), kSqliteApplicationId);
  ASSERT_TRUE(migrate(1).ok());
  EXPECT_TRUE(reports_.empty());
  ASSERT_TRUE(migrate(2).ok());
  EXPECT_EQ(number("PRAGMA user_version"), 2);
  EXPECT_EQ(reports_.size(), 1u);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 2);
  EXPECT_EQ(migrate(1).error().code, base::ErrorCode::unsupported);
}

TEST_F(SqliteMigrations, OneThatFailsChangesNothing) {
  EXPECT_FALSE(migrate(3).ok());
  EXPECT_EQ(number("PRAGMA user_version"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(SqliteMigrations, ReadersAskForTheLatest) {
  ASSERT_TRUE(migrate(1).ok());
  EXPECT_TRUE(check_sqlite_version(*connection_, std::span(kMigrations).first(1)).ok());
  EXPECT_EQ(check_sqlite_version(*connection_, std::span(kMigrations).first(2)).error().code,
            base::ErrorCode::unsupported);
}

TEST(SqliteSchema, MigrationsHaveNoGap) {
  std::int64_t version = 0;
  for (const SqliteMigration& migration : sqlite_migrations()) EXPECT_EQ(migration.version, ++version);
}

}  // namespace vedette::adapters
