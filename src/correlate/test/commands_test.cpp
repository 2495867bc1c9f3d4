// Merges, splits and what undoes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace vedette::correlate::test {
namespace {

using Kind = model::IncidentCommand::Kind;
using testing::ElementsAre;
using testing::SizeIs;

class ByHand : public testing::Test {
 protected:
  void SetUp() override {
    engine_.add(make_alert({"a", "ws1", 0, model::Level::high, "bob"}));
    engine_.add(make_alert({"a2", "ws1", kMin, model::Level::high, "bob"}));
    engine_.add(make_alert({"b", "ws2", 2 * kMin, model::Level::high, "eve"}));
    heard_.take(engine_);
    one_ = heard_.incident_of("a", "ws1");
    two_ = heard_.incident_of("b", "ws2");
    ASSERT_NE(one_, two_);
  }
  base::Status say(const std::string& id, Kind kind, const std::string& incident,
                   std::vector<std::string> others = {}, std::vector<std::string> members = {},
                   const std::string& undoes = "") {
    const auto status = engine_.command({id, kind, "", incident, others, members, undoes, "bob", kT0 + kHr});
    heard_.take(engine_);
    return status;
  }
  Engine engine_{EngineOptions{}};
  Heard heard_;
  std::string one_, two_;
};

TEST_F(ByHand, MergeAndUndo) {
  ASSERT_TRUE(say("c1", Kind::merge, one_, {two_}).ok());
  EXPECT_EQ(heard_.incidents.at(two_).merged_into, one_);
  EXPECT_THAT(heard_.incidents.at(one_).merged_from, ElementsAre(two_));
  EXPECT_EQ(heard_.incidents.at(one_).members, 3U);
  EXPECT_EQ(heard_.incident_of("b", "ws2"), one_);
  EXPECT_EQ(heard_.history.at("c1").by, "bob");
  ASSERT_TRUE(say("c2", Kind::undo, "", {}, {}, "c1").ok());
  EXPECT_TRUE(heard_.history.at("c1").undone);
  EXPECT_EQ(heard_.incidents.at(two_).merged_into, "");
  EXPECT_EQ(heard_.incidents.at(one_).members, 2U);
  EXPECT_EQ(heard_.incidents.at(two_).members, 1U);
  EXPECT_EQ(heard_.incident_of("b", "ws2"), two_);
  EXPECT_FALSE(say("c3", Kind::undo, "", {}, {}, "c1").ok());  // once
}

TEST_F(ByHand, TheEngineDoesNotRedoWhatAPersonUndid) {
  ASSERT_TRUE(say("c1", Kind::merge, one_, {two_}).ok());
  ASSERT_TRUE(say("c2", Kind::undo, "", {}, {}, "c1").ok());
  auto bridge = make_alert({"c", "ws1", 3 * kMin, model::Level::high, "bob"});
  bridge.entities.push_back({model::EntityKind::host, "ws2"});
  bridge.entities.push_back({model::EntityKind::user, "eve"});
  engine_.add(bridge);
  heard_.take(engine_);
  EXPECT_THAT(heard_.living(), SizeIs(2));
}

TEST_F(ByHand, SplitAndUndo) {
  const std::string member = heard_.member_of("a2");
  ASSERT_TRUE(say("c1", Kind::split, one_, {}, {member}).ok());
  ASSERT_THAT(heard_.living(), SizeIs(3));
  const std::string fresh = heard_.history.at("c1").others.at(0);
  EXPECT_EQ(heard_.incidents.at(fresh).split_from, one_);
  EXPECT_EQ(heard_.incident_of("a2", "ws1"), fresh);
  EXPECT_EQ(heard_.incidents.at(one_).members, 1U);
  ASSERT_TRUE(say("c2", Kind::undo, "", {}, {}, "c1").ok());
  EXPECT_EQ(heard_.incident_of("a2", "ws1"), one_);
  EXPECT_EQ(heard_.incidents.at(one_).members, 2U);
  EXPECT_EQ(heard_.incidents.at(fresh).merged_into, one_);
}

TEST_F(ByHand, WhatWasSplitStaysSplit) {
  ASSERT_TRUE(say("c1", Kind::split, one_, {}, {heard_.member_of("a2")}).ok());
  for (int i = 0; i < 5; ++i)
    engine_.add(make_alert({"more" + std::to_string(i), "ws1", (3 + i) * kMin, model::Level::high, "bob"}));
  heard_.take(engine_);
  EXPECT_NE(heard_.incident_of("a", "ws1"), heard_.incident_of("a2", "ws1"));
}

TEST_F(ByHand, CommandsThatComeTwiceAreDoneOnce) {
  ASSERT_TRUE(say("c1", Kind::merge, one_, {two_}).ok());
  const auto revision = heard_.incidents.at(one_).revision;
  ASSERT_TRUE(say("c1", Kind::merge, one_, {two_}).ok());
  EXPECT_EQ(heard_.incidents.at(one_).revision, revision);
}

TEST_F(ByHand, NestedMergesAreUndoneOneByOne) {
  engine_.add(make_alert({"d", "ws3", 3 * kMin, model::Level::high, "zoe"}));
  heard_.take(engine_);
  const std::string three = heard_.incident_of("d", "ws3");
  ASSERT_TRUE(say("c1", Kind::merge, two_, {three}).ok());
  ASSERT_TRUE(say("c2", Kind::merge, one_, {two_}).ok());
  EXPECT_THAT(heard_.living(), SizeIs(1));
  EXPECT_FALSE(say("c3", Kind::undo, "", {}, {}, "c1").ok());  // the newer one first
  ASSERT_TRUE(say("c4", Kind::undo, "", {}, {}, "c2").ok());
  ASSERT_TRUE(say("c5", Kind::undo, "", {}, {}, "c1").ok());
  EXPECT_THAT(heard_.living(), SizeIs(3));
  EXPECT_EQ(heard_.incident_of("d", "ws3"), three);
}

TEST_F(ByHand, WhatCannotBeDoneIsSaid) {
  EXPECT_EQ(say("e1", Kind::merge, "inc-0000000000000000", {two_}).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(say("e2", Kind::merge, one_, {one_}).error().code, base::ErrorCode::invalid_argument);
  EXPECT_EQ(say("e3", Kind::merge, one_, {}).error().code, base::ErrorCode::invalid_argument);
  EXPECT_EQ(say("e4", Kind::split, one_, {}, {heard_.member_of("b")}).error().code,
            base::ErrorCode::not_found);
  EXPECT_EQ(say("e5", Kind::split, one_, {}, {heard_.member_of("a"), heard_.member_of("a2")}).error().code,
            base::ErrorCode::invalid_argument);
  EXPECT_EQ(say("e6", Kind::undo, "", {}, {}, "nothing").error().code, base::ErrorCode::not_found);
  EXPECT_FALSE(engine_.command({"e7", Kind::merge, "other tenant", one_, {two_}, {}, "", "bob", 0}).ok());
  EXPECT_THAT(heard_.living(), SizeIs(2));
}

TEST_F(ByHand, AReopenedIncidentTakesAlertsAgain) {
  ASSERT_TRUE(say("c1", Kind::close, one_).ok());
  engine_.add(make_alert({"x", "ws1", 4 * kMin, model::Level::high, "bob"}));
  heard_.take(engine_);
  EXPECT_NE(heard_.incident_of("x", "ws1"), one_);
  ASSERT_TRUE(say("c2", Kind::reopen, two_).ok());
  engine_.add(make_alert({"y", "ws2", 4 * kMin, model::Level::high, "eve"}));
  heard_.take(engine_);
  EXPECT_EQ(heard_.incident_of("y", "ws2"), two_);
}

}  // namespace
}  // namespace vedette::correlate::test
