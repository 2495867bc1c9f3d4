// IncidentService: alerts to incidents and incidents to cases, in one process with the API.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "live/correlate_role.hpp"
#include "vedette/base/config.hpp"
#include "vedette/cases/incident_book.hpp"

namespace vedette::node {

// Owns the book of incidents, the role that feeds the engine, and the minute hand of service levels.
class IncidentService {
 public:
  // `config`: the section `correlation`; `folder`: the data folder. All outlive it; `observer` may be null.
  IncidentService(const base::ConfigSection& config, const std::string& folder, ports::Bus& bus,
                  ports::RecordStore& records, cases::CaseObserver* observer, base::Metrics& metrics,
                  base::Logger& log);
  ~IncidentService();  // as stop()

  base::Status start();
  // Works off the alerts that are there, and ends.
  base::Status stop();

  cases::IncidentBook& book() { return book_; }

 private:
  class BusCommands final : public cases::IncidentCommands {
   public:
    explicit BusCommands(ports::Bus& bus) : bus_(bus) {}
    base::Status send(const model::IncidentCommand& command) override;

   private:
    ports::Bus& bus_;
  };

  base::Status write(const correlate::Changes& changes);
  void run();
  void tick();
  base::Status take_criticality();

  base::Logger& log_;
  BusCommands commands_;
  cases::IncidentBook book_;
  CorrelateRole role_;
  std::vector<correlate::Criticality> criticality_;  // as the role has it; start, then the thread
  std::mutex mutex_;                                 // guards what follows
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace vedette::node
