// CorrelateRole: the consumer of "alerts" that runs the correlation engine.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/correlate/engine.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::node {

struct CorrelateRoleOptions {
  std::string folder;  // of its checkpoint
  correlate::EngineOptions engine;
  base::TimeNs checkpoint_every = base::kNsPerSecond;
  // Writes down what changed, before the offset moves on. The same changes may come again after a kill.
  std::function<base::Status(const correlate::Changes&)> write;
  // A command that could not be done, with the reason.
  std::function<void(const model::IncidentCommand&, const std::string&)> refuse;
};

// One thread. A checkpoint is the engine's state with the offset up to which it saw the topic; after a kill
// the alerts and commands above it come again, and the same incidents come out.
class CorrelateRole {
 public:
  CorrelateRole(ports::Bus& bus, base::Metrics& metrics, base::Logger& log, CorrelateRoleOptions options);
  ~CorrelateRole();  // as stop()

  // A damaged checkpoint is told; the engine then reads all that the topic still has.
  base::Status start();
  // Works off all that the topic has now, writes a checkpoint, and ends.
  base::Status stop();

  // Takes effect between two reads; thread safe.
  void set_criticality(std::vector<correlate::Criticality> criticality);
  std::uint64_t offset() const { return offset_; }

 private:
  void run();
  base::Status step();
  base::Status write();
  void take(const ports::Record& record);
  base::Status restore();
  base::Status save();
  bool caught_up() const;

  ports::Bus& bus_;
  base::Logger& log_;
  const CorrelateRoleOptions options_;
  base::LatencyHistogram& delay_;
  correlate::Engine engine_;
  correlate::Changes unwritten_;
  std::atomic<std::uint64_t> offset_{0};  // of the next alert to read
  std::uint64_t saved_ = 0;
  base::TimeNs last_save_ = 0, save_cost_ = 0;
  base::CancellationToken stopping_;
  std::shared_ptr<void> collector_;

  std::mutex mutex_;  // guards what follows
  bool criticality_changed_ = false;
  std::vector<correlate::Criticality> criticality_;
  correlate::EngineCounts counts_;  // of the last step
  std::thread thread_;
};

}  // namespace vedette::node
