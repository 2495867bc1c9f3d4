// The book over a real record store: what the engine says and what people make of it.
#include "vedette/cases/incident_book.hpp"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "vedette/adapters/sqlite.hpp"

namespace vedette::cases {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr base::TimeNs kSecond = base::kNsPerSecond, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr base::TimeNs kNow = 1'700'000'000 * kSecond;
constexpr auto kAny = IncidentBook::kAnyVersion;

template <typename T, typename M>
M class_of(T M::*);
template <auto kMember, typename V>
auto of(V value) {
  decltype(class_of(kMember)) out;
  out.*kMember = std::move(value);
  return out;
}
NewEntry text_entry(const std::string& text) {
  return of<&NewEntry::text>(text);
}

struct SentCommands : IncidentCommands {
  base::Status send(const model::IncidentCommand& command) override {
    if (broken) return base::make_error(base::ErrorCode::io, "the bus is away");
    sent.push_back(command);
    return base::ok_status();
  }
  bool broken = false;
  std::vector<model::IncidentCommand> sent;
};

struct Told : CaseObserver {
  void on(const CaseEvent& event, std::vector<ports::RecordWrite>&) override { events.push_back(event); }
  std::vector<CaseEvent::Kind> kinds() const {
    std::vector<CaseEvent::Kind> out;
    for (const CaseEvent& event : events) out.push_back(event.kind);
    return out;
  }
  std::vector<CaseEvent> events;
};

class Book : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/book_" + std::to_string(::getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = incident_collections();
    auto opened = adapters::open_sqlite(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    records_ = std::move(*opened);
    book_ = std::make_unique<IncidentBook>(*records_, &commands_, &told_);
  }
  void TearDown() override {
    book_.reset();
    records_.reset();
    std::filesystem::remove_all(folder_);
  }

  static model::Incident incident(const std::string& id, const std::string& tenant = {}) {
    model::Incident out;
    out.id = id;
    out.tenant = tenant;
    out.title = "Scanning, then a shell on web";
    out.level = model::Level::medium;
    out.risk = 55;
    out.first = kNow - kHour;
    out.last = kNow - kMinute;
    out.opened = kNow - 30 * kMinute;
    out.updated = out.last;
    out.alerts = 3;
    out.members = 2;
    out.techniques = {"T1059"};
    out.entities = {{{model::EntityKind::user, "ada"}, 2, 30, out.first, out.last},
                    {{model::EntityKind::host, "web"}, 3, 40, out.first, out.last}};
    out.revision = 1;
    return out;
  }
  static model::IncidentMember member(const std::string& id, const std::string& rule = "r1") {
    model::IncidentMember out;
    out.id = id;
    out.rule_id = rule;
    out.rule_title = "Rule " + rule;
    out.group_key = "user=\"ada\"";
    out.first = kNow - kHour;
    out.last = kNow - kMinute;
    out.alerts = 2;
    out.alert_ids = {id + "-a1", id + "-a2"};
    return out;
  }
  void give(const std::vector<model::Incident>& incidents, base::TimeNs now = kNow) {
    EngineChanges changes;
    changes.incidents = incidents;
    const auto status = book_->apply(changes, now);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  static Actor ada(base::TimeNs now = kNow, const std::string& tenant = {}) {
    Actor actor;
    actor.id = "u-ada";
    actor.name = "ada";
    actor.tenant = tenant;
    actor.now = now;
    return actor;
  }
  Case got(const std::string& id, const std::string& tenant = {}) {
    auto value = book_->get(tenant, id);
    EXPECT_TRUE(value.ok() && value->has_value()) << id;
    return value.ok() && *value ? **value : Case();
  }
  static Clock clock(const Case& value, Clock::Kind kind) {
    for (const Clock& one : value.clocks) {
      if (one.kind == kind) return one;
    }
    return {};
  }
  std::vector<std::string> texts(const std::string& incident, std::vector<Entry::Kind> kinds = {}) {
    const std::vector<std::string> ids = {incident};
    const auto page = book_->entries(ids, kinds, false, std::nullopt, {}, 1'000);
    EXPECT_TRUE(page.ok());
    std::vector<std::string> out;
    for (const StoredEntry& entry : page->items) out.push_back(entry.entry.text);
    return out;
  }
  std::vector<std::string> found(const CaseFilter& filter) {
    const auto page = book_->find(query_of(filter));
    EXPECT_TRUE(page.ok());
    std::vector<std::string> out;
    for (const Case& value : page->items) out.push_back(value.incident.id);
    return out;
  }
  base::Result<Case> set(const std::string& id, CaseStatus status, base::TimeNs now = kNow,
                         Classification classification = Classification::none, const std::string& note = {}) {
    CaseChange change;
    change.status = status;
    if (classification != Classification::none) change.classification = classification;
    if (!note.empty()) change.closing_note = note;
    return book_->update(ada(now), id, kAny, change);
  }

  std::string folder_;
  std::unique_ptr<ports::RecordStore> records_;
  SentCommands commands_;
  Told told_;
  std::unique_ptr<IncidentBook> book_;
};

TEST_F(Book, CasesAndEntriesAreReadAsTheyWereWritten) {
  Case value;
  value.incident = incident("inc-1");
  value.status = CaseStatus::contained;
  value.classification = Classification::benign_positive;
  value.severity = model::Level::critical;
  value.owner = "ada";
  value.tags = {"a", "b"};
  value.tlp = Tlp::amber_strict;
  value.tasks = {{"t1", "Look", "at \"it\"\n", "bob", "tpl", Task::State::done, 1, 2, 3, "bob"}};
  value.clocks = {{Clock::Kind::contain, 1, 2, 3, 4, 5, true}};
  value.pending.push_back({});
  value.pending[0].id = "c1";
  value.pending[0].others = {"inc-2"};
  value.by_hand = true;
  value.closed = 7;
  const auto read = parse_case(to_json(value));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(value));
  EXPECT_EQ(read->tasks[0].description, "at \"it\"\n");
  Entry entry;
  entry.id = "e";
  entry.kind = Entry::Kind::file;
  entry.text = "x";
  entry.custody = {{1, "ada", "added"}};
  entry.size = 5;
  const auto again = parse_entry(to_json(entry));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(to_json(*again), to_json(entry));
  for (const char* broken :
       {"", "[]", "{}", R"({"incident":{}})", R"({"incident":{"id":"x"},"status":"away"})",
        R"({"incident":{"id":"x"},"more":1})"}) {
    EXPECT_FALSE(parse_case(broken).ok()) << broken;
  }
}

TEST_F(Book, ANewIncidentBecomesACaseWithClocks) {
  SlaPolicy policy;
  policy.name = "Medium";
  policy.severity = model::Level::medium;
  policy.acknowledge = 15 * kMinute;
  policy.resolve = 24 * kHour;
  ASSERT_TRUE(book_->put_policy(ada(), policy, 0).ok());
  give({incident("inc-1")});
  const Case value = got("inc-1");
  EXPECT_EQ(value.status, CaseStatus::new_case);
  EXPECT_EQ(clock(value, Clock::Kind::detect).elapsed(kNow), 30 * kMinute);
  EXPECT_EQ(clock(value, Clock::Kind::acknowledge).due(), kNow + 15 * kMinute);
  EXPECT_EQ(clock(value, Clock::Kind::contain).due(), 0);
  EXPECT_THAT(texts("inc-1"), ElementsAre(HasSubstr("Opened with 3 alerts, risk 55, medium")));
  EXPECT_THAT(told_.kinds(), ElementsAre(CaseEvent::Kind::opened));
}

TEST_F(Book, TheSameChangesAgainChangeNothing) {
  EngineChanges changes;
  changes.incidents = {incident("inc-1")};
  changes.members = {{"inc-1", member("m1")}};
  changes.entities = {{{model::EntityKind::user, "ada"}, {}, 30, 1, 1, 2, 3, 4, {{"rule", 3, "because"}}}};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  const std::uint64_t version = got("inc-1").version;
  ASSERT_TRUE(book_->apply(changes, kNow + kMinute).ok());
  EXPECT_EQ(got("inc-1").version, version);
  EXPECT_EQ(texts("inc-1").size(), 1u);
  const auto members = book_->members("inc-1", "first", false, {}, 10);
  ASSERT_EQ(members->items.size(), 1u);
  const auto row = book_->entity_risk({}, entity_risk_id({}, {model::EntityKind::user, "ada"}));
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ((*row)->contributions[0].reason, "because");
  // An older revision does not come back.
  model::Incident newer = incident("inc-1");
  newer.revision = 3;
  newer.title = "Newer";
  give({newer});
  give({incident("inc-1")});
  EXPECT_EQ(got("inc-1").incident.title, "Newer");
}

TEST_F(Book, PeoplesPartIsNotOverwritten) {
  give({incident("inc-1")});
  CaseChange change;
  change.owner = "bob";
  change.title = "Ours";
  change.severity = model::Level::low;
  change.tags = {"b", "a", "a"};
  ASSERT_TRUE(book_->update(ada(), "inc-1", kAny, change).ok());
  model::Incident later = incident("inc-1");
  later.revision = 2;
  later.level = model::Level::critical;
  later.title = "Theirs";
  give({later});
  const Case value = got("inc-1");
  EXPECT_EQ(value.owner, "bob");
  EXPECT_EQ(value.shown_title(), "Ours");
  EXPECT_EQ(value.shown_severity(), model::Level::low);  // people's word
  EXPECT_THAT(value.tags, ElementsAre("a", "b"));
  EXPECT_EQ(value.incident.title, "Theirs");
}

TEST_F(Book, ARaisedSeverityIsSaidAndHasItsOwnTargets) {
  SlaPolicy policy;
  policy.name = "Critical";
  policy.severity = model::Level::critical;
  policy.acknowledge = 5 * kMinute;
  ASSERT_TRUE(book_->put_policy(ada(), policy, 0).ok());
  give({incident("inc-1")});
  EXPECT_EQ(clock(got("inc-1"), Clock::Kind::acknowledge).target, 0);
  model::Incident later = incident("inc-1");
  later.revision = 2;
  later.level = model::Level::critical;
  give({later}, kNow + kMinute);
  give({later}, kNow + kMinute);
  EXPECT_EQ(clock(got("inc-1"), Clock::Kind::acknowledge).due(), kNow + 5 * kMinute);
  EXPECT_THAT(texts("inc-1"),
              UnorderedElementsAre(HasSubstr("Opened"), "Severity raised: medium -> critical."));
  EXPECT_THAT(told_.kinds(), ElementsAre(CaseEvent::Kind::opened, CaseEvent::Kind::severity_raised));
}

TEST_F(Book, TheLifeCycleHolds) {
  give({incident("inc-1")});
  EXPECT_TRUE(set("inc-1", CaseStatus::in_progress).ok());  // past triaged
  EXPECT_FALSE(set("inc-1", CaseStatus::triaged).ok());
  EXPECT_FALSE(set("inc-1", CaseStatus::new_case).ok());
  EXPECT_FALSE(set("inc-1", CaseStatus::closed).ok());
  EXPECT_FALSE(set("inc-1", CaseStatus::closed, kNow, Classification::true_positive).ok());
  EXPECT_FALSE(set("inc-1", CaseStatus::contained, kNow, Classification::true_positive).ok());
  const auto closed = set("inc-1", CaseStatus::closed, kNow + kHour, Classification::true_positive, "done");
  ASSERT_TRUE(closed.ok()) << closed.error().message;
  EXPECT_EQ(closed->closed, kNow + kHour);
  EXPECT_EQ(clock(*closed, Clock::Kind::resolve).elapsed(kNow + 9 * kHour), kHour);
  EXPECT_FALSE(set("inc-1", CaseStatus::contained).ok());
  EXPECT_FALSE(set("inc-1", CaseStatus::new_case).ok());
  const auto open = set("inc-1", CaseStatus::in_progress, kNow + 3 * kHour);
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->classification, Classification::none);
  // Two hours closed do not count.
  EXPECT_EQ(clock(*open, Clock::Kind::resolve).elapsed(kNow + 4 * kHour), 2 * kHour);
  ASSERT_EQ(commands_.sent.size(), 2u);
  EXPECT_EQ(commands_.sent[0].kind, model::IncidentCommand::Kind::close);
  EXPECT_EQ(commands_.sent[1].kind, model::IncidentCommand::Kind::reopen);
  EXPECT_THAT(texts("inc-1", {Entry::Kind::change}), ::testing::Contains("status: new -> in_progress"));
}

TEST_F(Book, TwoWritersAtOnceLoseNothing) {
  give({incident("inc-1")});
  const std::uint64_t version = got("inc-1").version;
  CaseChange change;
  change.owner = "ada";
  ASSERT_TRUE(book_->update(ada(), "inc-1", version, change).ok());
  change.owner = "bob";
  const auto second = book_->update(ada(), "inc-1", version, change);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::ErrorCode::busy);
  EXPECT_THAT(second.error().message, ::testing::StartsWith("conflict"));
  // Without a version they are tried again: each task of each thread is there in the end.
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&, n] {
      for (int i = 0; i < 20; ++i) {
        Task task;
        task.title = std::to_string(n) + "." + std::to_string(i);
        while (true) {
          const auto done = book_->add_task(ada(), "inc-1", task);
          if (done.ok()) break;
          if (!done.error().message.starts_with("conflict")) ++failed;
          if (failed > 0) break;
        }
      }
    });
  }
  model::Incident later = incident("inc-1");
  for (std::uint64_t revision = 2; revision < 12; ++revision) {
    later.revision = revision;
    later.title = "Title " + std::to_string(revision);
    EngineChanges changes;
    changes.incidents = {later};
    while (!book_->apply(changes, kNow).ok()) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(got("inc-1").tasks.size(), 40u);
  EXPECT_EQ(got("inc-1").incident.title, "Title 11");
  EXPECT_EQ(got("inc-1").owner, "ada");
}

TEST_F(Book, TenantsDoNotMeet) {
  give({incident("inc-1"), incident("inc-2", "acme")});
  EXPECT_FALSE(*book_->get({}, "inc-2"));
  EXPECT_FALSE(*book_->get("acme", "inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::tenant>("acme")), ElementsAre("inc-2"));
  EXPECT_THAT(found({}), ElementsAre("inc-1"));
  const auto comment = book_->add_entry(ada(), "inc-1", text_entry("ours"));
  ASSERT_TRUE(comment.ok());
  const Actor other = ada(kNow, "acme");
  EXPECT_EQ(book_->add_entry(other, "inc-1", text_entry("x")).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(
      book_->update_entry(other, "inc-1", comment->entry.id, kAny, of<&EntryChange::text>("x")).error().code,
      base::ErrorCode::not_found);
  EXPECT_FALSE(book_->merge(other, "inc-2", {"inc-1"}, {}).ok());
  SlaPolicy policy;
  policy.name = "p";
  ASSERT_TRUE(book_->put_policy(other, policy, 0).ok());
  EXPECT_FALSE(*book_->policy({}, model::Level::medium));
  EXPECT_EQ(book_->remove_setting(ada(), "sla_policies", "medium", kAny).error().code,
            base::ErrorCode::not_found);
  // The engine's incident of one tenant does not replace that of another.
  model::Incident foreign = incident("inc-1", "acme");
  foreign.revision = 9;
  give({foreign});
  EXPECT_EQ(got("inc-1").incident.revision, 1u);
}

TEST_F(Book, FiltersFindWhatTheySay) {
  model::Incident second = incident("inc-2");
  second.risk = 90;
  second.level = model::Level::critical;
  second.entities = {{{model::EntityKind::ip, "10.0.0.1"}, 1, 1, 1, 1}};
  second.techniques = {"T1059.001"};
  model::Incident gone = incident("inc-3");
  gone.merged_into = "inc-1";
  give({incident("inc-1"), second, gone});
  CaseChange change;
  change.owner = "bob";
  change.tags = {"phishing"};
  ASSERT_TRUE(book_->update(ada(), "inc-1", kAny, change).ok());
  EXPECT_THAT(found({}), ElementsAre("inc-2", "inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::merged>(true)), UnorderedElementsAre("inc-1", "inc-2", "inc-3"));
  EXPECT_THAT(found(of<&CaseFilter::owner>("bob")), ElementsAre("inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::unassigned>(true)), ElementsAre("inc-2"));
  EXPECT_THAT(found(of<&CaseFilter::tag>("phishing")), ElementsAre("inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::tag>("phish")), IsEmpty());
  EXPECT_THAT(found(of<&CaseFilter::technique>("T1059")), ElementsAre("inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::entity>("user:ADA")), ElementsAre("inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::entity>("10.0.0.1")), ElementsAre("inc-2"));
  EXPECT_THAT(found(of<&CaseFilter::entity>("0.0.0.1")), IsEmpty());
  EXPECT_THAT(found(of<&CaseFilter::text>("SHELL on")), ElementsAre("inc-2", "inc-1"));
  EXPECT_THAT(found(of<&CaseFilter::least_risk>(60)), ElementsAre("inc-2"));
  EXPECT_THAT(found(of<&CaseFilter::statuses>(std::vector{CaseStatus::closed})), IsEmpty());
  EXPECT_THAT(found(of<&CaseFilter::least_level>(model::Level::high)), ElementsAre("inc-2"));
}

TEST_F(Book, ClocksBreachOnceAndPauses) {
  SlaPolicy policy;
  policy.name = "Medium";
  policy.severity = model::Level::medium;
  policy.acknowledge = 10 * kMinute;
  policy.contain = kHour;
  ASSERT_TRUE(book_->put_policy(ada(), policy, 0).ok());
  give({incident("inc-1"), incident("inc-2")});
  ASSERT_TRUE(book_->pause(ada(kNow + 5 * kMinute), "inc-2", "waits for the customer").ok());
  EXPECT_FALSE(book_->pause(ada(), "inc-2", "again").ok());
  EXPECT_TRUE(book_->check_clocks(kNow + 10 * kMinute)->empty());
  auto breaches = book_->check_clocks(kNow + 11 * kMinute);
  ASSERT_TRUE(breaches.ok());
  ASSERT_EQ(breaches->size(), 1u);
  EXPECT_EQ(breaches->front().incident.incident.id, "inc-1");
  EXPECT_EQ(breaches->front().clock, Clock::Kind::acknowledge);
  EXPECT_TRUE(book_->check_clocks(kNow + 12 * kMinute)->empty());
  EXPECT_THAT(found(of<&CaseFilter::breached>(true)), ElementsAre("inc-1"));
  ASSERT_TRUE(book_->resume(ada(kNow + 20 * kMinute), "inc-2").ok());
  EXPECT_EQ(clock(got("inc-2"), Clock::Kind::acknowledge).due(), kNow + 25 * kMinute);
  EXPECT_FALSE(book_->resume(ada(), "inc-2").ok());
  CaseChange change;
  change.owner = "ada";
  ASSERT_TRUE(book_->update(ada(kNow + 24 * kMinute), "inc-2", kAny, change).ok());
  const Clock acknowledged = clock(got("inc-2"), Clock::Kind::acknowledge);
  EXPECT_EQ(acknowledged.elapsed(kNow + 9 * kHour), 9 * kMinute);
  EXPECT_FALSE(acknowledged.breached);
  policy.pausing = false;
  ASSERT_TRUE(book_->put_policy(ada(), policy, 1).ok());
  EXPECT_FALSE(book_->pause(ada(), "inc-1", "no").ok());
}

TEST_F(Book, ManyAtOnceAndBackAgain) {
  give({incident("inc-1"), incident("inc-2"), incident("inc-3")});
  ASSERT_TRUE(set("inc-3", CaseStatus::contained).ok());
  CaseChange change;
  change.status = CaseStatus::triaged;
  change.owner = "bob";
  const std::vector<std::string> ids = {"inc-1", "inc-2", "inc-3", "inc-none"};
  const auto done = book_->update_many(ada(), ids, change);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->changed, 2u);
  EXPECT_EQ(done->skipped, 2u);
  EXPECT_EQ(got("inc-2").status, CaseStatus::triaged);
  CaseChange mine;
  mine.tlp = Tlp::red;
  ASSERT_TRUE(book_->update(ada(), "inc-2", kAny, mine).ok());
  Actor bob = ada();
  bob.id = "u-bob";
  EXPECT_FALSE(book_->undo_many(bob, done->undo_token).ok());
  EXPECT_FALSE(book_->undo_many(ada(kNow + 25 * kHour), done->undo_token).ok());
  const auto undone = book_->undo_many(ada(), done->undo_token);
  ASSERT_TRUE(undone.ok()) << undone.error().message;
  EXPECT_EQ(undone->changed, 1u);
  EXPECT_EQ(undone->skipped, 1u);
  EXPECT_EQ(got("inc-1").status, CaseStatus::new_case);
  EXPECT_EQ(got("inc-1").owner, "");
  EXPECT_EQ(clock(got("inc-1"), Clock::Kind::acknowledge).stopped, 0);
  EXPECT_EQ(got("inc-2").status, CaseStatus::triaged);
  EXPECT_FALSE(book_->undo_many(ada(), done->undo_token).ok());
}

// What the engine and the clocks do to a case is no change of a person that an undo would overwrite.
TEST_F(Book, AClosingIsTakenBackAfterTheNodeWentOn) {
  give({incident("inc-1")});
  CaseChange change;
  change.status = CaseStatus::closed;
  change.classification = Classification::false_positive;
  change.closing_note = "the backup";
  const std::vector<std::string> ids = {"inc-1"};
  const auto done = book_->update_many(ada(), ids, change);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(done->changed, 1u);
  ASSERT_FALSE(got("inc-1").pending.empty());
  ASSERT_TRUE(book_->check_pending(kNow + 2 * kMinute).ok());
  EXPECT_TRUE(got("inc-1").pending.empty());
  const auto undone = book_->undo_many(ada(kNow + 3 * kMinute), done->undo_token);
  ASSERT_TRUE(undone.ok()) << undone.error().message;
  EXPECT_EQ(undone->changed, 1u);
  EXPECT_EQ(got("inc-1").status, CaseStatus::new_case);
  EXPECT_EQ(commands_.sent.back().kind, model::IncidentCommand::Kind::reopen);
}

TEST_F(Book, CommentsMentionAndOnlyTheirWriterChangesThem) {
  give({incident("inc-1")});
  EXPECT_THAT(mentions_in("@bob, see @eve.x. mail a@b.example @@no (@bob) @Zoë"),
              ElementsAre("bob", "eve.x", "Zoë"));
  const auto comment = book_->add_entry(ada(), "inc-1", text_entry("hello @bob"));
  ASSERT_TRUE(comment.ok());
  EXPECT_THAT(comment->entry.mentions, ElementsAre("bob"));
  EXPECT_EQ(told_.events.back().kind, CaseEvent::Kind::mentioned);
  EXPECT_THAT(told_.events.back().names, ElementsAre("bob"));
  Actor bob = ada();
  bob.name = "bob";
  EXPECT_FALSE(book_->update_entry(bob, "inc-1", comment->entry.id, kAny, of<&EntryChange::text>("no")).ok());
  EXPECT_FALSE(book_->remove_entry(bob, "inc-1", comment->entry.id).ok());
  const auto moved =
      book_->update_entry(bob, "inc-1", comment->entry.id, 1, of<&EntryChange::time>(kNow - kHour));
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(
      book_->update_entry(ada(), "inc-1", comment->entry.id, 1, of<&EntryChange::text>("x")).error().code,
      base::ErrorCode::busy);
  const auto edited =
      book_->update_entry(ada(), "inc-1", comment->entry.id, 2, of<&EntryChange::text>("hello @bob @eve"));
  ASSERT_TRUE(edited.ok());
  EXPECT_THAT(told_.events.back().names, ElementsAre("eve"));
  ASSERT_TRUE(book_->remove_entry(ada(), "inc-1", comment->entry.id).ok());
  EXPECT_THAT(texts("inc-1", {Entry::Kind::comment}), IsEmpty());
  EXPECT_THAT(texts("inc-1"), ::testing::Contains("Deleted a comment of ada."));
  EXPECT_FALSE(book_->add_entry(ada(), "inc-1", text_entry("  ")).ok());
  EXPECT_FALSE(book_->add_entry(ada(), "inc-1", of<&NewEntry::kind>(Entry::Kind::change)).ok());
}

TEST_F(Book, FilesAreKeptWithTheirHashAndCustody) {
  give({incident("inc-1")});
  std::string bytes(7u << 20, 'x');
  bytes[5] = '\0';
  bytes += "end";
  const auto file = book_->add_file(ada(), "inc-1", "../../etc/pass\nwd", bytes, "a dump");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->entry.file_name, "passwd");
  const auto taken = book_->take_file(ada(kNow + 1), "inc-1", file->entry.id);
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  EXPECT_TRUE(taken->second == bytes);
  ASSERT_EQ(taken->first.entry.custody.size(), 2u);
  EXPECT_EQ(taken->first.entry.custody[1].what, "downloaded");
  // Bytes that were changed are not handed out.
  ports::RecordWrite write;
  write.collection = "incident_files";
  write.id = file->entry.id + "-1";
  const auto part = records_->get("incident_files", write.id);
  ASSERT_TRUE(part.ok() && *part);
  write.columns = (*part)->columns;
  write.document = R"({"bytes":"AAAA"})";
  ASSERT_TRUE(records_->apply({&write, 1}).ok());
  EXPECT_EQ(book_->take_file(ada(), "inc-1", file->entry.id).error().code, base::ErrorCode::corrupt);
  EXPECT_FALSE(book_->remove_entry(ada(), "inc-1", file->entry.id).ok());
  Actor boss = ada();
  boss.manages = true;
  ASSERT_TRUE(book_->remove_entry(boss, "inc-1", file->entry.id).ok());
  EXPECT_FALSE(*records_->get("incident_files", write.id));
  EXPECT_FALSE(book_->add_file(ada(), "inc-1", "x", std::string(kMaxFileBytes + 1, 'x'), {}).ok());
  const auto empty = book_->add_file(ada(), "inc-1", "..", "", {});
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(empty->entry.file_name, "file");
  EXPECT_EQ(book_->take_file(ada(), "inc-1", empty->entry.id)->second, "");
}

TEST_F(Book, TasksOfTemplatesAreAddedOnce) {
  give({incident("inc-1")});
  TaskTemplate wanted;
  wanted.name = "Phishing";
  wanted.items = {{"Look at the mail", "", 2 * kHour}, {"Reset the password", "of the user", {}}};
  const auto made = book_->put_template(ada(), wanted, 0);
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(book_->apply_template(ada(), "inc-1", made->id).ok());
  const auto again = book_->apply_template(ada(), "inc-1", made->id);
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->tasks.size(), 2u);
  EXPECT_EQ(again->tasks[0].due, kNow + 2 * kHour);
  const auto done = book_->update_task(ada(kNow + 1), "inc-1", again->tasks[0].id,
                                       of<&TaskChange::state>(Task::State::done));
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->tasks[0].done_by, "ada");
  EXPECT_THAT(texts("inc-1"), ::testing::Contains("Task \"Look at the mail\": done."));
  ASSERT_TRUE(book_->remove_task(ada(), "inc-1", again->tasks[0].id).ok());
  EXPECT_EQ(book_->remove_task(ada(), "inc-1", "none").error().code, base::ErrorCode::not_found);
  EXPECT_EQ(got("inc-1").tasks.size(), 1u);
}

TEST_F(Book, AMergeIsPendingUntilTheEngineAnswers) {
  give({incident("inc-1"), incident("inc-2")});
  const auto asked = book_->merge(ada(), "inc-1", {"inc-2"}, "the same actor");
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  ASSERT_EQ(asked->pending.size(), 1u);
  ASSERT_EQ(commands_.sent.size(), 1u);
  EXPECT_THAT(commands_.sent[0].others, ElementsAre("inc-2"));
  // Sent again while nobody answers: it is the same command.
  ASSERT_TRUE(book_->check_pending(kNow + 2 * kMinute).ok());
  ASSERT_EQ(commands_.sent.size(), 2u);
  EXPECT_EQ(commands_.sent[0].id, commands_.sent[1].id);
  EngineChanges changes;
  changes.incidents = {incident("inc-1"), incident("inc-2")};
  changes.incidents[0].revision = changes.incidents[1].revision = 2;
  changes.incidents[0].merged_from = {"inc-2"};
  changes.incidents[1].merged_into = "inc-1";
  model::IncidentChange change;
  change.id = commands_.sent[0].id;
  change.by = "ada";
  change.incident = "inc-1";
  change.others = {"inc-2"};
  change.time = kNow;
  changes.history = {change};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_THAT(got("inc-1").pending, IsEmpty());
  EXPECT_THAT(found({}), ElementsAre("inc-1"));
  EXPECT_THAT(texts("inc-2"), ::testing::Contains("Lives on in inc-1."));
  EXPECT_FALSE(book_->merge(ada(), "inc-1", {"inc-2"}, {}).ok());
  const auto undo = book_->undo(ada(), "inc-1", change.id);
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  EXPECT_EQ(commands_.sent.back().undoes, change.id);
  change.undone = true;
  changes.history = {change};
  changes.incidents = {};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_THAT(got("inc-1").pending, IsEmpty());
  EXPECT_EQ(book_->history({}, "inc-2", {}, 10)->items.size(), 1u);
  EXPECT_FALSE(book_->undo(ada(), "inc-1", change.id).ok());
}

TEST_F(Book, WhatTheEngineRefusesIsNotPendingAnyMore) {
  give({incident("inc-1"), incident("inc-2")});
  ASSERT_TRUE(book_->merge(ada(), "inc-1", {"inc-2"}, {}).ok());
  ASSERT_TRUE(book_->refused(commands_.sent[0], "it is too old", kNow).ok());
  EXPECT_THAT(got("inc-1").pending, IsEmpty());
  EXPECT_THAT(texts("inc-1"), ::testing::Contains("It could not be done: it is too old"));
  commands_.broken = true;
  ASSERT_TRUE(book_->merge(ada(), "inc-1", {"inc-2"}, {}).ok());  // the bus comes back
  commands_.broken = false;
  ASSERT_TRUE(book_->check_pending(kNow + 2 * kMinute).ok());
  EXPECT_EQ(commands_.sent.size(), 2u);
  ASSERT_TRUE(book_->check_pending(kNow + 20 * kMinute).ok());
  EXPECT_THAT(got("inc-1").pending, IsEmpty());
  EXPECT_FALSE(book_->merge(ada(), "inc-1", {"inc-1"}, {}).ok());
  EXPECT_FALSE(book_->merge(ada(), "inc-1", {"inc-9"}, {}).ok());
}

TEST_F(Book, SplitsNameMembersOfTheIncidentAndLeaveOne) {
  EngineChanges changes;
  changes.incidents = {incident("inc-1"), incident("inc-2")};
  changes.members = {{"inc-1", member("m1")}, {"inc-1", member("m2")}, {"inc-2", member("m3")}};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_FALSE(book_->split(ada(), "inc-1", {"m3"}, {}).ok());
  EXPECT_FALSE(book_->split(ada(), "inc-1", {"m1", "m2"}, {}).ok());
  ASSERT_TRUE(book_->split(ada(), "inc-1", {"m1", "m1"}, {}).ok());
  EXPECT_THAT(commands_.sent.back().members, ElementsAre("m1"));
  changes = {};
  changes.members = {{"", member("m3")}};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_FALSE(*records_->get("incident_members", "m3"));
  model::AlertRecord alert;
  alert.id = "m2-a1";
  alert.rule_id = "r1";
  alert.time = kNow - 30 * kMinute;
  const auto where = book_->incident_of({}, alert);
  ASSERT_TRUE(where.ok() && *where);
  EXPECT_EQ(**where, std::pair(std::string("inc-1"), std::string("m2")));
  EXPECT_FALSE(*book_->incident_of("acme", alert));
}

TEST_F(Book, IncidentsByHandAreMadeOfAlerts) {
  std::vector<model::AlertRecord> alerts(3);
  for (int i = 0; i < 3; ++i) {
    alerts[i].id = "a" + std::to_string(i);
    alerts[i].rule_id = i < 2 ? "r1" : "r2";
    alerts[i].time = kNow - i * kMinute;
    alerts[i].level = model::Level::high;
    alerts[i].risk_score = 75;
    alerts[i].entities = {{model::EntityKind::host, "web"}};
    alerts[i].tactics = {"execution"};
  }
  NewIncident wanted;
  wanted.title = "Mine";
  wanted.owner = "ada";
  const auto made = book_->create(ada(), wanted, alerts);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->incident.members, 2u);
  EXPECT_EQ(made->incident.alerts, 3u);
  EXPECT_EQ(made->incident.risk, 75);
  EXPECT_EQ(made->incident.entities[0].alerts, 3u);
  EXPECT_EQ(book_->members(made->incident.id, "first", false, {}, 10)->items.size(), 2u);
  give({incident("inc-1")});
  EXPECT_FALSE(book_->merge(ada(), "inc-1", {made->incident.id}, {}).ok());
  EXPECT_TRUE(set(made->incident.id, CaseStatus::closed, kNow, Classification::duplicate, "twice").ok());
  EXPECT_THAT(commands_.sent, IsEmpty());  // the engine does not know it
}

TEST_F(Book, WhatIsWrittenGoesThroughTheActor) {
  give({incident("inc-1")});
  Actor actor = ada();
  int calls = 0;
  actor.apply = [&](std::span<const ports::RecordWrite> writes) {
    ++calls;
    return records_->apply(writes);
  };
  CaseChange change;
  change.owner = "bob";
  ASSERT_TRUE(book_->update(actor, "inc-1", kAny, change).ok());
  ASSERT_TRUE(book_->update(actor, "inc-1", kAny, change).ok());  // as it is: nothing is written
  EXPECT_EQ(calls, 1);
  ASSERT_TRUE(book_->add_entry(actor, "inc-1", text_entry("x")).ok());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace vedette::cases
