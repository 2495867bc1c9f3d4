// LiveIntake: raw batches of all listeners, parsed by a pool of workers and appended to the log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "live/id_memory.hpp"
#include "live/source_book.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/normalize/enrich.hpp"
#include "vedette/normalize/mapping.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/ports/intake.hpp"

namespace vedette::node {

struct IntakeOptions {
  int threads = 2;
  std::size_t queue_bytes = 64u << 20;  // of raw batches that wait for a worker
  std::size_t remembered_ids = 1'000'000;
};

// Thread safe. Workers wait for the bus when it is behind; then the queue fills, and listeners are refused.
class LiveIntake final : public ports::Intake {
 public:
  LiveIntake(ports::Bus& bus, const normalize::MappingSet& mappings, SourceBook& sources,
             base::Metrics& metrics, base::Logger& log, const IntakeOptions& options);
  ~LiveIntake() override;  // as close()

  bool offer(model::RawBatch& batch) override;
  void when_ready(std::function<void()> call) override;
  base::Status accepting() const override;
  std::chrono::seconds retry_after() const override;
  void dropped(const std::string& listener, const std::string& reason, std::uint64_t events) override;
  void dead_letter(const std::string& listener, const std::shared_ptr<const model::Source>& source,
                   std::string_view bytes, std::string_view reason) override;

  // Takes effect with the next batch. May be null.
  void set_enricher(std::shared_ptr<const normalize::Enricher> enricher);
  // Reads back the ids of the newest events in the log. Before the listeners start.
  void restore_ids();
  // Takes no more; works off what is queued and waits for the log's answers.
  void close();

  std::size_t queued_bytes() const;

 private:
  struct Pending;
  static constexpr int kAnyWorker = -1;
  struct Task {
    model::RawBatch batch;
    int worker = kAnyWorker;
  };
  class Worker;

  void work(int number);
  void count_stored(const model::RawBatch& raw, std::uint64_t events, std::uint64_t failures);
  void finished(base::TimeNs received);
  void refuse_for_a_while(const base::Error& error);
  std::uint64_t take_positions(std::uint64_t count);

  ports::Bus& bus_;
  const normalize::MappingSet& mappings_;
  SourceBook& sources_;
  base::Metrics& metrics_;
  base::Logger& log_;
  const IntakeOptions options_;
  IdMemory ids_;
  base::LatencyHistogram& acknowledge_time_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Task> queue_;
  std::size_t queue_bytes_ = 0;
  std::uint64_t in_flight_ = 0;  // batches that workers or the bus have
  std::vector<std::function<void()>> waiting_;
  bool closing_ = false;
  base::Status refusing_ = base::ok_status();
  base::TimeNs refusing_until_ = 0;
  std::shared_ptr<const normalize::Enricher> enricher_;
  std::uint64_t next_position_ = 1;

  std::shared_ptr<void> collector_;
  std::vector<std::thread> workers_;
};

}  // namespace vedette::node
