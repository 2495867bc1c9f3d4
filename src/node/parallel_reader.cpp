#include "parallel_reader.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "stream_reader.hpp"
#include "vedette/base/bounded_queue.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

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

class Job {
 public:
  Job(const ScanOptions& options, int threads, const BatchHandler& handler,
      const base::CancellationToken& cancellation)
      : options_(options),
        handler_(handler),
        cancellation_(cancellation),
        threads_(threads),
        mappings_(shipped_mappings()),
        queue_(kQueuedTasks, kQueuedBytes),
        start_(std::chrono::steady_clock::now()) {}

  report::ScanTotals run();

 private:
  // What one thread works with. Keeps the parser of the stream it is at.
  class Worker {
   public:
    Worker(Job& job, int index) : job_(job), index_(index) {}
    ~Worker() { leave_stream(); }
    void process(Task task);

   private:
    void leave_stream();

    Job& job_;
    const int index_;
    StreamPtr stream_;
    std::unique_ptr<normalize::Normalizer> normalizer_;
  };

  void submit(Task task);
  void read(Worker* inline_worker);
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const ScanOptions& options_;
  const BatchHandler& handler_;
  const base::CancellationToken& cancellation_;
  const int threads_;
  std::unique_ptr<normalize::MappingSet> mappings_;
  base::BoundedQueue<Task> queue_;
  std::chrono::steady_clock::time_point start_;
  Worker* inline_worker_ = nullptr;
  std::uint64_t next_sequence_ = 0, total_bytes_ = 0;

  std::mutex mutex_;  // guards totals_
  report::ScanTotals totals_;
};

void Job::Worker::leave_stream() {
  if (!normalizer_) return;
  std::lock_guard lock(job_.mutex_);
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
  job_.handler_.on_batches(index_, task.sequence, batches);
}

void Job::submit(Task task) {
  task.sequence = next_sequence_++;
  if (inline_worker_) return inline_worker_->process(std::move(task));
  const std::size_t bytes = task.bytes;
  queue_.push(std::move(task), bytes);
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
    std::lock_guard lock(mutex_);
    add_counts(totals_.formats, in_order->counts());
    in_order.reset();
  };
  handler.on_consumed = [&](std::uint64_t consumed) {
    if (handler_.on_progress) handler_.on_progress(consumed, total_bytes_);
  };
  ReadTotals read = reader.read(handler);
  std::lock_guard lock(mutex_);
  totals_.files = read.files;
  totals_.bytes = read.bytes;
  totals_.troubles = std::move(read.troubles);
}

report::ScanTotals Job::run() {
  if (threads_ == 1) {
    Worker worker(*this, 0);
    read(&worker);
  } else {
    std::vector<std::thread> workers;
    for (int i = 0; i < threads_; ++i) {
      workers.emplace_back([this, i] {
        Worker worker(*this, i);
        while (auto task = queue_.pop()) worker.process(std::move(*task));
      });
    }
    read(nullptr);
    queue_.close();
    for (std::thread& worker : workers) worker.join();
  }
  totals_.seconds = seconds();
  totals_.threads = threads_;
  return std::move(totals_);
}

}  // namespace

int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

report::ScanTotals read_batches(const ScanOptions& options, int threads, const BatchHandler& handler,
                                const base::CancellationToken& cancellation) {
  return Job(options, threads, handler, cancellation).run();
}

}  // namespace vedette::node
