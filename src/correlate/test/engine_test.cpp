// What is linked and what is not, told as small stories.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace vedette::correlate::test {
namespace {

using model::Level;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Story : public testing::Test {
 protected:
  void add(const AlertSpec& spec) { engine_.add(make_alert(spec)); }
  // Two days of a stream that only says that it runs.
  void warm_up(base::TimeNs until = 48 * kHr) {
    for (base::TimeNs at = 0; at <= until; at += 30 * kMin)
      add({"heartbeat", "monitor", at, Level::informational});
  }
  const Heard& heard() {
    heard_.take(engine_);
    return heard_;
  }
  Engine engine_{EngineOptions{}};
  Heard heard_;
};

TEST_F(Story, AHighAlertIsAnIncidentOnItsOwn) {
  add({"dump", "ws1", 0, Level::high, "CORP\\bob", {"credential-access"}});
  ASSERT_THAT(heard().living(), SizeIs(1));
  const model::Incident incident = heard().living()[0];
  EXPECT_GE(incident.risk, 40);
  EXPECT_EQ(incident.level, Level::high);
  EXPECT_EQ(incident.alerts, 1U);
  EXPECT_THAT(incident.id, testing::MatchesRegex("inc-[0-9a-f]{16}"));
  EXPECT_EQ(incident.title, "Credential access on ws1");
  EXPECT_EQ(incident.opened, kT0);
}

TEST_F(Story, ASingleLowAlertIsNone) {
  warm_up();
  add({"odd", "ws1", 48 * kHr, Level::low});
  EXPECT_THAT(heard().living(), IsEmpty());
}

TEST_F(Story, LowAlertsOfDiverseRulesAreOneTogether) {
  warm_up();
  for (int i = 0; i < 4; ++i) add({"odd" + std::to_string(i), "ws1", 48 * kHr + i * kMin, Level::low});
  ASSERT_THAT(heard().living(), SizeIs(1));
  EXPECT_EQ(heard().living()[0].members, 4U);
}

TEST_F(Story, RepetitionOfOneLowRuleIsNone) {
  warm_up();
  for (int i = 0; i < 50; ++i) add({"odd", "ws1", 48 * kHr + i * kMin / 2, Level::low});
  EXPECT_THAT(heard().living(), IsEmpty());
}

TEST_F(Story, AFloodOfOneRuleIsOneMember) {
  for (int i = 0; i < 1000; ++i) add({"scan", "web1", i * base::kNsPerSecond, Level::high});
  ASSERT_THAT(heard().living(), SizeIs(1));
  EXPECT_EQ(heard().living()[0].members, 1U);
  EXPECT_EQ(heard().living()[0].alerts, 1000U);
  const auto& member = heard().members.begin()->second.member;
  EXPECT_EQ(member.alerts, 1000U);
  EXPECT_THAT(member.alert_ids, SizeIs(model::kMaxMemberAlerts));
}

TEST_F(Story, APauseBeginsAnotherMember) {
  add({"scan", "web1", 0});
  add({"scan", "web1", 29 * kMin});
  add({"scan", "web1", 29 * kMin + 31 * kMin});
  EXPECT_EQ(heard().living()[0].members, 2U);
}

TEST_F(Story, SharedUserLinksHosts) {
  add({"phish", "ws1", 0, Level::high, "CORP\\bob", {"initial-access"}});
  add({"dump", "dc1", 20 * kMin, Level::high, "CORP\\bob", {"credential-access"}});
  ASSERT_THAT(heard().living(), SizeIs(1));
  EXPECT_EQ(heard().living()[0].members, 2U);
  EXPECT_EQ(heard().living()[0].title, "Initial access, then credential access on dc1 and 1 more host");
  bool linked = false;
  for (const auto& [id, member] : heard().members) {
    for (const auto& link : member.member.links)
      linked |= link.entity == model::Entity{model::EntityKind::user, "CORP\\bob"} && !link.other.empty();
  }
  EXPECT_TRUE(linked);
}

TEST_F(Story, StrangersStayApart) {
  warm_up();
  add({"a", "ws1", 48 * kHr, Level::high, "CORP\\bob"});
  add({"b", "ws2", 48 * kHr + kMin, Level::high, "CORP\\eve"});
  EXPECT_THAT(heard().living(), SizeIs(2));
}

TEST_F(Story, TheSameHostDaysLaterIsAnotherIncident) {
  add({"a", "ws1", 0});
  add({"b", "ws1", 26 * kHr});
  EXPECT_THAT(heard().living(), SizeIs(2));
}

TEST_F(Story, AccountsThatEveryMachineHasLinkNothing) {
  add({"a", "ws1", 0, Level::high, "NT AUTHORITY\\SYSTEM"});
  add({"b", "ws2", kMin, Level::high, "NT AUTHORITY\\SYSTEM"});
  EXPECT_THAT(heard().living(), SizeIs(2));
}

TEST_F(Story, ASuperNodeLinksNothing) {
  warm_up();
  for (int i = 0; i < 60; ++i)
    add({"logon" + std::to_string(i % 20), "ws" + std::to_string(i), 20 * kHr + i * kMin, Level::low,
         "svc-backup"});
  add({"heartbeat", "monitor", 49 * kHr, Level::informational});
  add({"touch", "ws3", 50 * kHr, Level::low, "svc-backup"});  // closes the day that was learned
  EXPECT_GE(engine_.counts().super_nodes, 1U);
  add({"a", "srv1", 60 * kHr, Level::high, "svc-backup"});
  add({"b", "srv2", 60 * kHr + kMin, Level::high, "svc-backup"});
  const std::string one = heard().incident_of("a", "srv1"), two = heard().incident_of("b", "srv2");
  ASSERT_THAT(one, Not(IsEmpty()));
  EXPECT_NE(one, two);
}

TEST_F(Story, KnownNoiseIsRoutineAndABurstOfItIsNot) {
  warm_up(7 * 24 * kHr);
  for (int i = 0; i < 7 * 24; ++i) add({"noisy", "mail1", i * kHr, Level::medium});
  const auto before = heard().living().size();
  const auto routine = engine_.counts().routine;
  EXPECT_GE(routine, 100U);
  EXPECT_LE(before, 1U);
  add({"noisy", "mail1", 7 * 24 * kHr, Level::medium});
  EXPECT_EQ(engine_.counts().routine, routine + 1);
  for (int i = 0; i < 500; ++i)
    add({"noisy", "mail1", 7 * 24 * kHr + kMin + i * base::kNsPerSecond, Level::medium});
  ASSERT_EQ(heard().living().size(), before + 1);
  bool told = false;
  for (const auto& [id, member] : heard().members)
    told |= member.member.evidence_reason.find("far more alerts than its usual") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST_F(Story, TheFirstHoursOpenNoIncidentsOfMediumNoise) {
  for (int host = 0; host < 30; ++host)
    add({"rule" + std::to_string(host % 10), "h" + std::to_string(host), host * kMin, Level::medium});
  EXPECT_THAT(heard().living(), IsEmpty());
}

TEST_F(Story, ALateAlertJoinsItsIncident) {
  add({"a", "ws1", 0});
  add({"b", "ws1", 10 * kMin});
  for (int i = 0; i < 30; ++i) add({"other", "far", 5 * kHr + i * kMin, Level::low});
  add({"c", "ws1", 5 * kMin});
  EXPECT_EQ(engine_.counts().late, 1U);
  EXPECT_EQ(heard().incident_of("c", "ws1"), heard().incident_of("a", "ws1"));
}

TEST_F(Story, ALateAlertJoinsItsMember) {
  add({"a", "ws1", 10 * kMin});
  add({"a", "ws1", 0});
  EXPECT_EQ(heard().living()[0].members, 1U);
  EXPECT_EQ(heard().living()[0].first, kT0);
}

TEST_F(Story, DuplicatesAreCountedOnce) {
  const auto alert = make_alert({"a", "ws1"});
  engine_.add(alert);
  engine_.add(alert);
  EXPECT_EQ(engine_.counts().duplicates, 1U);
  EXPECT_EQ(engine_.counts().alerts, 1U);
  EXPECT_EQ(heard().living()[0].alerts, 1U);
}

TEST_F(Story, SuppressedAlertsCount) {
  auto alert = make_alert({"a", "ws1"});
  alert.suppressed = 9;
  engine_.add(alert);
  EXPECT_EQ(heard().living()[0].alerts, 10U);
  EXPECT_EQ(engine_.counts().alerts, 10U);
}

TEST_F(Story, TwoIncidentsMergeWhenOneAlertLinksBothStrongly) {
  warm_up();
  add({"a", "ws1", 48 * kHr, Level::high, "CORP\\bob"});
  add({"b", "ws2", 48 * kHr + kMin, Level::high, "CORP\\eve"});
  ASSERT_THAT(heard().living(), SizeIs(2));
  auto bridge = make_alert({"c", "ws1", 48 * kHr + 2 * kMin, Level::high, "CORP\\bob"});
  bridge.entities.push_back({model::EntityKind::host, "ws2"});
  engine_.add(bridge);
  ASSERT_THAT(heard().living(), SizeIs(1));
  ASSERT_THAT(heard().history, SizeIs(1));
  const auto& change = heard().history.begin()->second;
  EXPECT_EQ(change.by, "");
  EXPECT_THAT(change.reason, HasSubstr("links both"));
  EXPECT_EQ(heard().living()[0].members, 3U);
  EXPECT_THAT(heard().living()[0].merged_from, testing::ElementsAre(change.others[0]));
  EXPECT_EQ(heard().incidents.at(change.others[0]).merged_into, change.incident);
  EXPECT_EQ(heard().incidents.at(change.others[0]).members, 0U);
}

TEST_F(Story, TenantsNeverMeet) {
  auto one = make_alert({"a", "ws1"}), two = make_alert({"b", "ws1", kMin});
  one.document = R"({"vedette.tenant":"one"})";
  two.document = R"({"vedette.tenant":"two"})";
  engine_.add(one);
  engine_.add(two);
  ASSERT_THAT(heard().living(), SizeIs(2));
  EXPECT_NE(heard().living()[0].tenant, heard().living()[1].tenant);
}

TEST_F(Story, TacticsRaiseTheRisk) {
  add({"a", "ws1", 0, Level::high, "", {"execution"}});
  add({"b", "ws1", kMin, Level::high, "", {"execution"}});
  const double alike = heard().living()[0].risk;
  Engine other{EngineOptions{}};
  other.add(make_alert({"a", "ws1", 0, Level::high, "", {"execution"}}));
  other.add(make_alert({"b", "ws1", kMin, Level::high, "", {"exfiltration"}}));
  Heard diverse;
  diverse.take(other);
  EXPECT_GT(diverse.living()[0].risk, alike);
  bool told = false;
  const model::Incident incident = diverse.living()[0];
  for (const auto& part : incident.contributions) told |= part.what == "tactics" && part.points > 0;
  EXPECT_TRUE(told);
}

TEST_F(Story, CriticalityRaisesTheRiskAndIsTold) {
  engine_.set_criticality({{model::EntityKind::host, "crown*", 2}});
  add({"a", "crown1"});
  add({"a", "plain", 26 * kHr});
  const auto& crown = heard().incidents.at(heard().incident_of("a", "crown1"));
  const auto& plain = heard().incidents.at(heard().incident_of("a", "plain"));
  EXPECT_GT(crown.risk, 1.5 * plain.risk);
  EXPECT_EQ(crown.contributions.back().what, "criticality");
  EXPECT_THAT(crown.contributions.back().reason, HasSubstr("crown1"));
  EXPECT_EQ(heard().entities.at("crown1").criticality, 2);
  EXPECT_GT(heard().entities.at("crown1").risk, heard().entities.at("plain").risk);
}

TEST_F(Story, ContributionsAddUpToTheRisk) {
  for (int i = 0; i < 5; ++i)
    add({"r" + std::to_string(i), "ws1", i * kMin, Level::high, "", {"t" + std::to_string(i)}});
  const auto incident = heard().living()[0];
  double sum = 0;
  for (const auto& part : incident.contributions) sum += part.points;
  EXPECT_NEAR(sum, incident.risk, 1);
}

TEST_F(Story, EntityRiskDecaysAndDiminishes) {
  add({"a", "ws1", 0});
  const double once = heard().entities.at("ws1").risk;
  for (int i = 1; i < 64; ++i) add({"a", "ws1", i * base::kNsPerSecond});
  const double often = heard().entities.at("ws1").risk;
  EXPECT_GT(often, once);
  EXPECT_LT(often, 2.5 * once);
  add({"b", "ws1", kMin});
  EXPECT_GT(heard().entities.at("ws1").risk, often);
  for (int i = 0; i < 30; ++i) add({"beat", "monitor", (72 + i) * kHr, Level::informational});
  add({"c", "ws1", 100 * kHr, Level::low});
  EXPECT_LT(heard().entities.at("ws1").risk, often);
  EXPECT_THAT(heard().entities.at("ws1").contributions, SizeIs(3));
  EXPECT_THAT(heard().entities.at("ws1").contributions[0].reason, HasSubstr("seen"));
}

TEST_F(Story, AClosedIncidentTakesNothingMoreAndTheNextSaysSo) {
  add({"a", "ws1", 0});
  const std::string first = heard().living()[0].id;
  ASSERT_TRUE(
      engine_.command({"c1", model::IncidentCommand::Kind::close, "", first, {}, {}, "", "bob", kT0}).ok());
  add({"a", "ws1", 40 * kMin});
  ASSERT_THAT(heard().living(), SizeIs(2));
  for (const auto& incident : heard().living()) {
    if (incident.id == first) {
      EXPECT_EQ(incident.alerts, 1U);
      continue;
    }
    EXPECT_EQ(incident.contributions.back().what, "related");
    EXPECT_THAT(incident.contributions.back().reason, HasSubstr(first));
  }
}

}  // namespace
}  // namespace vedette::correlate::test
