// AlertRole: the consumer of "alerts" that keeps them as records and pins their events in the store.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/detect/alert_book.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/ports/record_store.hpp"
#include "vedette/store/store.hpp"

namespace vedette::node {

// One thread. Alerts that come twice (after a kill) are kept once.
class AlertRole {
 public:
  AlertRole(ports::Bus& bus, store::Store& store, ports::RecordStore& records, base::Metrics& metrics,
            base::Logger& log);
  ~AlertRole();  // as stop()

  base::Status start();
  // Works off all that the topic has now, and ends.
  base::Status stop();

 private:
  void run();
  base::Status step();
  base::Status pin(const std::vector<model::AlertRecord>& alerts);
  bool caught_up() const;

  ports::Bus& bus_;
  store::Store& store_;
  ports::RecordStore& records_;
  base::Logger& log_;
  base::LatencyHistogram& delay_;
  detect::AlertBook book_;
  std::atomic<std::uint64_t> offset_{0};
  std::uint64_t pin_number_ = 0;       // of the pin that is being filled
  std::vector<std::uint64_t> pinned_;  // its events
  base::CancellationToken stopping_;
  std::thread thread_;
};

}  // namespace vedette::node
