#include "live/correlate_role.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "live/checkpoint_file.hpp"
#include "live/clock.hpp"
#include "live/detect_role.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::node {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kCorrelateReadBytes = 4u << 20;
constexpr milliseconds kCorrelateWait{50};
constexpr milliseconds kCorrelateRetry{1000};
constexpr std::string_view kCorrelateCheckpoint = "vedette-correlate-checkpoint 1";
const std::string kCorrelateGroup = "correlate";
// Writing checkpoints takes at most this share of the time.
constexpr int kCorrelateSaveShare = 20;

}  // namespace

CorrelateRole::CorrelateRole(ports::Bus& bus, base::Metrics& metrics, base::Logger& log,
                             CorrelateRoleOptions options)
    : bus_(bus),
      log_(log),
      options_(std::move(options)),
      delay_(
          metrics.latency("vedette_correlate_delay_seconds",
                          "From the moment an alert is in the log until it is in its incident, or in none.")),
      engine_(options_.engine) {
  collector_ = metrics.on_collect([this](base::MetricSink& sink) {
    const auto bounds = bus_.bounds(kAlertsTopic);
    const std::uint64_t end = bounds ? bounds->end : 0, at = offset_;
    const std::lock_guard lock(mutex_);
    sink.gauge("vedette_correlate_lag_alerts", "Alerts in the log that correlation has not seen.", {},
               static_cast<double>(end > at ? end - at : 0));
    sink.gauge("vedette_correlate_open_incidents", "Incidents that still take alerts.", {},
               static_cast<double>(counts_.open_incidents));
    sink.gauge("vedette_correlate_open_members", "Groups of alerts that are still linked.", {},
               static_cast<double>(counts_.open_members));
    sink.gauge("vedette_correlate_entities", "Entities that are known.", {},
               static_cast<double>(counts_.entities));
    sink.gauge("vedette_correlate_super_nodes", "Entities too common to link by.", {},
               static_cast<double>(counts_.super_nodes));
    const auto count = [&](std::string_view name, std::string_view help, std::uint64_t value) {
      sink.counter(name, help, {}, static_cast<double>(value));
    };
    count("vedette_correlate_alerts_total", "Alerts that correlation has seen.", counts_.alerts);
    count("vedette_correlate_routine_total", "Alerts of known noise, linked to nothing.", counts_.routine);
    count("vedette_correlate_late_total", "Alerts that came late.", counts_.late);
    count("vedette_correlate_evicted_total", "Members and entities forgotten for want of room.",
          counts_.evicted);
    count("vedette_correlate_incidents_total", "Incidents opened.", counts_.incidents);
  });
}

CorrelateRole::~CorrelateRole() {
  collector_.reset();
  if (thread_.joinable()) static_cast<void>(stop());
}

base::Status CorrelateRole::save() {
  const base::TimeNs begin = clock_now();
  TRY(write_checkpoint(options_.folder + "/checkpoint", kCorrelateCheckpoint, {offset_, engine_.save()}));
  TRY(bus_.commit(kCorrelateGroup, kAlertsTopic, offset_));
  saved_ = offset_;
  last_save_ = clock_now();
  save_cost_ = last_save_ - begin;
  return base::ok_status();
}

base::Status CorrelateRole::restore() {
  TRY_ASSIGN(const auto bounds, bus_.bounds(kAlertsTopic));
  offset_ = bounds.begin;
  const auto checkpoint = read_checkpoint(options_.folder + "/checkpoint", kCorrelateCheckpoint);
  base::Status restored = base::ok_status();
  if (!checkpoint) {
    if (checkpoint.error().code != base::ErrorCode::corrupt) return checkpoint.error();
    restored = checkpoint.error();
  } else if (!*checkpoint) {
    return base::ok_status();
  } else {
    restored = engine_.restore((*checkpoint)->snapshot);
  }
  if (!restored.ok()) {
    log_.error("the checkpoint of correlation is damaged; it begins with the alerts that the log still has",
               {{"error.message", restored.error().message}});
    return base::ok_status();
  }
  offset_ = std::clamp((*checkpoint)->offset, bounds.begin, bounds.end);
  return base::ok_status();
}

base::Status CorrelateRole::start() {
  TRY(base::posix_file_system().make_folders(options_.folder));
  TRY(restore());
  // Retention of the log waits for this group from now on.
  TRY(bus_.commit(kCorrelateGroup, kAlertsTopic, offset_));
  saved_ = offset_;
  counts_ = engine_.counts();
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

bool CorrelateRole::caught_up() const {
  const auto bounds = bus_.bounds(kAlertsTopic);
  return !bounds || offset_ >= bounds->end;
}

void CorrelateRole::take(const ports::Record& record) {
  const auto alerts = model::alert_records(*record.batch);
  const auto commands = model::incident_commands(*record.batch);
  if (!alerts || !commands) {
    log_.error("an alert in the log cannot be read",
               {{"error.message", !alerts ? alerts.error().message : commands.error().message}});
    return;
  }
  for (const model::AlertRecord& alert : *alerts) engine_.add(alert);
  for (const model::IncidentCommand& command : *commands) {
    const base::Status done = engine_.command(command);
    if (done.ok()) continue;
    log_.warning("a command for an incident could not be done",
                 {{"error.message", done.error().message}, {"user.name", command.by}});
    options_.refuse(command, done.error().message);
  }
}

base::Status CorrelateRole::write() {
  TRY(options_.write(unwritten_));
  unwritten_ = {};
  return base::ok_status();
}

base::Status CorrelateRole::step() {
  TRY(write());  // what could not be before
  {
    const std::lock_guard lock(mutex_);
    if (criticality_changed_) engine_.set_criticality(criticality_);
    criticality_changed_ = false;
  }
  TRY_ASSIGN(const auto bounds, bus_.bounds(kAlertsTopic));
  TRY_ASSIGN(const auto records, bus_.read(kAlertsTopic, offset_, kCorrelateReadBytes, kCorrelateWait));
  if (records.empty()) {
    // Damaged records stood there; the log has reported them.
    if (offset_ < bounds.end) offset_ = bounds.end;
    return base::ok_status();
  }
  for (const ports::Record& record : records) {
    if (record.offset >= offset_) take(record);
  }
  offset_ = records.back().offset + records.back().count;
  unwritten_ = engine_.take_changes();
  const base::Status written = write();
  for (const ports::Record& record : records) delay_.observe_ns(clock_now() - record.appended);
  const std::lock_guard lock(mutex_);
  counts_ = engine_.counts();
  return written;
}

void CorrelateRole::run() {
  while (!stopping_.cancelled() || !caught_up()) {
    base::Status stepped = step();
    const base::TimeNs now = clock_now();
    const bool due =
        now - last_save_ >= std::max(options_.checkpoint_every, save_cost_ * kCorrelateSaveShare);
    if (stepped.ok() && due && offset_ != saved_) stepped = save();
    if (stepped.ok()) continue;
    log_.error("correlation waits", {{"error.message", stepped.error().message}});
    if (stopping_.cancelled()) break;  // the checkpoint stays where it is
    std::this_thread::sleep_for(kCorrelateRetry);
  }
}

base::Status CorrelateRole::stop() {
  if (!thread_.joinable()) return base::ok_status();
  stopping_.cancel();
  thread_.join();
  // What is not written down comes again after the old checkpoint.
  return write().ok() ? save() : base::ok_status();
}

void CorrelateRole::set_criticality(std::vector<correlate::Criticality> criticality) {
  const std::lock_guard lock(mutex_);
  criticality_ = std::move(criticality);
  criticality_changed_ = true;
}

}  // namespace vedette::node
