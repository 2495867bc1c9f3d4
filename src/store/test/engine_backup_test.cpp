// Backups and stores made of them.
#include "engine_fixture.hpp"

namespace vedette::store {
namespace {

class EngineBackupTest : public EngineFixture {
 protected:
  std::unique_ptr<Store> opened_at(const std::string& folder) {
    options_.folder = folder;
    return open();
  }
};

TEST_F(EngineBackupTest, CopiesWhatIsNew) {
  auto store = open();
  ASSERT_TRUE(store->append(events(1, 41, 1, 2)).ok());
  ASSERT_TRUE(store->seal().ok());
  ASSERT_TRUE(store->pin("case", {3}).ok());
  auto result = store->backup("/backup", {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->parts_copied, 2u);
  EXPECT_GT(result->bytes_copied, 0u);
  ASSERT_TRUE(store->append(events(41, 61, 1, 2)).ok());
  ASSERT_TRUE(store->seal().ok());
  result = store->backup("/backup", {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->parts_copied, 2u);
  EXPECT_EQ(result->parts_kept, 2u);
  ASSERT_TRUE(store->compact({}).ok());
  result = store->backup("/backup", {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->parts_copied, 2u);
  EXPECT_EQ(result->parts_removed, 4u);
  ASSERT_TRUE(store->append(events(61, 81, 1, 2)).ok());

  ASSERT_TRUE(restore(memory_, "/backup", "/restored", {}).ok());
  EXPECT_FALSE(restore(memory_, "/backup", "/restored", {}).ok());
  auto restored = opened_at("/restored");
  EXPECT_EQ(restored->sealed_to(), 61u);
  EXPECT_EQ(held(*restored), numbers(1, 61));
  EXPECT_TRUE(restored->unpin("case").ok());
  ASSERT_TRUE(restored->append(events(1, 91, 1, 2)).ok());
  EXPECT_EQ(held(*restored), numbers(1, 91));
}

TEST_F(EngineBackupTest, CopiesAgainWhatIsDamagedInTheBackup) {
  const auto store = open();
  ASSERT_TRUE(store->append(events(1, 41, 1, 2)).ok());
  ASSERT_TRUE(store->seal().ok());
  ASSERT_TRUE(store->backup("/backup", {}).ok());
  const auto copies = part_files(memory_, "/backup/parts");
  memory_.put(copies[0], "short");
  EXPECT_FALSE(restore(memory_, "/backup", "/restored", {}).ok());
  options_.folder = "/restored";
  EXPECT_FALSE(open_store(memory_, options_, tuning_).ok());  // it is not whole
  EXPECT_EQ(store->backup("/backup", {})->parts_copied, 1u);
  EXPECT_TRUE(restore(memory_, "/backup", "/restored", {}).ok());
  EXPECT_EQ(held(*open()), numbers(1, 41));
}

TEST_F(EngineBackupTest, FailuresLeaveTheBackupBeforeAsItIs) {
  test::FaultyFileSystem files(memory_);
  const auto store = open(files);
  ASSERT_TRUE(store->append(events(1, 41, 1, 2)).ok());
  ASSERT_TRUE(store->seal().ok());
  ASSERT_TRUE(store->backup("/backup", {}).ok());
  ASSERT_TRUE(store->append(events(41, 81, 1, 2)).ok());
  ASSERT_TRUE(store->seal().ok());
  ASSERT_TRUE(store->compact({}).ok());
  for (int nth = 1; nth <= 4; ++nth) {
    files.fail_write(nth, 5);
    if (store->backup("/backup", {}).ok()) break;
    const std::string folder = "/restored" + std::to_string(nth);
    ASSERT_TRUE(restore(files, "/backup", folder, {}).ok());
    options_.folder = folder;
    ASSERT_EQ(held(*open(files)), numbers(1, 41));
  }
  files.fail_write(0);
  ASSERT_TRUE(store->backup("/backup", {}).ok());
  ASSERT_TRUE(restore(files, "/backup", "/last", {}).ok());
  options_.folder = "/last";
  EXPECT_EQ(held(*open(files)), numbers(1, 81));
}

}  // namespace
}  // namespace vedette::store
