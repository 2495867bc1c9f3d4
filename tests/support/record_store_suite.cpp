#include "support/record_store_suite.hpp"

#include <cmath>
#include <limits>

namespace vedette::test {

using base::ErrorCode;
using ports::ColumnTest;
using ports::ColumnType;
using ports::ColumnValue;
using ports::RecordQuery;
using ports::RecordWrite;
using Op = ports::ColumnTest::Op;
using Ids = std::vector<std::string>;

std::vector<ports::CollectionSchema> suite_collections() {
  return {{"things",
           {{"size", ColumnType::integer, true},
            {"weight", ColumnType::real, true},
            {"colour", ColumnType::text, true},
            {"note", ColumnType::text, false}}},
          {"others", {}}};
}

RecordWrite put_thing(std::string id, ports::Columns columns, std::uint64_t expected) {
  RecordWrite write;
  write.collection = "things";
  write.document = "{\"name\":\"" + id + "\"}";
  write.id = std::move(id);
  write.columns = std::move(columns);
  write.expected_version = expected;
  return write;
}

RecordWrite remove_thing(std::string id, std::uint64_t expected) {
  RecordWrite write;
  write.kind = RecordWrite::Kind::remove;
  write.collection = "things";
  write.id = std::move(id);
  write.expected_version = expected;
  return write;
}

ColumnTest column_test(std::string column, Op op, std::vector<ColumnValue> values) {
  return {std::move(column), op, std::move(values)};
}

RecordQuery things_query(std::vector<ColumnTest> tests) {
  RecordQuery query;
  query.collection = "things";
  query.tests = std::move(tests);
  return query;
}

void RecordStoreSuite::SetUp() {
  ASSERT_FALSE(folder_.path().empty());
  reopen();
}

void RecordStoreSuite::reopen(const std::vector<ports::CollectionSchema>& collections) {
  store_.reset();
  auto opened = GetParam().open(folder_.path(), collections);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  store_ = std::move(opened).value();
}

void RecordStoreSuite::apply(const std::vector<RecordWrite>& writes) {
  const auto done = store_->apply(writes);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(done->size(), writes.size());
}

std::vector<ports::StoredRecord> RecordStoreSuite::all_pages(RecordQuery query, std::uint32_t limit) {
  std::vector<ports::StoredRecord> records;
  query.limit = limit;
  while (true) {
    auto page = store_->find(query);
    EXPECT_TRUE(page.ok()) << page.error().message;
    if (!page.ok()) return records;
    EXPECT_LE(page->records.size(), limit);
    for (ports::StoredRecord& record : page->records) records.push_back(std::move(record));
    if (page->next.empty()) return records;
    EXPECT_EQ(
        page->next.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
        std::string::npos);
    query.after = page->next;
  }
}

Ids RecordStoreSuite::ids(RecordQuery query, std::uint32_t limit) {
  Ids out;
  for (const ports::StoredRecord& record : all_pages(std::move(query), limit)) out.push_back(record.id);
  return out;
}

ErrorCode RecordStoreSuite::find_error(const RecordQuery& query) {
  const auto page = store_->find(query);
  EXPECT_FALSE(page.ok());
  return page.ok() ? ErrorCode::io : page.error().code;
}

TEST_P(RecordStoreSuite, KeepsWhatWasPut) {
  const ports::Columns columns{{"size", std::int64_t{-3}}, {"weight", 1.5}, {"colour", std::string("grün")}};
  apply({put_thing("a", columns)});
  for (int round = 0; round < 2; ++round) {
    const auto got = store_->get("things", "a");
    ASSERT_TRUE(got.ok() && got->has_value());
    EXPECT_EQ((*got)->id, "a");
    EXPECT_EQ((*got)->version, 1u);
    EXPECT_EQ((*got)->document, "{\"name\":\"a\"}");
    EXPECT_EQ((*got)->columns, columns);
    reopen();
  }
  const auto none = store_->get("things", "b");
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
  const auto elsewhere = store_->get("others", "a");
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_FALSE(elsewhere->has_value());
}

TEST_P(RecordStoreSuite, EveryWriteReplacesTheRecordAndRaisesItsVersion) {
  apply({put_thing("a", {{"size", std::int64_t{1}}, {"colour", std::string("red")}})});
  const auto versions =
      store_->apply(std::vector{put_thing("a", {{"size", std::int64_t{2}}}), put_thing("b", {}),
                                put_thing("a", {{"size", std::int64_t{3}}})});
  ASSERT_TRUE(versions.ok());
  EXPECT_EQ(*versions, (std::vector<std::uint64_t>{2, 1, 3}));
  const auto got = store_->get("things", "a");
  ASSERT_TRUE(got.ok() && got->has_value());
  EXPECT_EQ((*got)->columns, (ports::Columns{{"size", std::int64_t{3}}}));
  const auto removed =
      store_->apply(std::vector{remove_thing("a"), remove_thing("never"), put_thing("a", {})});
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(*removed, (std::vector<std::uint64_t>{0, 0, 1}));
}

TEST_P(RecordStoreSuite, AWriteOfAnotherVersionIsAConflictAndChangesNothing) {
  apply({put_thing("a", {}), put_thing("a", {})});
  const std::vector<RecordWrite> conflicts{
      put_thing("a", {}, 1), put_thing("a", {}, 3),
      put_thing("a", {}, 0), put_thing("no", {}, 1),
      remove_thing("a", 1),  remove_thing("a", 0),
      remove_thing("no", 2), put_thing("a", {}, RecordWrite::kAnyVersion - 1)};
  for (const RecordWrite& conflict : conflicts) {
    const auto done = store_->apply(std::vector{put_thing("other", {}), conflict});
    ASSERT_FALSE(done.ok()) << conflict.id << " " << conflict.expected_version;
    EXPECT_EQ(done.error().code, ErrorCode::busy);
    EXPECT_EQ(done.error().message.substr(0, 8), "conflict");
    EXPECT_EQ(ids(things_query()), (Ids{"a"}));
  }
  apply({put_thing("a", {}, 2), put_thing("b", {}, 0), remove_thing("b", 1), remove_thing("c", 0)});
  EXPECT_EQ((*store_->get("things", "a"))->version, 3u);
}

TEST_P(RecordStoreSuite, RefusesWhatTheSchemaDoesNotKnow) {
  const auto refused = [&](RecordWrite write, ErrorCode code) {
    const auto done = store_->apply(std::vector{put_thing("good", {}), write});
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, code) << done.error().message;
  };
  refused(put_thing("a", {{"shape", std::int64_t{1}}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"size", 1.0}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"size", std::string("1")}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"colour", std::int64_t{1}}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"weight", std::nan("")}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"colour", std::string("a\0b", 3)}}), ErrorCode::invalid_argument);
  refused(put_thing("a", {{"colour", std::string("\xff")}}), ErrorCode::invalid_argument);
  refused(put_thing("", {}), ErrorCode::invalid_argument);
  refused(put_thing(std::string(ports::kMaxIdBytes + 1, 'a'), {}), ErrorCode::limit);
  refused(put_thing("a", {{"colour", std::string(ports::kMaxTextBytes + 1, 'a')}}), ErrorCode::limit);
  RecordWrite large = put_thing("a", {});
  large.document.assign(ports::kMaxDocumentBytes + 1, ' ');
  refused(large, ErrorCode::limit);
  RecordWrite elsewhere = put_thing("a", {});
  elsewhere.collection = "things\" --";
  refused(elsewhere, ErrorCode::invalid_argument);
  EXPECT_EQ(ids(things_query()), Ids{});
  EXPECT_FALSE(store_->get("nothing", "a").ok());
}

TEST_P(RecordStoreSuite, RefusesQueriesThatTheSchemaDoesNotKnow) {
  const auto text = [](const char* value) { return ColumnValue(std::string(value)); };
  EXPECT_EQ(find_error(things_query({column_test("shape", Op::absent, {})})), ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("id = id --", Op::absent, {})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("document", Op::absent, {})})), ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("size", Op::equals, {text("1")})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("size", Op::contains, {std::int64_t{1}})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("colour", Op::equals, {std::int64_t{1}})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("colour", Op::equals, {})})), ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("colour", Op::equals, {ColumnValue()})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("colour", Op::less, {text("a"), text("b")})})),
            ErrorCode::invalid_argument);
  EXPECT_EQ(find_error(things_query({column_test("weight", Op::less, {std::nan("")})})),
            ErrorCode::invalid_argument);
  RecordQuery query = things_query();
  query.limit = 0;
  EXPECT_EQ(find_error(query), ErrorCode::invalid_argument);
  query.limit = 10'001;
  EXPECT_EQ(find_error(query), ErrorCode::invalid_argument);
  query = things_query();
  query.order_by = "version";
  EXPECT_EQ(find_error(query), ErrorCode::invalid_argument);
  query = things_query({column_test("size", Op::in, std::vector<ColumnValue>(10'001, std::int64_t{1}))});
  EXPECT_EQ(find_error(query), ErrorCode::limit);
  EXPECT_FALSE(store_->count_by(things_query(), "version", 10).ok());
  EXPECT_FALSE(store_->count(things_query({column_test("x", Op::absent, {})})).ok());
}

TEST_P(RecordStoreSuite, OrdersAbsentValuesFirstAndTiesById) {
  apply({put_thing("a", {{"size", std::int64_t{2}}}), put_thing("b", {}),
         put_thing("c", {{"size", std::int64_t{1}}}), put_thing("d", {{"size", std::int64_t{2}}}),
         put_thing("e", {})});
  RecordQuery query = things_query();
  query.order_by = "size";
  for (const std::uint32_t limit : {1u, 2u, 3u, 5u, 100u}) {
    query.descending = false;
    EXPECT_EQ(ids(query, limit), (Ids{"b", "e", "c", "a", "d"})) << limit;
    query.descending = true;
    EXPECT_EQ(ids(query, limit), (Ids{"d", "a", "c", "e", "b"})) << limit;
  }
}

TEST_P(RecordStoreSuite, ComparesNumbersExactly) {
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  apply({put_thing("a", {{"size", large}, {"weight", 9007199254740992.0}}),
         put_thing("b", {{"size", large - 1}, {"weight", std::numeric_limits<double>::infinity()}}),
         put_thing("c", {{"size", std::numeric_limits<std::int64_t>::max()}, {"weight", -0.0}}),
         put_thing("d", {{"size", std::numeric_limits<std::int64_t>::min()}, {"weight", std::int64_t{7}}})});
  EXPECT_EQ(ids(things_query({column_test("size", Op::equals, {large})})), Ids{"a"});
  EXPECT_EQ(ids(things_query({column_test("size", Op::equals, {9007199254740992.0})})), Ids{"b"});
  EXPECT_EQ(ids(things_query({column_test("size", Op::less, {0.5})})), Ids{"d"});
  EXPECT_EQ(ids(things_query({column_test("size", Op::greater, {9007199254740992.5})})), (Ids{"a", "c"}));
  EXPECT_EQ(ids(things_query({column_test("weight", Op::equals, {std::int64_t{0}})})), Ids{"c"});
  EXPECT_EQ(
      ids(things_query({column_test("weight", Op::in, {7.0, std::numeric_limits<double>::infinity()})})),
      (Ids{"b", "d"}));
  EXPECT_EQ((*store_->get("things", "d"))->columns.at("weight"), ColumnValue(7.0));
  RecordQuery query = things_query();
  query.order_by = "size";
  EXPECT_EQ(ids(query, 1), (Ids{"d", "b", "a", "c"}));
  query.order_by = "weight";
  EXPECT_EQ(ids(query, 1), (Ids{"c", "d", "a", "b"}));
}

TEST_P(RecordStoreSuite, ContainsTakesItsTextLiterally) {
  apply({put_thing("a", {{"colour", std::string("100% Wool_x")}}),
         put_thing("b", {{"colour", std::string("100 wool x")}}),
         put_thing("c", {{"colour", std::string("back\\slash")}}), put_thing("d", {}),
         put_thing("e", {{"colour", std::string("GRÜN")}})});
  const auto containing = [&](const std::string& text) {
    return ids(things_query({column_test("colour", Op::contains, {text})}));
  };
  EXPECT_EQ(containing("0%"), Ids{"a"});
  EXPECT_EQ(containing("L_X"), Ids{"a"});
  EXPECT_EQ(containing("WOOL"), (Ids{"a", "b"}));
  EXPECT_EQ(containing("\\"), Ids{"c"});
  EXPECT_EQ(containing("' OR 1=1 --"), Ids{});
  EXPECT_EQ(containing("ü"), Ids{});
  EXPECT_EQ(containing("grÜ"), Ids{"e"});
  EXPECT_EQ(containing(""), (Ids{"a", "b", "c", "e"}));
  EXPECT_EQ(ids(things_query({column_test("id", Op::contains, {std::string("B")})})), Ids{"b"});
}

TEST_P(RecordStoreSuite, AbsentValuesMeetOnlyTheTestsForThem) {
  apply({put_thing("a", {{"colour", std::string("red")}}), put_thing("b", {}),
         put_thing("c", {{"colour", std::string("")}})});
  const std::vector<ColumnValue> red{std::string("red")};
  EXPECT_EQ(ids(things_query({column_test("colour", Op::not_equals, red)})), (Ids{"b", "c"}));
  EXPECT_EQ(ids(things_query({column_test("colour", Op::absent, {})})), Ids{"b"});
  EXPECT_EQ(ids(things_query({column_test("colour", Op::at_most, red)})), (Ids{"a", "c"}));
  EXPECT_EQ(ids(things_query({column_test("colour", Op::in, {})})), Ids{});
  EXPECT_EQ(ids(things_query({column_test("colour", Op::in, {std::string("red"), std::string("blue")})})),
            Ids{"a"});
}

TEST_P(RecordStoreSuite, ManyValuesAtOnce) {
  std::vector<RecordWrite> writes;
  std::vector<ColumnValue> wanted;
  for (int i = 0; i < 3'000; ++i) {
    writes.push_back(put_thing("t" + std::to_string(i), {}));
    if (i % 3 == 0) wanted.emplace_back("t" + std::to_string(i));
  }
  apply(writes);
  EXPECT_EQ(*store_->count(things_query({column_test("id", Op::in, wanted)})), 1'000u);
  EXPECT_EQ(ids(things_query({column_test("id", Op::in, wanted)}), 300).size(), 1'000u);
}

TEST_P(RecordStoreSuite, CursorsAreOfTheirQueryOnly) {
  std::vector<RecordWrite> writes;
  for (int i = 0; i < 20; ++i)
    writes.push_back(put_thing("t" + std::to_string(i), {{"size", std::int64_t{i % 3}}}));
  apply(writes);
  RecordQuery query = things_query({column_test("size", Op::less, {std::int64_t{2}})});
  query.order_by = "size";
  query.limit = 5;
  const std::string cursor = store_->find(query)->next;
  ASSERT_FALSE(cursor.empty());
  query.after = cursor;
  query.limit = 7;  // may change
  EXPECT_TRUE(store_->find(query).ok());
  for (RecordQuery other : {things_query(), query, query, query, query}) {
    static int change = 0;
    other.after = cursor;
    switch (change++) {
      case 1:
        other.descending = true;
        break;
      case 2:
        other.order_by = "weight";
        break;
      case 3:
        other.tests[0].values[0] = std::int64_t{1};
        break;
      case 4:
        other.tests[0].op = Op::at_most;
        break;
      default:
        break;
    }
    EXPECT_EQ(find_error(other), ErrorCode::invalid_argument);
  }
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    query.after = cursor;
    query.after[i] = cursor[i] == 'A' ? 'B' : 'A';
    const auto page = store_->find(query);
    // The last digit may hold bits that mean nothing.
    EXPECT_TRUE(!page.ok() || i + 1 == cursor.size()) << i;
    query.after = cursor.substr(0, i);
    EXPECT_TRUE(i == 0 || !store_->find(query).ok()) << i;
  }
  for (const char* bad : {"%", "AQ==", "A+/B", "\n", "ï"}) {
    query.after = bad;
    EXPECT_EQ(find_error(query), ErrorCode::invalid_argument);
  }
}

TEST_P(RecordStoreSuite, PagesGoOnWhereTheyEndedWhileRecordsComeAndGo) {
  for (const char* id : {"b", "d", "f", "h"}) apply({put_thing(id, {{"size", std::int64_t{5}}})});
  RecordQuery query = things_query();
  query.order_by = "size";
  query.limit = 2;
  query.after = store_->find(query)->next;  // after d
  apply({remove_thing("d"), put_thing("a", {{"size", std::int64_t{5}}}),
         put_thing("e", {{"size", std::int64_t{5}}})});
  const auto page = store_->find(query);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->records.size(), 2u);
  EXPECT_EQ(page->records[0].id, "e");
  EXPECT_EQ(page->records[1].id, "f");
}

TEST_P(RecordStoreSuite, PagesOfLargeDocumentsEndEarly) {
  std::vector<RecordWrite> writes;
  for (int i = 0; i < 5; ++i) {
    writes.push_back(put_thing("t" + std::to_string(i), {}));
    writes.back().document.assign(ports::kMaxDocumentBytes, ' ');
  }
  apply(writes);
  RecordQuery query = things_query();
  query.limit = 10'000;
  const auto page = store_->find(query);
  ASSERT_TRUE(page.ok());
  EXPECT_LT(page->records.size(), 5u);
  EXPECT_FALSE(page->next.empty());
  EXPECT_EQ(ids(query, 10'000).size(), 5u);
}

TEST_P(RecordStoreSuite, CountsByColumn) {
  apply({put_thing("a", {{"colour", std::string("red")}}), put_thing("b", {{"colour", std::string("blue")}}),
         put_thing("c", {{"colour", std::string("red")}, {"size", std::int64_t{1}}}), put_thing("d", {}),
         put_thing("e", {{"colour", std::string("blue")}})});
  using Counts = std::vector<std::pair<ColumnValue, std::uint64_t>>;
  EXPECT_EQ(*store_->count(things_query()), 5u);
  EXPECT_EQ(*store_->count_by(things_query(), "colour", 10),
            (Counts{{std::string("blue"), 2}, {std::string("red"), 2}, {ColumnValue(), 1}}));
  EXPECT_EQ(*store_->count_by(things_query(), "colour", 1), (Counts{{std::string("blue"), 2}}));
  EXPECT_EQ(*store_->count_by(things_query({column_test("size", Op::absent, {})}), "colour", 10),
            (Counts{{std::string("blue"), 2}, {ColumnValue(), 1}, {std::string("red"), 1}}));
}

TEST_P(RecordStoreSuite, ColumnsAndCollectionsAreAddedLater) {
  apply({put_thing("a", {{"size", std::int64_t{1}}})});
  auto collections = suite_collections();
  collections[0].columns.push_back({"shape", ColumnType::text, true});
  collections.push_back({"more", {{"size", ColumnType::integer, true}}});
  reopen(collections);
  RecordWrite shaped = put_thing("b", {{"shape", std::string("round")}});
  RecordWrite more = put_thing("x", {{"size", std::int64_t{1}}});
  more.collection = "more";
  apply({shaped, more});
  EXPECT_EQ(ids(things_query({column_test("shape", Op::absent, {})})), Ids{"a"});
  EXPECT_EQ(ids(things_query({column_test("shape", Op::equals, {std::string("round")})})), Ids{"b"});
  reopen();
  EXPECT_EQ(ids(things_query()), (Ids{"a", "b"}));
  collections[0].columns[0].type = ColumnType::text;
  store_.reset();
  EXPECT_EQ(GetParam().open(folder_.path(), collections).error().code, ErrorCode::invalid_argument);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecordStoreSuite);

}  // namespace vedette::test
