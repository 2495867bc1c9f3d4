#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "listeners/gelf.hpp"
#include "test/stream_doubles.hpp"

namespace vedette::ingest::streams_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct GelfCase {
  std::string gelf, json;
  std::int64_t time = 0;
};

TEST(GelfMessage, FieldsUnderEcsNames) {
  const std::vector<GelfCase> cases{
      {R"({"version":"1.1","host":"web1","short_message":"hi","level":3})",
       R"({"host.name":"web1","message":"hi","log.syslog.severity.code":3,"log.level":"error"})"},
      {R"({"host":"a","timestamp":1385053862.5,"short_message":"b","full_message":"c\nd"})",
       R"({"host.name":"a","@timestamp":"2013-11-21T17:11:02.500Z","message":"b","full_message":"c\nd"})",
       1385053862500000000},
      {R"({"short_message":"m","_user_id":9001,"_id":"x","_message":"own","_nested":{"a":[1]}})",
       R"({"message":"m","user_id":9001,"id":"x","_message":"own","nested":{"a":[1]}})"},
      {R"({"short_message":"m","level":"warn","facility":"f","line":7,"file":"x.c"})",
       R"({"message":"m","log.level":"warn","log.syslog.facility.name":"f","log.origin.file.line":7,"log.origin.file.name":"x.c"})"},
      {R"({"short_message":"m","timestamp":"never"})", R"({"message":"m","timestamp":"never"})"},
  };
  for (const auto& item : cases) {
    const auto document = translate_gelf(item.gelf);
    ASSERT_TRUE(document.ok()) << item.gelf;
    EXPECT_EQ(document->json, item.json);
    EXPECT_EQ(document->time, item.time);
  }
  for (const std::string& bad : std::vector<std::string>{"", "hello", "[1]", "{\"a\":", "7"})
    EXPECT_FALSE(translate_gelf(bad).ok()) << bad;
}

std::string chunk_of(const std::string& id, int number, int count, std::string_view payload) {
  std::string chunk = "\x1e\x0f" + id;
  chunk += static_cast<char>(number);
  chunk += static_cast<char>(count);
  return chunk + std::string(payload);
}

std::string compressed(const std::string& plain, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct GelfBench : SessionBench {
  explicit GelfBench(MessageOptions with = {}) : SessionBench(std::move(with)), receiver(core) {
    peer.address = *base::IpAddress::parse("192.0.2.9");
  }
  void send(std::string_view bytes) { receiver.datagram(bytes, peer, now); }
  GelfReceiver receiver;
  net::Peer peer;
  SteadyTime now{};
};

const std::string kGelfMessage = R"({"host":"h","short_message":"hello","_x":1})";
const std::string kGelfJson = R"({"host.name":"h","message":"hello","x":1})";

TEST(GelfUdp, PlainAndCompressed) {
  GelfBench bench;
  bench.send(kGelfMessage);
  bench.send(compressed(kGelfMessage, 15 + 16));
  bench.send(compressed(kGelfMessage, 15));
  bench.settle();
  EXPECT_THAT(bench.intake.texts(), ElementsAre(kGelfJson, kGelfJson, kGelfJson));
  EXPECT_EQ(bench.intake.records()[0].source, "test://192.0.2.9");
}

TEST(GelfUdp, InterleavedChunksInAnyOrder) {
  GelfBench bench;
  const std::string zipped = compressed(kGelfMessage, 15 + 16);
  bench.send(chunk_of("AAAAAAAA", 2, 3, zipped.substr(20)));
  bench.send(chunk_of("BBBBBBBB", 1, 2, kGelfMessage.substr(10)));
  bench.send(chunk_of("AAAAAAAA", 0, 3, zipped.substr(0, 10)));
  bench.send(chunk_of("AAAAAAAA", 0, 3, zipped.substr(0, 10)));  // twice
  bench.send(chunk_of("BBBBBBBB", 0, 2, kGelfMessage.substr(0, 10)));
  bench.send(chunk_of("AAAAAAAA", 1, 3, zipped.substr(10, 10)));
  bench.settle();
  EXPECT_THAT(bench.intake.texts(), ElementsAre(kGelfJson, kGelfJson));
  EXPECT_EQ(bench.intake.drops("malformed"), 1u);
}

TEST(GelfUdp, IncompleteMessagesExpire) {
  GelfBench bench;
  bench.send(chunk_of("AAAAAAAA", 0, 2, "xx"));
  bench.now += std::chrono::milliseconds{4999};
  bench.receiver.expire(bench.now);
  EXPECT_EQ(bench.intake.drops("incomplete"), 0u);
  bench.now += std::chrono::milliseconds{1};
  bench.receiver.expire(bench.now);
  EXPECT_EQ(bench.intake.drops("incomplete"), 1u);
}

TEST(GelfUdp, MalformedChunksAreCounted) {
  GelfBench bench;
  bench.send("\x1e\x0f");
  bench.send(chunk_of("AAAAAAAA", 0, 129 - 256, "x"));
  bench.send(chunk_of("AAAAAAAA", 5, 5, "x"));
  bench.send(chunk_of("AAAAAAAA", 0, 0, "x"));
  EXPECT_EQ(bench.intake.drops("malformed"), 4u);
}

TEST(GelfAssembler, StaysWithinItsBounds) {
  GelfAssembler assembler(
      {.max_messages = 10, .max_bytes = 1000, .max_age = std::chrono::milliseconds{5000}});
  const net::Peer peer;
  for (int i = 0; i < 1000; ++i) {
    std::string id = std::to_string(10'000'000 + i);
    assembler.add(chunk_of(id, 0, 2, std::string(90, 'x')), peer, SteadyTime{});
    EXPECT_LE(assembler.messages(), 10u);
    EXPECT_LE(assembler.bytes(), 1000u);
  }
  EXPECT_EQ(assembler.take_lost(), 990u);
}

TEST(GelfUdp, BombsAndGarbageAreDeadLetters) {
  MessageOptions options;
  options.max_event_bytes = 10'000;
  GelfBench bench(options);
  bench.send(compressed(std::string(10'000'000, ' '), 15 + 16));
  bench.send("no json");
  bench.send(compressed(kGelfMessage, 31).substr(0, 20));
  bench.settle();
  EXPECT_THAT(bench.intake.texts(), ElementsAre());
  EXPECT_EQ(bench.intake.letters().size(), 3u);
}

TEST(GelfTcp, MessagesEndWithNul) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    SessionBench bench;
    const auto session = make_gelf_session(bench.core, bench.connection);
    feed(*session, kGelfMessage + '\0' + "{\n\"short_message\":\"2\"}" + '\0' + "oops" + '\0', piece);
    bench.settle();
    EXPECT_THAT(bench.intake.texts(), ElementsAre(kGelfJson, R"({"message":"2"})"));
    EXPECT_THAT(bench.intake.letters(), ElementsAre("oops"));
  }
}

}  // namespace
}  // namespace vedette::ingest::streams_test
