// Damaged files: never a wrong batch, never a refusal to start.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "format.hpp"
#include "log_fixture.hpp"
#include "support/memory_file_system.hpp"

namespace vedette::bus {
namespace {

class RecoveryTest : public LogFixture {
 protected:
  // A small log of several segments.
  void SetUp() override {
    LogFixture::SetUp();
    options_.sync = false;
    options_.segment_bytes = 900;
    auto log = open(files_);
    for (int i = 0; i < 12; ++i) {
      ASSERT_TRUE(log->append_and_wait(kEvents, batch("r" + std::to_string(i) + ".", 2)).ok());
    }
    ASSERT_TRUE(log->commit("store", kEvents, 3).ok());
    ASSERT_TRUE(log->commit("store", kEvents, 7).ok());
    whole_ = messages(*log, 0);
    ASSERT_EQ(whole_.size(), 24u);
    log = nullptr;
    ASSERT_GE(segments().size(), 2u);
    saved_ = files_;
  }
  std::vector<std::string> segments() {
    std::vector<std::string> found;
    const auto names = files_.list(topic_folder());
    for (const std::string& name : names.value()) {
      if (name.ends_with(".seg")) found.push_back(topic_folder() + "/" + name);
    }
    return found;
  }
  // Opens the log: it holds some of the records, each as it was, and works.
  Messages expect_sound(std::uint64_t lowest_next) {
    auto log = open(files_);
    if (!log) return {};
    const Messages found = messages(*log, 0);
    EXPECT_TRUE(std::includes(whole_.begin(), whole_.end(), found.begin(), found.end()));
    const auto offset = log->append_and_wait(kEvents, batch("new", 1));
    EXPECT_TRUE(offset.ok() && *offset >= lowest_next);
    if (offset.ok()) {
      EXPECT_EQ(messages(*log, *offset), (Messages{{*offset, "new0"}}));
    }
    return found;
  }

  test::MemoryFileSystem files_, saved_;
  Messages whole_;
};

TEST_F(RecoveryTest, TornAtEveryByteOfTheLastRecord) {
  const std::string path = segments().back();
  const std::string bytes = files_.get(path);
  const std::size_t last = bytes.rfind(RecordHeader::kMagic);
  ASSERT_NE(last, std::string::npos);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    files_ = saved_;
    files_.put(path, bytes.substr(0, size));
    const Messages found = expect_sound(25);
    if (size >= last) {
      EXPECT_EQ(found.size(), 22u) << size;
    }
    if (::testing::Test::HasFailure()) FAIL() << "cut to " << size;
  }
}

// A writer that dies while it begins a file has damaged nothing; a file that was whole once and is short now
// is damage.
TEST_F(RecoveryTest, AFileThatWasJustBegunIsNoDamage) {
  const std::string header = files_.get(segments().back()).substr(0, SegmentHeader::kBytes);
  for (std::size_t size = 0; size < header.size(); ++size) {
    files_ = saved_;
    files_.put(topic_folder() + "/" + segment_name(25), header.substr(0, size));
    {
      auto log = open(files_);
      EXPECT_EQ(log->damage().records, 0u) << size;
      EXPECT_EQ(log->damage().torn_tails, size > 0 ? 1u : 0u) << size;
    }
    EXPECT_EQ(expect_sound(25), whole_);

    files_ = saved_;
    files_.put(segments().front(), header.substr(0, size));
    EXPECT_EQ(open(files_)->damage().records, 1u) << size;
  }
}

TEST_F(RecoveryTest, GarbageAfterTheLastRecordIsCut) {
  std::mt19937 random(1);
  for (const std::size_t size : {1, 10, 56, 5000}) {
    files_ = saved_;
    std::string bytes = files_.get(segments().back());
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
    files_.put(segments().back(), bytes);
    reports_.clear();
    EXPECT_EQ(expect_sound(25).size(), 24u);
    EXPECT_EQ(reports_.size(), 1u);
    auto log = open(files_);
    EXPECT_EQ(log->damage().torn_tails, 0u);
    EXPECT_EQ(messages(*log, 0).size(), 25u);
  }
}

TEST_F(RecoveryTest, ARecordThatStandsThereTwiceCountsOnce) {
  for (const std::string& path : segments()) {
    files_ = saved_;
    std::string bytes = files_.get(path);
    const std::size_t first = SegmentHeader::kBytes;
    const std::size_t second = bytes.find(RecordHeader::kMagic, first + 1);
    ASSERT_NE(second, std::string::npos);
    files_.put(path, bytes + bytes.substr(first, second - first));
    EXPECT_EQ(expect_sound(25), whole_);
    files_ = saved_;
    files_.put(path, bytes.insert(second, bytes.substr(first, second - first)));
    EXPECT_EQ(expect_sound(25), whole_);
  }
}

TEST_F(RecoveryTest, OneBitWrongAnywhereInTheSegments) {
  for (const std::string& path : segments()) {
    files_ = saved_;
    const std::string bytes = files_.get(path);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      files_ = saved_;
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
      files_.put(path, damaged);
      const Messages found = expect_sound(25);
      // A header of a file costs nothing, a record its two events.
      EXPECT_EQ(found.size(), at < SegmentHeader::kBytes ? 24u : 22u) << path << " byte " << at;
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST_F(RecoveryTest, OneBitWrongAnywhereInTheOtherFiles) {
  for (const std::string& name : {topic_folder() + "/reserved", topic_folder() + "/durable",
                                  options_.folder + "/log", options_.folder + "/groups/store"}) {
    files_ = saved_;
    const std::string bytes = files_.get(name);
    ASSERT_FALSE(bytes.empty());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      files_ = saved_;
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
      files_.put(name, damaged);
      auto log = open(files_);
      ASSERT_TRUE(log);
      EXPECT_EQ(*log->committed("store", kEvents), name.ends_with("store") ? 3u : 7u);
      log = nullptr;
      options_.read_only = true;
      auto reader = open(files_);
      ASSERT_TRUE(reader);
      EXPECT_EQ(messages(*reader, 0), whole_);
      options_.read_only = false;
      EXPECT_EQ(expect_sound(25).size(), 24u);
      if (::testing::Test::HasFailure()) FAIL() << name << " byte " << at;
    }
  }
}

TEST_F(RecoveryTest, MissingFilesAreNoReasonToStop) {
  const std::vector<std::string> paths = segments();
  for (const std::string& name :
       {topic_folder() + "/reserved", topic_folder() + "/durable", options_.folder + "/log",
        options_.folder + "/groups/store", paths.front(), paths[1], paths.back()}) {
    files_ = saved_;
    ASSERT_TRUE(files_.remove(name).ok());
    expect_sound(25);
    if (::testing::Test::HasFailure()) FAIL() << name;
  }
}

TEST_F(RecoveryTest, ManyRandomDamages) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 150; ++round) {
    files_ = saved_;
    for (const std::string& path : segments()) {
      std::string bytes = files_.get(path);
      for (std::uint32_t changes = random() % 4; changes > 0; --changes) {
        const std::size_t at = random() % bytes.size();
        const std::size_t size = random() % std::min<std::size_t>(bytes.size() - at, 100);
        if (random() % 3 == 0) bytes.erase(at, size);
        if (random() % 3 == 0) bytes.replace(at, size, std::string(size, '\0'));
        if (random() % 3 == 0) bytes.insert(at, bytes.substr(random() % bytes.size(), size));
      }
      files_.put(path, bytes);
    }
    expect_sound(25);
    if (::testing::Test::HasFailure()) return;
  }
}

// The bytes of a record, sent as an event's text, shall not come alive when the record around them is
// damaged.
TEST_F(RecoveryTest, RecordsWithinEventsAreNoRecords) {
  files_ = test::MemoryFileSystem();
  options_.segment_bytes = 1 << 20;
  std::mt19937 random(1);
  std::string noise(3000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  RecordHeader forged;
  forged.bytes = forged.raw_bytes = 10;
  forged.count = 1;
  forged.offset = 2;
  std::string head(RecordHeader::kBytes, '\0');
  forged.encode(head.data(), 0);
  {
    auto log = open(files_);
    ASSERT_TRUE(log->append_and_wait(kEvents, batch("a", 1, noise + head + noise)).ok());
    ASSERT_TRUE(log->append_and_wait(kEvents, batch("b", 1)).ok());
  }
  std::string bytes = files_.get(segments().front());
  ASSERT_NE(bytes.find(head.substr(0, 40)), std::string::npos);
  bytes[SegmentHeader::kBytes + 8] ^= 1;
  files_.put(segments().front(), bytes);
  auto log = open(files_);
  EXPECT_EQ(messages(*log, 0), (Messages{{2, "b0"}}));
  EXPECT_EQ(log->damage().records, 1u);
  EXPECT_EQ(log->verify().size(), 1u);
}

}  // namespace
}  // namespace vedette::bus
