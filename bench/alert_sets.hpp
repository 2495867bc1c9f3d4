// Recorded alert streams with labels (AIT alert data set): replayed as alerts, and incidents measured against
// the labels. The labels never reach the engine.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/correlate/engine.hpp"

namespace vedette::bench {

struct LabelledAlert {
  std::int64_t seconds = 0;
  std::uint32_t name = 0, ip = 0, host = 0, rule = 0, time_label = 0, event_label = 0;  // in AlertSet::texts
};
struct AlertSet {
  std::string name;
  std::vector<std::string> texts;
  std::vector<LabelledAlert> alerts;  // by time
  const std::string& text(std::uint32_t index) const { return texts[index]; }
};

// Folder of the sets: data/ml/alerts/ait_ads below $VEDETTE_SHARED, else below ../shared; empty if absent.
std::string alert_sets_folder();
base::Result<AlertSet> read_alert_set(const std::string& folder, const std::string& name);

// A level from nothing but what the name of a third party's alert says.
model::Level level_of_name(std::string_view name);
model::AlertRecord record_of(const AlertSet& set, std::size_t index);

// What the engine said, in its newest state.
struct Outcome {
  std::map<std::string, model::Incident> incidents;           // without those merged into others
  std::map<std::string, correlate::Changes::Member> members;  // by id
  correlate::EngineCounts counts;
  double seconds = 0;  // of the processor, for add() and take_changes()
};
// Replays in event time; changes are taken every `batch` alerts.
Outcome replay(const AlertSet& set, correlate::Engine& engine, std::size_t batch = 1000);

// Time that the processor spent on this thread, in seconds: other work on the machine does not count.
double thread_seconds();

struct Measures {
  std::uint64_t attack_alerts = 0;
  double share_in_three = 0;  // of attack alerts in the three incidents with most of them
  std::vector<std::string> phases, phases_lost, phases_outside_three;
  double purity = 0;       // of the alerts of those three incidents, the share of attack alerts
  double b_cubed = 0;      // F1 over attack alerts, all attack alerts being one class
  double b_cubed_two = 0;  // the same, the exfiltration and the intrusion being two classes
};
struct Evaluation {
  std::uint64_t alerts = 0, incidents = 0;
  double days = 0, a_day = 0, fewer = 0;  // fewer: 1 - incidents / alerts
  Measures by_event, by_time;
};
Evaluation evaluate(const AlertSet& set, const Outcome& outcome);

}  // namespace vedette::bench
