#include "vedette/base/metrics.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::base {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(MetricsTest, RendersTheTextFormat) {
  Metrics metrics;
  metrics.counter("vedette_events_total", "Events taken.", {{"source", "a"}}).add(3);
  metrics.counter("vedette_events_total", "Events taken.", {{"source", "b"}}).add();
  metrics.gauge("vedette_queue_bytes", "Bytes in \\ the\nqueue.").set(-5);
  EXPECT_EQ(metrics.render(),
            "# HELP vedette_events_total Events taken.\n"
            "# TYPE vedette_events_total counter\n"
            "vedette_events_total{source=\"a\"} 3\n"
            "vedette_events_total{source=\"b\"} 1\n"
            "# HELP vedette_queue_bytes Bytes in \\\\ the\\nqueue.\n"
            "# TYPE vedette_queue_bytes gauge\n"
            "vedette_queue_bytes -5\n");
}

TEST(MetricsTest, HandsOutTheSameObject) {
  Metrics metrics;
  Counter& first = metrics.counter("a_total", "A.", {{"x", "1"}, {"y", "2"}});
  EXPECT_EQ(&first, &metrics.counter("a_total", "A.", {{"y", "2"}, {"x", "1"}}));
  EXPECT_NE(&first, &metrics.counter("a_total", "A.", {{"y", "1"}, {"x", "2"}}));
}

TEST(MetricsTest, EscapesLabelValues) {
  Metrics metrics;
  metrics.gauge("g", "G.", {{"l", "a\"b\\c\nd\xff"}}).set(1);
  EXPECT_THAT(metrics.render(), HasSubstr("g{l=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1\n"));
}

TEST(MetricsTest, BoundsTheSeriesOfAName) {
  Metrics metrics;
  for (std::size_t i = 0; i < Metrics::kMaxSeries + 100; ++i) {
    metrics.counter("a_total", "A.", {{"x", std::to_string(i)}}).add();
  }
  const std::string text = metrics.render();
  EXPECT_EQ(times(text, "a_total{"), Metrics::kMaxSeries + 1);
  EXPECT_THAT(text, HasSubstr("a_total{x=\"other\"} 100\n"));
}

TEST(LatencyHistogramTest, PutsBoundsInclusively) {
  LatencyHistogram histogram;
  histogram.observe_ns(-1);
  histogram.observe_ns(0);
  histogram.observe_ns(100'000);
  EXPECT_EQ(histogram.in_bucket(0), 3u);
  histogram.observe_ns(100'001);
  histogram.observe_ns(200'000);
  EXPECT_EQ(histogram.in_bucket(1), 2u);
  histogram.observe_ns(200'001);
  EXPECT_EQ(histogram.in_bucket(2), 1u);
  const std::int64_t longest = std::int64_t{100'000} << 20;
  histogram.observe_ns(longest);
  EXPECT_EQ(histogram.in_bucket(20), 1u);
  histogram.observe_ns(longest + 1);
  histogram.observe_ns(INT64_C(1) << 60);
  EXPECT_EQ(histogram.in_bucket(21), 2u);
  EXPECT_EQ(histogram.count(), 9u);
}

TEST(LatencyHistogramTest, EstimatesQuantilesFromAbove) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile_ns(0.5), 0);
  for (int i = 0; i < 99; ++i) histogram.observe_ns(1'000'000);
  histogram.observe_ns(300 * INT64_C(1'000'000'000));
  EXPECT_EQ(histogram.quantile_ns(0.0), 1'600'000);
  EXPECT_EQ(histogram.quantile_ns(0.5), 1'600'000);
  EXPECT_EQ(histogram.quantile_ns(0.99), 1'600'000);
  EXPECT_GE(histogram.quantile_ns(1.0), 300 * INT64_C(1'000'000'000));
}

TEST(MetricsTest, RendersHistograms) {
  Metrics metrics;
  auto& histogram = metrics.latency("wait_seconds", "Wait.", {{"queue", "q"}});
  histogram.observe_ns(50'000);
  histogram.observe_ns(150'000);
  histogram.observe_ns(200 * INT64_C(1'000'000'000));
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("# TYPE wait_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{queue=\"q\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{queue=\"q\",le=\"0.0002\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{queue=\"q\",le=\"104.8576\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{queue=\"q\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_sum{queue=\"q\"} 200.0002\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_count{queue=\"q\"} 3\n"));
  EXPECT_EQ(times(text, "wait_seconds_bucket"), static_cast<std::size_t>(LatencyHistogram::kBuckets));
}

TEST(MetricsTest, CollectsUntilTheHandleIsDropped) {
  Metrics metrics;
  metrics.gauge("lag", "Lag.", {{"of", "mine"}}).set(1);
  auto handle = metrics.on_collect([](MetricSink& sink) {
    sink.gauge("lag", "Lag.", {{"of", "theirs"}}, 2.5);
    sink.counter("other_total", "Other.", {}, 1e6);
  });
  const std::string text = metrics.render();
  EXPECT_EQ(times(text, "# TYPE lag "), 1u);
  EXPECT_THAT(text, HasSubstr("lag{of=\"mine\"} 1\nlag{of=\"theirs\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr("other_total 1000000\n"));
  handle.reset();
  EXPECT_THAT(metrics.render(), Not(HasSubstr("theirs")));
}

TEST(MetricsTest, HandlesMayOutliveTheRegistry) {
  auto metrics = std::make_unique<Metrics>();
  auto handle = metrics->on_collect([](MetricSink&) {});
  metrics.reset();
  handle.reset();
}

TEST(MetricsTest, DroppingAHandleWaitsForItsCall) {
  Metrics metrics;
  std::atomic<bool> alive{true}, entered{false}, seen_dead{false};
  auto handle = metrics.on_collect([&](MetricSink&) {
    entered = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!alive) seen_dead = true;
  });
  std::thread renderer([&] { metrics.render(); });
  while (!entered) std::this_thread::yield();
  handle.reset();
  alive = false;
  renderer.join();
  EXPECT_FALSE(seen_dead);
}

}  // namespace
}  // namespace vedette::base
