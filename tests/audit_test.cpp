#include "vedette/api/audit.hpp"

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "audit/audit_chain.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/base/files.hpp"

namespace vedette::api {
namespace {

using base::ErrorCode;
using ports::RecordWrite;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

AuditEntry entry_of(std::string action, std::string target = {}) {
  AuditEntry entry;
  entry.tenant = "acme";
  entry.actor_id = "u1";
  entry.actor_name = "ada";
  entry.actor_kind = "user";
  entry.address = "192.0.2.7";
  entry.action = std::move(action);
  entry.target = std::move(target);
  entry.outcome = "success";
  entry.details = {{"before", "{\"a\":1}"}, {"after", "{\"a\":2}"}};
  return entry;
}

RecordWrite note(std::string id, std::uint64_t expected = RecordWrite::kAnyVersion) {
  RecordWrite write;
  write.collection = "notes";
  write.id = std::move(id);
  write.document = "{}";
  write.expected_version = expected;
  return write;
}

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    std::string pattern = testing::TempDir() + "vedette-audit-XXXXXX";
    if (::mkdtemp(pattern.data())) folder_ = pattern;
    open();
  }
  ~AuditTest() override {
    close();
    for (const char* name :
         {"/records.db", "/records.db-wal", "/records.db-shm", "/records.db.lock", "/anchors"}) {
      ::unlink((folder_ + name).c_str());
    }
    ::rmdir(folder_.c_str());
  }

  std::string anchors() const { return folder_ + "/anchors"; }

  void open() {
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = audit_collections();
    options.collections.push_back({"notes", {}});
    auto records = adapters::open_sqlite(options);
    ASSERT_TRUE(records.ok()) << records.error().message;
    records_ = std::move(records).value();
    auto log = AuditLog::open(*records_, anchors(), [this] { return now_ += base::kNsPerSecond; });
    ASSERT_TRUE(log.ok()) << log.error().message;
    log_ = std::move(log).value();
  }
  void close() {
    log_.reset();
    records_.reset();
  }

  void append(int count) {
    for (int i = 0; i < count; ++i) {
      const auto done = log_->append(entry_of("rules.update", "rules/" + std::to_string(i)));
      ASSERT_TRUE(done.ok()) << done.error().message;
    }
  }

  AuditVerdict verdict(std::string_view anchor = {}) const {
    const auto checked = verify_audit(*records_, anchors(), anchor);
    EXPECT_TRUE(checked.ok()) << (checked.ok() ? "" : checked.error().message);
    return checked.ok() ? *checked : AuditVerdict{};
  }
  std::vector<std::string> faults(std::string_view anchor = {}) const {
    std::vector<std::string> sentences;
    for (const AuditFault& fault : verdict(anchor).faults) sentences.push_back(fault.what);
    return sentences;
  }

  AuditEntry entry(std::uint64_t sequence) const {
    const auto record = records_->get("audit", audit_record_id(sequence));
    EXPECT_TRUE(record.ok() && record->has_value());
    return std::move(parse_audit_entry((*record)->document)).value();
  }

  // Behind the back of the program.
  void sql(const std::string& text) {
    close();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder_ + "/records.db").c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
        << (error ? error : "");
    EXPECT_GT(sqlite3_changes(database), 0) << text;
    sqlite3_free(error);
    sqlite3_close(database);
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = audit_collections();
    options.collections.push_back({"notes", {}});
    records_ = std::move(adapters::open_sqlite(options)).value();
  }

  // Writes the entry over the one of that place, with columns that fit.
  void overwrite(std::uint64_t place, const AuditEntry& forged) {
    sql(
        fmt::format("UPDATE r_audit SET document = '{}', c_time = {}, c_tenant = '{}', c_actor_id = '{}', "
                    "c_action = '{}', c_target = '{}', c_outcome = '{}' WHERE id = '{}'",
                    to_json(forged), forged.time, forged.tenant, forged.actor_id, forged.action,
                    forged.target, forged.outcome, audit_record_id(place)));
  }

  std::string folder_;
  base::TimeNs now_ = 1'700'000'000 * base::kNsPerSecond;
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditTest, EntriesMakeAChain) {
  EXPECT_EQ(log_->head(), audit_origin());
  append(3);
  const AuditEntry first = entry(1), second = entry(2);
  EXPECT_EQ(first.sequence, 1u);
  EXPECT_EQ(first.previous_hash, audit_origin());
  EXPECT_EQ(second.previous_hash, first.hash);
  EXPECT_EQ(log_->head(), entry(3).hash);
  EXPECT_GT(second.time, first.time);
  EXPECT_EQ(first.details, entry_of("").details);
  EXPECT_THAT(faults(), IsEmpty());
  const AuditVerdict good = verdict();
  EXPECT_EQ(good.entries, 3u);
  EXPECT_EQ(good.head, log_->head());
}

TEST_F(AuditTest, TheChainGoesOnAfterAStart) {
  append(3);
  const std::string head = log_->head();
  close();
  open();
  EXPECT_EQ(log_->head(), head);
  append(2);
  EXPECT_EQ(entry(4).previous_hash, head);
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(AuditTest, TimeDoesNotRunBack) {
  append(1);
  now_ -= 3600 * base::kNsPerSecond;
  append(1);
  EXPECT_EQ(entry(2).time, entry(1).time);
  EXPECT_THAT(faults(), IsEmpty());
}

// --- With changes

TEST_F(AuditTest, AFailingChangeWritesNoEntry) {
  const std::vector<RecordWrite> changes{note("a", 0)};
  const std::vector<AuditEntry> entries{entry_of("notes.make", "notes/a")};
  const auto versions = log_->apply(changes, entries);
  ASSERT_TRUE(versions.ok());
  EXPECT_EQ(*versions, std::vector<std::uint64_t>{1});
  const std::string head = log_->head();
  const auto again = log_->apply(changes, entries);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::busy);
  EXPECT_TRUE(again.error().message.starts_with("conflict"));
  EXPECT_EQ(log_->head(), head);
  EXPECT_EQ(verdict().entries, 1u);
  append(1);
  EXPECT_EQ(entry(2).previous_hash, head);
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(AuditTest, NobodyElseWritesToItsCollections) {
  append(1);
  for (const char* collection : {"audit", "audit_head"}) {
    RecordWrite write = note("head");
    write.collection = collection;
    EXPECT_EQ(log_->apply({&write, 1}, {}).error().code, ErrorCode::invalid_argument);
  }
}

TEST_F(AuditTest, ManyThreadsMakeOneChainAndTheirOwnResults) {
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) {
          // Every fifth change is in conflict with the one before.
          const bool bad = i % 5 == 4;
          const std::string id = fmt::format("{}-{}", thread, bad ? i - 1 : i);
          const std::vector<RecordWrite> changes{note(id, 0), note(id + "-more")};
          const std::vector<AuditEntry> entries{entry_of("notes.make", id)};
          const auto versions = log_->apply(changes, entries);
          EXPECT_EQ(versions.ok(), !bad);
          if (versions.ok()) {
            EXPECT_EQ(*versions, (std::vector<std::uint64_t>{1, 1}));
          } else {
            ++refused;
          }
        }
      });
    }
  }
  EXPECT_EQ(refused, 8 * 5);
  const AuditVerdict good = verdict();
  EXPECT_THAT(good.faults, IsEmpty());
  EXPECT_EQ(good.entries, 8u * 20);
  ports::RecordQuery query;
  query.collection = "notes";
  EXPECT_EQ(*records_->count(query), 8u * 20 * 2);
}

// --- Forms

TEST_F(AuditTest, AnyTextCanBeToldOf) {
  AuditEntry entry = entry_of("a\0b\n\"\xff" + std::string("\xe2\x82"), std::string(10'000, 'x'));
  entry.reason = std::string("n\0l", 3);
  std::string long_value;
  while (long_value.size() < 5'000) long_value += "\xc3\xbc";
  entry.details = {{"query", long_value}, {std::string("\0", 1), "\xc3"}};
  for (int i = 0; i < 200; ++i) entry.details.emplace_back("k", "v");
  const auto done = log_->append(entry);
  ASSERT_TRUE(done.ok()) << done.error().message;
  const AuditEntry kept = this->entry(1);
  EXPECT_EQ(kept.target.size(), 1024u);
  EXPECT_EQ(kept.reason, "n\xef\xbf\xbdl");
  EXPECT_EQ(kept.details.size(), 100u);
  EXPECT_EQ(kept.details[0].second, long_value.substr(0, 4096));
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(AuditTest, JsonIsReadBack) {
  append(1);
  const AuditEntry kept = entry(1);
  const std::string json = to_json(kept);
  EXPECT_EQ(to_json(std::move(parse_audit_entry(json)).value()), json);
  // As the documentation says: what is hashed is the line without its last member.
  const std::size_t at = json.rfind(",\"hash\":");
  EXPECT_EQ(audit_digest(json.substr(0, at) + "}"), kept.hash);
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"), json.substr(1),
                                 json + "}", "{\"more\":1," + json.substr(1)}) {
    const auto parsed = parse_audit_entry(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::corrupt);
  }
}

// The form must not change: exported chains are verified by others.
TEST(AuditForm, IsFixed) {
  AuditEntry entry;
  entry.sequence = 7;
  entry.time = 1'700'000'000'000'000'001;
  entry.tenant = "acme";
  entry.action = "auth.sign_in";
  entry.outcome = "success";
  entry.details = {{"a", "\"\n\xc3\xbc/"}};
  entry.previous_hash = audit_origin();
  EXPECT_EQ(
      canonical_json(entry),
      "{\"sequence\":7,\"time\":\"2023-11-14T22:13:20.000000001Z\",\"tenant\":\"acme\",\"actor_id\":\"\","
      "\"actor_name\":\"\",\"actor_kind\":\"\",\"session_id\":\"\",\"key_id\":\"\",\"address\":\"\","
      "\"action\":\"auth.sign_in\",\"target\":\"\",\"outcome\":\"success\",\"reason\":\"\","
      "\"request_id\":\"\",\"details\":[[\"a\",\"\\\"\\n\xc3\xbc/\"]],\"previous_hash\":\"" +
          audit_origin() + "\"}");
  EXPECT_EQ(audit_digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// --- Tampering

TEST_F(AuditTest, AChangedDocumentIsFound) {
  append(5);
  sql("UPDATE r_audit SET document = replace(document, 'ada', 'bob') WHERE id = '" + audit_record_id(3) +
      "'");
  EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("entry 3 was changed")));
  EXPECT_EQ(verdict().faults[0].sequence, 3u);
}

TEST_F(AuditTest, EveryMemberIsUnderTheHash) {
  append(3);
  const AuditEntry good = entry(2);
  const std::vector<std::function<void(AuditEntry&)>> forgeries{
      [](AuditEntry& e) { e.time += 1; },
      [](AuditEntry& e) { e.tenant = "x"; },
      [](AuditEntry& e) { e.actor_id = "x"; },
      [](AuditEntry& e) { e.actor_name = "x"; },
      [](AuditEntry& e) { e.actor_kind = "x"; },
      [](AuditEntry& e) { e.session_id = "x"; },
      [](AuditEntry& e) { e.key_id = "x"; },
      [](AuditEntry& e) { e.address = "x"; },
      [](AuditEntry& e) { e.action = "x"; },
      [](AuditEntry& e) { e.target = "x"; },
      [](AuditEntry& e) { e.outcome = "x"; },
      [](AuditEntry& e) { e.reason = "x"; },
      [](AuditEntry& e) { e.request_id = "x"; },
      [](AuditEntry& e) { e.details.pop_back(); },
      [](AuditEntry& e) { e.details[0].second = "x"; },
      [](AuditEntry& e) { e.previous_hash = audit_origin(); },
      [](AuditEntry& e) { e.hash = audit_origin(); },
  };
  for (const auto& forge : forgeries) {
    AuditEntry forged = good;
    forge(forged);
    overwrite(2, forged);
    EXPECT_THAT(faults(), Contains(HasSubstr("entry 2 was changed"))) << to_json(forged);
    overwrite(2, good);
    EXPECT_THAT(faults(), IsEmpty());
  }
}

TEST_F(AuditTest, ChangedColumnsAreFound) {
  append(3);
  for (const char* change : {"c_time = c_time + 1", "c_tenant = 'x'", "c_actor_id = NULL", "c_action = 'x'",
                             "c_target = 'x'", "c_outcome = 'denied'"}) {
    sql("CREATE TABLE kept AS SELECT * FROM r_audit; UPDATE r_audit SET " + std::string(change) +
        " WHERE id = '" + audit_record_id(2) + "'");
    EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("columns"))) << change;
    sql("DELETE FROM r_audit; INSERT INTO r_audit SELECT * FROM kept; DROP TABLE kept");
    EXPECT_THAT(faults(), IsEmpty());
  }
}

TEST_F(AuditTest, AHashMadeAnewIsFoundByTheNextEntry) {
  append(5);
  AuditEntry forged = entry(3);
  forged.actor_name = "bob";
  forged.hash = audit_digest(canonical_json(forged));
  overwrite(3, forged);
  EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("entry 4 does not follow entry 3")));
}

TEST_F(AuditTest, AChainMadeAnewIsFoundByTheAnchors) {
  append(5);
  close();  // anchors the end
  open();
  append(2);
  const std::string known = to_json(entry(6));
  std::string before = entry(2).hash;
  for (std::uint64_t at = 3; at <= 7; ++at) {
    AuditEntry forged = entry(at);
    forged.actor_name = "bob";
    forged.previous_hash = before;
    before = forged.hash = audit_digest(canonical_json(forged));
    overwrite(at, forged);
  }
  sql("UPDATE r_audit_head SET document = '" + head_document({entry(7).time, 7, before}) + "'");
  EXPECT_THAT(faults(), Contains(HasSubstr("entry 5 is not the one of line")));
  // An export tells as well, without the file.
  const auto checked = verify_audit(*records_, "", known);
  ASSERT_TRUE(checked.ok());
  EXPECT_THAT(checked->faults, Contains(Field(&AuditFault::what, HasSubstr("anchor that was given"))));
  EXPECT_THAT(verify_audit(*records_, "", "")->faults, IsEmpty());
}

TEST_F(AuditTest, RemovedEntriesAreFound) {
  append(9);
  const std::string last = to_json(entry(9));
  sql("DELETE FROM r_audit WHERE id IN ('" + audit_record_id(5) + "','" + audit_record_id(6) + "')");
  EXPECT_THAT(faults(), testing::ElementsAre("entries 5 to 6 are missing"));
  sql("DELETE FROM r_audit WHERE id = '" + audit_record_id(1) + "'");
  EXPECT_THAT(faults(), Contains("entry 1 is missing"));
}

TEST_F(AuditTest, ARemovedEndIsFound) {
  append(9);
  const std::string last = to_json(entry(9));
  close();
  open();
  const AuditEntry newest = entry(6);
  sql("DELETE FROM r_audit WHERE id > '" + audit_record_id(6) + "'");
  EXPECT_THAT(faults(), Contains("entries 7 to 9 are missing"));  // the head record
  sql("UPDATE r_audit_head SET document = '" + head_document({newest.time, 6, newest.hash}) + "'");
  EXPECT_THAT(faults(),
              testing::ElementsAre(HasSubstr("the end is missing: the anchor file tells of entry 9")));
  const auto checked = verify_audit(*records_, "", last);
  ASSERT_TRUE(checked.ok());
  EXPECT_THAT(checked->faults, SizeIs(1));
}

TEST_F(AuditTest, EverythingRemovedIsFound) {
  append(3);
  sql("DELETE FROM r_audit");
  EXPECT_THAT(faults(), Not(IsEmpty()));
  sql("DELETE FROM r_audit_head");
  EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("the end is missing")));
}

TEST_F(AuditTest, ReorderedEntriesAreFound) {
  append(5);
  sql("UPDATE r_audit SET id = 'x' WHERE id = '" + audit_record_id(2) + "'; UPDATE r_audit SET id = '" +
      audit_record_id(2) + "' WHERE id = '" + audit_record_id(3) + "'; UPDATE r_audit SET id = '" +
      audit_record_id(3) + "' WHERE id = 'x'");
  EXPECT_THAT(faults(), Contains(HasSubstr("in the place of entry 2 stands entry 3")));
  EXPECT_THAT(faults(), Contains(HasSubstr("in the place of entry 3 stands entry 2")));
}

TEST_F(AuditTest, InsertedEntriesAreFound) {
  append(3);
  AuditEntry forged = entry(3);
  forged.sequence = 4;
  forged.previous_hash = forged.hash;
  forged.hash = audit_digest(canonical_json(forged));
  const std::string copy =
      "INSERT INTO r_audit SELECT '{}', version, '{}', c_time, c_tenant, c_actor_id, "
      "c_action, c_target, c_outcome FROM r_audit WHERE id = '" +
      audit_record_id(3) + "'";
  sql(fmt::format(fmt::runtime(copy), audit_record_id(4), to_json(forged)));
  EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("head record was forged")));
  sql("DELETE FROM r_audit WHERE id = '" + audit_record_id(4) + "'");
  EXPECT_THAT(faults(), IsEmpty());
  for (const std::string& id : {std::string("00000000000000000002x"), std::string("zzz"),
                                std::string("18446744073709551616"), audit_record_id(0)}) {
    sql(fmt::format(fmt::runtime(copy), id, to_json(entry(3))));
    EXPECT_THAT(faults(), Contains(HasSubstr("was inserted"))) << id;
    sql("DELETE FROM r_audit WHERE id = '" + id + "'");
  }
}

TEST_F(AuditTest, DuplicatedEntriesAreFound) {
  append(4);
  sql("UPDATE r_audit SET document = (SELECT document FROM r_audit WHERE id = '" + audit_record_id(2) +
      "') WHERE id = '" + audit_record_id(3) + "'");
  EXPECT_THAT(faults(), Contains(HasSubstr("in the place of entry 3 stands entry 2")));
}

TEST_F(AuditTest, ForgedHeadsAndAnchorsAreFound) {
  append(4);
  const std::string good = head_document({entry(4).time, 4, entry(4).hash});
  for (const std::string& head : {head_document({0, 3, entry(3).hash}), head_document({0, 4, audit_origin()}),
                                  head_document({0, 9, audit_origin()}), std::string("{}")}) {
    sql("UPDATE r_audit_head SET document = '" + head + "'");
    EXPECT_THAT(faults(), Not(IsEmpty())) << head;
  }
  sql("UPDATE r_audit_head SET document = '" + good + "'");
  EXPECT_THAT(faults(), IsEmpty());
  const std::string lines = *base::read_file(anchors());
  for (const std::string& bad : {lines + anchor_line({0, 2, audit_origin().replace(0, 1, "a")}) + "\n",
                                 lines + "hello\n", lines + anchor_line({0, 8, entry(4).hash}) + "\n",
                                 anchor_line({0, 3, entry(4).hash}) + "\n" + lines}) {
    ASSERT_TRUE(base::write_file_atomically(anchors(), bad).ok());
    EXPECT_THAT(faults(), Not(IsEmpty())) << bad;
  }
  ASSERT_TRUE(base::write_file_atomically(anchors(), lines + "2023-11-").ok());  // torn by a crash
  EXPECT_THAT(faults(), IsEmpty());
  ::unlink(anchors().c_str());
  EXPECT_THAT(faults(), testing::ElementsAre("the anchor file is missing"));
}

TEST_F(AuditTest, AnEntryWrittenAgainIsFound) {
  append(3);
  sql("UPDATE r_audit SET version = 2 WHERE id = '" + audit_record_id(2) + "'");
  EXPECT_THAT(faults(), testing::ElementsAre("entry 2 was written again"));
}

// A node starts on a damaged chain; the damage stays visible.
TEST_F(AuditTest, ADamagedEndIsToldAndStays) {
  append(5);
  sql("UPDATE r_audit SET document = replace(document, 'ada', 'bob') WHERE id = '" + audit_record_id(5) +
      "'");
  close();
  open();
  append(1);
  EXPECT_EQ(entry(6).action, "audit.fault");
  EXPECT_THAT(entry(6).reason, HasSubstr("does not fit its hash"));
  EXPECT_THAT(faults(), testing::ElementsAre(HasSubstr("entry 5 was changed")));
}

TEST_F(AuditTest, ACutEndIsToldAndStays) {
  append(5);
  const std::string head = head_document({entry(3).time, 3, entry(3).hash});
  sql("DELETE FROM r_audit WHERE id > '" + audit_record_id(3) + "'");
  sql("UPDATE r_audit_head SET document = '" + head + "'");
  close();
  open();
  append(1);
  EXPECT_EQ(entry(6).action, "audit.fault");
  EXPECT_THAT(entry(6).reason, HasSubstr("anchor file"));
  EXPECT_THAT(faults(), Contains("entries 4 to 5 are missing"));
}

TEST_F(AuditTest, GarbageIsToldAndStays) {
  append(2);
  sql("UPDATE r_audit SET document = 'garbage' WHERE id = '" + audit_record_id(2) + "'");
  close();
  open();
  append(1);
  EXPECT_THAT(faults(), Contains(HasSubstr("entry 2 was changed")));
}

TEST_F(AuditTest, FaultsAreBounded) {
  std::vector<AuditEntry> entries(3'000, entry_of("a"));
  ASSERT_TRUE(log_->apply({}, entries).ok());
  sql("UPDATE r_audit SET document = 'garbage'");
  EXPECT_EQ(verdict().faults.size(), 1'000u);
  EXPECT_EQ(verdict().entries, 3'000u);
}

std::uint64_t resident_kib() {
  const std::string text = *base::read_file("/proc/self/statm");
  return std::strtoull(text.c_str() + text.find(' '), nullptr, 10) * 4;
}

TEST_F(AuditTest, AHundredThousandEntriesInBoundedMemory) {
  std::vector<AuditEntry> entries(1'000, entry_of("rules.update", "rules/1"));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(log_->apply({}, entries).ok());
  verdict();  // caches are filled
  const std::uint64_t before = resident_kib();
  const AuditVerdict good = verdict(to_json(entry(77'777)));
  EXPECT_LT(resident_kib(), before + 16 * 1024);
  EXPECT_EQ(good.entries, 100'000u);
  EXPECT_THAT(good.faults, IsEmpty());
}

TEST_F(AuditTest, VerifiesWhileEntriesCome) {
  append(5);
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) static_cast<void>(log_->append(entry_of("a")));
  });
  for (int i = 0; i < 20; ++i) EXPECT_THAT(faults(), IsEmpty());
}

}  // namespace
}  // namespace vedette::api
