// kill -9 under load, again and again on one data folder: what was acknowledged is stored, exactly once, and
// nothing else is but what was on its way.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vedette/node/data_folder.hpp"

namespace vedette {
namespace {

namespace fs = std::filesystem;
using model::Value;

constexpr int kRounds = 200, kLongRounds = 1000;
constexpr int kWriters = 2;
constexpr std::uint64_t kAcknowledgedBeforeKill = 12;
constexpr int kWaitsBeforeKill = 20'000;  // of a millisecond
constexpr std::uint64_t kNumbersARound = 1'000'000;

node::DataOptions options_for(const std::string& folder) {
  node::DataOptions options;
  options.folder = folder;
  options.block_rows = 64;
  options.seal_rows = 700;
  options.log_segment_bytes = 64 * 1024;
  return options;
}

std::shared_ptr<const model::EventBatch> batch_of(std::uint64_t first, std::uint32_t count) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"crash"}));
  for (std::uint64_t n = first; n < first + count; ++n) {
    builder.begin_row(n);
    builder.set_time(1793664000 * base::kNsPerSecond +
                     static_cast<base::TimeNs>(n % 100'000) * base::kNsPerSecond);
    builder.add(model::intern("n"), Value::integer(static_cast<std::int64_t>(n)));
    builder.add_copy(model::intern("event.dataset"), n % 3 == 0 ? "a" : "b");
    builder.add_copy(model::intern("message"), "event number " + std::to_string(n));
    builder.end_row();
  }
  return builder.finish();
}

struct Range {
  std::uint64_t first = 0, count = 0;
  bool acknowledged = false;
};

// Appends until it is killed; tells each batch before and after through the pipe.
[[noreturn]] void write_until_killed(const std::string& folder, int pipe, std::uint64_t first,
                                     std::uint64_t seed) {
  auto data = node::DataFolder::open(options_for(folder));
  if (!data.ok()) {
    std::cerr << "cannot open: " << data.error().message << "\n";
    _exit(3);
  }
  const auto tell = [pipe](const Range& range) {
    // Smaller than PIPE_BUF: whole or not at all.
    static_cast<void>(!::write(pipe, &range, sizeof(range)));
  };
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::mt19937_64 random(seed + static_cast<std::uint64_t>(w));
      std::uint64_t next = first + static_cast<std::uint64_t>(w) * (kNumbersARound / kWriters);
      while (true) {
        const auto count = static_cast<std::uint32_t>(1 + random() % 120);
        tell({next, count, false});
        if ((*data)->bus().append_and_wait(node::kEventsTopic, batch_of(next, count)).ok())
          tell({next, count, true});
        next += count;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  _exit(4);
}

struct Book {
  std::map<std::uint64_t, Range> batches;  // by first number; acknowledged or on its way
  std::atomic<std::uint64_t> told = 0;     // acknowledgements read

  void read(int pipe) {
    Range range;
    while (::read(pipe, &range, sizeof(range)) == sizeof(range)) {
      Range& known = batches[range.first];
      known = {range.first, range.count, known.acknowledged || range.acknowledged};
      if (range.acknowledged) ++told;
    }
  }
};

class CrashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vedette-crash-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const char* seed = std::getenv("VEDETTE_SEED");
    seed_ = seed ? std::strtoull(seed, nullptr, 10) : std::random_device{}();
    std::cout << "seed " << seed_ << " (VEDETTE_SEED)\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void kill_once(std::uint64_t round, std::mt19937_64& random) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      write_until_killed(folder_, ends[1], 1 + round * kNumbersARound, seed_ + round * 7919);
    }
    close(ends[1]);
    const std::uint64_t wanted = book_.told + random() % kAcknowledgedBeforeKill;
    std::thread reader([&] { book_.read(ends[0]); });
    // Some are killed while they still open the folder, the others after a number of acknowledgements: however
    // slow the machine is, most of them are at work when they die.
    for (int i = 0; i < kWaitsBeforeKill && book_.told < wanted; ++i) usleep(1000);
    usleep(static_cast<useconds_t>(random() % 10'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    reader.join();
    close(ends[0]);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
  }

  // Every number in the store, with how often it is there.
  void check() {
    std::map<std::uint64_t, int> stored;
    {
      auto data = node::DataFolder::open(options_for(folder_));
      ASSERT_TRUE(data.ok()) << data.error().message;
      ASSERT_TRUE((*data)->seal().ok());
      model::SearchRequest request;
      request.limit = model::SearchRequest::kAll;
      const auto result = (*data)->store().search(
          request,
          [&](const std::shared_ptr<const model::EventBatch>& batch) {
            for (std::size_t row = 0; row < batch->size(); ++row) {
              ++stored[static_cast<std::uint64_t>((*batch)[row].find(model::intern("n"))->as_integer())];
            }
            return true;
          },
          {});
      ASSERT_TRUE(result.ok()) << result.error().message;
      ASSERT_TRUE(result->warnings.empty()) << result->warnings[0];
    }
    std::uint64_t known = 0;
    for (const auto& [first, range] : book_.batches) {
      std::uint64_t there = 0;
      for (std::uint64_t n = first; n < first + range.count; ++n) {
        const auto it = stored.find(n);
        if (it == stored.end()) continue;
        ++there;
        ASSERT_EQ(it->second, 1) << "number " << n << " is stored twice";
      }
      if (range.acknowledged) {
        ASSERT_EQ(there, range.count) << "acknowledged batch " << first << " is not whole";
      } else {
        ASSERT_TRUE(there == 0 || there == range.count) << "batch " << first << " is there by half";
      }
      known += there;
    }
    ASSERT_EQ(known, stored.size()) << "events that nobody wrote";
    acknowledged_ = static_cast<std::uint64_t>(std::count_if(
        book_.batches.begin(), book_.batches.end(), [](const auto& b) { return b.second.acknowledged; }));
  }

  std::string folder_;
  std::uint64_t seed_ = 0, acknowledged_ = 0;
  Book book_;
};

TEST_F(CrashTest, KilledAtRandomPoints) {
  const int rounds = std::getenv("VEDETTE_LONG") ? kLongRounds : kRounds;
  std::mt19937_64 random(seed_);
  for (int round = 0; round < rounds && !HasFatalFailure(); ++round) {
    kill_once(static_cast<std::uint64_t>(round), random);
    if (round % 10 == 9) check();
  }
  EXPECT_GT(acknowledged_, static_cast<std::uint64_t>(rounds)) << "hardly anything was under way";
  std::cout << rounds << " kills, " << acknowledged_ << " acknowledged batches, none lost, none twice\n";
}

}  // namespace
}  // namespace vedette
