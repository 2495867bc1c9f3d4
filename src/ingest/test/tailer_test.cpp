// Files that are written, rotated, truncated and compressed while they are followed.
#include "listeners/tailer.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "test/stream_doubles.hpp"
#include "test/temporary_folder.hpp"

namespace vedette::ingest::streams_test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Timers in a thread, for what has no Io.
class ThreadTimers {
 public:
  ~ThreadTimers() {
    for (auto& thread : threads_) thread.join();
  }
  RunAfter run_after() {
    return [this](milliseconds time, std::function<void()> work) {
      const std::lock_guard lock(mutex_);
      threads_.emplace_back([time, work = std::move(work)] {
        std::this_thread::sleep_for(time);
        work();
      });
    };
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

class TailerTest : public test::TemporaryFolder {
 protected:
  struct Run {
    Run(TailerOptions options, ports::Intake& intake, base::Metrics& metrics, base::Logger& log)
        : outbox(std::make_shared<Outbox>(intake, timers.run_after(), OutboxOptions{})),
          tailer(std::move(options), intake, metrics, log, outbox) {
      EXPECT_TRUE(tailer.start().ok());
    }
    ThreadTimers timers;
    std::shared_ptr<Outbox> outbox;
    Tailer tailer;
  };

  TailerOptions options() {
    TailerOptions options;
    TailInput input;
    input.paths = {at("logs/*")};
    input.format = "plain";
    input.rules = rules;
    input.start_at_end = start_at_end;
    options.inputs.push_back(input);
    options.state_folder = at("state");
    options.poll_interval = milliseconds{20};
    options.settle = milliseconds{60};
    options.checkpoint_interval = milliseconds{20};
    options.join_timeout = milliseconds{100};
    options.partial_line_after = milliseconds{400};
    options.leave_after = milliseconds{300};
    return options;
  }
  void begin() { run_ = std::make_unique<Run>(options(), intake, metrics, log); }
  void stop() {
    run_->tailer.drain(milliseconds{1000});
    run_.reset();
  }
  // As a kill would: what was acknowledged since the last checkpoint is not written down.
  void kill() { run_.reset(); }
  void append(const std::string& name, const std::string& bytes) {
    fs::create_directories(at("logs"));
    std::ofstream(at("logs/" + name), std::ios::app | std::ios::binary) << bytes;
  }
  void rest() { std::this_thread::sleep_for(milliseconds{150}); }

  LineRules rules;
  bool start_at_end = false;
  StreamIntake intake;
  base::Metrics metrics;
  base::Logger log{{.level = base::LogLevel::error, .write = [](std::string_view) {}}};
  std::unique_ptr<Run> run_;
};

TEST_F(TailerTest, ReadsWhatIsThereAndWhatComes) {
  append("a.log", "one\ntwo\nthr");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  append("a.log", "ee\n");
  append("b.log", "other\n");
  ASSERT_TRUE(intake.wait_for(4));
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("one", "two", "three", "other"));
  EXPECT_EQ(intake.records()[0].source, at("logs/a.log"));
  EXPECT_EQ(intake.records()[0].format, "plain");
}

TEST_F(TailerTest, GoesOnAfterARestart) {
  append("a.log", "one\ntwo\n");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  stop();
  append("a.log", "three\n");
  begin();
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "three"));
  EXPECT_EQ(intake.duplicates(), 0u);
}

TEST_F(TailerTest, NothingIsLostWhenKilledBeforeTheAnswer) {
  append("a.log", "one\ntwo\n");
  intake.set_mode(StreamIntake::Mode::refuse);
  begin();
  rest();
  kill();
  intake.set_mode(StreamIntake::Mode::answer);
  append("a.log", "three\n");
  begin();
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "three"));
}

TEST_F(TailerTest, AReplayHasTheSameIds) {
  append("a.log", "one\ntwo\n");
  intake.set_mode(StreamIntake::Mode::hold);  // stored, but the answer never comes
  begin();
  ASSERT_TRUE([&] {
    for (int i = 0; i < 200 && intake.batches() == 0; ++i) std::this_thread::sleep_for(milliseconds{10});
    return intake.batches() != 0;
  }());
  kill();
  intake.set_mode(StreamIntake::Mode::answer);
  append("a.log", "three\n");
  begin();
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "three"));
  EXPECT_EQ(intake.duplicates(), 2u);
}

TEST_F(TailerTest, FollowsARename) {
  append("a.log", "one\n");
  begin();
  ASSERT_TRUE(intake.wait_for(1));
  fs::rename(at("logs/a.log"), at("logs/a.log.1"));
  append("a.log.1", "two\n");
  append("a.log", "three\n");
  ASSERT_TRUE(intake.wait_for(3));
  rest();
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("one", "two", "three"));
}

TEST_F(TailerTest, FollowsARenameOutOfSight) {
  append("a.log", "one\n");
  begin();
  ASSERT_TRUE(intake.wait_for(1));
  fs::rename(at("logs/a.log"), at("elsewhere"));
  std::ofstream(at("elsewhere"), std::ios::app) << "two\nlast";
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "last"));
}

TEST_F(TailerTest, FindsAFileThatWasRenamedWhileNobodyLooked) {
  append("a.log", "one\n");
  begin();
  ASSERT_TRUE(intake.wait_for(1));
  stop();
  append("a.log", "two\n");
  fs::rename(at("logs/a.log"), at("logs/.a.log.old"));  // no pattern names it
  append("a.log", "three\n");
  begin();
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("one", "two", "three"));
}

TEST_F(TailerTest, TruncationBeginsAnew) {
  append("a.log", "one\ntwo\n");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  fs::resize_file(at("logs/a.log"), 0);
  append("a.log", "1\n");
  ASSERT_TRUE(intake.wait_for(3));
  // Grown beyond the old place before anybody looks.
  std::ofstream(at("logs/a.log"), std::ios::trunc) << "first\nsecond\nthird\nfourth\n";
  ASSERT_TRUE(intake.wait_for(7));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "1", "first", "second", "third", "fourth"));
}

TEST_F(TailerTest, ACopyIsNotReadTwice) {
  append("a.log", "one\ntwo\n");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  fs::copy_file(at("logs/a.log"), at("logs/a.log.1"));
  fs::resize_file(at("logs/a.log"), 0);
  append("a.log", "three\n");
  ASSERT_TRUE(intake.wait_for(3));
  rest();
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two", "three"));
}

TEST_F(TailerTest, ACopyMadeWhileNobodyLookedGivesTheRest) {
  append("a.log", "one\ntwo\n");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  stop();
  append("a.log", "three\n");
  fs::copy_file(at("logs/a.log"), at("logs/a.log.1"));
  fs::resize_file(at("logs/a.log"), 0);
  append("a.log", "four\n");
  begin();
  ASSERT_TRUE(intake.wait_for(4));
  rest();
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("one", "two", "three", "four"));
}

TEST_F(TailerTest, FilesThatBeginAlikeAreNoCopies) {
  append("a.csv", "time,host\n");
  begin();
  ASSERT_TRUE(intake.wait_for(1));
  append("b.csv", "time,host\n1,b\n");
  append("a.csv", "1,a\n");
  ASSERT_TRUE(intake.wait_for(4));
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("time,host", "1,a", "time,host", "1,b"));
}

void write_gzip(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

TEST_F(TailerTest, CompressedFilesAreReadOnce) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i) + "\n";
  append("a.log", text);
  begin();
  ASSERT_TRUE(intake.wait_for(5000));
  append("a.log", "last\n");
  write_gzip(at("logs/a.log.1.gz"), text + "last\nunseen\n");
  fs::remove(at("logs/a.log"));
  write_gzip(at("logs/new.gz"), "x\ny\n");
  ASSERT_TRUE(intake.wait_for(5004));
  rest();
  stop();
  begin();
  rest();
  stop();
  const auto texts = intake.texts();
  EXPECT_EQ(texts.size(), 5004u);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), 5004u);
}

TEST_F(TailerTest, StartsAtTheEndWhenToldSo) {
  start_at_end = true;
  append("a.log", "old\n");
  begin();
  rest();
  append("a.log", "new\n");
  append("b.log", "whole\n");
  ASSERT_TRUE(intake.wait_for(2));
  stop();
  EXPECT_THAT(intake.texts(), UnorderedElementsAre("new", "whole"));
}

TEST_F(TailerTest, JoinsLinesAndTakesALastLineWithoutEnd) {
  rules.join = LineRules::Join::indent;
  append("a.log", "error\n at x\n at y\nnext\n");
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  append("a.log", "no end");
  ASSERT_TRUE(intake.wait_for(3));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("error\n at x\n at y", "next", "no end"));
}

TEST_F(TailerTest, LongLinesAreCut) {
  rules.max_bytes = 1000;
  append("a.log", std::string(300'000, 'x'));
  begin();
  ASSERT_TRUE(intake.wait_for(1));
  append("a.log", std::string(1000, 'x') + "\nnext\n");
  ASSERT_TRUE(intake.wait_for(2));
  stop();
  EXPECT_EQ(intake.records()[0].text, std::string(1000, 'x'));
  EXPECT_EQ(intake.records()[0].extras.at("log.flags"), "truncated");
  EXPECT_EQ(intake.records()[1].text, "next");
}

TEST_F(TailerTest, Utf16) {
  std::string bytes = "\xff\xfe";
  for (const char c : std::string("one\r\ntwo\n")) bytes += std::string{c, '\0'};
  append("a.log", bytes);
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  stop();
  EXPECT_THAT(intake.texts(), ElementsAre("one", "two"));
}

std::string evtx_chunk(std::uint8_t first, std::uint8_t last) {
  std::string chunk(65'536, '\0');
  chunk.replace(0, 8, std::string("ElfChnk\0", 8));
  chunk[8] = static_cast<char>(first);
  chunk[16] = static_cast<char>(last);
  chunk[512] = static_cast<char>(first);
  return chunk;
}

TEST_F(TailerTest, EventLogsChunkByChunk) {
  std::string header(4096, '\0');
  header.replace(0, 8, std::string("ElfFile\0", 8));
  append("a.evtx", header + evtx_chunk(1, 5) + evtx_chunk(6, 7));
  begin();
  ASSERT_TRUE(intake.wait_for(2));
  rest();
  stop();
  std::ofstream(at("logs/a.evtx"), std::ios::binary | std::ios::trunc)
      << header << evtx_chunk(1, 5) << evtx_chunk(6, 9) << evtx_chunk(10, 11);
  begin();
  ASSERT_TRUE(intake.wait_for(3));
  rest();
  stop();
  const auto records = intake.records();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].format, "evtx");
  EXPECT_EQ(records[2].text, evtx_chunk(10, 11));
  EXPECT_EQ(intake.duplicates(), 1u);  // the chunk that grew, under the id it had
}

// A writer that rotates by renaming and by copying and truncating, while the tail is stopped and killed again
// and again: every line arrives once.
TEST_F(TailerTest, EveryLineOnceThroughRotationsAndKills) {
  constexpr int kLines = 20'000;
  fs::create_directories(at("logs"));
  std::atomic<bool> written{false};
  std::thread writer([&] {
    auto file = std::make_unique<std::ofstream>(at("logs/a.log"), std::ios::app);
    int rotation = 0;
    for (int i = 0; i < kLines; ++i) {
      *file << "line number " << i << " of this run, with some more text to fill the file\n";
      if (i % 50 == 0) file->flush();
      if (i % 2500 != 2499) continue;
      file->flush();
      // What is truncated before it was read is gone; what was read and in no checkpoint yet comes again in
      // the copy.
      intake.wait_for(static_cast<std::size_t>(i) + 1);
      std::this_thread::sleep_for(milliseconds{150});
      const std::string target = at("logs/a.log." + std::to_string(++rotation));
      if (rotation % 2 == 0) {
        fs::rename(at("logs/a.log"), target);
      } else {
        fs::copy_file(at("logs/a.log"), target);
      }
      file = std::make_unique<std::ofstream>(at("logs/a.log"), std::ios::trunc);
      file = std::make_unique<std::ofstream>(at("logs/a.log"), std::ios::app);
    }
    file->flush();
    written = true;
  });
  while (!written) {
    begin();
    std::this_thread::sleep_for(milliseconds{90});
    kill();
  }
  writer.join();
  begin();
  EXPECT_TRUE(intake.wait_for(kLines)) << intake.records().size();
  rest();
  rest();
  stop();
  std::map<std::string, int> counts;
  for (const auto& text : intake.texts()) ++counts[text];
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(kLines));
  EXPECT_EQ(intake.texts().size(), static_cast<std::size_t>(kLines));
}

}  // namespace
}  // namespace vedette::ingest::streams_test
