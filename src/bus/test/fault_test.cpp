// Writes and syncs that fail, full disks, crashes of the machine.
#include <algorithm>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log_fixture.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"

namespace vedette::bus {
namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class FaultTest : public LogFixture {
 protected:
  static std::string code(const base::Result<std::uint64_t>& result) {
    return std::string(result.ok() ? "ok" : base::error_code_name(result.error().code));
  }
  std::size_t segments() {
    const auto names = memory_.list(topic_folder());
    return static_cast<std::size_t>(std::count_if(
        names->begin(), names->end(), [](const std::string& name) { return name.ends_with(".seg"); }));
  }

  test::MemoryFileSystem memory_;
  test::FaultyFileSystem files_{memory_};
};

TEST_F(FaultTest, PartOfAWriteIsCutOffAgain) {
  for (const std::size_t partial : {0, 1, 55, 56, 60, 100'000}) {
    auto log = open(files_);
    const auto first = log->append_and_wait(kEvents, batch("kept", 1));
    ASSERT_TRUE(first.ok());
    files_.fail_write(1, partial);
    EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "io");
    EXPECT_EQ(code(log->append_and_wait(kEvents, batch("after", 1))), "ok");
    for (int again = 0; again < 2; ++again) {
      const auto found = messages(*log, *first);
      ASSERT_EQ(found.size(), 2u);
      EXPECT_EQ(found[0].second, "kept0");
      EXPECT_EQ(found[1].second, "after0");
      log = nullptr;
      log = open(files_);
      EXPECT_EQ(log->damage().torn_tails + log->damage().records, 0u);
    }
  }
}

TEST_F(FaultTest, AfterAFailedSyncTheFileIsGivenUp) {
  options_.always_decode = true;
  auto log = open(files_);
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("kept", 1)).ok());
  files_.fail_sync(1);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "io");
  const auto after = log->append_and_wait(kEvents, batch("after", 1));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(segments(), 2u);
  const Messages expected{{1, "kept0"}, {*after, "after0"}};
  EXPECT_EQ(messages(*log, 0), expected);
  files_.crash();
  log = nullptr;
  files_.reboot();
  log = open(files_);
  EXPECT_EQ(messages(*log, 0), expected);
}

// The refused record stays in the given-up file, whole: it must not be read for that.
TEST_F(FaultTest, RefusedRecordsStayHiddenWhereTheyCannotBeCut) {
  options_.always_decode = true;
  auto log = open(files_);
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("kept", 1)).ok());
  files_.refuse_truncates(true);
  files_.fail_sync(1);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "io");
  files_.refuse_truncates(false);
  const auto after = log->append_and_wait(kEvents, batch("after", 1));
  ASSERT_TRUE(after.ok());
  const Messages expected{{1, "kept0"}, {*after, "after0"}};
  EXPECT_EQ(messages(*log, 0), expected);
  log = nullptr;
  log = open(memory_);
  EXPECT_EQ(messages(*log, 0), expected);
  EXPECT_EQ(log->damage().records, 0u);
}

// The same, when the process dies before anything else is written.
TEST_F(FaultTest, RefusedRecordsStayHiddenAfterARestart) {
  auto log = open(files_);
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("kept", 1)).ok());
  files_.refuse_truncates(true);
  files_.fail_sync(1);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "io");
  log = nullptr;
  log = open(memory_);
  EXPECT_EQ(messages(*log, 0), (Messages{{1, "kept0"}}));
}

TEST_F(FaultTest, EverySyncMayFailInARow) {
  auto log = open(files_);
  Messages expected;
  for (int i = 0; i < 30; ++i) {
    if (i % 3 != 0) files_.fail_sync(1 + i % 2);
    const std::string text = std::to_string(i) + "/";
    const auto offset = log->append_and_wait(kEvents, batch(text, 1));
    if (offset.ok()) expected.emplace_back(*offset, text + "0");
  }
  EXPECT_EQ(messages(*log, 0), expected);
  files_.crash();
  log = nullptr;
  files_.reboot();
  EXPECT_EQ(messages(*open(files_), 0), expected);
}

TEST_F(FaultTest, FullDiskRefusesAndRecovers) {
  auto log = open(files_);
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("kept", 1)).ok());
  files_.no_space_after(70);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "no-space");
  EXPECT_EQ(code(log->append_and_wait({"others", 0}, batch("refused", 1))), "no-space");
  EXPECT_EQ(messages(*log, 0).size(), 1u);
  files_.no_space_after(std::nullopt);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("after", 1))), "ok");
  EXPECT_EQ(code(log->append_and_wait({"others", 0}, batch("after", 1))), "ok");
  log = nullptr;
  log = open(memory_);
  EXPECT_EQ(messages(*log, 0).size(), 2u);
  EXPECT_EQ(messages(*log, 0, {"others", 0}).size(), 1u);
}

TEST_F(FaultTest, LowSpaceRefusesBeforeAnythingBreaks) {
  options_.reserve_bytes = 1000;
  files_.set_free_bytes(2000);
  auto log = open(files_);
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("kept", 1)).ok());
  files_.set_free_bytes(999);
  std::this_thread::sleep_for(150ms);
  const auto writes = files_.writes();
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("refused", 1))), "no-space");
  EXPECT_EQ(files_.writes(), writes);
  EXPECT_EQ(messages(*log, 0).size(), 1u);
  EXPECT_TRUE(log->commit("store", kEvents, 2).ok());
  files_.set_free_bytes(1000);
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(code(log->append_and_wait(kEvents, batch("after", 1))), "ok");
  log = nullptr;
  EXPECT_EQ(reports_.size(), 2u);
}

TEST_F(FaultTest, EveryStepOfTheFirstAppendMayFail) {
  for (int nth = 1; nth < 12; ++nth) {
    for (int kind = 0; kind < 5; ++kind) {
      test::MemoryFileSystem memory;
      test::FaultyFileSystem files(memory);
      auto log = open(files);
      ASSERT_TRUE(log);
      if (kind == 0) files.fail_write(nth, 10);
      if (kind == 1) files.fail_sync(nth);
      if (kind == 2) files.fail_folder_sync(nth);
      if (kind == 3) files.fail_rename(nth);
      if (kind == 4) files.fail_open(nth);
      Messages expected;
      for (int i = 0; i < 3; ++i) {
        const auto text = std::to_string(i) + "/";
        const auto offset = log->append_and_wait(kEvents, batch(text, 1));
        if (offset.ok()) expected.emplace_back(*offset, text + "0");
      }
      EXPECT_GE(expected.size(), 2u);
      EXPECT_EQ(messages(*log, 0), expected);
      files.crash();
      log = nullptr;
      files.reboot();
      log = open(files);
      ASSERT_TRUE(log);
      EXPECT_EQ(messages(*log, 0), expected) << "kind " << kind << ", nth " << nth;
    }
  }
}

// Acknowledged is stored, whatever of the rest survives, and no offset ever means two events.
TEST_F(FaultTest, CrashesOfTheMachine) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  options_.segment_bytes = 2000;
  Messages acknowledged;
  std::uint64_t highest = 0;
  const int rounds = std::getenv("VEDETTE_LONG") ? 1000 : 80;
  for (int round = 0; round < rounds; ++round) {
    auto log = open(files_);
    ASSERT_TRUE(log);
    ASSERT_EQ(messages(*log, 0), acknowledged) << "round " << round;
    if (random() % 3 == 0) files_.fail_sync(1 + static_cast<int>(random() % 6));
    for (std::uint32_t i = random() % 12; i > 0; --i) {
      const std::string text = std::to_string(round) + "." + std::to_string(i) + "/";
      const auto offset = log->append_and_wait(kEvents, batch(text, 1, std::string(random() % 300, 'x')));
      if (!offset.ok()) continue;
      EXPECT_GT(*offset, highest);
      highest = *offset;
      acknowledged.emplace_back(*offset, text + "0");
    }
    if (random() % 4 != 0) files_.crash();
    log = nullptr;
    files_.fail_sync(0);
    files_.crash();
    files_.reboot(random() % 2 == 0 ? random() : 0);
  }
}

// Without syncs a crash may take acknowledged records, but their offsets stay theirs.
TEST_F(FaultTest, OffsetsAreNeverGivenTwice) {
  options_.sync = false;
  auto log = open(files_);
  const auto lost = log->append_and_wait(kEvents, batch("lost", 5));
  ASSERT_TRUE(lost.ok());
  ASSERT_TRUE(log->commit("store", kEvents, *lost + 5).ok());
  files_.crash();
  log = nullptr;
  files_.reboot();
  log = open(files_);
  EXPECT_EQ(messages(*log, 0), Messages());
  const auto next = log->append_and_wait(kEvents, batch("new", 1));
  ASSERT_TRUE(next.ok());
  EXPECT_GE(*next, *lost + 5);
  EXPECT_EQ(messages(*log, *log->committed("store", kEvents)), (Messages{{*next, "new0"}}));
}

}  // namespace
}  // namespace vedette::bus
