#include "vedette/bus/log.hpp"

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

}  // namespace
}  // namespace vedette::bus
