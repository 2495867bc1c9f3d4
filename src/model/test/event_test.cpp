#include "vedette/model/event.hpp"

#include <gtest/gtest.h>

#include "vedette/model/alert.hpp"

namespace vedette::model {
namespace {

std::shared_ptr<const Source> source() {
  return std::make_shared<Source>(Source{"a.log"});
}

TEST(BatchBuilder, FieldThatComesTwiceBecomesAList) {
  BatchBuilder builder(source());
  const FieldId f = intern("test.twice");
  builder.begin_row(1);
  builder.add_copy(f, "a");
  builder.add(f, Value::integer(2));
  builder.end_row();
  const auto batch = builder.finish();
  const Value* value = (*batch)[0].find(f);
  ASSERT_TRUE(value && value->is_list());
  ASSERT_EQ(value->as_list().size(), 2u);
  EXPECT_EQ(value->as_list()[0].as_string(), "a");
  EXPECT_EQ(value->as_list()[1].as_integer(), 2);
}

TEST(BatchBuilder, ListsOfOneFieldAreJoined) {
  BatchBuilder builder(source());
  const FieldId f = intern("test.lists");
  const Value items[] = {Value::integer(1), Value::integer(2)};
  builder.begin_row(1);
  builder.add(f, Value::list(items));
  builder.add(f, Value::integer(3));
  builder.end_row();
  const auto batch = builder.finish();
  EXPECT_EQ((*batch)[0].find(f)->as_list().size(), 3u);
}

TEST(BatchBuilder, DerivedValueNeverReplacesAnOriginal) {
  BatchBuilder builder(source());
  const FieldId both = intern("test.both"), derived = intern("test.derived");
  builder.begin_row(1);
  builder.add_derived(both, Value::integer(1));
  builder.add(both, Value::integer(2));
  builder.add_derived(derived, Value::integer(3));
  builder.add_derived(derived, Value::integer(4));
  builder.end_row();
  const auto batch = builder.finish();
  EXPECT_EQ((*batch)[0].find(both)->as_integer(), 2);
  EXPECT_EQ((*batch)[0].find(derived)->as_integer(), 3);
}

TEST(BatchBuilder, DiscardedRowLeavesNothing) {
  BatchBuilder builder(source());
  builder.begin_row(1);
  builder.add_copy(field::message, "x");
  builder.discard_row();
  builder.begin_row(2);
  builder.add_copy(field::message, "y");
  builder.end_row();
  const auto batch = builder.finish();
  ASSERT_EQ(batch->size(), 1u);
  EXPECT_EQ((*batch)[0].position(), 2u);
  EXPECT_EQ((*batch)[0].text(field::message), "y");
}

TEST(BatchBuilder, NamesBeyondTheTableAreKeptAsOverflow) {
  BatchBuilder builder(source());
  FieldCache cache;
  builder.begin_row(1);
  builder.add_named(cache, std::string(FieldTable::kMaxNameBytes + 1, 'n'), Value::integer(7));
  builder.end_row();
  const auto batch = builder.finish();
  EXPECT_TRUE((*batch)[0].text(field::overflow).ends_with("=7"));
}

TEST(Event, JsonIsSortedByNameAndCarriesTheTime) {
  BatchBuilder builder(source());
  builder.begin_row(1);
  builder.set_time(1'500'000'000);
  builder.add_copy(field::message, "a\"b");
  builder.add(field::event_code, Value::integer(5));
  builder.end_row();
  const auto batch = builder.finish();
  std::string out;
  append_json(out, (*batch)[0]);
  EXPECT_EQ(out, R"({"@timestamp":"1970-01-01T00:00:01.500Z","event.code":5,"message":"a\"b"})");
}

TEST(Value, CanonicalText) {
  TextBuffer buffer;
  EXPECT_EQ(text_of(Value::real(5.0), buffer), "5");
  EXPECT_EQ(text_of(Value::integer(-3), buffer), "-3");
  EXPECT_EQ(text_of(Value::boolean(true), buffer), "true");
  EXPECT_EQ(text_of(Value::null(), buffer), "");
  double number = 0;
  EXPECT_TRUE(number_of(Value::string("9.5"), number));
  EXPECT_EQ(number, 9.5);
  EXPECT_FALSE(number_of(Value::string("9x"), number));
}

TEST(FieldTable, KnownFieldsHaveTheirNames) {
  EXPECT_EQ(name_of(field::timestamp), "@timestamp");
  EXPECT_EQ(intern("event.code"), field::event_code);
}

TEST(Alert, DocumentHoldsEventAndRule) {
  BatchBuilder builder(source());
  builder.begin_row(9);
  builder.add_copy(field::user_name, "eve");
  builder.add_copy(field::event_kind, "event");
  builder.end_row();
  auto rule = std::make_shared<RuleInfo>();
  rule->id = "r1";
  rule->title = "Rule one";
  rule->tags = {"attack.t1059.001", "attack.execution", "attack.g0016"};
  EXPECT_EQ(attack_techniques(*rule), std::vector<std::string>{"T1059.001"});
  EXPECT_EQ(attack_tactics(*rule), std::vector<std::string>{"execution"});
  const Alert alert{"id1", rule, builder.finish(), 0, 0, {{"user.name", "eve", "contains", "ev"}}, nullptr};
  std::string out;
  append_json(out, alert);
  EXPECT_EQ(
      out,
      R"({"@timestamp":null,"user.name":"eve","event.kind":"alert","log.file.path":"a.log","rule.id":"r1",)"
      R"("rule.name":"Rule one","vedette.alert.id":"id1","vedette.alert.position":9,)"
      R"("vedette.rule.level":"medium","vedette.rule.tags":["attack.t1059.001","attack.execution",)"
      R"("attack.g0016"],"vedette.match":[{"field":"user.name","value":"eve","modifier":"contains",)"
      R"("pattern":"ev"}]})");
}

}  // namespace
}  // namespace vedette::model
