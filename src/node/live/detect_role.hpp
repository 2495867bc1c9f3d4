// DetectRole: the consumer of "events" that runs the rules and writes to "alerts".
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/detect/foreign_alert.hpp"
#include "vedette/detect/live.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::node {

inline const ports::TopicPartition kAlertsTopic{"alerts", 0};
inline constexpr std::string_view kDetectGroup = "detect";

struct DetectRoleOptions {
  std::string folder;  // of its checkpoint
  detect::LiveDetector::Options detector;
  base::TimeNs checkpoint_every = base::kNsPerSecond;
  bool foreign_alerts = true;  // alerts of other products become alerts
};

// One thread that reads, and those of the detector. A checkpoint is the detector's state with the offset up
// to which it saw the stream, in one file; after a kill the events above it meet the rules again, and the
// same alerts with the same ids come once more.
class DetectRole {
 public:
  DetectRole(ports::Bus& bus, base::Metrics& metrics, base::Logger& log, DetectRoleOptions options);
  ~DetectRole();  // as stop()

  // Takes up the checkpoint and begins. A damaged checkpoint is told, and detection begins at the offset that
  // the group has committed.
  base::Status start(detect::LiveRules rules);
  // Waits until all that the log has now was worked off, writes a checkpoint, and ends.
  base::Status stop();

  // What is appended after it returned meets the new rules; thread safe.
  void replace(detect::LiveRules rules);
  // Thread safe; for reloads and records.
  std::vector<detect::RuleState> rule_states() const;
  detect::LiveDetector::Counts counts() const;
  std::uint64_t offset() const { return offset_; }
  // How long ago the offset was at the end of the log, which is `end` now.
  std::chrono::nanoseconds lag(std::uint64_t end) const;
  std::shared_ptr<const detect::Engine> engine() const;

 private:
  void run();
  void take_replacement();
  base::Status step();
  base::Status publish();
  void observe(const std::vector<ports::Record>& records, std::size_t alerts);
  base::Status restore();
  base::Status save();
  bool caught_up() const;

  ports::Bus& bus_;
  base::Logger& log_;
  const DetectRoleOptions options_;
  base::LatencyHistogram& delay_;
  base::LatencyHistogram& alert_delay_;
  base::Counter& alerts_total_;
  std::unique_ptr<detect::LiveDetector> detector_;
  detect::ForeignAlerts foreign_;
  std::atomic<std::uint64_t> offset_{0};  // of the next event to read
  std::vector<model::AlertRecord> unpublished_;
  std::atomic<base::TimeNs> at_end_{0};  // when it was last seen to have read all
  std::uint64_t saved_ = 0;
  base::TimeNs last_save_ = 0, save_cost_ = 0;
  base::CancellationToken stopping_;
  std::shared_ptr<void> collector_;

  mutable std::mutex mutex_;  // guards what follows
  std::optional<detect::LiveRules> replacement_;
  std::shared_ptr<const detect::Engine> engine_;
  std::thread thread_;
};

}  // namespace vedette::node
