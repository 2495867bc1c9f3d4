#include "criticality.hpp"

#include <gtest/gtest.h>

namespace vedette::correlate {
namespace {

using model::EntityKind;

TEST(CriticalityTest, TheFirstThatFitsHolds) {
  const CriticalityTable table({{EntityKind::host, "dc*", 2},
                                {EntityKind::host, "dc01", 3},
                                {EntityKind::host, "*", 0.5},
                                {EntityKind::user, "root", 4}});
  EXPECT_EQ(table.of("", {EntityKind::host, "dc01"}), 2);
  EXPECT_EQ(table.of("", {EntityKind::host, "web"}), 0.5);
  EXPECT_EQ(table.of("", {EntityKind::user, "root"}), 4);
  EXPECT_EQ(table.of("", {EntityKind::user, "dc01"}), 1);
  EXPECT_EQ(CriticalityTable({{EntityKind::host, "dc01", 3}, {EntityKind::host, "dc*", 2}})
                .of("", {EntityKind::host, "dc01"}),
            3);
}

TEST(CriticalityTest, TenantsHaveTheirOwn) {
  const CriticalityTable table({{EntityKind::host, "db", 3, "north"}, {EntityKind::host, "d*", 2, "south"}});
  EXPECT_EQ(table.of("north", {EntityKind::host, "db"}), 3);
  EXPECT_EQ(table.of("south", {EntityKind::host, "db"}), 2);
  EXPECT_EQ(table.of("", {EntityKind::host, "db"}), 1);
}

TEST(CriticalityTest, StarsOfHostilePatternsTakeLinearSteps) {
  const CriticalityTable table({{EntityKind::host, std::string(200, '*') + "b", 2}});
  EXPECT_EQ(table.of("", {EntityKind::host, std::string(8000, 'a')}), 1);
  EXPECT_EQ(table.of("", {EntityKind::host, std::string(8000, 'a') + "b"}), 2);
}

}  // namespace
}  // namespace vedette::correlate
