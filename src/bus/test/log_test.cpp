#include "vedette/bus/log.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "log_fixture.hpp"

namespace vedette::bus {
namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class LogTest : public LogFixture {};

TEST_F(LogTest, WhatIsAppendedIsRead) {
  auto log = open();
  EXPECT_EQ(*log->append_and_wait(kEvents, batch("a", 3)), 1u);
  EXPECT_EQ(*log->append_and_wait(kEvents, batch("b", 2)), 4u);
  EXPECT_EQ(log->bounds(kEvents)->begin, 1u);
  EXPECT_EQ(log->bounds(kEvents)->end, 6u);
  EXPECT_EQ(messages(*log, 0), (Messages{{1, "a0"}, {2, "a1"}, {3, "a2"}, {4, "b0"}, {5, "b1"}}));
  EXPECT_EQ(messages(*log, 4), (Messages{{4, "b0"}, {5, "b1"}}));
  EXPECT_EQ(messages(*log, 6), Messages());
}

TEST_F(LogTest, ReadsAfterReopening) {
  {
    auto log = open();
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(log->append_and_wait(kEvents, batch(std::to_string(i) + ".", 3)).ok());
  }
  auto log = open();
  EXPECT_EQ(log->bounds(kEvents)->end, 301u);
  const auto all = messages(*log, 0);
  ASSERT_EQ(all.size(), 300u);
  EXPECT_EQ(all[299], (Message{300, "99.2"}));
  EXPECT_EQ(*log->append_and_wait(kEvents, batch("new", 1)), 301u);
  EXPECT_EQ(log->damage().records, 0u);
  EXPECT_EQ(log->damage().torn_tails, 0u);
  EXPECT_TRUE(log->verify().empty());
}

TEST_F(LogTest, WhatCannotBeAppendedIsRefused) {
  auto log = open();
  const auto code = [&](const ports::TopicPartition& to, std::shared_ptr<const model::EventBatch> events) {
    const auto offset = log->append_and_wait(to, std::move(events));
    return offset.ok() ? "ok" : std::string(base::error_code_name(offset.error().code));
  };
  EXPECT_EQ(code({"No", 0}, batch("a", 1)), "invalid-argument");
  EXPECT_EQ(code({"../x", 0}, batch("a", 1)), "invalid-argument");
  EXPECT_EQ(code({"", 0}, batch("a", 1)), "invalid-argument");
  EXPECT_EQ(code(kEvents, batch("a", 0)), "invalid-argument");
  EXPECT_EQ(log->read({"No", 0}, 0, 1, 0ms).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(log->bounds({"No", 0}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(log->commit("../x", kEvents, 0).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Log::open(base::posix_file_system(), options_).error().code, ErrorCode::busy);
}

TEST_F(LogTest, PartitionsAreApart) {
  auto log = open();
  EXPECT_EQ(*log->append_and_wait({"a", 0}, batch("a0.", 1)), 1u);
  EXPECT_EQ(*log->append_and_wait({"a", 1}, batch("a1.", 1)), 1u);
  EXPECT_EQ(*log->append_and_wait({"b-c_d", 4'000'000'000}, batch("b.", 1)), 1u);
  log = nullptr;
  log = open();
  EXPECT_EQ(messages(*log, 0, {"a", 0}), (Messages{{1, "a0.0"}}));
  EXPECT_EQ(messages(*log, 0, {"a", 1}), (Messages{{1, "a1.0"}}));
  EXPECT_EQ(messages(*log, 0, {"b-c_d", 4'000'000'000}), (Messages{{1, "b.0"}}));
  EXPECT_EQ(messages(*log, 0, {"never", 0}), Messages());
  EXPECT_EQ(log->bounds({"never", 0})->begin, 1u);
  EXPECT_EQ(log->bounds({"never", 0})->end, 1u);
}

TEST_F(LogTest, ReadingNearTheEndSharesTheBatch) {
  auto log = open();
  const auto sent = batch("a", 3);
  ASSERT_TRUE(log->append_and_wait(kEvents, sent).ok());
  auto read = log->read(kEvents, 1, 1, 0ms);
  EXPECT_EQ((*read->front().batch)[0].cells().data(), (*sent)[0].cells().data());
  log = nullptr;
  options_.always_decode = true;
  log = open();
  ASSERT_TRUE(log->append_and_wait(kEvents, sent).ok());
  read = log->read(kEvents, 4, 1, 0ms);
  EXPECT_NE((*read->front().batch)[0].cells().data(), (*sent)[0].cells().data());
  EXPECT_EQ(read->front().offset, 4u);
}

TEST_F(LogTest, BoundsOfARead) {
  for (const bool decode : {false, true}) {
    options_.always_decode = decode;
    options_.folder = folder_ + (decode ? "/a" : "/b");
    auto log = open();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(log->append_and_wait(kEvents, batch("a", 10, std::string(1000, 'x'))).ok());
    }
    EXPECT_EQ(log->read(kEvents, 1, 0, 0ms)->size(), 1u);
    EXPECT_EQ(log->read(kEvents, 1, 25'000, 0ms)->size(), 2u);
    EXPECT_EQ(log->read(kEvents, 1, 1 << 20, 0ms)->size(), 10u);
    const auto inside = log->read(kEvents, 15, 0, 0ms);
    EXPECT_EQ(inside->front().offset, 11u);
    EXPECT_EQ(inside->front().count, 10u);
  }
}

TEST_F(LogTest, ReadersWaitForWhatComes) {
  auto log = open();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(log->read(kEvents, 1, 1, 30ms)->empty());
  EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
  std::thread writer([&] {
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(log->append_and_wait(kEvents, batch("a", 1)).ok());
  });
  EXPECT_EQ(log->read(kEvents, 1, 1, 10s)->size(), 1u);
  writer.join();
}

TEST_F(LogTest, LongRecordsAndManySegments) {
  options_.segment_bytes = 20'000;
  options_.cache_bytes = 0;
  auto log = open();
  Messages expected;
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 60'000; ++i)
    noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (int i = 0; i < 40; ++i) {
    const std::string text = std::to_string(i) + ".";
    const auto offset =
        log->append_and_wait(kEvents, batch(text, 1, noise.substr(0, static_cast<std::size_t>(i) * 1500)));
    ASSERT_TRUE(offset.ok());
    expected.emplace_back(*offset, text + "0");
  }
  EXPECT_GT(log->use().segments, 20u);
  EXPECT_EQ(messages(*log, 0), expected);
  EXPECT_EQ(messages(*log, 0, kEvents, 0), expected);
  for (std::uint64_t from = 1; from <= 40; ++from) EXPECT_EQ(messages(*log, from).size(), 41 - from);
  log = nullptr;
  log = open();
  EXPECT_EQ(messages(*log, 0), expected);
}

TEST_F(LogTest, ManyWritersAndReaders) {
  options_.segment_bytes = 60'000;
  options_.cache_bytes = 20'000;
  options_.max_in_flight_bytes = 4'000;
  auto log = open();
  constexpr int kWriters = 4, kAppends = 150;
  std::vector<std::thread> threads;
  std::mutex mutex;
  Messages acknowledged;  // guarded by mutex
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kAppends; ++i) {
        const std::string text = std::to_string(w) + "." + std::to_string(i) + "/";
        log->append(kEvents, batch(text, 1 + i % 3), [&, text, i](base::Result<std::uint64_t> offset) {
          ASSERT_TRUE(offset.ok());
          std::lock_guard lock(mutex);
          for (int row = 0; row < 1 + i % 3; ++row) {
            acknowledged.emplace_back(*offset + static_cast<std::uint64_t>(row), text + std::to_string(row));
          }
        });
      }
    });
  }
  constexpr std::size_t kEventsSent = kWriters * kAppends * 2;
  std::vector<Messages> read(3);
  for (auto& found : read) {
    threads.emplace_back([&] {
      for (std::uint64_t at = 0; found.size() < kEventsSent;) {
        const auto records = log->read(kEvents, at, 3000, 10s);
        ASSERT_TRUE(records.ok() && !records->empty());
        add_messages(*records, found);
        at = records->back().offset + records->back().count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  log = nullptr;  // the last acknowledgements
  std::sort(acknowledged.begin(), acknowledged.end());
  EXPECT_EQ(acknowledged.size(), kEventsSent);
  for (const auto& found : read) EXPECT_EQ(found, acknowledged);
  log = open();
  EXPECT_EQ(messages(*log, 0), acknowledged);
}

TEST_F(LogTest, AnAcknowledgementMayAppend) {
  options_.max_in_flight_bytes = 1;
  auto log = open();
  std::atomic<int> left{5};
  std::function<void(base::Result<std::uint64_t>)> again = [&](base::Result<std::uint64_t> offset) {
    ASSERT_TRUE(offset.ok());
    if (--left > 0) log->append(kEvents, batch("a", 1), again);
  };
  log->append(kEvents, batch("a", 1), again);
  EXPECT_EQ(log->read(kEvents, 5, 1, 10s)->size(), 1u);
  log = nullptr;
  EXPECT_EQ(left, 0);
}

TEST_F(LogTest, ClosingWritesWhatWasTaken) {
  std::atomic<int> written{0}, refused{0};
  {
    auto log = open();
    for (int i = 0; i < 50; ++i) {
      log->append(kEvents, batch("a", 1), [&](const auto& offset) { ++(offset.ok() ? written : refused); });
    }
  }
  EXPECT_EQ(written, 50);
  EXPECT_EQ(messages(*open(), 0).size(), 50u);
}

TEST_F(LogTest, GroupsKeepTheirOffsets) {
  auto log = open();
  ASSERT_TRUE(log->append_and_wait(kEvents, batch("a", 9)).ok());
  EXPECT_EQ(*log->committed("store", kEvents), 0u);
  EXPECT_TRUE(log->commit("store", kEvents, 4).ok());
  EXPECT_TRUE(log->commit("detect", kEvents, 10).ok());
  EXPECT_EQ(log->commit("detect", kEvents, 11).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(*log->committed("store", kEvents), 4u);
  log = nullptr;
  log = open();
  EXPECT_EQ(*log->committed("store", kEvents), 4u);
  EXPECT_EQ(*log->committed("detect", kEvents), 10u);
  EXPECT_EQ(*log->committed("detect", {"alerts", 0}), 0u);
  EXPECT_TRUE(log->forget_group("detect").ok());
  EXPECT_EQ(log->forget_group("detect").error().code, ErrorCode::not_found);
  EXPECT_EQ(*log->committed("detect", kEvents), 0u);
  log = nullptr;
  EXPECT_EQ(*open()->committed("detect", kEvents), 0u);
}

class RetentionTest : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    options_.segment_bytes = 400;  // one record each
  }
  void append(Log& log, int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(log.append_and_wait(kEvents, batch("message", 1, noise())).ok());
  }
  std::string noise() {
    std::string text;
    for (int i = 0; i < 300; ++i) text += static_cast<char>((state_ = state_ * 1664525 + 1013904223) >> 24);
    return text;
  }
  std::uint32_t state_ = 1;
};

TEST_F(RetentionTest, SegmentsThatAllGroupsHaveDoneWithGo) {
  auto log = open();
  append(*log, 10);
  EXPECT_EQ(log->bounds(kEvents)->begin, 1u);  // no group has come yet
  EXPECT_TRUE(log->commit("store", kEvents, 5).ok());
  EXPECT_EQ(log->bounds(kEvents)->begin, 5u);
  EXPECT_EQ(*log->committed("late", kEvents), 0u);  // holds everything from now on
  EXPECT_TRUE(log->commit("store", kEvents, 8).ok());
  EXPECT_EQ(log->bounds(kEvents)->begin, 5u);
  EXPECT_TRUE(log->commit("late", kEvents, 7).ok());
  EXPECT_EQ(log->bounds(kEvents)->begin, 7u);
  EXPECT_TRUE(log->forget_group("late").ok());
  EXPECT_EQ(log->bounds(kEvents)->begin, 8u);
  const auto gone = log->read(kEvents, 7, 1, 0ms);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found);
  EXPECT_TRUE(gone.error().message.ends_with(" 8")) << gone.error().message;
  EXPECT_EQ(messages(*log, 0).size(), 3u);
  EXPECT_EQ(segments().size(), 3u);
  EXPECT_TRUE(log->commit("store", kEvents, 11).ok());
  append(*log, 1);
  EXPECT_TRUE(log->retain().ok());
  EXPECT_EQ(log->bounds(kEvents)->begin, 11u);
  log = nullptr;
  log = open();
  EXPECT_EQ(log->bounds(kEvents)->begin, 11u);
  EXPECT_EQ(log->bounds(kEvents)->end, 12u);
}

TEST_F(RetentionTest, SomeBytesStayThoughAllHaveRead) {
  options_.retain_bytes = 1400;
  auto log = open();
  append(*log, 10);
  EXPECT_TRUE(log->commit("store", kEvents, 11).ok());
  const auto bounds = log->bounds(kEvents);
  EXPECT_GT(bounds->begin, 4u);
  EXPECT_LT(bounds->begin, 9u);
  EXPECT_GE(log->use().bytes, 1400u);
}

TEST_F(RetentionTest, TheMaximumForces) {
  options_.max_bytes = 2000;
  auto log = open();
  EXPECT_EQ(*log->committed("store", kEvents), 0u);
  append(*log, 20);
  EXPECT_TRUE(log->retain().ok());
  EXPECT_LE(log->use().bytes, 2000u);
  EXPECT_GT(log->bounds(kEvents)->begin, 10u);
  EXPECT_EQ(log->bounds(kEvents)->end, 21u);
  EXPECT_EQ(log->read(kEvents, 1, 1, 0ms).error().code, ErrorCode::not_found);
  log = nullptr;
  EXPECT_GE(reports_.size(), 10u);
}

}  // namespace
}  // namespace vedette::bus
