// Streams that were made to bury an attack, to glue incidents together, or to break the engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace vedette::correlate::test {
namespace {

using model::Level;
using testing::SizeIs;

EngineOptions small_options() {
  EngineOptions options;
  options.max_open_members = 2000;
  options.max_open_entities = 2000;
  return options;
}

TEST(Adversary, AFloodOfSpoofedUsersDoesNotPushTheAttackOut) {
  Engine engine{small_options()};
  engine.add(make_alert({"entry", "victim", 0, Level::high, "bob"}));
  engine.add(make_alert({"shell", "victim", kMin, Level::high, "bob"}));
  for (int i = 0; i < 20'000; ++i)
    engine.add(make_alert(
        {"failed logon", "front", 2 * kMin + i * base::kNsPerMs, Level::low, "spoofed" + std::to_string(i)}));
  engine.add(make_alert({"dump", "victim", 30 * kMin, Level::high, "bob"}));
  Heard heard;
  heard.take(engine);
  EXPECT_EQ(heard.incident_of("dump", "victim"), heard.incident_of("entry", "victim"));
  EXPECT_LE(engine.counts().open_members, 2000U);
  EXPECT_LE(engine.counts().entities, 2000U);
  EXPECT_LE(engine.counts().open_members, 500U);  // the flood is one member after the first keys
}

TEST(Adversary, SpoofedUsersOnTheVictimDoNotMakeItASuperNode) {
  Engine engine{EngineOptions{}};
  engine.add(make_alert({"entry", "victim", 0, Level::high, "bob"}));
  for (int i = 0; i < 500; ++i)
    engine.add(make_alert({"failed logon", "victim", kMin + i * base::kNsPerSecond, Level::low,
                           "spoofed" + std::to_string(i)}));
  engine.add(make_alert({"dump", "victim", 20 * kMin, Level::high, "bob"}));
  Heard heard;
  heard.take(engine);
  EXPECT_EQ(heard.incident_of("dump", "victim"), heard.incident_of("entry", "victim"));
  EXPECT_EQ(engine.counts().super_nodes, 0U);
}

TEST(Adversary, AFloodOverManyHostsDoesNotGlueIncidents) {
  Engine engine{EngineOptions{}};
  for (int i = 0; i < 40; ++i)
    engine.add(make_alert({"own" + std::to_string(i), "host" + std::to_string(i), i * kMin, Level::high,
                           "user" + std::to_string(i)}));
  for (int i = 0; i < 2000; ++i)
    engine.add(make_alert({"probe", "host" + std::to_string(i % 40), kHr + i * base::kNsPerMs, Level::low,
                           "spoofed" + std::to_string(i)}));
  Heard heard;
  heard.take(engine);
  EXPECT_THAT(heard.living(), SizeIs(40));
}

TEST(Adversary, ClocksThatAreWrongMoveNothing) {
  Engine engine{EngineOptions{}};
  for (int i = 0; i < 20; ++i) engine.add(make_alert({"beat", "monitor", i * kMin, Level::informational}));
  engine.add(make_alert({"a", "ws1", 20 * kMin, Level::high}));
  engine.add(make_alert({"future", "wrong", 100'000 * kHr, Level::high}));
  engine.add(make_alert({"past", "wrong", -100'000 * kHr, Level::high}));
  engine.add(make_alert({"b", "ws1", 25 * kMin, Level::high}));
  Heard heard;
  heard.take(engine);
  EXPECT_EQ(heard.incident_of("b", "ws1"), heard.incident_of("a", "ws1"));
  EXPECT_LT(heard.incidents.at(heard.incident_of("a", "ws1")).updated, kT0 + kHr);
  EXPECT_EQ(engine.counts().late, 1U);
}

TEST(Adversary, ExtremeTimesAndTextsAreTaken) {
  Engine engine{EngineOptions{}};
  for (const base::TimeNs time : {base::TimeNs{0}, INT64_MIN / 2, INT64_MAX / 2, INT64_MIN, INT64_MAX}) {
    auto alert = make_alert({std::string(100'000, 'r'), std::string(100'000, 'h')});
    alert.time = time;
    engine.add(alert);
  }
  Engine other{EngineOptions{}};
  EXPECT_TRUE(other.restore(engine.save()).ok());
}

TEST(Adversary, BoundsHold) {
  EngineOptions options = small_options();
  options.max_members_an_incident = 50;
  Engine engine{options};
  Heard heard;
  for (int i = 0; i < 10'000; ++i) {
    auto alert = make_alert({"r" + std::to_string(i), "h" + std::to_string(i % 3), i * base::kNsPerSecond,
                             Level::high, "u" + std::to_string(i)});
    engine.add(alert);
    if (i % 100 == 0) heard.take(engine);
  }
  heard.take(engine);
  EXPECT_LE(engine.counts().open_members, 2000U);
  EXPECT_LE(engine.counts().entities, 2000U);
  EXPECT_GT(engine.counts().evicted, 0U);
  for (const auto& incident : heard.living()) EXPECT_LE(incident.members, 50U);
}

TEST(Adversary, MemberEntitiesAreBounded) {
  Engine engine{EngineOptions{}};
  for (int i = 0; i < 300; ++i) {
    auto alert = make_alert({"scan", "front", i * base::kNsPerSecond, Level::high});
    alert.entities.push_back({model::EntityKind::ip, "10.0.0." + std::to_string(i)});
    engine.add(alert);
  }
  Heard heard;
  heard.take(engine);
  ASSERT_THAT(heard.members, SizeIs(1));
  EXPECT_THAT(heard.members.begin()->second.member.entities, SizeIs(64));
}

}  // namespace
}  // namespace vedette::correlate::test
