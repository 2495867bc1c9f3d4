#include "vedette/normalize/normalizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vedette/normalize/mapping.hpp"

namespace vedette::normalize {
namespace {

using ::testing::HasSubstr;
namespace field = model::field;

Detected detect(std::string_view bytes) {
  auto detected = detect_format(bytes, "-", "");
  EXPECT_TRUE(detected.ok());
  return *detected;
}

struct Parsed {
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  std::vector<model::Event> events;
  ParseCounts counts;
};

Parsed parse(std::string_view text, const Chunk& like = {}, std::string_view forced = {}) {
  static const auto mappings = [] {
    base::Diagnostics diagnostics;
    return MappingSet::load({}, diagnostics);
  }();
  StreamOptions options;
  auto detected = detect_format(text, "-", forced);
  EXPECT_TRUE(detected.ok());
  options.detected = *detected;
  options.forced = !forced.empty();
  Normalizer normalizer(*mappings, std::make_shared<model::Source>(), options);
  Chunk chunk = like;
  chunk.bytes = std::make_shared<const std::string>(text);
  Parsed out;
  out.batches = {normalizer.parse(chunk), normalizer.finish()};
  for (const auto& batch : out.batches) {
    for (std::size_t i = 0; i < batch->size(); ++i) out.events.push_back((*batch)[i]);
  }
  out.counts = normalizer.counts();
  return out;
}

TEST(DetectFormat, TellsJsonFromText) {
  for (const char* text : {"{\"a\":1}", " \n[{\"a\":1}]", "[\n  {\"a\":1", "{}", "\xef\xbb\xbf{\"a\":1}\n"}) {
    EXPECT_EQ(detect(text).framing, Framing::json) << text;
    EXPECT_EQ(detect(text).format->info().name, "json") << text;
  }
  EXPECT_EQ(detect(std::string("\xff\xfe{\0\"\0a\0\"\0:\0", 12)).framing, Framing::json);
  for (const char* text : {"", "hello world", "[2026-11-03 09:12:00] x", "{not json}", "<not>xml"}) {
    EXPECT_EQ(detect(text).framing, Framing::lines) << text;
    EXPECT_EQ(detect(text).format->info().name, "plain") << text;
  }
  EXPECT_EQ(detect("warming up\n{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n").framing, Framing::json);
}

TEST(DetectFormat, TakesWhatIsForced) {
  EXPECT_EQ(detect_format("hello", "-", "json")->format->info().name, "json");
  EXPECT_EQ(detect_format("{\"a\":1}", "-", "auto")->format->info().name, "json");
  const auto unknown = detect_format("hello", "-", "jsn");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'json'"));
}

TEST(Normalizer, ReadsRecords) {
  const Parsed got =
      parse("{\"@timestamp\":\"2026-11-03T09:12:00Z\",\"a\":{\"b\":\"x\"}}\n\n{\"time\":1762161120000}\n");
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_EQ(got.events[0].text(model::intern("a.b")), "x");
  EXPECT_EQ(base::format_rfc3339(got.events[0].time()), "2026-11-03T09:12:00.000Z");
  EXPECT_EQ(base::format_rfc3339(got.events[1].time()), "2025-11-03T09:12:00.000Z");
  EXPECT_EQ(got.events[1].position(), 2u);
  EXPECT_EQ(got.counts.at("json").events, 2u);
  EXPECT_EQ(got.counts.at("json").failures, 0u);
}

TEST(Normalizer, KeepsBrokenRecordsWhole) {
  const Parsed got = parse("{\"a\":1}\n{\"a\":2,\"b\":\"cut\n{\"a\":3}\n");
  ASSERT_EQ(got.events.size(), 3u);
  EXPECT_EQ(got.events[1].text(field::event_original), "{\"a\":2,\"b\":\"cut");
  EXPECT_EQ(got.events[1].text(field::error_message), "JSON: unterminated string at byte 16");
  EXPECT_EQ(got.events[1].text(field::tags), "parse_failure");
  EXPECT_EQ(got.events[1].find(model::intern("a"))->as_integer(), 2);
  EXPECT_EQ(got.counts.at("json").failures, 1u);
}

TEST(Normalizer, CutsWhatItKeeps) {
  Chunk cut;
  cut.truncated_record = true;
  cut.truncated_bytes = 5'000'000;
  cut.records = {{0, 2'000'000}};
  const Parsed got = parse("{\"a\":\"" + std::string(2'000'000, 'x'), cut);
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0].text(field::event_original).size(), std::size_t{1} << 20);
  EXPECT_EQ(got.events[0].find(model::intern("vedette.record.length"))->as_integer(), 5'000'000);
}

TEST(Normalizer, KeepsGarbageBetweenRecords) {
  const Parsed got = parse("{\"a\":1}\nstarting up\n{\"a\":2}\n");
  ASSERT_EQ(got.events.size(), 3u);
  EXPECT_EQ(got.events[1].text(field::message), "starting up");
  EXPECT_EQ(got.counts.at("plain").events, 1u);
  EXPECT_EQ(got.counts.at("json").events, 2u);
}

TEST(Normalizer, AForcedFormatTakesNothingElse) {
  const Parsed got = parse("{\"a\":1}\nstarting up\n", {}, "json");
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_EQ(got.events[1].text(field::event_original), "starting up");
  EXPECT_EQ(got.events[1].text(field::error_message), "not a record of the format json");
}

TEST(Normalizer, OffersEachRecordToAllFormats) {
  const Parsed got = parse(
      "{\"a\":1}\n"
      "<34>1 2026-11-03T09:12:00Z host app 1 - - hello\n"
      "{\"eventVersion\":\"1.08\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\","
      "\"awsRegion\":\"x\"}\n"
      "{\"a\":2}\n"
      "just words\n");
  ASSERT_EQ(got.events.size(), 5u);
  EXPECT_EQ(got.counts.at("json").events, 2u);
  EXPECT_EQ(got.counts.at("syslog5424").events, 1u);
  EXPECT_EQ(got.counts.at("cloudtrail").events, 1u);
  EXPECT_EQ(got.counts.at("plain").events, 1u);
  EXPECT_EQ(got.events[2].text(field::event_dataset), "aws.cloudtrail");
}

TEST(Normalizer, ReadsWhatStandsInAMessage) {
  const Parsed got = parse(
      "<13>1 2026-11-03T09:12:00Z host app 1 - - {\"level\":\"warn\",\"n\":3}\n"
      "<13>1 2026-11-03T09:12:01Z host suricata 1 - - {\"timestamp\":\"2026-11-03T09:12:00Z\",\"flow_id\":1,"
      "\"event_type\":\"dns\",\"src_ip\":\"192.0.2.1\",\"dns\":{\"rrname\":\"x.example\"}}\n"
      "<13>1 2026-11-03T09:12:02Z host app 1 - - {\"broken\":\n");
  ASSERT_EQ(got.events.size(), 3u);
  EXPECT_EQ(got.events[0].text(model::intern("level")), "warn");
  EXPECT_EQ(got.events[1].text(model::intern("dns.rrname")), "x.example");
  EXPECT_EQ(got.events[1].text(field::event_dataset), "suricata.eve");
  EXPECT_EQ(got.events[2].text(field::message), "{\"broken\":");
  EXPECT_EQ(got.counts.at("syslog5424").events, 3u);
}

TEST(DetectFormat, SeesThatRecordsDependOnEarlierOnes) {
  EXPECT_FALSE(detect("{\"a\":1}\n").sequential);
  EXPECT_FALSE(detect("<34>1 2026-11-03T09:12:00Z host app 1 - - hello\n").sequential);
  EXPECT_TRUE(detect("type=SYSCALL msg=audit(1793697120.123:7): arch=c000003e\n").sequential);
  EXPECT_TRUE(
      detect("plain\nplain too\nNov  3 09:12:00 h audispd: type=EXECVE msg=audit(1793697120.123:7): argc=1\n")
          .sequential);
}

}  // namespace
}  // namespace vedette::normalize
