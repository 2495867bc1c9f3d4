// The outbox as an observer of the book: what happens to incidents and what is told of it, in one
// transaction.
#include <filesystem>

#include <gtest/gtest.h>

#include "vedette/adapters/secret_store.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::cases {
namespace {

constexpr base::TimeNs kBookNow = 1'772'600'000'000'000'000;
constexpr base::TimeNs kBookMinute = 60 * base::kNsPerSecond;

class NotifiedBook : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / "notified_book";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapters::SqliteOptions options;
    options.file = (folder_ / "records.db").string();
    options.collections = incident_collections();
    for (auto& collection : notify_collections()) options.collections.push_back(collection);
    records_ = adapters::open_sqlite(options).value();
    secrets_ = adapters::open_secret_store({(folder_ / "keys").string(), {}}).value();
    NotifierParts parts;
    parts.records = records_.get();
    parts.secrets = secrets_.get();
    parts.now = [this] { return now_; };
    notifier_ = std::make_unique<Notifier>(std::move(parts));
    book_ = std::make_unique<IncidentBook>(*records_, nullptr, notifier_.get());
    Channel channel;
    channel.id = channel.name = "hook";
    NotifyRule rule;
    rule.id = rule.name = "all";
    rule.channels = {"hook"};
    for (int i = 0; i < kNotifyOns; ++i) rule.on.push_back(static_cast<NotifyOn>(i));
    const std::vector<ports::RecordWrite> writes = {to_write(channel, 0), to_write(rule, 0)};
    ASSERT_TRUE(records_->apply(writes).ok());
  }
  void TearDown() override {
    book_.reset();
    notifier_.reset();
    records_.reset();
    std::filesystem::remove_all(folder_);
  }
  base::Status open_incident(model::Level level = model::Level::high) {
    EngineChanges changes;
    model::Incident incident;
    incident.id = "inc-1";
    incident.title = "Of a test";
    incident.level = level;
    incident.first = incident.opened = kBookNow;
    incident.revision = ++revision_;
    changes.incidents = {incident};
    return book_->apply(changes, now_);
  }
  Actor ada() {
    Actor actor;
    actor.id = actor.name = "ada";
    actor.now = now_;
    return actor;
  }
  // What was told, by name, in order of time.
  std::string told() {
    ports::RecordQuery query;
    query.collection = "notifications";
    query.order_by = "created";
    const ports::RecordPage page = records_->find(query).value();
    std::string out;
    for (const auto& record : page.records) {
      out += std::string(notify_on_name(parse_delivery(record)->notice.on)) + " ";
    }
    return out;
  }

  std::filesystem::path folder_;
  base::TimeNs now_ = kBookNow;
  std::uint64_t revision_ = 0;
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<ports::SecretStore> secrets_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<IncidentBook> book_;
};

TEST_F(NotifiedBook, TellsWhatHappensOnce) {
  ASSERT_TRUE(open_incident().ok());
  EXPECT_EQ(told(), "opened ");
  --revision_;
  ASSERT_TRUE(open_incident().ok());  // the engine says it again, as after a kill
  EXPECT_EQ(told(), "opened ");
  now_ += kBookMinute;
  ASSERT_TRUE(open_incident(model::Level::critical).ok());
  EXPECT_EQ(told(), "opened severity_raised ");
  now_ += kBookMinute;
  CaseChange change;
  change.owner = "ben";
  ASSERT_TRUE(book_->update(ada(), "inc-1", IncidentBook::kAnyVersion, change).ok());
  now_ += kBookMinute;
  NewEntry comment;
  comment.text = "@ben look here";
  ASSERT_TRUE(book_->add_entry(ada(), "inc-1", comment).ok());
  now_ += kBookMinute;
  change = {};
  change.status = CaseStatus::in_progress;
  ASSERT_TRUE(book_->update(ada(), "inc-1", IncidentBook::kAnyVersion, change).ok());
  EXPECT_EQ(told(), "opened severity_raised assigned mentioned status_changed ");
}

TEST_F(NotifiedBook, ServiceLevelsAreToldNearAndMissed) {
  SlaPolicy policy;
  policy.name = "high";
  policy.severity = model::Level::high;
  policy.acknowledge = 100 * kBookMinute;
  ASSERT_TRUE(book_->put_policy(ada(), policy, 0).ok());
  ASSERT_TRUE(open_incident().ok());
  now_ += 70 * kBookMinute;
  ASSERT_TRUE(notifier_->check_near().ok());
  EXPECT_EQ(told(), "opened ");
  for (const int minutes : {15, 5}) {
    now_ += minutes * kBookMinute;
    ASSERT_TRUE(notifier_->check_near().ok());
    EXPECT_EQ(told(), "opened sla_near ");
  }
  now_ += 11 * kBookMinute;
  ASSERT_TRUE(notifier_->check_near().ok());
  ASSERT_TRUE(book_->check_clocks(now_).ok());
  EXPECT_EQ(told(), "opened sla_near sla_breached ");
}

}  // namespace
}  // namespace vedette::cases
