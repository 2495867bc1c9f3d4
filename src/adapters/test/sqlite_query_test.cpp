#include "sqlite_query.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace vedette::adapters {

namespace {

using ports::ColumnTest;
using Op = ports::ColumnTest::Op;
using Along = SqlitePlan::Along;

ports::CollectionSchema plan_schema() {
  return {"things", {{"size", ports::ColumnType::integer, true}, {"colour", ports::ColumnType::text, true}}};
}

class SqlitePlans : public ::testing::Test {
 protected:
  void SetUp() override {
    const int fd = ::mkstemp(file_.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    connection_ = SqliteConnection::open(file_, SqliteConnection::Mode::writer).value();
    const std::vector schemas{plan_schema()};
    ASSERT_TRUE(ensure_collections(*connection_, schemas, nullptr).ok());
    tables_ = read_tables(*connection_, schemas).value();
    ASSERT_TRUE(connection_
                    ->execute("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499) "
                              "INSERT INTO r_things SELECT 't' || i, 1, '{}', nullif(i % 40, 0), "
                              "nullif('c' || (i % 7), 'c0') FROM n")
                    .ok());
  }
  void TearDown() override { ::unlink(file_.c_str()); }

  std::vector<std::string> run(const SqliteQuery& query) {
    std::vector<std::string> rows;
    SqliteRun run = connection_->prepare(query.sql, query.values, query.cached).value();
    while (run.step().value()) rows.push_back(run.text(0));
    return rows;
  }
  std::string explain(SqliteQuery query) {
    query.sql = "EXPLAIN QUERY PLAN " + query.sql;
    std::string text;
    SqliteRun run = connection_->prepare(query.sql, query.values, false).value();
    while (run.step().value()) text += run.text(3) + "; ";
    return text;
  }
  std::vector<std::string> select(const ports::RecordQuery& query, const SqlitePlan& plan,
                                  const RecordCursor* after) {
    std::vector<std::string> rows;
    for (const SqliteQuery& part : select_records(tables_.at("things"), query, plan, after, 1'000)) {
      for (std::string& row : run(part)) rows.push_back(std::move(row));
    }
    return rows;
  }

  std::string file_ = ::testing::TempDir() + "vedette-plans-XXXXXX";
  std::unique_ptr<SqliteConnection> connection_;
  SqliteTables tables_;
};

ports::RecordQuery plan_query(const char* order, bool descending) {
  ports::RecordQuery query;
  query.collection = "things";
  query.order_by = order;
  query.descending = descending;
  query.tests = {{"size", Op::less, {std::int64_t{30}}},
                 {"colour", Op::in, {std::string("c1"), std::string("c2"), std::string("c6")}},
                 {"size", Op::not_equals, {std::int64_t{3}}},
                 {"colour", Op::contains, {std::string("C")}},
                 {"id", Op::greater, {std::string("t1")}}};
  return query;
}

}  // namespace

TEST_F(SqlitePlans, AllFindTheSame) {
  const SqlitePlan plans[] = {
      {Along::any, 0}, {Along::one_test, 0}, {Along::one_test, 1}, {Along::one_test, 4}, {Along::order, 0}};
  const RecordCursor cursors[] = {{std::int64_t{9}, "t249"}, {{}, "t280"}};
  for (const char* order : {"id", "size", "colour"}) {
    for (const bool descending : {false, true}) {
      const ports::RecordQuery query = plan_query(order, descending);
      for (const RecordCursor* after :
           {static_cast<const RecordCursor*>(nullptr), &cursors[0], &cursors[1]}) {
        RecordCursor cursor = after ? *after : RecordCursor{};
        if (query.order_by == "colour" && cursor.value.index() != 0) cursor.value = std::string("c2");
        const auto expected = select(query, plans[0], after ? &cursor : nullptr);
        EXPECT_TRUE(after || expected.size() > 100);
        for (const SqlitePlan& plan : plans)
          EXPECT_EQ(select(query, plan, after ? &cursor : nullptr), expected);
      }
    }
  }
}

TEST_F(SqlitePlans, AreKept) {
  const auto explained = [&](const char* order, const SqlitePlan& plan) {
    return explain(select_records(tables_.at("things"), plan_query(order, true), plan, nullptr, 10)[0]);
  };
  EXPECT_NE(explained("size", {Along::one_test, 1}).find("i_things.colour"), std::string::npos);
  EXPECT_NE(explained("colour", {Along::one_test, 0}).find("i_things.size"), std::string::npos);
  for (const char* order : {"size", "colour", "id"}) {
    EXPECT_EQ(explained(order, {Along::order, 0}).find("TEMP B-TREE"), std::string::npos) << order;
  }
}

}  // namespace vedette::adapters
