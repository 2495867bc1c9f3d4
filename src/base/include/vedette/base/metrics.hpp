// Counters, gauges and histograms, shown in the Prometheus text format (version 0.0.4).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::base {

// Monotonic. Thread safe, lock-free.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Thread safe, lock-free.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Durations in buckets from 100 us to about 2 minutes, each twice the one before. Thread safe, lock-free.
class LatencyHistogram {
 public:
  static constexpr int kBuckets = 22;  // the last one: longer than all bounds
  void observe_ns(std::int64_t nanoseconds);
  std::uint64_t count() const;
  // An upper estimate of the quantile (0..1), in nanoseconds; 0 without observations.
  std::int64_t quantile_ns(double quantile) const;
  static double bound_seconds(int bucket);  // infinity for the last
  std::uint64_t in_bucket(int bucket) const { return buckets_[bucket].load(std::memory_order_relaxed); }
  double sum_seconds() const { return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9; }

 private:
  std::atomic<std::uint64_t> buckets_[kBuckets]{};
  std::atomic<std::int64_t> sum_ns_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

// What a callback of Metrics::on_collect tells.
class MetricSink {
 public:
  virtual ~MetricSink() = default;
  virtual void counter(std::string_view name, std::string_view help, const Labels& labels, double value) = 0;
  virtual void gauge(std::string_view name, std::string_view help, const Labels& labels, double value) = 0;
};

// Owns all metrics of a process. Thread safe. The objects handed out live as long as the registry and are the
// same for the same name and labels. Names follow Prometheus (vedette_..., units, counters end in _total).
// At most kMaxSeries label sets a name; further ones share one with every label value "other".
class Metrics {
 public:
  static constexpr std::size_t kMaxSeries = 10'000;
  Metrics();
  ~Metrics();

  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  LatencyHistogram& latency(std::string_view name, std::string_view help, const Labels& labels = {});
  // Called at every render, for values that someone else keeps. Returns a handle; dropping it ends the calls
  // (and waits for one that is under way).
  [[nodiscard]] std::shared_ptr<void> on_collect(std::function<void(MetricSink&)> callback);

  std::string render() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vedette::base
