// AlertStream: batches of events through the rules, alerts out in the order of the batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::node {

// Each worker thread has a Worker. Batches are numbered from 0 without gaps by whoever hands them out; the
// alerts of a batch leave when those of all before it have left.
class AlertStream {
 public:
  using BatchPtr = std::shared_ptr<const model::EventBatch>;

  // Alerts of events before `from` or after `to` are left out; events without a time always pass. `on_alert`
  // is called under output().
  AlertStream(detect::RuleSet rules, base::TimeNs from, base::TimeNs to,
              std::function<void(const model::Alert&)> on_alert, detect::CorrelatorLimits limits = {});

  class Worker {
   public:
    explicit Worker(AlertStream& stream) : stream_(stream), detector_(stream.engine_) {}
    void process(std::uint64_t number, std::span<const BatchPtr> batches);

   private:
    void add_alert(const BatchPtr& batch, detect::RuleHit hit, std::vector<model::Alert>& alerts);

    AlertStream& stream_;
    detect::Detector detector_;
    std::vector<detect::RuleHit> hits_;
  };

  // Runs the correlations. Call once, after the workers are done.
  void finish();

  const detect::Engine& engine() const { return engine_; }
  // Guards what the callbacks of a job touch.
  std::mutex& output() { return output_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t alerts() const { return alerts_; }
  // Events, rules and what correlations dropped.
  void fill(report::ScanTotals& totals) const;

 private:
  void deliver(std::uint64_t number, std::vector<model::Alert> alerts);
  void emit(const model::Alert& alert);

  detect::Engine engine_;
  detect::Correlator correlator_;
  const base::TimeNs from_, to_;
  const std::function<void(const model::Alert&)> on_alert_;
  std::atomic<std::uint64_t> events_{0}, events_without_time_{0}, alerts_{0};

  std::mutex output_;  // guards what follows, and the calls of on_alert_
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::vector<model::Alert>> waiting_;
};

}  // namespace vedette::node
