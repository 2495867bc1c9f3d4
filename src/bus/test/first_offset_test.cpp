#include <gtest/gtest.h>

#include "log_fixture.hpp"

namespace vedette::bus {
namespace {

class FirstOffset : public LogFixture {};

TEST_F(FirstOffset, IsTakenByANewPartition) {
  options_.first_offset = 1000;
  auto log = open();
  EXPECT_EQ(log->bounds(kEvents)->end, 1000u);
  EXPECT_EQ(*log->append_and_wait(kEvents, batch("a", 3)), 1000u);
  EXPECT_EQ(messages(*log, 0).size(), 3u);
  EXPECT_EQ(*log->append_and_wait(kEvents, batch("b", 1)), 1003u);
}

TEST_F(FirstOffset, MovesAnOldPartitionOnAndKeepsWhatItHolds) {
  { ASSERT_TRUE(open()->append_and_wait(kEvents, batch("a", 3)).ok()); }
  options_.first_offset = 5'000'000;
  {
    auto log = open();
    EXPECT_EQ(*log->append_and_wait(kEvents, batch("b", 2)), 5'000'000u);
  }
  options_.first_offset = 7;
  auto log = open();
  EXPECT_EQ(messages(*log, 0),
            (Messages{{1, "a0"}, {2, "a1"}, {3, "a2"}, {5'000'000, "b0"}, {5'000'001, "b1"}}));
  EXPECT_GE(*log->append_and_wait(kEvents, batch("c", 1)), 5'000'002u);
}

}  // namespace
}  // namespace vedette::bus
