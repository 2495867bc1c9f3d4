#include "vedette/model/incident.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::model {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

Incident sample_incident() {
  Incident incident;
  incident.id = "inc-0123456789abcdef";
  incident.tenant = "acme";
  incident.title = "Scanning, then \"shell\"\n\xc3\xa4";
  incident.level = Level::high;
  incident.risk = 71.25;
  incident.contributions = {{"rule", 12.5, "a rule"}, {"tactics", 0, "two tactics"}};
  incident.first = 1;
  incident.last = 1'700'000'000'123'456'789;
  incident.opened = 2;
  incident.updated = -5;
  incident.alerts = 0xffff'ffff'ffffULL;
  incident.members = 3;
  incident.entities = {{{EntityKind::ip, "10.0.0.1"}, 7, 33.5, 1, 2}};
  incident.tactics = {{"discovery", 1, {"t1046"}}, {"execution", 2, {}}};
  incident.techniques = {"t1046"};
  incident.merged_into = "inc-1";
  incident.merged_from = {"inc-2", "inc-3"};
  incident.split_from = "inc-4";
  incident.revision = 9;
  return incident;
}

IncidentMember sample_incident_member() {
  IncidentMember member;
  member.id = "m1";
  member.rule_id = "r";
  member.rule_title = "R";
  member.level = Level::critical;
  member.group_key = "host=\"a\"";
  member.techniques = {"t1046"};
  member.tactics = {"discovery"};
  member.entities = {{EntityKind::host, "a"}, {EntityKind::cloud_account, "1"}};
  member.first = 10;
  member.last = 20;
  member.alerts = 30;
  member.alert_ids = {"x", "y"};
  member.evidence = 0.1;
  member.evidence_reason = "never seen";
  member.links = {{LinkKind::process_tree, Entity{EntityKind::process, "sh"}, "m0", 0.5, "same tree"},
                  {LinkKind::by_hand, std::nullopt, "", 1, "by bob"}};
  return member;
}

TEST(IncidentCodec, IncidentsComeBackWhole) {
  const std::string json = to_json(sample_incident());
  EXPECT_THAT(json, testing::Not(HasSubstr("\n")));
  const auto back = parse_incident(json);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(back->title, sample_incident().title);
  EXPECT_EQ(back->alerts, 0xffff'ffff'ffffULL);
  EXPECT_EQ(back->updated, -5);
  EXPECT_EQ(back->risk, 71.25);
  ASSERT_THAT(back->entities, SizeIs(1));
  EXPECT_EQ(back->entities[0].entity, (Entity{EntityKind::ip, "10.0.0.1"}));
  EXPECT_EQ(back->tactics[1].tactic, "execution");
  EXPECT_EQ(back->merged_from[1], "inc-3");
  EXPECT_EQ(back->contributions[1].reason, "two tactics");
}

TEST(IncidentCodec, MembersComeBackWhole) {
  const std::string json = to_json(sample_incident_member());
  const auto back = parse_incident_member(json);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
  ASSERT_THAT(back->links, SizeIs(2));
  EXPECT_EQ(back->links[0].kind, LinkKind::process_tree);
  EXPECT_EQ(back->links[0].entity, (Entity{EntityKind::process, "sh"}));
  EXPECT_FALSE(back->links[1].entity.has_value());
  EXPECT_EQ(back->entities[1].kind, EntityKind::cloud_account);
  EXPECT_EQ(back->evidence, 0.1);
}

TEST(IncidentCodec, ChangesComeBackWhole) {
  IncidentChange change{"c", "t", IncidentCommand::Kind::split, "bob", "inc-1", {"inc-2"}, {"m"}, 5,
                        "r", true};
  const auto back = parse_incident_change(to_json(change));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(to_json(*back), to_json(change));
  EXPECT_TRUE(back->undone);
  EXPECT_EQ(back->kind, IncidentCommand::Kind::split);
}

TEST(IncidentCodec, WhatIsWrongIsRefused) {
  for (const char* wrong :
       {"", "[]", "{}", "{\"id\":7}", "{\"id\":\"\"}", "{\"id\":\"a\",\"else\":1}", "{\"id\":\"a\"} x",
        "{\"id\":\"a\",\"level\":\"High\"}", "{\"id\":\"a\",\"risk\":\"9\"}", "{\"id\":\"a\",\"alerts\":-1}",
        "{\"id\":\"a\",\"entities\":[{\"entity\":{\"kind\":\"x\",\"value\":\"\"}}]}",
        "{\"id\":\"a\",\"tactics\":[1]}"}) {
    const auto result = parse_incident(wrong);
    ASSERT_FALSE(result.ok()) << wrong;
    EXPECT_EQ(result.error().code, base::ErrorCode::corrupt) << wrong;
  }
  EXPECT_FALSE(parse_incident_command("{\"id\":\"a\",\"kind\":\"burn\"}").ok());
  EXPECT_FALSE(parse_incident_member("{\"id\":\"a\",\"links\":[{\"kind\":\"magic\"}]}").ok());
  EXPECT_FALSE(parse_incident_change("{\"id\":\"a\",\"undone\":1}").ok());
}

TEST(IncidentCommands, TravelBesideAlerts) {
  std::vector<IncidentCommand> commands(2);
  commands[0] = {"c1", IncidentCommand::Kind::merge, "t", "inc-1", {"inc-2"}, {}, "", "bob", 5};
  commands[1] = {"c2", IncidentCommand::Kind::undo, "", "", {}, {}, "c1", "eve", 6};
  const auto batch = command_batch(commands);
  ASSERT_EQ(batch->size(), 2U);
  EXPECT_EQ((*batch)[0].text(field::event_kind), "vedette.command");
  const auto back = incident_commands(*batch);
  ASSERT_TRUE(back.ok());
  ASSERT_THAT(*back, SizeIs(2));
  EXPECT_EQ(to_json((*back)[0]), to_json(commands[0]));
  EXPECT_EQ((*back)[1].undoes, "c1");

  const auto no_alerts = alert_records(*batch);
  ASSERT_TRUE(no_alerts.ok()) << no_alerts.error().message;
  EXPECT_THAT(*no_alerts, SizeIs(0));

  AlertRecord record;
  record.id = "a";
  record.rule_id = "r";
  const auto alerts = alert_batch({&record, 1});
  EXPECT_THAT(*incident_commands(*alerts), SizeIs(0));
  EXPECT_THAT(*alert_records(*alerts), SizeIs(1));
}

TEST(IncidentCommands, DamagedOnesAreRefused) {
  BatchBuilder builder(std::make_shared<Source>());
  builder.begin_row(1);
  builder.add_ref(field::event_kind, "vedette.command");
  builder.end_row();
  const auto batch = builder.finish();
  EXPECT_FALSE(incident_commands(*batch).ok());
}

}  // namespace
}  // namespace vedette::model
