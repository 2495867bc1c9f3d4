#include "vedette/node/hunt.hpp"

#include <chrono>
#include <deque>
#include <thread>

#include "alert_stream.hpp"
#include "parallel_reader.hpp"
#include "vedette/base/bounded_queue.hpp"
#include "vedette/detect/search_filter.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

constexpr std::size_t kQueuedBatches = 32;

struct Numbered {
  std::uint64_t number = 0;
  BatchPtr batch;
};

base::Result<model::SearchRequest> request_for(const ports::LogStore& store, const detect::RuleSet& rules,
                                               const HuntOptions& options) {
  model::SearchRequest request;
  request.range = options.range;
  request.sort = {{"@timestamp", false, false}};
  request.limit = model::SearchRequest::kAll;
  request.count_all = false;
  request.threads = options.threads;
  // Correlations with upper bounds want to know how far the log reaches.
  if (rules.rules.size() > kMaxPrunedRules || !rules.correlations.empty()) return request;
  TRY_ASSIGN(const auto fields, store.fields(options.range));
  std::vector<std::string> names;
  for (const ports::FieldUse& field : fields) names.push_back(field.name);
  request.filter = detect::search_filter(rules, shipped_taxonomy(), names);
  return request;
}

}  // namespace

base::Result<HuntTotals> hunt(const ports::LogStore& store, detect::RuleSet rules, const HuntOptions& options,
                              const ScanObserver& observer, const base::CancellationToken& cancellation) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  TRY_ASSIGN(const model::SearchRequest request, request_for(store, rules, options));
  const int threads = thread_count(options.threads);
  AlertStream alerts(std::move(rules), options.range.from, options.range.to, observer.on_alert,
                     options.limits);
  base::BoundedQueue<Numbered> queue(kQueuedBatches, kQueuedBatches);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      AlertStream::Worker worker(alerts);
      while (auto task = queue.pop()) worker.process(task->number, std::span(&task->batch, 1));
    });
  }
  std::uint64_t next = 0;
  auto searched = store.search(
      request,
      [&](const BatchPtr& batch) {
        queue.push({next++, batch}, 1);
        if (observer.on_progress) {
          std::lock_guard lock(alerts.output());
          observer.on_progress(0, 0, alerts.events(), alerts.alerts(), seconds());
        }
        return !cancellation.cancelled();
      },
      cancellation);
  queue.close();
  for (std::thread& worker : workers) worker.join();
  if (!searched.ok()) return searched.error();
  alerts.finish();
  HuntTotals result;
  alerts.fill(result.totals);
  result.totals.seconds = seconds();
  result.totals.threads = threads;
  result.search = std::move(searched).value();
  return result;
}

}  // namespace vedette::node
