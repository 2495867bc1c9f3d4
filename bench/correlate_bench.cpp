#include "correlate_bench.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include "alert_sets.hpp"
#include "vedette/base/time.hpp"

namespace vedette::bench {
namespace {

constexpr const char* kSets[] = {"fox", "russellmitchell", "santos", "shaw", "wheeler"};
constexpr const char* kDefinitions = R"(alerts       in, one a line of the recording
incidents    out, at the end (merged ones once); a day: by the length of the recording
fewer        1 - incidents / alerts
in three     share of the attack alerts that are in the three incidents with most attack alerts
purity       share of attack alerts among all alerts of those three incidents
phases       attack phases with at least one alert in an incident; "lost" lists the others, "beyond" those
             that have none in the three
B3           B-cubed F1 over the attack alerts, all of them one class; an alert in no incident is alone
B3/2         the same with two classes: exfiltration (dnsteal, service_stop) and intrusion (all else)
event, time  attack alerts are those with an event_label (what the attacker's steps caused), or those with a
             time_label (all that came during a phase, whatever caused it)
times        of the processor, on one thread
)";

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void print_measures(std::string_view name, const Measures& m) {
  fmt::print(
      "  {:<6} attack alerts {:>7}  in three {:6.2f} %  purity {:6.2f} %  B3 {:.3f}  B3/2 {:.3f}  phases "
      "{}/{}",
      name, m.attack_alerts, 100 * m.share_in_three, 100 * m.purity, m.b_cubed, m.b_cubed_two,
      m.phases.size() - m.phases_lost.size(), m.phases.size());
  if (!m.phases_lost.empty()) fmt::print("  lost: {}", fmt::join(m.phases_lost, " "));
  if (!m.phases_outside_three.empty()) fmt::print("  beyond: {}", fmt::join(m.phases_outside_three, " "));
  fmt::print("\n");
}

void print_incidents(const Outcome& outcome) {
  for (const auto& [id, incident] : outcome.incidents)
    fmt::print("    {} {} risk {:5.1f} {:<6} members {:>4} alerts {:>7}  {} .. {}\n", id, incident.title,
               incident.risk, model::level_name(incident.level), incident.members, incident.alerts,
               base::format_rfc3339(incident.first), base::format_rfc3339(incident.last));
}

int run_sets(bool list) {
  const std::string folder = alert_sets_folder();
  if (folder.empty()) {
    fmt::print(stderr, "no recorded alerts (ml/alerts/ait_ads): set VEDETTE_SHARED to their folder\n");
    return 1;
  }
  fmt::print("{}\n", kDefinitions);
  double seconds = 0;
  std::uint64_t alerts = 0;
  for (const char* name : kSets) {
    auto set = read_alert_set(folder, name);
    if (!set.ok()) {
      fmt::print(stderr, "{}\n", set.error().message);
      return 1;
    }
    correlate::Engine engine{correlate::EngineOptions{}};
    const Outcome outcome = replay(*set, engine);
    const Evaluation e = evaluate(*set, outcome);
    seconds += outcome.seconds;
    alerts += e.alerts;
    fmt::print(
        "{}: alerts {}  incidents {}  days {:.1f}  a day {:.1f}  fewer {:.3f} %  routine {}  {:.2f} s\n",
        name, e.alerts, e.incidents, e.days, e.a_day, 100 * e.fewer, outcome.counts.routine, outcome.seconds);
    print_measures("event", e.by_event);
    print_measures("time", e.by_time);
    if (list) print_incidents(outcome);
  }
  fmt::print("\n{} alerts in {:.2f} s of one core: {:.0f} a second; peak memory {:.0f} MB\n", alerts, seconds,
             static_cast<double>(alerts) / seconds, peak_mb());
  return 0;
}

model::AlertRecord synthetic_alert(std::size_t i, std::size_t entities) {
  // 2,654,435,761 is prime: neighbours in time are strangers.
  const std::size_t who = i * 2'654'435'761U % entities;
  model::AlertRecord record;
  record.id = std::to_string(i);
  record.rule_id = "rule-" + std::to_string(who % 97);
  record.rule_title = record.rule_id;
  record.level = static_cast<model::Level>(who % 4);
  record.time =
      base::TimeNs{1'700'000'000} * base::kNsPerSecond + static_cast<base::TimeNs>(i) * 40 * base::kNsPerMs;
  record.entities = {{model::EntityKind::user, "user" + std::to_string(who / 2)},
                     {model::EntityKind::host, "host" + std::to_string(who)},
                     {model::EntityKind::ip, "10.0." + std::to_string(who % 65536)},
                     {model::EntityKind::process, "/usr/bin/tool" + std::to_string(who % 500)}};
  record.group_key = "host" + std::to_string(who);
  return record;
}

void run_synthetic() {
  constexpr std::size_t kEntities = 60'000, kFill = 400'000, kMeasured = 600'000;
  correlate::Engine engine{correlate::EngineOptions{}};
  std::vector<double> micros;
  micros.reserve(kMeasured);
  double total = 0, taking = 0;
  for (std::size_t i = 0; i < kFill + kMeasured; ++i) {
    const model::AlertRecord record = synthetic_alert(i, kEntities);
    const double start = thread_seconds();
    engine.add(record);
    const double spent = (thread_seconds() - start) * 1e6;
    total += spent;
    if (i >= kFill) micros.push_back(spent);
    if (i % 1000 == 999) {
      const double before = thread_seconds();
      (void)engine.take_changes();
      taking += thread_seconds() - before;
    }
  }
  std::sort(micros.begin(), micros.end());
  const auto counts = engine.counts();
  fmt::print(
      "synthetic: {} alerts, {} open entities, {} members, {} incidents: add() {:.2f} s, "
      "changes taken every 1,000 {:.2f} s; add() p50 {:.1f} us, p99 "
      "{:.1f} us, most "
      "{:.0f} us; peak memory {:.0f} MB\n",
      kFill + kMeasured, counts.entities, counts.open_members, counts.open_incidents, total / 1e6, taking,
      micros[micros.size() / 2], micros[micros.size() * 99 / 100], micros.back(), peak_mb());
}

}  // namespace

int run_correlate_bench(const std::vector<std::string>& arguments) {
  const auto has = [&](std::string_view name) {
    return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
  };
  if (!has("--synthetic")) {
    if (const int failed = run_sets(has("--list"))) return failed;
  }
  if (!has("--sets")) run_synthetic();
  return 0;
}

}  // namespace vedette::bench
