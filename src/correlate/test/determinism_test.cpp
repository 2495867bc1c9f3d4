// The same stream gives the same incidents, whatever was saved between; bounds and sums hold for any stream.
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace vedette::correlate::test {
namespace {

std::vector<model::AlertRecord> random_stream(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  const auto pick = [&](std::uint32_t n) { return random() % n; };
  std::vector<model::AlertRecord> out;
  base::TimeNs at = 0;
  for (int i = 0; i < count; ++i) {
    at += static_cast<base::TimeNs>(pick(20)) * kMin;
    AlertSpec spec;
    spec.rule = "r" + std::to_string(pick(12));
    spec.host = "h" + std::to_string(pick(6));
    spec.user = pick(2) ? "u" + std::to_string(pick(8)) : "";
    spec.level = static_cast<model::Level>(pick(5));
    spec.at = pick(10) == 0 ? at - static_cast<base::TimeNs>(pick(600)) * kMin : at;
    if (pick(3) == 0) spec.tactics = {"t" + std::to_string(pick(5))};
    out.push_back(make_alert(spec));
    if (pick(15) == 0) out.push_back(out[pick(static_cast<std::uint32_t>(out.size()))]);
  }
  return out;
}

std::string all_of(const Changes& changes) {
  std::string out;
  for (const auto& incident : changes.incidents) out += to_json(incident) + "\n";
  for (const auto& member : changes.members) out += member.incident + to_json(member.member) + "\n";
  for (const auto& change : changes.history) out += to_json(change) + "\n";
  for (const auto& entity : changes.entities)
    out += entity.entity.value + std::to_string(entity.risk) + " " + std::to_string(entity.alerts) + "\n";
  return out;
}

TEST(Determinism, SavedAndRestoredAnywhereIsAsNotSaved) {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    const auto stream = random_stream(seed, 150);
    Engine straight{EngineOptions{}};
    for (const auto& alert : stream) straight.add(alert);
    const std::string expected = all_of(straight.take_changes());
    for (std::size_t k = 0; k <= stream.size(); k += 3) {
      Engine before{EngineOptions{}}, after{EngineOptions{}};
      for (std::size_t i = 0; i < k; ++i) before.add(stream[i]);
      const std::string state = before.save();
      ASSERT_TRUE(after.restore(state).ok());
      ASSERT_EQ(after.save(), state);
      for (std::size_t i = k; i < stream.size(); ++i) after.add(stream[i]);
      ASSERT_EQ(all_of(after.take_changes()), expected) << "seed " << seed << " saved after " << k;
    }
  }
}

TEST(Determinism, ManySavesAndCommandsBetween) {
  const auto stream = random_stream(7, 300);
  const auto run = [&](std::size_t every) {
    Engine engine{EngineOptions{}};
    Heard heard;
    for (std::size_t i = 0; i < stream.size(); ++i) {
      engine.add(stream[i]);
      if (i % 50 == 49) {
        heard.take(engine);
        const auto living = heard.living();
        if (living.size() >= 2)
          (void)engine.command({"c" + std::to_string(i),
                                model::IncidentCommand::Kind::merge,
                                "",
                                living[0].id,
                                {living[1].id},
                                {},
                                "",
                                "bob",
                                0});
        if (i % 100 == 99)
          (void)engine.command({"u" + std::to_string(i),
                                model::IncidentCommand::Kind::undo,
                                "",
                                "",
                                {},
                                {},
                                "c" + std::to_string(i),
                                "bob",
                                0});
      }
      if (every != 0 && i % every == 0) {
        Engine next{EngineOptions{}};
        EXPECT_TRUE(next.restore(engine.save()).ok());
        engine = std::move(next);
      }
    }
    return engine.save();
  };
  const std::string expected = run(0);
  EXPECT_EQ(run(1), expected);
  EXPECT_EQ(run(37), expected);
}

TEST(Determinism, DamagedStatesAreRefusedAndChangeNothing) {
  Engine engine{EngineOptions{}};
  for (const auto& alert : random_stream(3, 60)) engine.add(alert);
  const std::string state = engine.save();
  Engine other{EngineOptions{}};
  other.add(make_alert({"x", "y"}));
  const std::string own = other.save();
  for (const std::string& wrong : {std::string(), std::string("vedcorr"), state.substr(0, state.size() - 1),
                                   state + "x", "vedcorr\x02" + state.substr(8)}) {
    const auto status = other.restore(wrong);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, base::ErrorCode::corrupt);
    EXPECT_EQ(other.save(), own);
  }
  for (std::size_t at = 0; at < state.size(); at += 97) {
    std::string flipped = state;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x40);
    EXPECT_FALSE(other.restore(flipped).ok()) << at;
  }
}

TEST(Properties, EveryAlertIsInOneMemberAndEveryMemberInOneIncident) {
  for (std::uint32_t seed = 11; seed <= 16; ++seed) {
    Engine engine{EngineOptions{}};
    Heard heard;
    std::set<std::string> ids;
    for (const auto& alert : random_stream(seed, 400)) {
      engine.add(alert);
      ids.insert(alert.id);
      heard.take(engine);
    }
    EXPECT_EQ(engine.counts().alerts, ids.size());
    std::set<std::string> in_members;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> sums;  // incident: members, alerts
    for (const auto& [id, member] : heard.members) {
      for (const auto& alert : member.member.alert_ids) EXPECT_TRUE(in_members.insert(alert).second) << alert;
      EXPECT_LE(member.member.first, member.member.last);
      EXPECT_GE(member.member.evidence, 0);
      EXPECT_LE(member.member.evidence, 1);
      ASSERT_FALSE(member.incident.empty());
      ++sums[member.incident].first;
      sums[member.incident].second += member.member.alerts;
    }
    for (const auto& incident : heard.living()) {
      EXPECT_EQ(incident.members, sums[incident.id].first) << seed;
      EXPECT_EQ(incident.alerts, sums[incident.id].second) << seed;
      EXPECT_GE(incident.risk, 0);
      EXPECT_LE(incident.risk, 100);
      sums.erase(incident.id);
    }
    EXPECT_TRUE(sums.empty());
  }
}

}  // namespace
}  // namespace vedette::correlate::test
