#include <chrono>

#include <gtest/gtest.h>

#include "listeners/elasticsearch.hpp"
#include "test/http_doubles.hpp"

namespace vedette::ingest::test {
namespace {

std::string many_items(std::size_t items, bool with_ids, std::string_view document) {
  std::string body;
  for (std::size_t i = 0; i < items; ++i) {
    body += R"({"index":{"_index":"logs-web-default")";
    if (with_ids) body += R"(,"_id":"event-)" + std::to_string(i) + "\"";
    body += "}}\n";
    body.append(document).append("\n");
  }
  return body;
}

TEST(EsBulk, AMillionItemsAreRefusedAtOnce) {
  RecordingIntake intake;
  base::Metrics metrics;
  const auto endpoint = make_elasticsearch_endpoint(
      std::make_shared<HttpDoor>(intake, metrics, HttpDoor::Options{"elasticsearch"}), {});
  const auto exchange = std::make_shared<RecordingExchange>(make_request(
      "POST", "/_bulk", {{"Content-Type", "application/x-ndjson"}}, many_items(1'000'000, false, "{}")));
  endpoint->handle(exchange);
  EXPECT_EQ(exchange->answer.status, 413);
  EXPECT_TRUE(intake.batches.empty());
}

TEST(EsBulk, ManyIndicesKeepTheirNames) {
  std::string body;
  for (int i = 0; i < 1000; ++i)
    body += "{\"index\":{\"_index\":\"i" + std::to_string(i % 500) + "\"}}\n{}\n";
  EsBulk bulk;
  model::RawBatch batch;
  ASSERT_FALSE(parse_es_bulk(body, "", {}, bulk, batch));
  EXPECT_EQ(bulk.indices.size(), 500u);
  ASSERT_EQ(batch.records.size(), 1000u);
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    ASSERT_EQ(batch.records[i].dataset, "i" + std::to_string(i % 500));
    ASSERT_EQ(bulk.indices[bulk.items[i].index], batch.records[i].dataset);
  }
}

// Whatever the bytes, every record lies within the body and the answer has one item for each.
TEST(EsBulk, CutAnywhereItNeverLeavesTheBody) {
  const std::string whole =
      "{\"create\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":\"\\u00e9\"}\n\n{\"delete\":{\"_id\":\"2\"}}\n"
      "{\"index\":{\"_index\":\"b\"}}\r\n{\"y\":[1,2,{\"z\":null}]}\r\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string body = whole.substr(0, size);
    EsBulk bulk;
    model::RawBatch batch;
    const auto error = parse_es_bulk(body, "default", {}, bulk, batch);
    EXPECT_EQ(error.has_value(), !body.ends_with('\n')) << size;
    std::size_t records = 0;
    for (const EsItem& item : bulk.items) {
      EXPECT_NE(item.record == EsItem::kNone, item.error == EsItem::kNone);
      records += item.record != EsItem::kNone ? 1 : 0;
    }
    EXPECT_EQ(records, batch.records.size());
    for (const auto& record : batch.records) EXPECT_LE(record.offset + record.size, body.size());
  }
}

TEST(EsBulk, RefusesUntilTheIntakeAnswers) {
  RecordingIntake intake;
  intake.waiting = true;
  base::Metrics metrics;
  const auto endpoint = make_elasticsearch_endpoint(
      std::make_shared<HttpDoor>(intake, metrics, HttpDoor::Options{"elasticsearch"}), {});
  const auto exchange = std::make_shared<RecordingExchange>(make_request(
      "POST", "/web/_bulk", {{"Content-Type", "application/x-ndjson"}}, many_items(3, true, "{\"n\":1}")));
  endpoint->handle(exchange);
  EXPECT_EQ(exchange->answers, 0);
  ASSERT_EQ(intake.batches.size(), 1u);
  intake.answer(intake.batches[0]);
  EXPECT_EQ(exchange->answers, 1);
  EXPECT_EQ(exchange->answer.status, 200);
}

TEST(EsBulk, DatasetsOfIndexNames) {
  EXPECT_EQ(es_dataset("logs-nginx.access-default"), "nginx.access");
  EXPECT_EQ(es_dataset("metrics-system.cpu-prod-eu"), "system.cpu");
  EXPECT_EQ(es_dataset("logs-nginx"), "logs-nginx");
  EXPECT_EQ(es_dataset("logs--default"), "logs--default");
  EXPECT_EQ(es_dataset("logs-a-"), "logs-a-");
  EXPECT_EQ(es_dataset("filebeat-8.17.0"), "filebeat-8.17.0");
}

TEST(EsRegistry, HasBounds) {
  EsRegistry registry;
  for (std::size_t i = 0; i < EsRegistry::kMaxEntries; ++i)
    ASSERT_TRUE(registry.put("k", std::to_string(i), "{}"));
  EXPECT_FALSE(registry.put("k", "one more", "{}"));
  EXPECT_TRUE(registry.put("k", "7", "{\"a\":1}"));
  EXPECT_TRUE(registry.remove("k", "7"));
  EXPECT_TRUE(registry.put("k", "one more", "{}"));
  EXPECT_FALSE(registry.put("k", "one more", std::string(EsRegistry::kMaxBytes, ' ')));
}

TEST(HttpRate, HoldsTheAverage) {
  HttpRate rate(100);
  auto now = std::chrono::steady_clock::time_point(std::chrono::hours(1));
  std::uint64_t taken = 0;
  for (int i = 0; i < 1000; ++i, now += std::chrono::milliseconds(10)) {
    if (rate.take(5, now)) taken += 5;
  }
  EXPECT_GE(taken, 1000u);
  EXPECT_LE(taken, 1110u);
}

TEST(HttpSecrets, AreWhole) {
  const HttpSecrets secrets("one, two\nthree\r\n,");
  EXPECT_TRUE(secrets.contains("one") && secrets.contains("two") && secrets.contains("three"));
  EXPECT_FALSE(secrets.contains("") || secrets.contains("on") || secrets.contains("oneone") ||
               secrets.contains("one, two"));
}

// A guard against something quadratic, far below the speed it has.
TEST(EsBulk, ParsesAndAnswersFast) {
  const std::string document =
      R"({"@timestamp":"2026-03-01T10:00:00Z","message":")" + std::string(900, 'x') + "\"}";
  for (const bool ids : {false, true}) {
    const std::string body = many_items(20'000, ids, document);
    const auto begin = std::chrono::steady_clock::now();
    EsBulk bulk;
    model::RawBatch batch;
    ASSERT_FALSE(parse_es_bulk(body, "", {}, bulk, batch));
    const auto parsed = std::chrono::steady_clock::now();
    const std::string answer =
        es_bulk_answer(bulk, std::vector<model::RecordOutcome>(batch.records.size()), 1, EsBulkFilter(""));
    const auto answered = std::chrono::steady_clock::now();
    const auto rate = [&](auto from, auto to) {
      return 20'000 / std::chrono::duration<double>(to - from).count();
    };
    std::printf("%s: parsed %.0f k/s, answered %.0f k/s\n", ids ? "with ids" : "without ids",
                rate(begin, parsed) / 1e3, rate(parsed, answered) / 1e3);
    EXPECT_GT(rate(begin, answered), 2'000);
    EXPECT_EQ(batch.records.size(), 20'000u);
  }
}

}  // namespace
}  // namespace vedette::ingest::test
