// Figures of the SOC, from the records: how long things take, which rules make how many alerts, what of
// ATT&CK is covered. All of one tenant. Counts come from the store's indexes; documents are read of incidents
// only, and of at most kMaxMeasured of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/cases/case.hpp"
#include "vedette/model/rule.hpp"
#include "vedette/model/search.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::cases {

inline constexpr std::size_t kMaxMeasured = 20'000;
inline constexpr std::size_t kMaxSteps = 62;  // of figures over time

struct MetricsRange {
  std::string tenant;
  base::TimeNs from = 0, to = 0;  // from < to
  base::TimeNs step = 0;          // of figures over time; at least (to - from) / kMaxSteps
};
// invalid_argument: from is not before to, or there would be more than kMaxSteps steps.
base::Status check_range(const MetricsRange& range);

// Seconds. Nothing was measured: count 0, and all are 0.
struct Durations {
  std::uint64_t count = 0;
  double mean = 0, median = 0, p90 = 0;
};
Durations durations_of(std::vector<double> seconds);

struct ClockFigures {
  Clock::Kind kind = Clock::Kind::detect;
  Durations all;
  std::array<Durations, model::kLevels> by_severity;
  std::vector<Durations> over_time;  // by the step in which the incident was made
  // Of clocks with a target: how many kept it, missed it (also while running), still run within it.
  std::uint64_t met = 0, missed = 0, running = 0;
};
struct AnalystFigures {
  std::string name;  // empty: nobody's
  std::uint64_t open = 0;
  std::uint64_t closed = 0;  // within the range
  Durations resolve;         // of those that were made and closed within it
};
struct IncidentFigures {
  std::uint64_t made = 0, closed = 0, open = 0;  // open: now, whenever they were made
  std::vector<std::uint64_t> made_over_time, closed_over_time;
  std::array<std::uint64_t, model::kLevels> by_severity{};
  std::map<std::string, std::uint64_t> by_classification;  // of those closed within the range
  double alerts_per_incident = 0;                          // mean of those made
  std::uint64_t largest = 0;                               // alerts
  double per_day = 0;
  std::vector<ClockFigures> clocks;      // detect, acknowledge, contain, resolve
  std::vector<AnalystFigures> analysts;  // by open, then closed; at most 200
  bool whole = true;                     // false: more than kMaxMeasured were made; the newest were measured
};
// Incidents that live on in others do not count. Times are those at which incidents were made
// (Case::created).
base::Result<IncidentFigures> incident_figures(const ports::RecordStore& records, const MetricsRange& range,
                                               base::TimeNs now);

struct RuleFigures {
  std::string id, title;
  std::uint64_t alerts = 0;
  std::uint64_t true_positive = 0, false_positive = 0, benign = 0;  // verdicts
  std::uint64_t judged() const { return true_positive + false_positive + benign; }
  // Of those judged; nullopt: none is.
  std::optional<double> true_positive_rate() const;
  // Alerts that are likely not worth their time: alerts times the share of false and benign ones among those
  // judged, with one true alert added to these, so that one verdict does not condemn a rule.
  double noise() const;
};
struct AlertFigures {
  std::uint64_t alerts = 0;
  std::vector<std::uint64_t> over_time;
  std::array<std::uint64_t, model::kLevels> by_level{};
  std::vector<RuleFigures> rules;  // by alerts; at most 10,000
};
// By event time. Titles are of `titles` (rule id to title).
base::Result<AlertFigures> alert_figures(const ports::RecordStore& records, const MetricsRange& range,
                                         const std::map<std::string, std::string>& titles);

// --- ATT&CK ---

struct RuleCoverage {
  std::string id, title;
  bool active = false;
  std::vector<std::string> techniques, tactics;
};
struct TechniqueCoverage {
  std::string technique;
  std::vector<std::string> tactics;
  std::vector<std::string> rules;  // ids of active ones
  std::uint64_t alerts = 0;        // of all rules that name it
};
// By technique.
std::vector<TechniqueCoverage> attack_coverage(std::span<const RuleCoverage> rules,
                                               const std::map<std::string, std::uint64_t>& alerts_by_rule);
// A layer of the ATT&CK Navigator (format 4.5): the score is the number of active rules, or of alerts.
enum class LayerOf : std::uint8_t { rules, alerts };
std::string navigator_layer(std::span<const TechniqueCoverage> coverage, LayerOf what, std::string_view name,
                            std::string_view description);

// What others (a threat report, another team) want covered.
struct NavigatorLayer {
  std::string name, domain, version;
  struct Technique {
    std::string id;
    std::optional<double> score;
    std::string comment;
  };
  std::vector<Technique> techniques;  // enabled ones; each once, the highest score of several
};
inline constexpr std::size_t kMaxLayerBytes = 8u << 20;
// Layers of format 2.x to 4.x. invalid_argument says what is wrong; limit: too large.
base::Result<NavigatorLayer> read_navigator_layer(std::string_view json);

struct Gap {
  std::string technique;
  std::optional<double> score;  // the layer's
  enum class Kind : std::uint8_t {
    none,     // a rule names it, and has fired
    silent,   // a rule names it; none has fired
    partial,  // rules name only its sub-techniques, or only the technique it belongs to
    missing,  // no active rule names it
  } kind = Kind::missing;
  std::size_t rules = 0;
  std::uint64_t alerts = 0;
};
std::string_view gap_name(Gap::Kind kind);
// Worst first, then by score. A score of 0 wants nothing.
std::vector<Gap> compare_layer(const NavigatorLayer& layer, std::span<const TechniqueCoverage> coverage);

}  // namespace vedette::cases
