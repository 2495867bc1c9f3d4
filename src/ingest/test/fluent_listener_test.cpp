#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "listeners/fluent.hpp"
#include "listeners/fluent_message.hpp"
#include "listeners/msgpack.hpp"
#include "test/stream_doubles.hpp"

namespace vedette::ingest::streams_test {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::StartsWith;

std::string pack(const std::string& text) {
  std::string out;
  if (text.size() < 32) {
    out += static_cast<char>(0xa0 + text.size());
  } else {
    out += '\xdb';
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift & 0xff);
  }
  return out + text;
}
std::string pack_array(std::size_t count) {
  return std::string(1, static_cast<char>(0x90 + count));
}
std::string pack_map(std::size_t count) {
  return std::string(1, static_cast<char>(0x80 + count));
}
std::string pack_seconds(std::uint32_t value) {
  std::string out = "\xce";
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}
std::string pack_event_time() {
  return "\xd7\x00\x00\x00\x00\x0a\x00\x00\x00\x07"s;
}
std::string record(const std::string& value) {
  return pack_map(1) + pack("k") + pack(value);
}
std::string chunk_option(const std::string& chunk) {
  return pack_map(1) + pack("chunk") + pack(chunk);
}

std::string gzip(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
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

struct MsgpackCase {
  std::string name, bytes, json;
};

TEST(Msgpack, ValuesAsJson) {
  const std::vector<MsgpackCase> cases{
      {"nil", "\xc0", "null"},
      {"true", "\xc3", "true"},
      {"fixint", "\x7f", "127"},
      {"negative", "\xff", "-1"},
      {"int8", "\xd0\x80", "-128"},
      {"int64", "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s, "-9223372036854775808"},
      {"uint64", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"s, "18446744073709551615"},
      {"float", "\xca\x3f\xc0\x00\x00"s, "1.5"},
      {"double", "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s, "1.5"},
      {"text", pack("a\"b"), R"("a\"b")"},
      {"binary", "\xc4\x02hi"s, R"("hi")"},
      {"ext", "\xd4\x05x", "null"},
      {"array", pack_array(2) + "\x01\xa1x", R"([1,"x"])"},
      {"map",
       pack_map(2) + "\xa1"
                     "a\x01\x02\xc2",
       R"({"a":1,"2":false})"},
      {"nested",
       pack_map(1) +
           "\xa1"
           "a" +
           pack_array(1) + pack_map(0),
       R"({"a":[{}]})"},
  };
  for (const auto& item : cases) {
    std::string json;
    base::JsonWriter writer(json);
    MsgpackReader reader(item.bytes);
    EXPECT_TRUE(reader.write_json(writer)) << item.name;
    EXPECT_TRUE(reader.at_end()) << item.name;
    EXPECT_EQ(json, item.json) << item.name;
    // The measure finds the end however the bytes come, and not before.
    MsgpackMeasure measure;
    std::size_t size = 0;
    for (std::size_t have = 0; have < item.bytes.size(); ++have) {
      EXPECT_EQ(measure.look(item.bytes.substr(0, have), 1000, size), MsgpackState::partial) << item.name;
    }
    EXPECT_EQ(measure.look(item.bytes + "more", 1000, size), MsgpackState::whole) << item.name;
    EXPECT_EQ(size, item.bytes.size()) << item.name;
  }
}

TEST(Msgpack, HostileValuesEnd) {
  std::string json;
  base::JsonWriter writer(json);
  EXPECT_FALSE(MsgpackReader(std::string(10'000, '\x91')).write_json(writer));
  EXPECT_FALSE(MsgpackReader("\xdd\xff\xff\xff\xff").write_json(writer));
  EXPECT_FALSE(MsgpackReader("\xc1").write_json(writer));
  MsgpackMeasure measure;
  std::size_t size = 0;
  EXPECT_EQ(measure.look("\xdd\xff\xff\xff\xff", 1 << 20, size), MsgpackState::broken);
  measure.restart();
  EXPECT_EQ(measure.look("\xdb\xff\xff\xff\xff", 1 << 20, size), MsgpackState::broken);
}

struct FluentCase {
  std::string name, bytes;
};

std::vector<FluentCase> fluent_modes(const std::string& chunk) {
  const std::string option = chunk_option(chunk);
  const std::string entry = pack_array(2) + pack_event_time() + record("v");
  const std::string with_metadata =
      pack_array(2) + pack_array(2) + pack_event_time() + pack_map(0) + record("v");
  const std::string gzip_option =
      pack_map(2) + pack("compressed") + pack("gzip") + pack("chunk") + pack(chunk);
  const auto binary = [](const std::string& bytes) {
    return "\xc4"s + static_cast<char>(bytes.size()) + bytes;
  };
  return {
      {"message", pack_array(4) + pack("tag") + pack_event_time() + record("v") + option},
      {"forward", pack_array(3) + pack("tag") + pack_array(1) + entry + option},
      {"metadata", pack_array(3) + pack("tag") + pack_array(1) + with_metadata + option},
      {"packed", pack_array(3) + pack("tag") + binary(entry) + option},
      {"packed_text", pack_array(3) + pack("tag") + pack(entry) + option},
      {"gzip", pack_array(3) + pack("tag") + binary(gzip(entry)) + gzip_option},
      {"gzip_members",
       pack_array(3) + pack("tag") + binary(gzip(entry.substr(0, 5)) + gzip(entry.substr(5))) + gzip_option},
  };
}

TEST(Fluent, EveryModeInPiecesOfEverySize) {
  for (const auto& item : fluent_modes("chunk-1")) {
    for (std::size_t piece = 1; piece <= item.bytes.size(); ++piece) {
      SCOPED_TRACE(item.name + " in pieces of " + std::to_string(piece));
      SessionBench bench;
      const auto session = make_fluent_session(bench.core, {}, bench.connection);
      feed(*session, item.bytes, piece);
      ASSERT_THAT(bench.intake.texts(), ElementsAre(R"({"k":"v"})"));
      const auto taken = bench.intake.records()[0];
      EXPECT_EQ(taken.time, 10'000'000'007);
      EXPECT_EQ(taken.extras.at("fluent.tag"), "tag");
      EXPECT_FALSE(taken.id.empty());
      EXPECT_EQ(bench.connection->take_sent(),
                "\x81\xa3"
                "ack\xa7"
                "chunk-1");
    }
  }
}

TEST(Fluent, AcknowledgesOnceAllIsDurable) {
  SessionBench bench;
  bench.intake.set_mode(StreamIntake::Mode::hold);
  const auto session = make_fluent_session(bench.core, {}, bench.connection);
  std::string entries;
  for (int i = 0; i < 3000; ++i) entries += pack_array(2) + pack_seconds(1) + record(std::to_string(i));
  const std::string message = pack_array(3) + pack("t") + pack(entries) + chunk_option("c");
  feed(*session, message, 5000, false);
  EXPECT_EQ(bench.intake.batches(), 3u);
  EXPECT_EQ(bench.connection->take_sent(), "");
  bench.intake.answer_held(true);
  EXPECT_EQ(bench.connection->take_sent(),
            "\x81\xa3"
            "ack\xa1"
            "c");
  EXPECT_EQ(bench.intake.texts().size(), 3000u);
  // The same chunk again: nothing is written twice.
  bench.intake.set_mode(StreamIntake::Mode::answer);
  feed(*session, message, 100'000, false);
  EXPECT_EQ(bench.intake.texts().size(), 3000u);
  EXPECT_EQ(bench.intake.duplicates(), 3000u);
}

TEST(Fluent, DoesNotAcknowledgeWhatFailed) {
  SessionBench bench;
  bench.intake.set_mode(StreamIntake::Mode::hold);
  const auto session = make_fluent_session(bench.core, {}, bench.connection);
  feed(*session, fluent_modes("c")[0].bytes, 1000, false);
  bench.intake.answer_held(false);
  EXPECT_EQ(bench.connection->take_sent(), "");
  EXPECT_TRUE(bench.connection->closed);
}

TEST(Fluent, DoesNotAcknowledgeWhatWasNeverAnswered) {
  SessionBench bench;
  bench.intake.set_mode(StreamIntake::Mode::hold);
  const auto session = make_fluent_session(bench.core, {}, bench.connection);
  feed(*session, fluent_modes("c")[0].bytes, 1000, false);
  bench.intake.forget_held();
  EXPECT_EQ(bench.connection->take_sent(), "");
  EXPECT_TRUE(bench.connection->closed);
}

TEST(Fluent, Handshake) {
  FluentSettings settings;
  settings.shared_key = "secret";
  settings.hostname = "server";
  for (const bool right : {true, false}) {
    SessionBench bench;
    const auto session = make_fluent_session(bench.core, settings, bench.connection);
    const std::string helo = bench.connection->take_sent();
    ASSERT_THAT(helo, StartsWith("\x92\xa4HELO"));
    MsgpackReader reader(helo);
    reader.array();
    reader.string();
    reader.map();
    reader.string();
    const std::string nonce(*reader.string());
    const std::string digest = fluent_digest("salt", "client", nonce, right ? "secret" : "guess");
    const std::string ping =
        pack_array(6) + pack("PING") + pack("client") + pack("salt") + pack(digest) + pack("") + pack("");
    feed(*session, ping + fluent_modes("")[1].bytes, 7, false);
    const std::string pong = bench.connection->take_sent();
    MsgpackReader answer(pong);
    ASSERT_EQ(answer.array(), 5u);
    EXPECT_EQ(answer.string(), "PONG");
    EXPECT_EQ(answer.head()->truth, right);
    EXPECT_EQ(bench.connection->closed, !right);
    EXPECT_EQ(bench.intake.texts().size(), right ? 1u : 0u);
    if (!right) continue;
    answer.string();
    EXPECT_EQ(answer.string(), "server");
    EXPECT_EQ(answer.string(), fluent_digest("salt", "server", nonce, "secret"));
  }
}

TEST(Fluent, NothingIsTakenBeforeTheHandshake) {
  FluentSettings settings;
  settings.shared_key = "secret";
  SessionBench bench;
  const auto session = make_fluent_session(bench.core, settings, bench.connection);
  feed(*session, fluent_modes("c")[0].bytes, 1000);
  EXPECT_TRUE(bench.intake.texts().empty());
  EXPECT_TRUE(bench.connection->closed);
}

TEST(Fluent, BadRecordsDoNotEndTheOthers) {
  SessionBench bench;
  const auto session = make_fluent_session(bench.core, {}, bench.connection);
  const std::string good = pack_array(2) + pack_seconds(1) + record("v");
  const std::string no_map = pack_array(2) + pack_seconds(1) + pack("v");
  feed(*session, pack_array(2) + pack("t") + pack_array(3) + good + no_map + good, 1000);
  EXPECT_EQ(bench.intake.drops("malformed"), 1u);
  bench.settle();
  EXPECT_EQ(bench.intake.texts().size(), 2u);
}

TEST(Fluent, GarbageClosesWithADeadLetter) {
  for (const std::string& bytes : {"\xc1"s, "hello\n"s, "\xdd\xff\xff\xff\xff"s, pack_array(1) + pack("tag"),
                                   pack_array(2) + pack("tag") + "\xc0"}) {
    SessionBench bench;
    const auto session = make_fluent_session(bench.core, {}, bench.connection);
    feed(*session, bytes, 3);
    EXPECT_TRUE(bench.connection->closed) << bytes;
    EXPECT_EQ(bench.intake.letters().size(), 1u);
    EXPECT_TRUE(bench.intake.texts().empty());
  }
}

}  // namespace
}  // namespace vedette::ingest::streams_test
