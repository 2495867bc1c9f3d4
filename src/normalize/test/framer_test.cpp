#include "vedette/normalize/framer.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::normalize {
namespace {

using ::testing::ElementsAre;

struct Framed {
  std::vector<std::string> records;
  std::vector<std::uint64_t> positions;
  std::vector<Chunk> chunks;
  std::string error;
};

// Feeds `text` in reads of at most `read_bytes`.
Framed frame(Framing framing, std::string_view text, FramerOptions options = {},
             std::size_t read_bytes = 1 << 20, bool fail_at_end = false) {
  Framed out;
  auto framer = make_framer(
      framing,
      [&, text](char* to, std::size_t capacity) mutable -> base::Result<std::size_t> {
        if (text.empty() && fail_at_end) return base::make_error(base::ErrorCode::io, "lost the disk");
        const std::size_t size = std::min({capacity, read_bytes, text.size()});
        std::copy_n(text.data(), size, to);
        text.remove_prefix(size);
        return size;
      },
      options);
  for (;;) {
    auto chunk = framer->next();
    if (!chunk.ok()) {
      out.error = chunk.error().message;
      break;
    }
    if (!chunk->bytes) break;
    for_each_record(framing, *chunk, [&](std::string_view record, std::uint64_t position) {
      out.records.emplace_back(record);
      out.positions.push_back(position);
    });
    out.chunks.push_back(*std::move(chunk));
  }
  return out;
}

// The same whatever the sizes of reads and chunks.
void expect_frames(Framing framing, std::string_view text, const std::vector<std::string>& expected) {
  for (std::size_t read_bytes : {1u, 3u, 7u, 1000u}) {
    for (std::size_t chunk_bytes : {16u, 40u, 1u << 20}) {
      FramerOptions options;
      options.chunk_bytes = chunk_bytes;
      const Framed got = frame(framing, text, options, read_bytes);
      EXPECT_EQ(got.records, expected) << "reads of " << read_bytes << ", chunks of " << chunk_bytes;
      for (std::size_t i = 0; i < got.positions.size(); ++i) EXPECT_EQ(got.positions[i], i + 1);
    }
  }
}

TEST(LineFramer, CutsAtLineBreaks) {
  expect_frames(Framing::lines, "one\ntwo\r\n\nfour", {"one", "two", "", "four"});
  expect_frames(Framing::lines, "one\n", {"one"});
  expect_frames(Framing::lines, "", {});
  expect_frames(Framing::lines, "\xef\xbb\xbfone\ntwo", {"one", "two"});
  expect_frames(Framing::lines, std::string_view("a\0b\nc", 5), {std::string("a\0b", 3), "c"});
}

TEST(LineFramer, CountsLines) {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += std::string(static_cast<std::size_t>(i % 37), 'x') + "\n";
  FramerOptions options;
  options.chunk_bytes = 10000;
  const Framed got = frame(Framing::lines, text, options);
  ASSERT_EQ(got.positions.size(), 30000u);
  for (std::size_t i = 0; i < got.positions.size(); ++i) ASSERT_EQ(got.positions[i], i + 1);
}

TEST(LineFramer, ConvertsUtf16) {
  const std::string little(
      "\xff\xfe"
      "a\0\xe4\0\n\0\x3d\xd8\x00\xde"
      "\n\0\x00\xd8x\0",
      18);
  expect_frames(Framing::lines, little, {"a\xc3\xa4", "\xf0\x9f\x98\x80", "\xef\xbf\xbdx"});
  const std::string big("\xfe\xff\0a\0\n\0b", 8);
  expect_frames(Framing::lines, big, {"a", "b"});
}

TEST(LineFramer, CutsLongLinesAndGoesOn) {
  FramerOptions options;
  options.max_record_bytes = 20;
  options.chunk_bytes = 16;
  const std::string text = "short\n" + std::string(1000, 'x') + "\nafter\n" + std::string(30, 'y');
  const Framed got = frame(Framing::lines, text, options, 7);
  ASSERT_THAT(got.records, ElementsAre("short", std::string(20, 'x'), "after", std::string(20, 'y')));
  EXPECT_THAT(got.positions, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(got.chunks[1].truncated_record);
  EXPECT_EQ(got.chunks[1].truncated_bytes, 1000u);
  EXPECT_FALSE(got.chunks[2].truncated_record);
  EXPECT_EQ(got.chunks[3].truncated_bytes, 30u);
}

TEST(LineFramer, HandsOnWhatItHasBeforeAFault) {
  const Framed got = frame(Framing::lines, "one\ntwo", {}, 4, true);
  EXPECT_THAT(got.records, ElementsAre("one", "two"));
  EXPECT_EQ(got.error, "lost the disk");
}

TEST(JsonFramer, CutsLinesAndPrettyPrintedValues) {
  expect_frames(Framing::json, "{\"a\":1}\n{\"b\":\"}{\"}\r\n  {\"c\":{}}",
                {R"({"a":1})", R"({"b":"}{"})", R"({"c":{}})"});
  expect_frames(Framing::json, "{\n  \"a\": [\n 1,\n {\"b\": \"\\\"}\"}\n ]\n}\n{\n\"c\":2\n}",
                {"{\n  \"a\": [\n 1,\n {\"b\": \"\\\"}\"}\n ]\n}", "{\n\"c\":2\n}"});
  expect_frames(Framing::json, "{\"a\":1}{\"b\":2} {\"c\":3},{\"d\":4}",
                {R"({"a":1})", R"({"b":2})", R"({"c":3})", R"({"d":4})"});
  expect_frames(Framing::json, " \n\n ", {});
}

TEST(JsonFramer, OpensArrays) {
  expect_frames(Framing::json, "[{\"a\":1},{\"b\":[2]}]\n[\n{\"c\":3}\n]",
                {R"({"a":1})", R"({"b":[2]})", R"({"c":3})"});
  expect_frames(Framing::json, "[{\"a\":1}, 1, \"x,]\", [2]]", {R"({"a":1})", "1", "\"x,]\"", "[2]"});
  expect_frames(Framing::json, "[]{\"a\":1}", {R"({"a":1})"});
}

TEST(JsonFramer, OpensWrapperObjects) {
  expect_frames(Framing::json, R"({"Records":[{"a":1},{"b":2}]}{"Records":[{"c":3}]})",
                {R"({"a":1})", R"({"b":2})", R"({"c":3})"});
  expect_frames(Framing::json,
                "{\n \"@odata.context\": \"x\",\n \"value\": [\n {\"a\":1},\n {\"b\":2}\n ],\n \"next\": "
                "null }\n{\"c\":3}",
                {R"({"a":1})", R"({"b":2})", R"({"c":3})"});
  expect_frames(
      Framing::json,
      R"({"messageType":"DATA","subscriptionFilters":["s"],"logEvents":[{"a":1}],"more":[{"b":2}],"x":{"y":1}})",
      {R"({"a":1})", R"({"b":2})", R"({"y":1})"});
  expect_frames(Framing::json, R"({"kind":"EventList","metadata":{"a":1},"items":[{"a":1}]})",
                {R"({"a":1})"});
  expect_frames(Framing::json, R"([{"records":[{"a":1}]},{"records":[{"b":1}]}])",
                {R"({"a":1})", R"({"b":1})"});
}

TEST(JsonFramer, LeavesArraysOfEventsAlone) {
  for (const char* event :
       {R"({"time":1,"records":[{"a":1}]})", R"({"a":{"b":1},"records":[{"a":1}]})", R"({"value":[1,2]})",
        R"({"x":{"records":[{"a":1}]}})", R"({"other":[{"a":1}]})"}) {
    expect_frames(Framing::json, event, {event});
  }
}

TEST(JsonFramer, KeepsGarbageAsRecords) {
  expect_frames(Framing::json, "hello\n{\"a\":1}\nworld [x]\n[2026-11-03] foo\n{\"b\":2}",
                {"hello", R"({"a":1})", "world [x]", "[2026-11-03] foo", R"({"b":2})"});
}

TEST(JsonFramer, ABrokenLineCostsOnlyItself) {
  const std::string good = R"({"a":1})";
  for (const std::string bad : {R"({"a":"x)", R"({"a":1,"b")", R"({"a":1,"b":)", R"({"a":[1)"}) {
    expect_frames(Framing::json, good + "\n" + bad + "\n" + good + "\n" + good, {good, bad, good, good});
  }
}

TEST(JsonFramer, AnUnterminatedValueIsMalformed) {
  const Framed got = frame(Framing::json, "{\"a\":1}\n{\n\"b\":\n {\"c\":");
  ASSERT_THAT(got.records, ElementsAre("{\"a\":1}", "{\n\"b\":\n {\"c\":"));
  ASSERT_EQ(got.chunks.size(), 2u);
  EXPECT_FALSE(got.chunks[0].malformed);
  EXPECT_TRUE(got.chunks[1].malformed);
}

TEST(JsonFramer, CutsLongValuesAndGoesOn) {
  FramerOptions options;
  options.max_record_bytes = 64;
  options.chunk_bytes = 32;
  const std::string big = "{\"a\":[" + std::string(500, '1') + ",{\"}\":\"" + std::string(500, ']') + "\"}]}";
  for (std::size_t read_bytes : {1u, 10u, 5000u}) {
    const Framed got = frame(Framing::json, "{\"x\":1}\n" + big + "\n{\"y\":2}\n", options, read_bytes);
    ASSERT_THAT(got.records, ElementsAre("{\"x\":1}", big.substr(0, 64), "{\"y\":2}"));
    EXPECT_TRUE(got.chunks[1].truncated_record);
    EXPECT_EQ(got.chunks[1].truncated_bytes, big.size());
    EXPECT_THAT(got.positions, ElementsAre(1, 2, 3));
  }
}

TEST(JsonFramer, SurvivesNesting) {
  const std::string deep = std::string(100000, '[');
  EXPECT_EQ(frame(Framing::json, "{\"a\":" + deep).records.size(), 1u);
  EXPECT_EQ(frame(Framing::json, deep).records.size(), 1u);
}

TEST(XmlFramer, CutsEvents) {
  expect_frames(
      Framing::xml,
      "<?xml version=\"1.0\"?>\n<Events>\n<Event xmlns='x'><EventData>a</EventData></Event>\n<Event/>"
      "<e:Event\nb='c'><x/></e:Event >\n</Events>",
      {"<Event xmlns='x'><EventData>a</EventData></Event>", "<Event/>", "<e:Event\nb='c'><x/></e:Event >"});
  expect_frames(Framing::xml, "<Event><![CDATA[</Event>]]><!-- </Event> --></Event>",
                {"<Event><![CDATA[</Event>]]><!-- </Event> --></Event>"});
}

TEST(XmlFramer, KeepsWhatIsBroken) {
  expect_frames(Framing::xml, "junk\n<Event>1</Event>more<Event>2<Event>3</Event>",
                {"junk\n", "<Event>1</Event>", "more", "<Event>2", "<Event>3</Event>"});
  const Framed got = frame(Framing::xml, "<Event>1</Event><Event>2");
  ASSERT_THAT(got.records, ElementsAre("<Event>1</Event>", "<Event>2"));
  EXPECT_TRUE(got.chunks[1].malformed);
}

TEST(XmlFramer, CutsLongEventsAndGoesOn) {
  FramerOptions options;
  options.max_record_bytes = 64;
  options.chunk_bytes = 32;
  const std::string big = "<Event>" + std::string(1000, 'x') + "</Event>";
  for (std::size_t read_bytes : {1u, 10u, 5000u}) {
    const Framed got = frame(Framing::xml, "<Event/>" + big + "<Event a='b'/>", options, read_bytes);
    ASSERT_THAT(got.records, ElementsAre("<Event/>", big.substr(0, 64), "<Event a='b'/>"));
    EXPECT_EQ(got.chunks[1].truncated_bytes, big.size());
  }
}

TEST(EvtxFramer, CutsPieces) {
  const std::string header = std::string("ElfFile\0", 8) + std::string(4088, 'h');
  const std::string piece(65536, 'p');
  FramerOptions options;
  options.chunk_bytes = 2 * 65536;
  const Framed got = frame(Framing::evtx, header + piece + piece + piece + "tail", options, 5000);
  ASSERT_EQ(got.chunks.size(), 2u);
  EXPECT_EQ(got.chunks[0].bytes->size(), 131072u);
  EXPECT_EQ(*got.chunks[1].bytes, piece + "tail");
  EXPECT_EQ(got.chunks[1].first_position, 3u);
  EXPECT_EQ(frame(Framing::evtx, piece).chunks.size(), 1u);
}

}  // namespace
}  // namespace vedette::normalize
