#include "vedette/normalize/record_normalizer.hpp"

#include <gtest/gtest.h>

#include "vedette/normalize/mapping.hpp"

namespace vedette::normalize {
namespace {

constexpr base::TimeNs kArrival = 1'772'600'767'000'000'000;  // 2026-03-04T05:06:07Z

model::RawBatch raw_batch(std::string format, const std::vector<std::string>& texts) {
  model::RawBatch raw;
  raw.listener = "test";
  raw.format = std::move(format);
  raw.source = std::make_shared<model::Source>(model::Source{"test://192.0.2.7"});
  raw.received = kArrival;
  std::string bytes;
  for (const std::string& text : texts) {
    model::RawRecord record;
    record.offset = static_cast<std::uint32_t>(bytes.size());
    record.size = static_cast<std::uint32_t>(text.size());
    raw.records.push_back(record);
    bytes += text + "\n";
  }
  raw.bytes = std::make_shared<const std::string>(std::move(bytes));
  return raw;
}

class RecordNormalizerTest : public testing::Test {
 protected:
  NormalizedBatch parse(const model::RawBatch& raw) {
    NormalizedBatch out = normalizer_.parse(raw);
    EXPECT_EQ(out.rows.size(), raw.records.size());
    EXPECT_EQ(out.failures.size(), raw.records.size());
    return out;
  }
  std::string text(const NormalizedBatch& parsed, std::size_t record, std::string_view name) {
    return std::string((*parsed.batch)[parsed.rows[record]].text(model::intern(name)));
  }

  base::Diagnostics diagnostics_;
  std::unique_ptr<MappingSet> mappings_ = MappingSet::load({}, diagnostics_);
  RecordNormalizer normalizer_{*mappings_};
};

TEST_F(RecordNormalizerTest, EveryRecordIsARow) {
  const auto parsed = parse(raw_batch("auto", {R"({"a":"1"})", "", "some words", R"({"a":)", "   ",
                                               "<34>1 2026-03-04T05:06:07Z host app - - - hello",
                                               "type=SYSCALL msg=audit(1772600767.123:42): syscall=59"}));
  EXPECT_EQ(parsed.batch->size(), 7u);
  EXPECT_EQ(text(parsed, 0, "a"), "1");
  EXPECT_EQ(parsed.failures[0], "");
  EXPECT_NE(parsed.failures[1], "");
  EXPECT_EQ(parsed.failures[2], "");
  EXPECT_EQ(text(parsed, 5, "host.name"), "host");
}

TEST_F(RecordNormalizerTest, NoEventSaysWhoseItIs) {
  const std::vector<std::string> texts = {R"({"vedette.tenant":"other"})",
                                          R"({"vedette":{"tenant":["a","b"]}})", R"({"a":"1"})"};
  for (const char* tenant : {"", "mine"}) {
    model::RawBatch raw = raw_batch("json", texts);
    raw.tenant = tenant;
    raw.extras = {{"vedette.tenant", "other"}};
    raw.records[2].extras = 1;
    const auto parsed = parse(raw);
    for (std::size_t record = 0; record < texts.size(); ++record) {
      const auto* value = (*parsed.batch)[parsed.rows[record]].find(model::intern("vedette.tenant"));
      ASSERT_EQ(value == nullptr, *tenant == '\0') << texts[record];
      EXPECT_EQ(value == nullptr ? "" : text(parsed, record, "vedette.tenant"), tenant);
    }
    EXPECT_EQ(text(parsed, 0, "vedette.claimed_tenant"), "other");
    EXPECT_EQ(text(parsed, 2, "vedette.claimed_tenant"), "other");
  }
}

TEST_F(RecordNormalizerTest, AnEnvelopeAddsAndNeverReplaces) {
  model::RawBatch raw = raw_batch("json", {R"({"host.name":"own"})", R"({"b":"2"})"});
  raw.extras = {{"host.name", "envelope"}, {"service.name", "web"}};
  for (model::RawRecord& record : raw.records) record.extras = 2;
  raw.records[1].time = kArrival - 1;
  raw.records[1].id = "id-7";
  raw.records[1].dataset = "nginx.access";
  const auto parsed = parse(raw);
  EXPECT_EQ(text(parsed, 0, "host.name"), "own");
  EXPECT_EQ(text(parsed, 0, "service.name"), "web");
  EXPECT_EQ(text(parsed, 1, "host.name"), "envelope");
  EXPECT_EQ(text(parsed, 1, "event.dataset"), "nginx.access");
  EXPECT_EQ(text(parsed, 1, "_id"), "id-7");
  EXPECT_EQ(text(parsed, 1, "event.hash").size(), 16u);
  EXPECT_EQ((*parsed.batch)[0].time(), kArrival);
  EXPECT_EQ((*parsed.batch)[1].time(), kArrival - 1);
}

TEST_F(RecordNormalizerTest, WhatCannotBeParsedIsADeadLetter) {
  model::RawBatch raw = raw_batch("json", {"{\"a\": tru"});
  raw.records[0].dataset = "nginx.access";
  const auto parsed = parse(raw);
  EXPECT_NE(parsed.failures[0], "");
  EXPECT_EQ(text(parsed, 0, "event.original"), "{\"a\": tru");
  EXPECT_EQ(text(parsed, 0, "event.dataset"), "vedette.dead_letter");
  EXPECT_EQ(text(parsed, 0, "vedette.dead_letter.dataset"), "nginx.access");
  EXPECT_EQ(text(parsed, 0, "error.message"), parsed.failures[0]);
}

// A time stamp without a year is of the year of its arrival.
TEST_F(RecordNormalizerTest, ArrivalGivesTheYear) {
  const auto parsed = parse(raw_batch("auto", {"<34>Mar  4 05:00:00 host su: hello"}));
  EXPECT_EQ(base::format_rfc3339((*parsed.batch)[0].time()), "2026-03-04T05:00:00.000Z");
}

// A header of one sender must not make rubbish of what others send to the same listener.
TEST_F(RecordNormalizerTest, HeadersOfOneBatchDoNotHoldForOthers) {
  for (const std::vector<std::string>& headers :
       {std::vector<std::string>{"#separator \\x09", "#path\tconn", "#fields\tts\tuid\tid.orig_h",
                                 "1772600767.0\tC1\t192.0.2.1"},
        {"user,host,action,reason", "ada,web1,login,none"},
        {"#Software: Microsoft Internet Information Services 10.0", "#Fields: date time s-ip cs-method",
         "2026-03-04 05:06:07 192.0.2.1 GET"}}) {
    parse(raw_batch("auto", headers));
    const auto parsed = parse(raw_batch(
        "auto", {R"({"a":"1"})", "type=SYSCALL msg=audit(1772600767.123:42): syscall=59", "some words"}));
    for (std::size_t i = 0; i < parsed.failures.size(); ++i)
      EXPECT_EQ(parsed.failures[i], "") << headers[0] << i;
    EXPECT_EQ(text(parsed, 0, "a"), "1") << headers[0];
  }
}

TEST_F(RecordNormalizerTest, HeadersOfAFileHoldForItsNextBatch) {
  model::RawBatch head = raw_batch("auto", {"#separator \\x09", "#path\tconn", "#fields\tts\tuid"});
  model::RawBatch rest = raw_batch("auto", {"1772600767.0\tC7"});
  for (model::RawBatch* raw : {&head, &rest}) {
    raw->listener = "files";
    raw->source = std::make_shared<model::Source>(model::Source{"/var/log/conn.log"});
  }
  parse(head);
  EXPECT_EQ(text(parse(rest), 0, "uid"), "C7");
}

}  // namespace
}  // namespace vedette::normalize
