#include <chrono>

#include <gtest/gtest.h>

#include "listeners/splunk_hec.hpp"
#include "test/http_doubles.hpp"

namespace vedette::ingest::test {
namespace {

HecParsed parse_padded(std::string& body, model::RawBatch& batch) {
  body.reserve(body.size() + kJsonPadding);
  return parse_hec_events(body, {}, 1u << 20, batch);
}

TEST(Hec, Times) {
  EXPECT_EQ(parse_hec_time("1426279439"), 1'426'279'439'000'000'000);
  EXPECT_EQ(parse_hec_time(" 1426279439.000000001 "), 1'426'279'439'000'000'001);
  EXPECT_EQ(parse_hec_time("1426279439.1234567899"), 1'426'279'439'123'456'789);
  EXPECT_EQ(parse_hec_time("1426279439."), 1'426'279'439'000'000'000);
  EXPECT_EQ(parse_hec_time("1426279439123"), 1'426'279'439'123'000'000);
  EXPECT_EQ(parse_hec_time("1.426279439e9"), 1'426'279'439'000'000'000);
  for (const char* bad : {"", "-1", "x", "1.x", "1e400", "99999999999999999999"}) {
    EXPECT_FALSE(parse_hec_time(bad).has_value()) << bad;
  }
}

TEST(Hec, CutAnywhereItKeepsWhatWasWhole) {
  const std::string whole =
      R"({"event":"a \"quoted\" {text}","host":"h"} {"time":1,"event":{"b":[1,{"c":"}"}]},"fields":{"x":1}})";
  const std::size_t first_end = whole.find("} {") + 1;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string body = whole.substr(0, size);
    model::RawBatch batch;
    const HecParsed parsed = parse_padded(body, batch);
    EXPECT_EQ(batch.records.size(), size < first_end ? 0u : 1u) << size;
    EXPECT_EQ(parsed.fault_count, size == 0 || size == first_end || size == first_end + 1 ? 0u : 1u) << size;
  }
  std::string body = whole;
  model::RawBatch batch;
  EXPECT_EQ(parse_padded(body, batch).fault_count, 0u);
  ASSERT_EQ(batch.records.size(), 2u);
  EXPECT_EQ(body.substr(batch.records[0].offset, batch.records[0].size), "a \"quoted\" {text}");
  EXPECT_EQ(body.substr(batch.records[1].offset, batch.records[1].size), R"({"b":[1,{"c":"}"}]})");
}

TEST(Hec, EventsOfOneSenderShareItsExtras) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += R"({"event":"e","host":"h","sourcetype":"s"})";
  model::RawBatch batch;
  parse_padded(body, batch);
  EXPECT_EQ(batch.records.size(), 1000u);
  EXPECT_EQ(batch.extras.size(), 2u);
}

// A guard against something quadratic, far below the speed it has.
TEST(Hec, ParsesFast) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) {
    body += R"({"time":1426279439.123,"host":"web-1","sourcetype":"app","event":{"message":")" +
            std::string(900, 'x') + "\"}}\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  model::RawBatch batch;
  parse_padded(body, batch);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("parsed %.0f k/s\n", 20 / seconds);
  EXPECT_EQ(batch.records.size(), 20'000u);
  EXPECT_LT(seconds, 10.0);
}

}  // namespace
}  // namespace vedette::ingest::test
