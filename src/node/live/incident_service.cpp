#include "live/incident_service.hpp"

#include <chrono>
#include <span>

#include "live/clock.hpp"
#include "live/detect_role.hpp"

namespace vedette::node {
namespace {

// Clocks of service levels, unanswered commands and the criticality of assets are looked at so often.
constexpr std::chrono::seconds kTick{15};

correlate::EngineOptions engine_options(const base::ConfigSection& config) {
  correlate::EngineOptions options;
  options.member_pause = config.duration("member_pause");
  options.incident_idle = config.duration("incident_idle");
  options.open_at = static_cast<double>(config.integer("open_at"));
  options.max_open_members = static_cast<std::size_t>(config.integer("max_open_members"));
  options.max_open_entities = static_cast<std::size_t>(config.integer("max_open_entities"));
  return options;
}

cases::EngineChanges plain(const correlate::Changes& changes) {
  cases::EngineChanges out;
  out.incidents = changes.incidents;
  out.history = changes.history;
  out.members.reserve(changes.members.size());
  for (const correlate::Changes::Member& member : changes.members) {
    out.members.push_back({member.incident, member.member});
  }
  for (const correlate::EntityRisk& risk : changes.entities) {
    out.entities.push_back({risk.entity, risk.tenant, risk.risk, risk.criticality, risk.first, risk.last,
                            risk.at, risk.alerts, risk.contributions});
  }
  return out;
}

}  // namespace

base::Status IncidentService::BusCommands::send(const model::IncidentCommand& command) {
  const auto appended = bus_.append_and_wait(kAlertsTopic, model::command_batch(std::span(&command, 1)));
  return appended.ok() ? base::ok_status() : base::Status(appended.error());
}

IncidentService::IncidentService(const base::ConfigSection& config, const std::string& folder,
                                 ports::Bus& bus, ports::RecordStore& records, cases::CaseObserver* observer,
                                 base::Metrics& metrics, base::Logger& log)
    : log_(log),
      commands_(bus),
      book_(records, &commands_, observer),
      role_(bus, metrics, log,
            {folder + "/correlate", engine_options(config), base::kNsPerSecond,
             [this](const correlate::Changes& changes) { return write(changes); },
             [this](const model::IncidentCommand& command, const std::string& reason) {
               const base::Status told = book_.refused(command, reason, clock_now());
               if (!told.ok())
                 log_.error("a refused command could not be recorded",
                            {{"error.message", told.error().message}});
             }}) {}

IncidentService::~IncidentService() {
  static_cast<void>(stop());
}

base::Status IncidentService::write(const correlate::Changes& changes) {
  if (changes.incidents.empty() && changes.members.empty() && changes.history.empty() &&
      changes.entities.empty()) {
    return base::ok_status();
  }
  return book_.apply(plain(changes), clock_now());
}

base::Status IncidentService::take_criticality() {
  TRY_ASSIGN(const auto entries, book_.all_criticality());
  std::vector<correlate::Criticality> list;
  list.reserve(entries.size());
  for (const cases::CriticalityEntry& entry : entries)
    list.push_back({entry.kind, entry.pattern, entry.factor, entry.tenant});
  if (list == criticality_) return base::ok_status();
  criticality_ = list;
  role_.set_criticality(std::move(list));
  return base::ok_status();
}

base::Status IncidentService::start() {
  TRY(take_criticality());
  TRY(role_.start());
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

void IncidentService::tick() {
  const auto tell = [this](const base::Status& status) {
    if (!status.ok())
      log_.error("incidents could not be looked after", {{"error.message", status.error().message}});
  };
  tell(book_.check_pending(clock_now()));
  tell(take_criticality());
  const auto breaches = book_.check_clocks(clock_now());
  if (!breaches) return tell(breaches.error());
  for (const cases::Breach& breach : *breaches) {
    log_.warning("an incident has passed its service level",
                 {{"vedette.incident.id", breach.incident.incident.id},
                  {"vedette.incident.clock", cases::clock_kind_name(breach.clock)}});
  }
}

void IncidentService::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    lock.unlock();
    tick();
    lock.lock();
    ending_.wait_for(lock, kTick, [this] { return ended_; });
  }
}

base::Status IncidentService::stop() {
  if (!thread_.joinable()) return base::ok_status();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_all();
  thread_.join();
  return role_.stop();
}

}  // namespace vedette::node
