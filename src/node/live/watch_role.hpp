// WatchRole: looks after the node itself: silent sources, a filling disk, detection that falls behind, rules
// that cost too much. What it finds are alerts of their own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "live/detect_role.hpp"
#include "live/source_book.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::node {

// Something that is wrong with the node at the moment.
struct HealthProblem {
  std::string name;     // "disk_space": one alarm at a time for each
  std::string message;  // a sentence for a person
  model::Level level = model::Level::medium;
};

struct WatchOptions {
  std::chrono::nanoseconds every{std::chrono::seconds(5)};
  std::chrono::milliseconds record_every{30'000};  // sources and rule states to the record store
  bool source_alarms = true, health_alarms = true;
  SilenceOptions silence;
  std::chrono::nanoseconds max_lag{std::chrono::minutes(1)};
  // More problems than the role finds by itself (disk, certificates). Called from its thread.
  std::function<std::vector<HealthProblem>()> problems;
};

std::vector<ports::CollectionSchema> watch_collections();  // "sources", "rule_states", "settings"

class WatchRole {
 public:
  WatchRole(ports::Bus& bus, ports::RecordStore& records, SourceBook& sources, DetectRole& detect,
            base::Metrics& metrics, base::Logger& log, WatchOptions options);
  ~WatchRole();

  // Takes up what was known of the sources.
  base::Status start();
  void stop();

 private:
  void run();
  void look();
  void check_sources();
  void check_health();
  void raise(const std::string& rule, const std::string& title, const std::string& key,
             const std::string& message, model::Level level, const std::string& host);
  void write_records();
  base::Status write_sources();
  base::Status write_rule_states();
  std::vector<HealthProblem> find_problems();

  ports::Bus& bus_;
  ports::RecordStore& records_;
  SourceBook& sources_;
  DetectRole& detect_;
  base::Logger& log_;
  base::Gauge& problems_gauge_;
  const WatchOptions options_;
  std::map<std::string, base::TimeNs> active_;  // problems that were told, by name
  base::TimeNs recorded_ = 0;
  std::map<std::string, std::string> written_;  // what the record store has of sources and rules

  std::mutex mutex_;  // guards stopping_
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette::node
