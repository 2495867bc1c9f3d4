#include "live/detect_role.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "live/checkpoint_file.hpp"
#include "live/clock.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kDetectReadBytes = 2u << 20;
constexpr milliseconds kDetectWait{20};
constexpr milliseconds kAfterTrouble{1000};
constexpr std::string_view kDetectCheckpoint = "vedette-detect-checkpoint 1";
// Writing checkpoints takes at most this share of the time.
constexpr int kSaveShare = 20;

}  // namespace

DetectRole::DetectRole(ports::Bus& bus, base::Metrics& metrics, base::Logger& log, DetectRoleOptions options)
    : bus_(bus),
      log_(log),
      options_(std::move(options)),
      delay_(metrics.latency("vedette_detect_delay_seconds",
                             "From the moment an event is in the log until the rules have seen it.")),
      alert_delay_(metrics.latency("vedette_alert_delay_seconds",
                                   "From the moment an event is in the log until its alert is.")),
      alerts_total_(metrics.counter("vedette_alerts_total", "Alerts written.")) {
  collector_ = metrics.on_collect([this](base::MetricSink& sink) {
    const auto bounds = bus_.bounds(kEventsTopic);
    const std::uint64_t end = bounds ? bounds->end : 0, at = offset_;
    sink.gauge("vedette_detect_lag_events", "Events in the log that the rules have not seen.", {},
               static_cast<double>(end > at ? end - at : 0));
  });
}

DetectRole::~DetectRole() {
  collector_.reset();
  if (thread_.joinable()) static_cast<void>(stop());
}

base::Status DetectRole::save() {
  const base::TimeNs begin = clock_now();
  TRY(write_checkpoint(options_.folder + "/checkpoint", kDetectCheckpoint, {offset_, detector_->snapshot()}));
  TRY(bus_.commit(std::string(kDetectGroup), kEventsTopic, offset_));
  saved_ = offset_;
  last_save_ = clock_now();
  save_cost_ = last_save_ - begin;
  return base::ok_status();
}

base::Status DetectRole::restore() {
  TRY_ASSIGN(const std::uint64_t committed, bus_.committed(std::string(kDetectGroup), kEventsTopic));
  TRY_ASSIGN(const auto bounds, bus_.bounds(kEventsTopic));
  offset_ = std::clamp(committed, bounds.begin, bounds.end);
  const auto checkpoint = read_checkpoint(options_.folder + "/checkpoint", kDetectCheckpoint);
  base::Status restored = base::ok_status();
  if (!checkpoint) {
    if (checkpoint.error().code != base::ErrorCode::corrupt) return checkpoint.error();
    restored = checkpoint.error();
  } else if (!*checkpoint) {
    return base::ok_status();
  } else {
    restored = detector_->restore((*checkpoint)->snapshot);
  }
  if (!restored.ok()) {
    log_.error("the checkpoint of detection is damaged; windows begin anew",
               {{"error.message", restored.error().message}});
    return base::ok_status();
  }
  offset_ = std::clamp((*checkpoint)->offset, bounds.begin, bounds.end);
  return base::ok_status();
}

base::Status DetectRole::start(detect::LiveRules rules) {
  TRY(base::posix_file_system().make_folders(options_.folder));
  engine_ = rules.engine;
  detector_ = std::make_unique<detect::LiveDetector>(std::move(rules), options_.detector);
  TRY(restore());
  // Retention of the log waits for this group from now on.
  TRY(bus_.commit(std::string(kDetectGroup), kEventsTopic, offset_));
  saved_ = offset_;
  at_end_ = clock_now();
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

bool DetectRole::caught_up() const {
  const auto bounds = bus_.bounds(kEventsTopic);
  return !bounds || offset_ >= bounds->end;
}

void DetectRole::take_replacement() {
  std::optional<detect::LiveRules> next;
  {
    std::lock_guard lock(mutex_);
    next.swap(replacement_);
    if (next) engine_ = next->engine;
  }
  if (next) detector_->replace(std::move(*next));
}

base::Status DetectRole::publish() {
  if (unpublished_.empty()) return base::ok_status();
  const auto appended = bus_.append_and_wait(kAlertsTopic, model::alert_batch(unpublished_));
  if (!appended) return appended.error();
  alerts_total_.add(unpublished_.size());
  unpublished_.clear();
  return base::ok_status();
}

void DetectRole::observe(const std::vector<ports::Record>& records, std::size_t alerts) {
  const base::TimeNs now = clock_now();
  for (const ports::Record& record : records) {
    delay_.observe_ns(now - record.appended);
    if (alerts > 0) alert_delay_.observe_ns(now - record.appended);
  }
}

base::Status DetectRole::step() {
  TRY(publish());  // what could not be before
  TRY_ASSIGN(const auto bounds, bus_.bounds(kEventsTopic));
  TRY_ASSIGN(const auto records, bus_.read(kEventsTopic, offset_, kDetectReadBytes, kDetectWait));
  if (records.empty()) {
    at_end_ = clock_now();
    unpublished_ = detector_->idle(clock_now());
    // Damaged records stood there; the log has reported them.
    if (offset_ < bounds.end) offset_ = bounds.end;
    return publish();
  }
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  for (const ports::Record& record : records) {
    // Offsets lie between records, but where the log was cut.
    if (record.offset >= offset_) batches.push_back(record.batch);
  }
  take_replacement();  // rules that were there before these events
  unpublished_ = detector_->process(batches, clock_now());
  for (std::size_t i = 0; options_.foreign_alerts && i < batches.size(); ++i) {
    auto foreign = foreign_.of(batches[i], clock_now());
    std::move(foreign.begin(), foreign.end(), std::back_inserter(unpublished_));
  }
  offset_ = records.back().offset + records.back().count;
  const std::size_t alerts = unpublished_.size();
  const base::Status published = publish();
  observe(records, alerts);
  if (offset_ >= bounds.end) at_end_ = clock_now();
  return published;
}

void DetectRole::run() {
  base::Status trouble = base::ok_status();
  while (!stopping_.cancelled() || !caught_up()) {
    take_replacement();
    base::Status stepped = step();
    const base::TimeNs now = clock_now();
    const bool due = now - last_save_ >= std::max(options_.checkpoint_every, save_cost_ * kSaveShare);
    if (stepped.ok() && due && offset_ != saved_) stepped = save();
    if (stepped.ok()) {
      trouble = base::ok_status();
      continue;
    }
    log_.error("detection waits", {{"error.message", stepped.error().message}});
    if (stopping_.cancelled()) break;  // the checkpoint stays where it is
    std::this_thread::sleep_for(kAfterTrouble);
  }
}

base::Status DetectRole::stop() {
  if (!thread_.joinable()) return base::ok_status();
  stopping_.cancel();
  thread_.join();
  // Alerts that are not in the log are found again after the old checkpoint.
  return unpublished_.empty() ? save() : base::ok_status();
}

void DetectRole::replace(detect::LiveRules rules) {
  std::lock_guard lock(mutex_);
  replacement_ = std::move(rules);
}

std::vector<detect::RuleState> DetectRole::rule_states() const {
  return detector_->rule_states();
}

detect::LiveDetector::Counts DetectRole::counts() const {
  return detector_->counts();
}

std::chrono::nanoseconds DetectRole::lag(std::uint64_t end) const {
  return std::chrono::nanoseconds(offset_ >= end || at_end_ == 0 ? 0 : clock_now() - at_end_);
}

std::shared_ptr<const detect::Engine> DetectRole::engine() const {
  std::lock_guard lock(mutex_);
  return engine_;
}

}  // namespace vedette::node
