#include "listeners/otlp.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/otlp_messages.hpp"

namespace vedette::ingest::test {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> extras_of(const OtlpTaken& taken, std::size_t record) {
  const auto& raw = taken.records.at(record);
  const auto begin = taken.extras.begin() + raw.first_extra;
  return {begin, begin + raw.extras};
}

std::string text_of(const OtlpTaken& taken, std::size_t record) {
  return taken.text.substr(taken.records.at(record).offset, taken.records.at(record).size);
}

TEST(Otlp, ReadsEveryFieldOfARecord) {
  OtlpTaken taken;
  ASSERT_TRUE(decode_otlp_protobuf(sample_request(), {}, taken).ok());
  ASSERT_EQ(taken.records.size(), 2u);
  EXPECT_EQ(text_of(taken, 0), "payment failed");
  EXPECT_EQ(taken.records[0].time, 1'700'000'000'123'456'789);
  EXPECT_THAT(
      extras_of(taken, 0),
      ElementsAre(Pair("error.type", "IOError"), Pair("http.response.status_code", "-5"),
                  Pair("ratio", "0.5"), Pair("ok", "true"), Pair("raw", "aGk="), Pair("tags", "a"),
                  Pair("tags", "b"), Pair("log.level", "WARN"), Pair("event.severity", "13"),
                  Pair("event.action", "pay.fail"), Pair("trace.id", "000102030405060708090a0b0c0d0e0f"),
                  Pair("span.id", "0001020304050607"), Pair("otel.trace_flags", "1"),
                  Pair("log.logger", "lib"), Pair("otel.scope.version", "1.2"), Pair("service.name", "pay"),
                  Pair("kubernetes.pod.name", "pay-0")));
  EXPECT_EQ(text_of(taken, 1), R"({"user":"alice","deep":{"n":7}})");
  EXPECT_EQ(taken.records[1].time, 42);
  EXPECT_EQ(taken.rejected, 0u);
}

TEST(Otlp, CutOrDamagedItEndsWithAnErrorOrRecordsInBounds) {
  const std::string whole = sample_request();
  std::size_t errors = 0;
  const auto check = [&](const std::string& bytes) {
    OtlpTaken taken;
    errors += decode_otlp_protobuf(bytes, {}, taken).ok() ? 0 : 1;
    for (const auto& record : taken.records) {
      ASSERT_LE(record.offset + record.size, taken.text.size());
      ASSERT_LE(record.first_extra + record.extras, taken.extras.size());
    }
  };
  for (std::size_t size = 1; size < whole.size(); ++size) check(whole.substr(0, size));
  EXPECT_EQ(errors, whole.size() - 1);  // the outermost message always says how long it is
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    check(damaged);
  }
  check(std::string(100, '\xff'));
  check(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11));
}

TEST(Otlp, DeepValuesAndManyValuesAreRefusedAlone) {
  std::string deep = any_text("x");
  for (int i = 0; i < 1000; ++i) deep = bytes_field(5, bytes_field(1, deep));
  std::string wide;
  for (int i = 0; i < 100'000; ++i) wide += bytes_field(1, "");
  const std::string logs = bytes_field(2, bytes_field(5, deep)) +
                           bytes_field(2, bytes_field(5, bytes_field(5, wide))) +
                           bytes_field(2, bytes_field(5, any_text("good")));
  OtlpTaken taken;
  ASSERT_TRUE(decode_otlp_protobuf(bytes_field(1, bytes_field(2, logs)), {}, taken).ok());
  ASSERT_EQ(taken.records.size(), 1u);
  EXPECT_EQ(text_of(taken, 0), "good");
  EXPECT_EQ(taken.rejected, 2u);
}

// A few bytes a record must not become a copy of a large resource each.
TEST(Otlp, CopiesOfResourcesAreBounded) {
  std::string resource, records;
  for (int i = 0; i < 1000; ++i)
    resource += bytes_field(1, attribute("k" + std::to_string(i), any_text("value")));
  for (int i = 0; i < 50'000; ++i) records += bytes_field(2, "");
  OtlpTaken taken;
  OtlpLimits limits;
  limits.max_extra_bytes = 8u << 20;
  ASSERT_TRUE(
      decode_otlp_protobuf(bytes_field(1, bytes_field(1, resource) + bytes_field(2, records)), limits, taken)
          .ok());
  EXPECT_EQ(taken.records.size() + taken.rejected, 50'000u);
  EXPECT_GT(taken.records.size(), 50u);
  EXPECT_LT(taken.extras.size(), 200'000u);
}

TEST(Otlp, AnswersInBothEncodings) {
  EXPECT_EQ(otlp_response(true, 0, ""), "{}");
  EXPECT_EQ(otlp_response(false, 0, ""), "");
  EXPECT_EQ(otlp_response(false, 3, "no"), bytes_field(1, std::string("\x08\x03", 2) + bytes_field(2, "no")));
  EXPECT_EQ(otlp_response(true, 3, "no"),
            R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no"}})");
  const std::string info = bytes_field(1, std::string("\x08\x05", 2));
  EXPECT_EQ(
      otlp_status(false, 8, "full", std::chrono::seconds(5)),
      std::string("\x08\x08", 2) + bytes_field(2, "full") +
          bytes_field(3, bytes_field(1, "type.googleapis.com/google.rpc.RetryInfo") + bytes_field(2, info)));
}

}  // namespace
}  // namespace vedette::ingest::test
