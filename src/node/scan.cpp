#include "vedette/node/scan.hpp"

#include <chrono>
#include <deque>

#include "alert_stream.hpp"
#include "parallel_reader.hpp"
#include "stream_reader.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {

report::ScanTotals scan(const ScanOptions& options, detect::RuleSet rules, const ScanObserver& observer,
                        const base::CancellationToken& cancellation) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const int threads = thread_count(options.threads);
  AlertStream alerts(std::move(rules), options.from, options.to, observer.on_alert);
  std::deque<AlertStream::Worker> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(alerts);
  BatchHandler handler;
  handler.on_batches = [&](int worker, std::uint64_t number, std::span<const BatchPtr> batches) {
    workers[static_cast<std::size_t>(worker)].process(number, batches);
  };
  if (observer.on_progress) {
    handler.on_progress = [&](std::uint64_t bytes, std::uint64_t total) {
      std::lock_guard lock(alerts.output());
      observer.on_progress(bytes, total, alerts.events(), alerts.alerts(), seconds());
    };
  }
  report::ScanTotals totals = read_batches(options, threads, handler, cancellation);
  alerts.finish();
  alerts.fill(totals);
  totals.seconds = seconds();
  return totals;
}

report::ScanTotals parse_inputs(const ScanOptions& options,
                                const std::function<void(const model::Event&)>& each,
                                const base::CancellationToken& cancellation) {
  const auto mappings = shipped_mappings();
  report::ScanTotals totals;
  std::unique_ptr<normalize::Normalizer> normalizer;
  const auto pass = [&](const BatchPtr& batch) {
    totals.events += batch->size();
    for (std::size_t row = 0; row < batch->size() && !cancellation.cancelled(); ++row) each((*batch)[row]);
  };
  StreamReader reader(options, cancellation);
  StreamHandler handler;
  handler.on_open = [&](const StreamPtr& stream) {
    normalizer = std::make_unique<normalize::Normalizer>(*mappings, stream->source, stream->options);
  };
  handler.on_chunk = [&](const StreamPtr&, const normalize::Chunk& chunk) { pass(normalizer->parse(chunk)); };
  handler.on_close = [&](const StreamPtr&) {
    pass(normalizer->finish());
    for (const auto& [name, count] : normalizer->counts()) {
      totals.formats[name].events += count.events;
      totals.formats[name].failures += count.failures;
    }
  };
  handler.on_consumed = [](std::uint64_t) {};
  ReadTotals read = reader.read(handler);
  totals.files = read.files;
  totals.bytes = read.bytes;
  totals.troubles = std::move(read.troubles);
  return totals;
}

}  // namespace vedette::node
