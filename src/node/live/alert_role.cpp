#include "live/alert_role.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "live/clock.hpp"
#include "live/detect_role.hpp"
#include "vedette/base/text.hpp"

namespace vedette::node {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAlertReadBytes = 8u << 20;
constexpr milliseconds kAlertWait{50};
constexpr milliseconds kAlertRetry{1000};
constexpr std::size_t kSequencesPerPin = 10'000;
const std::string kAlertGroup = "alerts";
constexpr std::string_view kSettings = "settings", kPinSetting = "alert_pins";

}  // namespace

AlertRole::AlertRole(ports::Bus& bus, store::Store& store, ports::RecordStore& records,
                     base::Metrics& metrics, base::Logger& log)
    : bus_(bus),
      store_(store),
      records_(records),
      log_(log),
      delay_(metrics.latency("vedette_alert_record_delay_seconds",
                             "From the moment an alert is in the log until it is a record.")),
      book_(records) {}

AlertRole::~AlertRole() {
  if (thread_.joinable()) static_cast<void>(stop());
}

base::Status AlertRole::start() {
  TRY_ASSIGN(const std::uint64_t committed, bus_.committed(kAlertGroup, kAlertsTopic));
  TRY_ASSIGN(const auto bounds, bus_.bounds(kAlertsTopic));
  offset_ = std::clamp(committed, bounds.begin, bounds.end);
  TRY(bus_.commit(kAlertGroup, kAlertsTopic, offset_));
  TRY_ASSIGN(const auto setting, records_.get(kSettings, kPinSetting));
  if (setting) pin_number_ = base::parse_uint(setting->document).value_or(0);
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

bool AlertRole::caught_up() const {
  const auto bounds = bus_.bounds(kAlertsTopic);
  return !bounds || offset_ >= bounds->end;
}

// The events of alerts stay in the store whatever its retention. A pin is a file with all its events, so they
// are filled one after the other.
base::Status AlertRole::pin(const std::vector<model::AlertRecord>& alerts) {
  std::vector<std::uint64_t> sequences;
  for (const model::AlertRecord& alert : alerts) {
    if (alert.event_sequence > 0) sequences.push_back(alert.event_sequence);
    sequences.insert(sequences.end(), alert.more_sequences.begin(), alert.more_sequences.end());
  }
  if (sequences.empty()) return base::ok_status();
  if (pinned_.empty() || pinned_.size() + sequences.size() > kSequencesPerPin) {
    ports::RecordWrite write;
    write.collection = kSettings;
    write.id = kPinSetting;
    write.document = std::to_string(pin_number_ + 1);
    TRY_ASSIGN(const auto versions, records_.apply(std::span(&write, 1)));
    ++pin_number_;
    pinned_.clear();
  }
  pinned_.insert(pinned_.end(), sequences.begin(), sequences.end());
  std::sort(pinned_.begin(), pinned_.end());
  pinned_.erase(std::unique(pinned_.begin(), pinned_.end()), pinned_.end());
  return store_.pin(fmt::format("alerts-{}", pin_number_), pinned_);
}

base::Status AlertRole::step() {
  TRY_ASSIGN(const auto bounds, bus_.bounds(kAlertsTopic));
  TRY_ASSIGN(const auto records, bus_.read(kAlertsTopic, offset_, kAlertReadBytes, kAlertWait));
  std::vector<model::AlertRecord> alerts;
  for (const ports::Record& record : records) {
    auto decoded = model::alert_records(*record.batch);
    if (!decoded) {
      log_.error("an alert in the log cannot be read", {{"error.message", decoded.error().message}});
      continue;
    }
    std::move(decoded->begin(), decoded->end(), std::back_inserter(alerts));
  }
  if (!alerts.empty()) {
    TRY(pin(alerts));
    TRY_ASSIGN(const std::uint64_t added, book_.add(alerts));
    static_cast<void>(added);
    for (const ports::Record& record : records) delay_.observe_ns(clock_now() - record.appended);
  }
  const std::uint64_t next = records.empty() ? bounds.end : records.back().offset + records.back().count;
  if (next == offset_) return base::ok_status();
  offset_ = next;
  return bus_.commit(kAlertGroup, kAlertsTopic, offset_);
}

void AlertRole::run() {
  while (!stopping_.cancelled() || !caught_up()) {
    const base::Status stepped = step();
    if (stepped.ok()) continue;
    log_.error("alerts wait to be recorded", {{"error.message", stepped.error().message}});
    if (stopping_.cancelled()) break;
    std::this_thread::sleep_for(kAlertRetry);
  }
}

base::Status AlertRole::stop() {
  if (!thread_.joinable()) return base::ok_status();
  stopping_.cancel();
  thread_.join();
  return base::ok_status();
}

}  // namespace vedette::node
