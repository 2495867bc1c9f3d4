#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "listeners/ndjson_tcp.hpp"
#include "listeners/syslog.hpp"
#include "test/stream_doubles.hpp"

namespace vedette::ingest::streams_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct FramingCase {
  std::string name, bytes;
  std::vector<std::string> messages;
};

const std::vector<FramingCase>& framing_cases() {
  using namespace std::string_literals;
  static const std::vector<FramingCase> cases{
      {"lines", "<1>a\n<2>b\r\n<3>c", {"<1>a", "<2>b", "<3>c"}},
      {"counted", "4 <1>a5 <2>bb", {"<1>a", "<2>bb"}},
      {"counted_with_line_end", "5 <1>a\n4 <2>b", {"<1>a", "<2>b"}},
      {"counted_holds_line_ends", "7 <1>a\nbc4 <2>b", {"<1>a\nbc", "<2>b"}},
      {"mixed", "4 <1>a<2>b\n4 <3>c<4>d\n", {"<1>a", "<2>b", "<3>c", "<4>d"}},
      {"nul", "<1>a\0<2>b\0"s, {"<1>a", "<2>b"}},
      {"empty_lines", "\n\n<1>a\n\n", {"<1>a"}},
      {"digits_begin_a_line", "12 monkeys\n2024-01-01 x\n7\n", {"12 monkeys", "2024-01-01 x", "7"}},
      {"zero_count", "0 <1>a\n", {"0 <1>a"}},
      {"no_pri", "hello\n", {"hello"}},
      {"counted_cut_at_end", "20 <1>short", {"<1>short"}},
  };
  return cases;
}

TEST(SyslogFraming, EveryCaseInPiecesOfEverySize) {
  for (const auto& item : framing_cases()) {
    for (std::size_t piece = 1; piece <= item.bytes.size(); ++piece) {
      SCOPED_TRACE(item.name + " in pieces of " + std::to_string(piece));
      SessionBench bench;
      const auto session = make_syslog_session(bench.core, bench.connection);
      feed(*session, item.bytes, piece);
      bench.settle();
      EXPECT_EQ(bench.intake.texts(), item.messages);
      EXPECT_FALSE(bench.connection->closed);
    }
  }
}

TEST(SyslogFraming, RandomMessagesInRandomPieces) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  SessionBench bench;
  const auto session = make_syslog_session(bench.core, bench.connection);
  std::vector<std::string> messages;
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    std::string message = "<13>" + std::string(random() % 300, 'x') + std::to_string(i);
    bytes += random() % 2 == 0 ? std::to_string(message.size()) + " " + message : message + "\n";
    messages.push_back(std::move(message));
  }
  std::string buffer;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = 1 + random() % 700;
    buffer += bytes.substr(at, piece);
    at += piece;
    buffer.erase(0, session->on_bytes(buffer, false));
  }
  bench.settle();
  EXPECT_EQ(bench.intake.texts(), messages);
}

TEST(SyslogFraming, LongMessagesAreCutAndFlagged) {
  MessageOptions options;
  options.max_event_bytes = 10;
  for (const std::string& bytes :
       {"<1>" + std::string(50, 'a') + "\n<2>b\n", "53 <1>" + std::string(50, 'a') + "4 <2>b"}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      SessionBench bench(options);
      const auto session = make_syslog_session(bench.core, bench.connection);
      feed(*session, bytes, piece);
      bench.settle();
      ASSERT_THAT(bench.intake.texts(), ElementsAre("<1>aaaaaaa", "<2>b"));
      EXPECT_EQ(bench.intake.records()[0].extras.at("log.flags"), "truncated");
      EXPECT_EQ(bench.intake.records()[1].extras.count("log.flags"), 0u);
    }
  }
}

TEST(SyslogFraming, ImpossibleCountClosesWithADeadLetter) {
  SessionBench bench;
  const auto session = make_syslog_session(bench.core, bench.connection);
  feed(*session, "4 <1>a99999999999 <1>", 3);
  bench.settle();
  EXPECT_THAT(bench.intake.texts(), ElementsAre("<1>a"));
  EXPECT_TRUE(bench.connection->closed);
  EXPECT_EQ(bench.intake.letters().size(), 1u);
  EXPECT_EQ(bench.intake.drops("malformed"), 1u);
}

TEST(SyslogFraming, GarbageIsTakenInBounds) {
  std::mt19937 random(7);
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(random());
  MessageOptions options;
  options.max_event_bytes = 1024;
  SessionBench bench(options);
  const auto session = make_syslog_session(bench.core, bench.connection);
  feed(*session, bytes, 999);
  bench.settle();
  for (const auto& text : bench.intake.texts()) EXPECT_LE(text.size(), 1024u);
}

TEST(SyslogSession, NamesTheSourceAndThePeer) {
  SessionBench bench({.listener = "syslog", .format = "syslog"});
  const auto session = make_syslog_session(bench.core, bench.connection);
  feed(*session, "<1>a\n", 100);
  bench.settle();
  ASSERT_EQ(bench.intake.records().size(), 1u);
  const auto record = bench.intake.records()[0];
  EXPECT_EQ(record.source, "syslog://192.0.2.7");
  EXPECT_EQ(record.format, "syslog");
  EXPECT_EQ(record.extras.at("log.source.address"), "192.0.2.7");
}

TEST(SyslogSession, PausesWhileTheIntakeHasNoRoom) {
  MessageOptions options;
  options.max_waiting_bytes = 1000;
  SessionBench bench(options);
  bench.intake.set_mode(StreamIntake::Mode::refuse);
  const auto session = make_syslog_session(bench.core, bench.connection);
  const std::string message = "<1>" + std::string(2000, 'm') + "\n";
  session->on_bytes(message, false);
  bench.settle();
  session->on_bytes(message, false);
  EXPECT_EQ(bench.connection->paused, 1);
  bench.intake.set_mode(StreamIntake::Mode::answer);
  bench.settle();
  bench.settle();
  EXPECT_EQ(bench.connection->paused, 0);
  EXPECT_EQ(bench.intake.texts().size(), 2u);
}

TEST(SyslogSession, PausesAboveTheRate) {
  MessageOptions options;
  options.max_events_per_second = 10;
  SessionBench bench(options);
  const auto session = make_syslog_session(bench.core, bench.connection);
  std::string bytes;
  for (int i = 0; i < 30; ++i) bytes += "<1>a\n";
  session->on_bytes(bytes, false);
  EXPECT_EQ(bench.connection->paused, 1);
  bench.settle();
  EXPECT_EQ(bench.connection->paused, 0);
  EXPECT_EQ(bench.intake.texts().size(), 30u);
}

TEST(SyslogDatagrams, AreDroppedAndCountedBeyondTheBounds) {
  MessageOptions options;
  options.max_waiting_bytes = 500;
  SessionBench bench(options);
  bench.intake.set_mode(StreamIntake::Mode::refuse);
  net::Peer peer;
  peer.address = *base::IpAddress::parse("2001:db8::1");
  const SteadyTime now{};
  for (int i = 0; i < 50; ++i) {
    take_syslog_datagram(*bench.core, "<1>" + std::string(100, 'd'), peer, now);
    bench.core->batcher->flush();
  }
  EXPECT_GT(bench.intake.drops("buffer_full"), 0u);
  bench.intake.set_mode(StreamIntake::Mode::answer);
  bench.settle();
  EXPECT_EQ(bench.intake.texts().size() + bench.intake.drops("buffer_full"), 50u);
  EXPECT_EQ(bench.intake.records()[0].source, "test://2001:db8::1");
}

TEST(SyslogDatagrams, AreDroppedAboveTheRate) {
  MessageOptions options;
  options.max_events_per_second = 5;
  SessionBench bench(options);
  const net::Peer peer;
  SteadyTime now{};
  for (int i = 0; i < 8; ++i) take_syslog_datagram(*bench.core, "<1>a\n", peer, now);
  EXPECT_EQ(bench.intake.drops("rate"), 3u);
  now += std::chrono::seconds{1};
  for (int i = 0; i < 5; ++i) take_syslog_datagram(*bench.core, "<1>a\n", peer, now);
  EXPECT_EQ(bench.intake.drops("rate"), 3u);
  bench.settle();
  EXPECT_EQ(bench.intake.texts().size(), 10u);
}

TEST(Outbox, TriesAgainWhatFailed) {
  SessionBench bench;
  bench.intake.fail_next(2);
  const auto session = make_line_session(bench.core, bench.connection);
  feed(*session, "one\ntwo\n", 100);
  for (int i = 0; i < 5; ++i) bench.settle();
  EXPECT_THAT(bench.intake.texts(), ElementsAre("one", "two"));
}

TEST(Outbox, CountsWhatIsLostWhenItCloses) {
  SessionBench bench;
  bench.intake.set_mode(StreamIntake::Mode::refuse);
  const auto session = make_line_session(bench.core, bench.connection);
  feed(*session, "one\ntwo\n", 100);
  bench.core->drain(milliseconds{10});
  EXPECT_EQ(bench.intake.drops("closing"), 2u);
  EXPECT_THAT(bench.intake.texts(), IsEmpty());
}

TEST(Batcher, HandsOverByCountBySizeAndByTime) {
  SessionBench bench;
  const auto source = std::make_shared<model::Source>();
  for (int i = 0; i < 1500; ++i) bench.core->batcher->add(source, "x");
  EXPECT_EQ(bench.intake.batches(), 1u);
  bench.timers.run();
  EXPECT_EQ(bench.intake.batches(), 2u);
  const std::string large(600'000, 'y');
  bench.core->batcher->add(source, large);
  bench.core->batcher->add(source, large);
  EXPECT_EQ(bench.intake.batches(), 3u);
  bench.timers.run();
  EXPECT_EQ(bench.intake.batches(), 4u);
  EXPECT_EQ(bench.intake.texts().size(), 1502u);
}

}  // namespace
}  // namespace vedette::ingest::streams_test
