// The correlation engine and the book of incidents together, as the node joins them: alerts become cases,
// commands go to the engine and come back, and what is done twice after a crash is there once.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "vedette/adapters/sqlite.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/correlate/engine.hpp"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
constexpr base::TimeNs kStart = 1'700'000'000 * base::kNsPerSecond;

cases::EngineChanges to_book(correlate::Changes changes) {
  cases::EngineChanges out;
  out.incidents = std::move(changes.incidents);
  for (auto& one : changes.members) out.members.push_back({std::move(one.incident), std::move(one.member)});
  out.history = std::move(changes.history);
  for (auto& risk : changes.entities) {
    out.entities.push_back({std::move(risk.entity), std::move(risk.tenant), risk.risk, risk.criticality,
                            risk.first, risk.last, risk.at, risk.alerts, std::move(risk.contributions)});
  }
  return out;
}

model::AlertRecord alert(const std::string& id, const std::string& host, const std::string& user,
                         int minute) {
  model::AlertRecord out;
  out.id = id;
  out.rule_id = "rule-" + id;
  out.rule_title = "Rule " + id;
  out.level = model::Level::high;
  out.risk_score = 75;
  out.time = kStart + minute * kMinute;
  out.detected = out.time;
  out.group_key = "host=\"" + host + "\" user=\"" + user + "\"";
  out.entities = {{model::EntityKind::user, user}, {model::EntityKind::host, host}};
  return out;
}

class IncidentFlow : public testing::Test, public cases::IncidentCommands {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/flow_" + std::to_string(::getpid()) + "_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = cases::incident_collections();
    auto opened = adapters::open_sqlite(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    records_ = std::move(*opened);
    book_ = std::make_unique<cases::IncidentBook>(*records_, this);
    engine_.add(alert("a", "ws1", "bob", 0));
    engine_.add(alert("a2", "ws1", "bob", 1));
    engine_.add(alert("b", "ws2", "eve", 2));
    take();
    const auto list = incidents();
    ASSERT_EQ(list.size(), 2u);
    one_ = incident_of("a");
    two_ = incident_of("b");
    ASSERT_NE(one_, two_);
  }
  void TearDown() override {
    book_.reset();
    records_.reset();
    std::filesystem::remove_all(folder_);
  }
  base::Status send(const model::IncidentCommand& command) override {
    bus_.push_back(command);
    return base::ok_status();
  }
  void take() {
    changes_ = to_book(engine_.take_changes());
    const auto status = book_->apply(changes_, kStart + 5 * kMinute);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  // What is on the bus reaches the engine.
  void run_bus() {
    for (const model::IncidentCommand& command : bus_) {
      const base::Status done = engine_.command(command);
      if (done.ok()) continue;
      ASSERT_TRUE(book_->refused(command, done.error().message, kStart).ok());
    }
    bus_.clear();
    take();
  }
  std::vector<std::string> incidents() {
    std::vector<std::string> out;
    const auto page = book_->find(cases::query_of({}));
    EXPECT_TRUE(page.ok());
    for (const cases::Case& value : page->items) out.push_back(value.incident.id);
    return out;
  }
  std::string incident_of(const std::string& id) {
    const bool b = id == "b";
    const auto where = book_->incident_of({}, alert(id, b ? "ws2" : "ws1", b ? "eve" : "bob", b ? 2 : 0));
    return where.ok() && *where ? (*where)->first : std::string();
  }
  cases::Case got(const std::string& id) {
    const auto value = book_->get({}, id);
    return value.ok() && *value ? **value : cases::Case();
  }
  static cases::Actor ada() {
    cases::Actor actor;
    actor.id = actor.name = "ada";
    actor.now = kStart + 10 * kMinute;
    return actor;
  }

  std::string folder_, one_, two_;
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<cases::IncidentBook> book_;
  correlate::Engine engine_{correlate::EngineOptions{}};
  std::vector<model::IncidentCommand> bus_;
  cases::EngineChanges changes_;
};

TEST_F(IncidentFlow, AMergeIsDoneAndUndone) {
  const auto asked = book_->merge(ada(), one_, {two_}, "one attacker");
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  EXPECT_EQ(asked->pending.size(), 1u);
  const std::string change = bus_[0].id;
  run_bus();
  EXPECT_THAT(got(one_).pending, IsEmpty());
  EXPECT_THAT(incidents(), ElementsAre(one_));
  EXPECT_EQ(got(two_).incident.merged_into, one_);
  EXPECT_EQ(incident_of("b"), one_);
  ASSERT_TRUE(book_->undo(ada(), one_, change).ok());
  run_bus();
  EXPECT_THAT(got(one_).pending, IsEmpty());
  EXPECT_EQ(incidents().size(), 2u);
  EXPECT_EQ(incident_of("b"), two_);
  EXPECT_TRUE(book_->history({}, two_, {}, 10)->items.at(0).undone);
}

TEST_F(IncidentFlow, ASplitMakesACaseOfItsOwn) {
  const auto members = book_->members(one_, "first", false, {}, 10);
  ASSERT_EQ(members->items.size(), 2u);
  ASSERT_TRUE(book_->split(ada(), one_, {members->items[1].id}, {}).ok());
  run_bus();
  EXPECT_THAT(got(one_).pending, IsEmpty());
  ASSERT_EQ(incidents().size(), 3u);
  EXPECT_EQ(book_->members(one_, "first", false, {}, 10)->items.size(), 1u);
}

TEST_F(IncidentFlow, WhatTheEngineRefusesIsSaid) {
  ASSERT_TRUE(book_->merge(ada(), one_, {two_}, {}).ok());
  bus_[0].others = {"inc-none"};
  run_bus();
  EXPECT_THAT(got(one_).pending, IsEmpty());
  EXPECT_EQ(incidents().size(), 2u);
}

TEST_F(IncidentFlow, AClosedIncidentTakesNothingAndAReopenedOneDoes) {
  cases::CaseChange change;
  change.status = cases::CaseStatus::closed;
  change.classification = cases::Classification::false_positive;
  change.closing_note = "a test";
  ASSERT_TRUE(book_->update(ada(), one_, cases::IncidentBook::kAnyVersion, change).ok());
  run_bus();
  engine_.add(alert("c", "ws1", "bob", 4));
  take();
  EXPECT_NE(incident_of("c"), one_);
  EXPECT_EQ(got(one_).status, cases::CaseStatus::closed);
}

// Killed after the records were written and before the engine was saved: it does all of it again.
TEST_F(IncidentFlow, ACrashBetweenRecordsAndStateLosesAndDoublesNothing) {
  const std::string state = engine_.save();
  cases::CaseChange owner;
  owner.owner = "ada";
  ASSERT_TRUE(book_->update(ada(), one_, cases::IncidentBook::kAnyVersion, owner).ok());
  ASSERT_TRUE(book_->merge(ada(), one_, {two_}, {}).ok());
  const auto on_the_bus = bus_;
  engine_.add(alert("d", "ws1", "bob", 3));
  run_bus();
  const std::string before = cases::to_json(got(one_));
  const std::vector<std::string> both = {one_, two_};
  const auto entries = book_->entries(both, {}, false, std::nullopt, {}, 1'000)->items.size();
  ASSERT_TRUE(engine_.restore(state).ok());
  engine_.add(alert("d", "ws1", "bob", 3));
  bus_ = on_the_bus;
  run_bus();
  EXPECT_EQ(cases::to_json(got(one_)), before);
  EXPECT_EQ(book_->entries(both, {}, false, std::nullopt, {}, 1'000)->items.size(), entries);
  EXPECT_EQ(got(one_).owner, "ada");
  EXPECT_THAT(incidents(), ElementsAre(one_));
}

}  // namespace
}  // namespace vedette
