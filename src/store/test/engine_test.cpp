// Appending, sealing, merging, following.
#include <atomic>
#include <random>
#include <thread>

#include "engine_fixture.hpp"

namespace vedette::store {
namespace {

class EngineTest : public EngineFixture {};

TEST_F(EngineTest, AppendedRowsAreFoundBeforeAndAfterTheSeal) {
  auto store = open();
  ASSERT_TRUE(store->append(events(1, 101)).ok());
  EXPECT_EQ(held(*store), numbers(1, 101));
  EXPECT_EQ(store->use().unsealed_rows, 100u);
  EXPECT_EQ(store->sealed_to(), 0u);
  ASSERT_TRUE(store->seal().ok());
  EXPECT_EQ(held(*store), numbers(1, 101));
  EXPECT_EQ(store->sealed_to(), 101u);
  EXPECT_EQ(store->use().unsealed_rows, 0u);
  EXPECT_EQ(parts(*store), 6u);  // 2 days, 3 datasets
  store = nullptr;
  store = open();
  EXPECT_EQ(held(*store), numbers(1, 101));
  EXPECT_EQ(store->use().next_sequence, 101u);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(EngineTest, ReplaysAtRandomPointsWriteNothingTwice) {
  const std::uint32_t seed = 4711;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  auto store = open();
  std::uint64_t next = 1;
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t from = next - std::min<std::uint64_t>(next - 1, random() % 40);
    const std::uint64_t to = from + random() % 60;
    ASSERT_TRUE(store->append(events(from, to)).ok());
    next = std::max(next, to);
    if (random() % 4 == 0) {
      ASSERT_TRUE(store->seal().ok());
    }
    if (random() % 6 == 0) {
      store = nullptr;
      store = open();
      next = std::max<std::uint64_t>(store->sealed_to(), 1);
    }
    ASSERT_EQ(held(*store), numbers(1, next));
  }
  EXPECT_GT(next, 300u);
}

TEST_F(EngineTest, SealsByItselfAtItsBounds) {
  options_.seal_rows = 50;
  auto store = open();
  for (std::uint64_t at = 1; at < 201; at += 10) ASSERT_TRUE(store->append(events(at, at + 10)).ok());
  EXPECT_EQ(store->sealed_to(), 201u);
  options_.seal_rows = 1000;
  options_.seal_bytes = 100;
  store = nullptr;
  store = open();
  ASSERT_TRUE(store->append(events(201, 202)).ok());
  EXPECT_EQ(store->sealed_to(), 202u);
  EXPECT_EQ(held(*store), numbers(1, 202));
}

TEST_F(EngineTest, LargeSealsAreSplit) {
  auto store = open();
  ASSERT_TRUE(store->append(events(1, 201, 1, 1)).ok());
  ASSERT_TRUE(store->seal().ok());
  EXPECT_EQ(parts(*store), 4u);
  EXPECT_EQ(held(*store), numbers(1, 201));
}

TEST_F(EngineTest, OneWriterManyReaders) {
  auto store = open();
  const auto second = open_store(memory_, options_, tuning_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::ErrorCode::busy);
  options_.read_only = true;
  EXPECT_NE(open(), nullptr);
  options_.folder = "/absent";
  EXPECT_EQ(open_store(memory_, options_, tuning_).error().code, base::ErrorCode::not_found);
}

TEST_F(EngineTest, MergesMakeFewParts) {
  auto store = open();
  for (std::uint64_t at = 1; at < 121; at += 10) {
    ASSERT_TRUE(store->append(events(at, at + 10, 1, 1)).ok());
    ASSERT_TRUE(store->seal().ok());
  }
  EXPECT_EQ(parts(*store), 12u);
  maintain_all(*store);
  EXPECT_LE(parts(*store), 3u);
  EXPECT_EQ(held(*store), numbers(1, 121));
  ASSERT_TRUE(store->compact({}).ok());
  EXPECT_EQ(parts(*store), 2u);  // of 64 and 56 rows
  EXPECT_EQ(held(*store), numbers(1, 121));
  EXPECT_EQ(part_files(memory_, "/store/parts").size(), 2u);
  store = nullptr;
  store = open();
  EXPECT_EQ(held(*store), numbers(1, 121));
}

TEST_F(EngineTest, ARowIsMergedFewTimes) {
  tuning_.merge.max_part_rows = 1 << 20;
  tuning_.quiet = 0;
  auto store = open();
  std::uint64_t merged = 0, last = 0;
  for (std::uint64_t at = 1; at < 2001; at += 10) {
    ASSERT_TRUE(store->append(events(at, at + 10, 1, 1)).ok());
    ASSERT_TRUE(store->seal().ok());
    const std::uint64_t before = parts(*store);
    maintain_all(*store);
    if (parts(*store) < before) ++merged;
    last = parts(*store);
  }
  EXPECT_LT(last, 12u);
  EXPECT_GT(merged, 20u);
}

TEST_F(EngineTest, SearchesGoOnBesideAppendsSealsAndMerges) {
  options_.seal_rows = 100;
  auto store = open();
  std::atomic<std::uint64_t> appended{1};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t at = 1; at < 3001; at += 30) {
      EXPECT_TRUE(store->append(events(at, at + 30)).ok());
      appended = at + 30;
    }
    done = true;
  });
  std::thread merger([&] {
    while (!done) {
      const auto more = store->maintain({});
      EXPECT_TRUE(more.ok()) << more.error().message;
      static_cast<void>(store->use());
    }
  });
  while (!done) {
    const std::uint64_t least = appended;
    const auto found = held(*store);
    ASSERT_GE(found.size(), least - 1);
    ASSERT_EQ(found, numbers(1, found.size() + 1));
  }
  writer.join();
  merger.join();
  maintain_all(*store);
  EXPECT_EQ(held(*store), numbers(1, 3001));
}

TEST_F(EngineTest, AFollowerTakesUpWhatTheWriterDid) {
  auto store = open();
  options_.read_only = true;
  auto follower = open();
  EXPECT_TRUE(held(*follower).empty());
  ASSERT_TRUE(store->append(events(1, 51)).ok());
  ASSERT_TRUE(follower->append(events(1, 71)).ok());
  EXPECT_EQ(held(*follower), numbers(1, 71));
  ASSERT_TRUE(store->seal().ok());
  ASSERT_TRUE(follower->refresh().ok());
  EXPECT_EQ(follower->sealed_to(), 51u);
  EXPECT_EQ(follower->use().unsealed_rows, 20u);
  EXPECT_EQ(held(*follower), numbers(1, 71));
  for (std::uint64_t at = 51; at < 151; at += 10) {
    ASSERT_TRUE(store->append(events(at, at + 10)).ok());
    ASSERT_TRUE(store->seal().ok());
  }
  ASSERT_TRUE(store->compact({}).ok());
  const auto before = part_files(memory_, "/store");
  EXPECT_EQ(held(*follower), numbers(1, 71));  // its files are gone, but open
  ASSERT_TRUE(follower->refresh().ok());
  EXPECT_EQ(held(*follower), numbers(1, 151));
  EXPECT_FALSE(follower->seal().ok());
  EXPECT_FALSE(follower->maintain({}).ok());
  EXPECT_FALSE(follower->pin("p", {1}).ok());
  EXPECT_EQ(part_files(memory_, "/store"), before);
}

TEST_F(EngineTest, DatasetsThatAttackersChooseAreBounded) {
  auto store = open();
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  for (std::uint64_t sequence = 1; sequence <= 600; ++sequence) {
    builder.begin_row(sequence + 7);
    builder.add_copy(model::field::message, "event " + std::to_string(sequence));
    builder.add_copy(model::field::event_dataset, "../" + std::to_string(sequence) + "/\n");
    builder.set_time((static_cast<base::TimeNs>(sequence % 50) - 25) * 1000 * kNsPerDay);
    builder.set_sequence(sequence);
    builder.end_row();
  }
  ASSERT_TRUE(store->append(builder.finish()).ok());
  ASSERT_TRUE(store->seal().ok());
  EXPECT_LE(parts(*store), kMaxGroupsPerSeal + 10);
  EXPECT_TRUE(reported("'other'"));
  EXPECT_EQ(held(*store), numbers(1, 601));
  store = nullptr;
  store = open();
  EXPECT_EQ(held(*store), numbers(1, 601));
}

TEST(EngineNames, DatasetsMakeSafeFolders) {
  EXPECT_EQ(dataset_folder(""), "default");
  EXPECT_EQ(dataset_folder("zeek.conn_2-a"), "zeek.conn_2-a");
  EXPECT_EQ(dataset_folder(".."), "%2E.");
  EXPECT_EQ(dataset_folder("A/b"), "%41%2Fb");
  EXPECT_NE(dataset_folder(std::string(500, 'x')), dataset_folder(std::string(501, 'x')));
  for (const std::string& name : {std::string(500, 'x'), std::string(96, '/'), std::string("\0\xff", 2)}) {
    EXPECT_TRUE(is_dataset_folder(dataset_folder(name))) << name;
  }
}

TEST(EngineNames, DaysOfAllTimes) {
  EXPECT_EQ(day_name(day_number(0)), "1970-01-01");
  EXPECT_EQ(day_name(day_number(-1)), "1969-12-31");
  EXPECT_EQ(day_name(day_number(INT64_MIN)), "1677-09-21");
  EXPECT_EQ(day_name(day_number(INT64_MAX)), "2262-04-11");
  for (std::int64_t day = day_number(INT64_MIN); day <= day_number(INT64_MAX); day += 17) {
    ASSERT_EQ(parse_day(day_name(day)), day);
  }
  EXPECT_EQ(parse_day(day_name(day_number(INT64_MIN))), day_number(INT64_MIN));
  EXPECT_FALSE(parse_day("2023-02-29"));
}

}  // namespace
}  // namespace vedette::store
