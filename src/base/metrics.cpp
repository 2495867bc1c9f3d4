#include "vedette/base/metrics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

constexpr std::int64_t kFirstBoundNs = 100'000;

enum class MetricType : std::uint8_t { counter, gauge, histogram };

constexpr std::string_view metric_type_name(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

bool is_metric_name(std::string_view name) {
  if (name.empty() || is_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_'; });
}

void append_metric_text(std::string& out, std::string_view text, bool quotes) {
  for (const char c : to_valid_utf8(text)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (quotes && c == '"')) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

// `a="1",b="2"`, sorted by name, so that the order in which labels are given makes no difference.
std::string label_text(const Labels& labels) {
  Labels sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const auto& [name, value] : sorted) {
    CHECK(is_metric_name(name));
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_metric_text(out, value, true);
    out += '"';
  }
  return out;
}

std::string metric_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  if (std::trunc(value) == value && std::abs(value) < 9e15)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view value) {
  out.append(name).append(suffix);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void append_histogram(std::string& out, std::string_view name, const std::string& labels,
                      const LatencyHistogram& histogram) {
  const std::string before = labels.empty() ? "" : labels + ",";
  std::uint64_t total = 0;
  for (int bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    total += histogram.in_bucket(bucket);
    const std::string bound = metric_number(LatencyHistogram::bound_seconds(bucket));
    append_sample(out, name, "_bucket", fmt::format("{}le=\"{}\"", before, bound), std::to_string(total));
  }
  append_sample(out, name, "_sum", labels, metric_number(histogram.sum_seconds()));
  append_sample(out, name, "_count", labels, std::to_string(total));
}

// The text of one name while rendering.
struct RenderedFamily {
  MetricType type = MetricType::counter;
  std::string help;
  std::string samples;
};
using RenderedFamilies = std::map<std::string, RenderedFamily, std::less<>>;

class RenderSink : public MetricSink {
 public:
  explicit RenderSink(RenderedFamilies& families) : families_(families) {}
  void counter(std::string_view name, std::string_view help, const Labels& labels, double value) override {
    add(MetricType::counter, name, help, labels, value);
  }
  void gauge(std::string_view name, std::string_view help, const Labels& labels, double value) override {
    add(MetricType::gauge, name, help, labels, value);
  }

 private:
  void add(MetricType type, std::string_view name, std::string_view help, const Labels& labels,
           double value) {
    CHECK(is_metric_name(name));
    auto it = families_.find(name);
    if (it == families_.end()) {
      it = families_.emplace(std::string(name), RenderedFamily{type, std::string(help), {}}).first;
    }
    CHECK(it->second.type == type);
    append_sample(it->second.samples, name, "", label_text(labels), metric_number(value));
  }

  RenderedFamilies& families_;
};

struct MetricSeries {
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<LatencyHistogram> histogram;
};

struct MetricFamily {
  MetricType type = MetricType::counter;
  std::string help;
  std::map<std::string, MetricSeries, std::less<>> series;  // by label text
};

struct CollectCallback {
  std::mutex mutex;  // guards `call`, and is held while it runs
  std::function<void(MetricSink&)> call;
};

}  // namespace

void LatencyHistogram::observe_ns(std::int64_t nanoseconds) {
  const std::int64_t value = std::max<std::int64_t>(nanoseconds, 0);
  int bucket = 0;
  if (value > kFirstBoundNs) {
    const auto times = static_cast<std::uint64_t>((value - 1) / kFirstBoundNs);  // the first bound has 0
    bucket = std::min(static_cast<int>(std::bit_width(times)), kBuckets - 1);
  }
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t LatencyHistogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::int64_t LatencyHistogram::quantile_ns(double quantile) const {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  const double wanted = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(total);
  std::uint64_t seen = 0;
  for (int bucket = 0; bucket < kBuckets - 1; ++bucket) {
    seen += in_bucket(bucket);
    if (seen > 0 && static_cast<double>(seen) >= wanted) return kFirstBoundNs << bucket;
  }
  return sum_ns_.load(std::memory_order_relaxed);  // no observation is longer than all together
}

double LatencyHistogram::bound_seconds(int bucket) {
  if (bucket >= kBuckets - 1) return std::numeric_limits<double>::infinity();
  return static_cast<double>(kFirstBoundNs << bucket) / 1e9;
}

struct Metrics::State {
  mutable std::mutex mutex;  // guards what follows
  std::map<std::string, MetricFamily, std::less<>> families;
  std::vector<std::shared_ptr<CollectCallback>> callbacks;

  MetricSeries& series(MetricType type, std::string_view name, std::string_view help, const Labels& labels);
};

// Called with the mutex held.
MetricSeries& Metrics::State::series(MetricType type, std::string_view name, std::string_view help,
                                     const Labels& labels) {
  auto it = families.find(name);
  if (it == families.end()) {
    CHECK(is_metric_name(name));
    it = families.emplace(std::string(name), MetricFamily{type, std::string(help), {}}).first;
  }
  MetricFamily& family = it->second;
  CHECK(family.type == type);
  std::string text = label_text(labels);
  const auto found = family.series.find(text);
  if (found != family.series.end()) return found->second;
  if (family.series.size() < kMaxSeries) return family.series[text];
  Labels others = labels;
  for (auto& label : others) label.second = "other";
  return family.series[label_text(others)];
}

Metrics::Metrics() : state_(std::make_shared<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& object = state_->series(MetricType::counter, name, help, labels).counter;
  if (!object) object = std::make_unique<Counter>();
  return *object;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& object = state_->series(MetricType::gauge, name, help, labels).gauge;
  if (!object) object = std::make_unique<Gauge>();
  return *object;
}

LatencyHistogram& Metrics::latency(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& object = state_->series(MetricType::histogram, name, help, labels).histogram;
  if (!object) object = std::make_unique<LatencyHistogram>();
  return *object;
}

std::shared_ptr<void> Metrics::on_collect(std::function<void(MetricSink&)> callback) {
  auto entry = std::make_shared<CollectCallback>();
  entry->call = std::move(callback);
  {
    const std::lock_guard lock(state_->mutex);
    state_->callbacks.push_back(entry);
  }
  // The handle may outlive the registry.
  auto end = [entry, registry = std::weak_ptr<State>(state_)](void*) {
    if (const auto state = registry.lock()) {
      const std::lock_guard lock(state->mutex);
      std::erase(state->callbacks, entry);
    }
    const std::lock_guard lock(entry->mutex);
    entry->call = nullptr;
  };
  return std::shared_ptr<void>(entry.get(), std::move(end));
}

std::string Metrics::render() const {
  RenderedFamilies rendered;
  std::vector<std::shared_ptr<CollectCallback>> callbacks;
  {
    const std::lock_guard lock(state_->mutex);
    callbacks = state_->callbacks;
    for (const auto& [name, family] : state_->families) {
      RenderedFamily& to = rendered[name];
      to.type = family.type;
      to.help = family.help;
      for (const auto& [labels, series] : family.series) {
        if (series.counter)
          append_sample(to.samples, name, "", labels, std::to_string(series.counter->value()));
        if (series.gauge) append_sample(to.samples, name, "", labels, std::to_string(series.gauge->value()));
        if (series.histogram) append_histogram(to.samples, name, labels, *series.histogram);
      }
    }
  }
  RenderSink sink(rendered);
  for (const auto& callback : callbacks) {
    const std::lock_guard lock(callback->mutex);
    if (callback->call) callback->call(sink);
  }
  std::string out;
  for (const auto& [name, family] : rendered) {
    out += "# HELP " + name + " ";
    append_metric_text(out, family.help, false);
    out.append("\n# TYPE ").append(name).append(" ").append(metric_type_name(family.type)).append("\n");
    out += family.samples;
  }
  return out;
}

}  // namespace vedette::base
