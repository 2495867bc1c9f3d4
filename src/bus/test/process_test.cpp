// Several processes: followers, and writers that are killed.
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log_fixture.hpp"

namespace vedette::bus {
namespace {

using namespace std::chrono_literals;

class ProcessTest : public LogFixture {
 protected:
  // Runs `body` in another process.
  template <typename Body>
  static pid_t spawn(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(0);
    }
    return child;
  }
  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
};

struct Acknowledged {
  std::uint64_t offset, number;
};

// Appends events with the numbers of its own, and tells what is acknowledged.
[[noreturn]] void write_until_killed(LogOptions options, std::uint64_t first_number, int pipe) {
  options.report = nullptr;
  auto log = Log::open(base::posix_file_system(), options);
  if (!log.ok()) ::_exit(2);
  for (std::uint64_t number = first_number;; ++number) {
    std::string text = std::to_string(number);
    text += '/';
    (*log)->append(kEvents, batch(text, 1, std::string(number % 700, 'x')),
                   [pipe, number](base::Result<std::uint64_t> offset) {
                     if (!offset.ok()) ::_exit(3);
                     const Acknowledged told{*offset, number};
                     if (::write(pipe, &told, sizeof(told)) != sizeof(told)) ::_exit(4);
                   });
    if (number % 50 == 0 && !(*log)->commit("store", kEvents, 0).ok()) ::_exit(5);
  }
}

// What is acknowledged is stored once, whenever the writer dies.
TEST_F(ProcessTest, WritersThatAreKilled) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  options_.segment_bytes = 10'000;
  options_.max_in_flight_bytes = 5'000;
  std::map<std::uint64_t, std::uint64_t> acknowledged;  // offset by number
  std::uint64_t number = 1;
  const int rounds = std::getenv("VEDETTE_LONG") ? 1000 : 30;
  for (int round = 0; round < rounds; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const std::uint64_t first = number;
    const pid_t child = spawn([&] { write_until_killed(options_, first, pipe[1]); });
    ::close(pipe[1]);
    std::thread killer([child, delay = std::chrono::microseconds(random() % 60'000)] {
      std::this_thread::sleep_for(delay);
      ::kill(child, SIGKILL);
    });
    Acknowledged told{};
    while (::read(pipe[0], &told, sizeof(told)) == sizeof(told)) acknowledged[told.number] = told.offset;
    ::close(pipe[0]);
    killer.join();
    const int status = wait_for(child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
    number += 100'000;
  }

  auto log = open();
  EXPECT_EQ(log->damage().records, 0u);
  std::map<std::uint64_t, std::uint64_t> stored;
  std::uint64_t last_offset = 0;
  for (const auto& [offset, text] : messages(*log, 0)) {
    EXPECT_GT(offset, last_offset);
    last_offset = offset;
    EXPECT_TRUE(stored.emplace(std::stoull(text), offset).second) << text << " is stored twice";
  }
  for (const auto& [sent, offset] : acknowledged) {
    const auto found = stored.find(sent);
    ASSERT_TRUE(found != stored.end()) << sent << " was acknowledged and is lost";
    EXPECT_EQ(found->second, offset);
  }
  EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(rounds));
  EXPECT_TRUE(log->verify().empty());
}

TEST_F(ProcessTest, AFollowerSeesWhatIsWritten) {
  options_.segment_bytes = 5'000;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  constexpr int kAppends = 200;
  const pid_t child = spawn([&] {
    options_.report = nullptr;
    auto log = Log::open(base::posix_file_system(), options_);
    if (!log.ok() || ::write(pipe[1], "x", 1) != 1) ::_exit(2);
    for (int i = 0; i < kAppends; ++i) {
      std::string text = std::to_string(i);
      text += '/';
      if (!(*log)->append_and_wait(kEvents, batch(text, 2, std::string(i % 50, 'x'))).ok()) ::_exit(3);
    }
    if (!(*log)->commit("store", kEvents, 7).ok()) ::_exit(4);
  });
  char byte = 0;
  ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
  ::close(pipe[0]);
  ::close(pipe[1]);
  options_.read_only = true;
  auto log = open();
  Messages found;
  for (std::uint64_t at = 0; found.size() < kAppends * 2;) {
    const auto records = log->read(kEvents, at, 1000, 20s);
    ASSERT_TRUE(records.ok()) << records.error().message;
    ASSERT_FALSE(records->empty());
    add_messages(*records, found);
    at = records->back().offset + records->back().count;
  }
  EXPECT_EQ(wait_for(child), 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], (Message{i + 1, std::to_string(i / 2) + "/" + std::to_string(i % 2)}));
  }
  EXPECT_EQ(*log->committed("store", kEvents), 7u);
  EXPECT_LE(log->bounds(kEvents)->begin, 7u);
  EXPECT_EQ(log->bounds(kEvents)->end, kAppends * 2 + 1u);
  EXPECT_EQ(log->damage().records + log->damage().torn_tails, 0u);
  EXPECT_EQ(log->append_and_wait(kEvents, batch("a", 1)).error().code, base::ErrorCode::invalid_argument);
  EXPECT_EQ(log->commit("store", kEvents, 1).error().code, base::ErrorCode::invalid_argument);
}

// The follower is slower than retention: it is told so and goes on where there is something.
TEST_F(ProcessTest, AFollowerWhileSegmentsAreRemovedAndTheWriterDies) {
  options_.segment_bytes = 2'000;
  options_.max_bytes = 8'000;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  std::mt19937 random(7);
  std::unique_ptr<Log> follower;
  std::uint64_t at = 0, seen = 0;
  for (int round = 0; round < 8; ++round) {
    const int told_to = follower ? ::open("/dev/null", O_WRONLY) : pipe[1];
    const pid_t child = spawn([&] { write_until_killed(options_, 1'000'000u * (round + 1u), told_to); });
    ::close(told_to);
    if (!follower) {
      Acknowledged told{};
      ASSERT_EQ(::read(pipe[0], &told, sizeof(told)), static_cast<ssize_t>(sizeof(told)));
      LogOptions reading = options_;
      reading.read_only = true;
      follower = std::move(Log::open(base::posix_file_system(), reading)).value();
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20 + random() % 60);
    while (std::chrono::steady_clock::now() < end) {
      const auto records = follower->read(kEvents, at, 500, 5ms);
      if (!records.ok()) {
        ASSERT_EQ(records.error().code, base::ErrorCode::not_found);
        at = 0;
        continue;
      }
      Messages found;
      add_messages(*records, found);
      for (const auto& [offset, text] : found) {
        EXPECT_GT(offset, seen);
        seen = offset;
      }
      if (!records->empty()) at = seen + 1;
    }
    ::kill(child, SIGKILL);
    wait_for(child);
  }
  EXPECT_GT(seen, 0u);
  EXPECT_EQ(follower->damage().records, 0u) << testing::PrintToString(reports_);
  ::close(pipe[0]);
}

}  // namespace
}  // namespace vedette::bus
