#include "vedette/model/alert_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Fields = std::vector<std::pair<std::string, std::vector<std::string>>>;

std::shared_ptr<const EventBatch> event_with(const Fields& fields, std::uint64_t sequence = 0) {
  BatchBuilder builder(std::make_shared<Source>(Source{"a.log"}));
  builder.begin_row(7);
  builder.set_time(1'700'000'000'000'000'000);
  builder.set_sequence(sequence);
  for (const auto& [name, values] : fields) {
    for (const std::string& value : values) builder.add_copy(intern(name), value);
  }
  builder.end_row();
  return builder.finish();
}

std::vector<std::string> entities(const Fields& fields) {
  std::vector<std::string> out;
  const auto batch = event_with(fields);
  for (const Entity& entity : entities_of((*batch)[0]))
    out.push_back(std::string(entity_kind_name(entity.kind)) + ":" + entity.value);
  return out;
}

TEST(AlertRecordEntities, OfEveryKind) {
  const std::string sha1(40, 'A');
  EXPECT_THAT(
      entities({{"user.name", {"bob"}},
                {"user.domain", {"CORP"}},
                {"host.name", {"WS-1"}},
                {"source.ip", {"10.0.0.1"}},
                {"destination.ip", {"FE80::1"}},
                {"process.executable", {"C:\\a.exe"}},
                {"process.name", {"a.exe"}},
                {"file.path", {"/tmp/x"}},
                {"process.hash.sha1", {sha1}},
                {"dns.question.name", {"Evil.Example"}},
                {"url.domain", {"evil.example"}},
                {"cloud.account.id", {"123"}}}),
      ElementsAre("user:CORP\\bob", "host:ws-1", "ip:10.0.0.1", "ip:fe80::1", "process:C:\\a.exe",
                  "file:/tmp/x", "hash:" + std::string(40, 'a'), "domain:evil.example", "cloud_account:123"));
}

TEST(AlertRecordEntities, TargetUsersHaveTheirOwnDomain) {
  EXPECT_THAT(
      entities({{"user.name", {"a"}}, {"user.target.name", {"b", "c@x"}}, {"user.target.domain", {"D"}}}),
      ElementsAre("user:D\\b", "user:a", "user:c@x"));
}

TEST(AlertRecordEntities, WhatSaysNothingIsLeftOut) {
  EXPECT_THAT(entities({{"user.name", {"-", ""}}, {"source.ip", {"nowhere", ""}}, {"file.hash.md5", {"zz"}}}),
              IsEmpty());
  EXPECT_THAT(entities({{"process.name", {"a"}}}), ElementsAre("process:a"));
  EXPECT_THAT(entities({{"url.domain", {"10.1.1.1"}}}), ElementsAre("ip:10.1.1.1"));
}

TEST(AlertRecordEntities, AreBounded) {
  std::vector<std::string> paths;
  for (int i = 0; i < 5000; ++i) paths.push_back("/tmp/" + std::to_string(i));
  EXPECT_THAT(entities({{"file.path", paths}, {"user.name", {std::string(2000, 'x'), "bob"}}}), SizeIs(64));
}

Alert alert_of(std::shared_ptr<const EventBatch> batch) {
  auto rule = std::make_shared<RuleInfo>();
  rule->id = "rule-1";
  rule->title = "A rule";
  rule->level = Level::high;
  rule->tags = {"attack.execution", "attack.t1059.001", "cve.2021-44228"};
  return {"id-1", rule, std::move(batch), 0, 1'700'000'000'000'000'000, {{"f", "v", "contains", "p"}},
          nullptr};
}

TEST(AlertRecord, HoldsWhatTheAlertSays) {
  const AlertRecord record =
      to_record(alert_of(event_with({{"user.name", {"bob"}}, {"host.name", {"h"}}}, 99)), 5);
  EXPECT_EQ(record.id, "id-1");
  EXPECT_EQ(record.rule_title, "A rule");
  EXPECT_THAT(record.techniques, ElementsAre("T1059.001"));
  EXPECT_THAT(record.tactics, ElementsAre("execution"));
  EXPECT_EQ(record.risk_score, 75);
  EXPECT_EQ(record.detected, 5);
  EXPECT_EQ(record.event_sequence, 99u);
  EXPECT_EQ(record.group_key, "host=\"h\" user=\"bob\"");
  EXPECT_NE(record.document.find("\"vedette.alert.id\":\"id-1\""), std::string::npos);
}

TEST(AlertRecord, CorrelationsAreGroupedByTheirGroup) {
  Alert alert = alert_of(event_with({{"host.name", {"h"}}}));
  auto result = std::make_shared<CorrelationResult>();
  *result = {"event_count", {{"ip", "1.2.3.4"}}, 12, 1, 2, {"e1", "e2"}};
  alert.correlation = result;
  const AlertRecord record = to_record(alert, 5);
  EXPECT_EQ(record.group_key, "ip=\"1.2.3.4\"");
  EXPECT_EQ(record.correlation_type, "event_count");
  EXPECT_EQ(record.correlation_value, 12);
  EXPECT_THAT(record.event_ids, ElementsAre("e1", "e2"));
}

AlertRecord full_record() {
  AlertRecord record =
      to_record(alert_of(event_with({{"user.name", {"bob"}}, {"x", {"\"\\\n\x01"}}}, 99)), 5);
  record.event_sequence = UINT64_MAX;
  record.more_sequences = {1, 2, UINT64_MAX};
  record.event_ids = {"a", "b"};
  record.correlation_type = "value_sum";
  record.correlation_value = 0.1;
  record.suppressed = 17;
  record.time = -3;
  return record;
}

TEST(AlertRecord, JsonReadsBack) {
  const AlertRecord record = full_record();
  const std::string json = to_json(record);
  const auto back = parse_alert_record(json);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(back->time, -3);
  EXPECT_EQ(back->more_sequences, record.more_sequences);
  EXPECT_EQ(back->event_sequence, UINT64_MAX);
  EXPECT_EQ(back->correlation_value, 0.1);
  EXPECT_EQ(back->entities, record.entities);
  EXPECT_EQ(back->document, record.document);
  EXPECT_EQ(back->matches.size(), 1u);
  EXPECT_EQ(back->matches[0].pattern, "p");
}

TEST(AlertRecord, OtherTextIsCorrupt) {
  for (const char* json :
       {"", "[]", "{", "{}", "null", R"({"id":"a"})", R"({"id":"a","rule_id":"b","level":"loud"})",
        R"({"id":"a","rule_id":"b","more":1})", R"({"id":"a","rule_id":"b","":1})",
        R"({"id":"a","rule_id":"b","risk_score":101})", R"({"id":"a","rule_id":"b","time":"now"})",
        R"({"id":"a","rule_id":"b","entities":[{"kind":"ghost","value":"x"}]})",
        R"({"id":"a","rule_id":"b","matches":[{"other":"x"}]})", R"({"id":"a","rule_id":"b"} x)"}) {
    const auto record = parse_alert_record(json);
    ASSERT_FALSE(record.ok()) << json;
    EXPECT_EQ(record.error().code, base::ErrorCode::corrupt);
  }
  EXPECT_TRUE(parse_alert_record(R"({"id":"a","rule_id":"b"})").ok());
}

TEST(AlertRecord, TravelsInBatches) {
  const std::vector<AlertRecord> records = {full_record(), full_record()};
  const auto batch = alert_batch(records);
  ASSERT_EQ(batch->size(), 2u);
  EXPECT_EQ((*batch)[0].text(field::event_kind), "alert");
  EXPECT_EQ((*batch)[0].text(intern("vedette.alert.id")), "id-1");
  EXPECT_EQ((*batch)[1].time(), -3);
  const auto back = alert_records(*batch);
  ASSERT_TRUE(back.ok());
  ASSERT_THAT(*back, SizeIs(2));
  EXPECT_EQ(to_json((*back)[1]), to_json(records[1]));
  EXPECT_FALSE(alert_records(*event_with({{"a", {"b"}}})).ok());
}

}  // namespace
}  // namespace vedette::model
