#include "vedette/node/scan.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "stream_reader.hpp"
#include "vedette/base/bounded_queue.hpp"
#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

using StreamPtr = std::shared_ptr<const OpenStream>;
using BatchPtr = std::shared_ptr<const model::EventBatch>;

constexpr std::size_t kQueuedTasks = 64;
constexpr std::size_t kQueuedBytes = 16u << 20;

// Work for one worker: a chunk to be parsed, or a batch that the reader parsed in order.
struct Task {
  std::uint64_t sequence = 0;
  StreamPtr stream;
  normalize::Chunk chunk;
  BatchPtr batch;
  std::size_t bytes = 0;  // of the chunk, whoever parses it: what the queue is bounded by
};

void add_counts(std::map<std::string, report::FormatTotals>& totals, const normalize::ParseCounts& counts) {
  for (const auto& [name, count] : counts) {
    totals[name].events += count.events;
    totals[name].failures += count.failures;
  }
}

int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

class Job {
 public:
  Job(const ScanOptions& options, detect::RuleSet rules, const ScanObserver& observer,
      const base::CancellationToken& cancellation)
      : options_(options),
        observer_(observer),
        cancellation_(cancellation),
        threads_(thread_count(options.threads)),
        mappings_(shipped_mappings()),
        engine_(std::move(rules), shipped_taxonomy()),
        correlator_(engine_),
        queue_(kQueuedTasks, kQueuedBytes),
        start_(std::chrono::steady_clock::now()) {}

  report::ScanTotals run();

 private:
  // What one thread works with. Keeps the parser of the stream it is at.
  class Worker {
   public:
    explicit Worker(Job& job) : job_(job), detector_(job.engine_) {}
    ~Worker() { leave_stream(); }
    void process(Task task);

   private:
    void leave_stream();
    void alert(const BatchPtr& batch, detect::RuleHit hit, std::vector<model::Alert>& alerts);

    Job& job_;
    detect::Detector detector_;
    std::vector<detect::RuleHit> hits_;
    StreamPtr stream_;
    std::unique_ptr<normalize::Normalizer> normalizer_;
  };

  void submit(Task task);
  void deliver(std::uint64_t sequence, std::vector<model::Alert> alerts);
  void emit(const model::Alert& alert);
  void progress(std::uint64_t consumed);
  void read(Worker* inline_worker);
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const ScanOptions& options_;
  const ScanObserver& observer_;
  const base::CancellationToken& cancellation_;
  const int threads_;
  std::unique_ptr<normalize::MappingSet> mappings_;
  detect::Engine engine_;
  detect::Correlator correlator_;
  base::BoundedQueue<Task> queue_;
  std::chrono::steady_clock::time_point start_;
  Worker* inline_worker_ = nullptr;
  std::uint64_t next_sequence_ = 0, total_bytes_ = 0;
  std::atomic<std::uint64_t> events_{0}, events_without_time_{0}, alerts_{0};

  std::mutex output_;  // guards what follows, and the observer
  std::uint64_t next_delivered_ = 0;
  std::map<std::uint64_t, std::vector<model::Alert>> waiting_;
  report::ScanTotals totals_;
};

void Job::Worker::leave_stream() {
  if (!normalizer_) return;
  std::lock_guard lock(job_.output_);
  add_counts(job_.totals_.formats, normalizer_->counts());
  normalizer_.reset();
}

void Job::Worker::process(Task task) {
  BatchPtr batch = std::move(task.batch);
  std::vector<BatchPtr> batches;
  if (batch) {
    batches.push_back(std::move(batch));
  } else {
    if (stream_ != task.stream || !normalizer_) {
      leave_stream();
      stream_ = task.stream;
      normalizer_ =
          std::make_unique<normalize::Normalizer>(*job_.mappings_, stream_->source, stream_->options);
    }
    batches.push_back(normalizer_->parse(task.chunk));
    task.chunk = {};
    // Chunks of this stream are parsed apart, so what is held at the end of one is complete as far as it
    // goes.
    batches.push_back(normalizer_->finish());
  }
  std::vector<model::Alert> alerts;
  for (const BatchPtr& events : batches) {
    job_.events_ += events->size();
    hits_.clear();
    detector_.run(*events, hits_);
    for (detect::RuleHit& hit : hits_) alert(events, std::move(hit), alerts);
    base::TimeNs latest = 0;
    std::uint64_t without_time = 0;
    for (std::size_t row = 0; row < events->size(); ++row) {
      latest = std::max(latest, (*events)[row].time());
      without_time += (*events)[row].time() == 0;
    }
    job_.events_without_time_ += without_time;
    job_.correlator_.advance(latest);
  }
  job_.deliver(task.sequence, std::move(alerts));
}

void Job::Worker::alert(const BatchPtr& batch, detect::RuleHit hit, std::vector<model::Alert>& alerts) {
  const model::Event event = (*batch)[hit.row];
  if (event.time() != 0 && (event.time() < job_.options_.from || event.time() > job_.options_.to)) return;
  const detect::Rule& rule = job_.engine_.rules().rules[hit.rule];
  const std::string id = detect::event_id(event);
  if (job_.correlator_.wants(hit.rule)) job_.correlator_.add(*batch, hit, id);
  if (!rule.alerts) return;
  alerts.push_back({detect::alert_id(*rule.info, id), rule.info, batch, hit.row, event.time(),
                    std::move(hit.matches), nullptr});
}

void Job::submit(Task task) {
  task.sequence = next_sequence_++;
  if (inline_worker_) return inline_worker_->process(std::move(task));
  const std::size_t bytes = task.bytes;
  queue_.push(std::move(task), bytes);
}

// Alerts leave in the order of the chunks, whoever is done first.
void Job::deliver(std::uint64_t sequence, std::vector<model::Alert> alerts) {
  std::lock_guard lock(output_);
  waiting_.emplace(sequence, std::move(alerts));
  for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_delivered_;
       it = waiting_.erase(it)) {
    for (const model::Alert& alert : it->second) emit(alert);
    ++next_delivered_;
  }
}

void Job::emit(const model::Alert& alert) {
  ++alerts_;
  observer_.on_alert(alert);
}

void Job::progress(std::uint64_t consumed) {
  if (!observer_.on_progress) return;
  std::lock_guard lock(output_);
  observer_.on_progress(consumed, total_bytes_, events_, alerts_, seconds());
}

void Job::read(Worker* inline_worker) {
  inline_worker_ = inline_worker;
  StreamReader reader(options_, cancellation_);
  total_bytes_ = reader.total_bytes();
  std::unique_ptr<normalize::Normalizer> in_order;  // for streams whose records depend on each other
  StreamHandler handler;
  handler.on_open = [&](const StreamPtr& stream) {
    if (!stream->options.detected.sequential) return;
    in_order = std::make_unique<normalize::Normalizer>(*mappings_, stream->source, stream->options);
  };
  handler.on_chunk = [&](const StreamPtr& stream, normalize::Chunk chunk) {
    const std::size_t bytes = chunk.bytes->size();
    submit(in_order ? Task{0, stream, {}, in_order->parse(chunk), bytes}
                    : Task{0, stream, std::move(chunk), nullptr, bytes});
  };
  handler.on_close = [&](const StreamPtr& stream) {
    if (!in_order) return;
    submit({0, stream, {}, in_order->finish(), 0});
    std::lock_guard lock(output_);
    add_counts(totals_.formats, in_order->counts());
    in_order.reset();
  };
  handler.on_consumed = [&](std::uint64_t consumed) { progress(consumed); };
  ReadTotals read = reader.read(handler);
  std::lock_guard lock(output_);
  totals_.files = read.files;
  totals_.bytes = read.bytes;
  totals_.troubles = std::move(read.troubles);
}

report::ScanTotals Job::run() {
  if (threads_ == 1) {
    Worker worker(*this);
    read(&worker);
  } else {
    std::vector<std::thread> workers;
    for (int i = 0; i < threads_; ++i) {
      workers.emplace_back([this] {
        Worker worker(*this);
        while (auto task = queue_.pop()) worker.process(std::move(*task));
      });
    }
    read(nullptr);
    queue_.close();
    for (std::thread& worker : workers) worker.join();
  }
  for (const model::Alert& alert : correlator_.finish()) emit(alert);
  totals_.events = events_;
  totals_.events_without_time = events_without_time_;
  totals_.correlation_dropped = correlator_.dropped();
  totals_.seconds = seconds();
  totals_.threads = threads_;
  const detect::RuleSet& rules = engine_.rules();
  totals_.rules_loaded = rules.rules.size() + rules.correlations.size();
  totals_.rules_refused = rules.refused;
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i)
    totals_.rules_cannot_fire += !engine_.cannot_fire(i).empty();
  for (std::uint32_t i = 0; i < rules.correlations.size(); ++i) {
    totals_.rules_cannot_fire += !engine_.correlation_cannot_fire(i).empty();
  }
  return std::move(totals_);
}

}  // namespace

report::ScanTotals scan(const ScanOptions& options, detect::RuleSet rules, const ScanObserver& observer,
                        const base::CancellationToken& cancellation) {
  return Job(options, std::move(rules), observer, cancellation).run();
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
    add_counts(totals.formats, normalizer->counts());
  };
  handler.on_consumed = [](std::uint64_t) {};
  ReadTotals read = reader.read(handler);
  totals.files = read.files;
  totals.bytes = read.bytes;
  totals.troubles = std::move(read.troubles);
  return totals;
}

}  // namespace vedette::node
