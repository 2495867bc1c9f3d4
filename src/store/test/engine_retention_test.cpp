// Retention, pins, full disks.
#include "engine_fixture.hpp"

namespace vedette::store {
namespace {

class EngineRetentionTest : public EngineFixture {
 protected:
  // Days 0 to 3, two datasets, 160 events.
  std::unique_ptr<Store> filled(base::FileSystem& files) {
    auto store = open(files);
    EXPECT_TRUE(store->append(events(1, 161, 4, 2)).ok());
    EXPECT_TRUE(store->seal().ok());
    return store;
  }
  static std::vector<std::string> days(const Store& store) {
    std::vector<std::string> days;
    for (const DatasetUse& dataset : store.use().datasets)
      days.push_back(dataset.day + " " + dataset.dataset);
    std::sort(days.begin(), days.end());
    return days;
  }
};

TEST_F(EngineRetentionTest, DropsWholeDaysByAge) {
  options_.max_age = 8 * kNsPerDay;
  auto store = filled(memory_);
  // With four days and two datasets by sequence number, even days are of set0.
  EXPECT_EQ(days(*store), (std::vector<std::string>{"2024-10-04 set0", "2024-10-05 set1", "2024-10-06 set0",
                                                    "2024-10-07 set1"}));
  maintain_all(*store);
  EXPECT_EQ(days(*store), (std::vector<std::string>{"2024-10-06 set0", "2024-10-07 set1"})) << "now " << now_;
  store = nullptr;
  EXPECT_EQ(days(*open()).size(), 2u);
  EXPECT_TRUE(reported("retention dropped 2 parts"));
}

TEST_F(EngineRetentionTest, AgesOfDatasetsGoFirst) {
  options_.max_age = 1 * kNsPerDay;
  options_.max_age_of = {{"set1", 0}};
  const auto store = filled(memory_);
  maintain_all(*store);
  EXPECT_EQ(days(*store), (std::vector<std::string>{"2024-10-05 set1", "2024-10-07 set1"}));
}

TEST_F(EngineRetentionTest, BoundsTheBytesAndKeepsWhatIsPinned) {
  auto store = filled(memory_);
  std::uint64_t bytes = 0;
  for (const DatasetUse& dataset : store->use().datasets) bytes += dataset.bytes;
  ASSERT_TRUE(store->pin("case", {4}).ok());  // on the oldest day
  store = nullptr;
  options_.max_bytes = bytes / 2 + 100;
  store = open();
  maintain_all(*store);
  EXPECT_EQ(days(*store), (std::vector<std::string>{"2024-10-04 set0", "2024-10-07 set1"}));
  store = nullptr;
  options_.max_bytes = 1;
  store = open();
  maintain_all(*store);
  EXPECT_EQ(days(*store), std::vector<std::string>{"2024-10-04 set0"});
  EXPECT_TRUE(reported("pinned"));
  ASSERT_TRUE(store->unpin("case").ok());
  maintain_all(*store);
  EXPECT_TRUE(days(*store).empty());
  EXPECT_EQ(store->sealed_to(), 161u);
  EXPECT_FALSE(store->unpin("case").ok());
  EXPECT_FALSE(store->pin("../case", {4}).ok());
}

TEST_F(EngineRetentionTest, IsAppliedOnDemandOrOnlyTold) {
  const auto store = filled(memory_);
  ASSERT_TRUE(store->pin("case", {4}).ok());  // on the oldest day
  const auto before = days(*store);
  for (const bool dry_run : {true, false}) {
    const auto told = store->retain({8 * kNsPerDay, 0, {{"set1", 0}}}, dry_run);
    ASSERT_TRUE(told.ok());
    EXPECT_TRUE(told->dropped.empty());
    EXPECT_EQ(told->pinned_parts, 1u);
  }
  for (const bool dry_run : {true, false}) {
    const auto told = store->retain({8 * kNsPerDay, 0, {}}, dry_run);
    ASSERT_TRUE(told.ok());
    ASSERT_EQ(told->dropped.size(), 1u);
    EXPECT_EQ(told->dropped[0].day, "2024-10-05");
    EXPECT_EQ(told->dropped[0].rows, 40u);
    EXPECT_EQ(told->pinned_parts, 1u);
    EXPECT_EQ(days(*store).size(), dry_run ? before.size() : before.size() - 1);
  }
  const auto told = store->retain({0, 1, {}}, false);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(days(*store), std::vector<std::string>{"2024-10-04 set0"});
  EXPECT_GT(told->bytes, 1u);
}

TEST_F(EngineRetentionTest, EventsWithoutATimeStayAsLongAsOthers) {
  options_.max_age = 8 * kNsPerDay;
  auto store = open();
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  builder.begin_row(8);
  builder.add_copy(model::field::message, "event 1");
  builder.set_sequence(1);
  builder.end_row();
  ASSERT_TRUE(store->append(builder.finish()).ok());
  ASSERT_TRUE(store->seal().ok());
  maintain_all(*store);
  EXPECT_EQ(days(*store), std::vector<std::string>{"1970-01-01 default"});
  now_ += 9 * kNsPerDay;
  maintain_all(*store);
  EXPECT_TRUE(days(*store).empty());
}

TEST_F(EngineRetentionTest, AFullDiskRefusesAndRecovers) {
  test::FaultyFileSystem files(memory_);
  auto store = filled(files);
  const auto before = part_files(memory_, "/store");
  const std::string manifest = memory_.get("/store/manifest");
  ASSERT_TRUE(store->append(events(161, 201)).ok());
  for (std::uint64_t room = 0; room < 20'000; room += 977) {
    files.no_space_after(room);
    const auto sealed = store->seal();
    if (sealed.ok()) break;
    ASSERT_EQ(sealed.error().code, base::ErrorCode::no_space);
    ASSERT_EQ(part_files(memory_, "/store"), before) << room;
    ASSERT_EQ(memory_.get("/store/manifest"), manifest);
    ASSERT_EQ(held(*store), numbers(1, 201));
  }
  files.no_space_after(0);
  const auto merged = store->compact({});
  files.no_space_after({});
  ASSERT_TRUE(store->seal().ok());
  EXPECT_EQ(store->sealed_to(), 201u);
  EXPECT_EQ(held(*store), numbers(1, 201));
}

TEST_F(EngineRetentionTest, SpaceIsReserved) {
  options_.reserve_bytes = 1 << 20;
  test::FaultyFileSystem files(memory_);
  auto store = open(files);
  ASSERT_TRUE(store->append(events(1, 41)).ok());
  files.set_free_bytes((1u << 20) - 1);
  EXPECT_EQ(store->seal().error().code, base::ErrorCode::no_space);
  EXPECT_TRUE(reported("nearly full"));
  EXPECT_EQ(held(*store), numbers(1, 41));
  files.set_free_bytes(1u << 30);
  EXPECT_TRUE(store->seal().ok());
}

}  // namespace
}  // namespace vedette::store
