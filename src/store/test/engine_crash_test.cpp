// The machine crashes at each operation on files, one after the other: nothing is lost, nothing is doubled.
#include "engine_fixture.hpp"

namespace vedette::store {
namespace {

// Crashes the file system below at the nth operation.
class CrashingFileSystem final : public base::FileSystem {
 public:
  CrashingFileSystem(test::FaultyFileSystem& below, std::uint64_t nth) : below_(below), left_(nth) {}
  bool crashed() const { return left_ == 0; }

  base::Result<std::unique_ptr<base::File>> open(const std::string& path, Open mode) override {
    count();
    auto file = below_.open(path, mode);
    if (!file.ok()) return file;
    return std::unique_ptr<base::File>(std::make_unique<CountedFile>(*this, std::move(file).value()));
  }
  base::Status rename(const std::string& from, const std::string& to) override {
    count();
    return below_.rename(from, to);
  }
  base::Status remove(const std::string& path) override {
    count();
    return below_.remove(path);
  }
  base::Status make_folders(const std::string& path) override { return below_.make_folders(path); }
  base::Status sync_folder(const std::string& path) override {
    count();
    return below_.sync_folder(path);
  }
  base::Result<std::vector<std::string>> list(const std::string& path) override { return below_.list(path); }
  bool exists(const std::string& path) override { return below_.exists(path); }
  base::Result<std::uint64_t> free_bytes(const std::string& path) override { return below_.free_bytes(path); }
  base::Result<std::shared_ptr<void>> lock(const std::string& path) override { return below_.lock(path); }

 private:
  class CountedFile final : public base::File {
   public:
    CountedFile(CrashingFileSystem& system, std::unique_ptr<base::File> below)
        : system_(system), below_(std::move(below)) {}
    base::Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
      return below_->read_at(offset, to, size);
    }
    base::Status write_at(std::uint64_t offset, std::string_view bytes) override {
      system_.count();
      return below_->write_at(offset, bytes);
    }
    base::Status truncate(std::uint64_t size) override { return below_->truncate(size); }
    base::Status sync() override {
      system_.count();
      return below_->sync();
    }
    base::Result<std::uint64_t> size() const override { return below_->size(); }
    std::string_view map(std::uint64_t size) override { return below_->map(size); }

   private:
    CrashingFileSystem& system_;
    const std::unique_ptr<base::File> below_;
  };

  void count() {
    if (left_ > 0 && --left_ == 0) below_.crash();
  }
  test::FaultyFileSystem& below_;
  std::uint64_t left_;
};

class EngineCrashTest : public EngineFixture {
 protected:
  static constexpr std::uint64_t kEnd = 61;

  // Opens after a crash, appends what is not sealed, as the bus does, and looks.
  void expect_all_rows(base::FileSystem& files) {
    for (int again = 0; again < 2; ++again) {
      const auto store = open(files);
      ASSERT_NE(store, nullptr);
      ASSERT_TRUE(store->append(events(std::max<std::uint64_t>(store->sealed_to(), 1), kEnd, 1, 2)).ok());
      ASSERT_EQ(held(*store), numbers(1, kEnd));
      ASSERT_TRUE(store->seal().ok());
      ASSERT_EQ(held(*store), numbers(1, kEnd));
      ASSERT_TRUE(store->use().quarantined.empty());
    }
  }
};

TEST_F(EngineCrashTest, AtEachOperationOfSealsAndMerges) {
  std::uint64_t nth = 1;
  for (bool crashed = true; crashed; ++nth) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    test::MemoryFileSystem memory;
    test::FaultyFileSystem faulty(memory);
    CrashingFileSystem files(faulty, nth);
    {
      const auto opened = open_store(files, options_, tuning_);
      if (opened.ok()) {
        Store& store = **opened;
        for (std::uint64_t at = 1; at < 51; at += 10) {
          static_cast<void>(store.append(events(at, at + 10, 1, 2)));
          static_cast<void>(store.seal());
        }
        static_cast<void>(store.compact({}));
        static_cast<void>(store.append(events(51, 61, 1, 2)));
        static_cast<void>(store.seal());
      }
    }
    crashed = files.crashed();
    if (crashed) faulty.reboot(static_cast<std::uint32_t>(nth % 3));
    expect_all_rows(faulty);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(nth, 100u);
}

// The manifest is lost while inputs and results of merges are both there.
TEST_F(EngineCrashTest, AtEachOperationOfARebuild) {
  tuning_.merge.max_part_rows = 16;
  test::MemoryFileSystem before, merged;
  {
    const auto store = open(before);
    for (std::uint64_t at = 1; at < 51; at += 10) {
      ASSERT_TRUE(store->append(events(at, at + 10, 1, 2)).ok());
      ASSERT_TRUE(store->seal().ok());
    }
  }
  merged = before;
  ASSERT_TRUE(open(merged)->compact({}).ok());
  const auto new_files = part_files(merged, "/store/parts"), old_files = part_files(before, "/store/parts");
  ASSERT_GT(new_files.size(), 2u);
  std::uint64_t nth = 1;
  for (bool crashed = true; crashed; ++nth) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    test::MemoryFileSystem memory(merged);
    memory.put("/store/manifest", "damaged");
    if (nth % 2) {
      ASSERT_TRUE(memory.remove("/store/manifest.old").ok());
    }
    // Some of the inputs are not removed yet.
    for (std::size_t i = 0; i < old_files.size(); i += 1 + nth % 3)
      memory.put(old_files[i], before.get(old_files[i]));
    test::FaultyFileSystem faulty(memory);
    CrashingFileSystem files(faulty, nth);
    static_cast<void>(open_store(files, options_, tuning_));
    crashed = files.crashed();
    if (crashed) faulty.reboot(static_cast<std::uint32_t>(nth % 3));
    expect_all_rows(faulty);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(nth, 20u);
}

TEST_F(EngineCrashTest, EachSyncOrRenameThatFailsIsRepeatedLater) {
  for (int nth = 1; nth < 30; ++nth) {
    for (int kind = 0; kind < 4; ++kind) {
      SCOPED_TRACE("failure " + std::to_string(nth) + " of kind " + std::to_string(kind));
      test::MemoryFileSystem memory;
      test::FaultyFileSystem faulty(memory);
      {
        const auto store = open(faulty);
        ASSERT_TRUE(store->append(events(1, 21, 1, 2)).ok());
        if (kind == 0) faulty.fail_sync(nth);
        if (kind == 1) faulty.fail_folder_sync(nth);
        if (kind == 2) faulty.fail_rename(nth);
        if (kind == 3) faulty.fail_write(nth, 3, base::ErrorCode::no_space);
        static_cast<void>(store->seal());
        ASSERT_TRUE(store->append(events(21, 41, 1, 2)).ok());
        static_cast<void>(store->seal());
        ASSERT_EQ(held(*store), numbers(1, 41));
        if (nth > 12) {
          ASSERT_TRUE(store->seal().ok());
        }
        // A failure that did not come to pass shall not come later.
        faulty.fail_sync(0);
        faulty.fail_folder_sync(0);
        faulty.fail_rename(0);
        faulty.fail_write(0);
        faulty.crash();
      }
      faulty.reboot();
      expect_all_rows(faulty);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace vedette::store
