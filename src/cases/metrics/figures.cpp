// How long things take, and how many there are.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "vedette/cases/soc_metrics.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;
using ports::RecordQuery;

constexpr std::uint32_t kPage = 500;
constexpr std::uint32_t kMostRules = 10'000;
constexpr std::size_t kMostAnalysts = 200;
constexpr double kNsPerDay = 86'400e9;

ColumnTest of_tenant(const std::string& tenant) {
  if (tenant.empty()) return {"tenant", ColumnTest::Op::absent, {}};
  return {"tenant", ColumnTest::Op::equals, {tenant}};
}

void within(RecordQuery& query, const char* column, base::TimeNs from, base::TimeNs to) {
  query.tests.push_back({column, ColumnTest::Op::at_least, {from}});
  query.tests.push_back({column, ColumnTest::Op::less, {to}});
}

RecordQuery query_for(std::string collection, const MetricsRange& range) {
  RecordQuery query;
  query.collection = std::move(collection);
  query.tests.push_back(of_tenant(range.tenant));
  if (query.collection == "incidents") {
    query.tests.push_back({"merged", ColumnTest::Op::equals, {std::int64_t{0}}});
  }
  return query;
}

std::size_t steps_of(const MetricsRange& range) {
  return static_cast<std::size_t>((range.to - range.from + range.step - 1) / range.step);
}

base::Result<std::vector<std::uint64_t>> counted_over_time(const ports::RecordStore& records,
                                                           const char* collection, const char* column,
                                                           const MetricsRange& range) {
  std::vector<std::uint64_t> counts;
  for (std::size_t i = 0; i < steps_of(range); ++i) {
    RecordQuery query = query_for(collection, range);
    const base::TimeNs from = range.from + static_cast<base::TimeNs>(i) * range.step;
    within(query, column, from, std::min(range.to, from + range.step));
    TRY_ASSIGN(const std::uint64_t count, records.count(query));
    counts.push_back(count);
  }
  return counts;
}

std::string text_of(const ports::ColumnValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text ? *text : std::string();
}

// What is measured of the incidents that were made within the range.
class Measured {
 public:
  Measured(const MetricsRange& range, base::TimeNs now) : range_(range), now_(now) {
    for (Samples& samples : clocks_) samples.over_time.resize(steps_of(range));
  }

  void add(const Case& incident) {
    const auto severity = static_cast<std::size_t>(incident.shown_severity());
    ++by_severity_[severity];
    alerts_ += incident.incident.alerts;
    largest_ = std::max(largest_, incident.incident.alerts);
    ++incidents_;
    const auto step = static_cast<std::size_t>((incident.created - range_.from) / range_.step);
    for (const Clock& clock : incident.clocks) add(clock, incident, severity, step);
  }

  void finish(IncidentFigures& out) {
    out.by_severity = by_severity_;
    out.largest = largest_;
    if (incidents_ > 0)
      out.alerts_per_incident = static_cast<double>(alerts_) / static_cast<double>(incidents_);
    for (std::size_t kind = 0; kind < clocks_.size(); ++kind) {
      Samples& samples = clocks_[kind];
      ClockFigures figures;
      figures.kind = static_cast<Clock::Kind>(kind);
      figures.met = samples.met;
      figures.missed = samples.missed;
      figures.running = samples.running;
      figures.all = durations_of(std::move(samples.all));
      for (std::size_t i = 0; i < figures.by_severity.size(); ++i) {
        figures.by_severity[i] = durations_of(std::move(samples.by_severity[i]));
      }
      for (std::vector<double>& list : samples.over_time)
        figures.over_time.push_back(durations_of(std::move(list)));
      out.clocks.push_back(std::move(figures));
    }
    for (AnalystFigures& analyst : out.analysts) {
      const auto found = resolve_.find(analyst.name);
      if (found != resolve_.end()) analyst.resolve = durations_of(found->second);
    }
  }

 private:
  struct Samples {
    std::vector<double> all;
    std::array<std::vector<double>, model::kLevels> by_severity;
    std::vector<std::vector<double>> over_time;
    std::uint64_t met = 0, missed = 0, running = 0;
  };

  void add(const Clock& clock, const Case& incident, std::size_t severity, std::size_t step) {
    if (clock.started == 0) return;
    Samples& samples = clocks_[static_cast<std::size_t>(clock.kind)];
    const base::TimeNs elapsed = clock.elapsed(now_);
    if (clock.target > 0) {
      const bool late = clock.breached || elapsed > clock.target;
      ++(late ? samples.missed : clock.stopped != 0 ? samples.met : samples.running);
    }
    if (clock.stopped == 0) return;
    const double seconds = static_cast<double>(elapsed) / static_cast<double>(base::kNsPerSecond);
    samples.all.push_back(seconds);
    samples.by_severity[severity].push_back(seconds);
    if (step < samples.over_time.size()) samples.over_time[step].push_back(seconds);
    if (clock.kind == Clock::Kind::resolve) resolve_[incident.owner].push_back(seconds);
  }

  const MetricsRange& range_;
  const base::TimeNs now_;
  std::array<Samples, 4> clocks_;
  std::array<std::uint64_t, model::kLevels> by_severity_{};
  std::map<std::string, std::vector<double>> resolve_;
  std::uint64_t alerts_ = 0, largest_ = 0, incidents_ = 0;
};

base::Status measure(const ports::RecordStore& records, const MetricsRange& range, Measured& measured,
                     bool& whole) {
  RecordQuery query = query_for("incidents", range);
  within(query, "created", range.from, range.to);
  query.order_by = "created";
  query.descending = true;
  query.limit = kPage;
  std::size_t seen = 0;
  do {
    TRY_ASSIGN(const ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) {
      ++seen;
      if (const auto incident = parse_case(record.document); incident.ok()) measured.add(*incident);
    }
    query.after = page.next;
  } while (!query.after.empty() && seen < kMaxMeasured);
  whole = query.after.empty();
  return base::ok_status();
}

base::Status add_analysts(const ports::RecordStore& records, const MetricsRange& range,
                          IncidentFigures& out) {
  std::map<std::string, AnalystFigures> by_name;
  RecordQuery open = query_for("incidents", range);
  open.tests.push_back({"status", ColumnTest::Op::not_equals, {std::string("closed")}});
  TRY_ASSIGN(const auto open_counts, records.count_by(open, "owner", kMostRules));
  for (const auto& [name, count] : open_counts) {
    by_name[text_of(name)].open = count;
    out.open += count;
  }
  RecordQuery closed = query_for("incidents", range);
  within(closed, "closed", range.from, range.to);
  TRY_ASSIGN(const auto closed_counts, records.count_by(closed, "owner", kMostRules));
  for (const auto& [name, count] : closed_counts) {
    by_name[text_of(name)].closed = count;
    out.closed += count;
  }
  TRY_ASSIGN(const auto verdicts, records.count_by(closed, "classification", 100));
  for (const auto& [name, count] : verdicts) out.by_classification[text_of(name)] = count;
  for (auto& [name, analyst] : by_name) {
    analyst.name = name;
    out.analysts.push_back(std::move(analyst));
  }
  std::stable_sort(out.analysts.begin(), out.analysts.end(),
                   [](const AnalystFigures& a, const AnalystFigures& b) {
                     return a.open != b.open ? a.open > b.open : a.closed > b.closed;
                   });
  if (out.analysts.size() > kMostAnalysts) out.analysts.resize(kMostAnalysts);
  return base::ok_status();
}

}  // namespace

base::Status check_range(const MetricsRange& range) {
  const auto refuse = [](std::string what) {
    return base::make_error(base::ErrorCode::invalid_argument, std::move(what));
  };
  if (range.from >= range.to) return refuse("from is not before to");
  if (range.step <= 0) return refuse("the step is no duration");
  // Of far ends the difference does not fit.
  const double steps =
      (static_cast<double>(range.to) - static_cast<double>(range.from)) / static_cast<double>(range.step);
  if (steps > static_cast<double>(kMaxSteps)) {
    return refuse(
        fmt::format("there are more than {} steps: take longer ones or a shorter range", kMaxSteps));
  }
  return base::ok_status();
}

Durations durations_of(std::vector<double> seconds) {
  Durations out;
  if (seconds.empty()) return out;
  std::sort(seconds.begin(), seconds.end());
  out.count = seconds.size();
  out.mean = std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(seconds.size());
  // Between neighbours the value is interpolated.
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(seconds.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const std::size_t high = std::min(low + 1, seconds.size() - 1);
    return seconds[low] + (seconds[high] - seconds[low]) * (place - std::floor(place));
  };
  out.median = at(0.5);
  out.p90 = at(0.9);
  return out;
}

base::Result<IncidentFigures> incident_figures(const ports::RecordStore& records, const MetricsRange& range,
                                               base::TimeNs now) {
  TRY(check_range(range));
  IncidentFigures out;
  TRY_ASSIGN(out.made_over_time, counted_over_time(records, "incidents", "created", range));
  TRY_ASSIGN(out.closed_over_time, counted_over_time(records, "incidents", "closed", range));
  out.made = std::accumulate(out.made_over_time.begin(), out.made_over_time.end(), std::uint64_t{0});
  out.per_day = static_cast<double>(out.made) / (static_cast<double>(range.to - range.from) / kNsPerDay);
  TRY(add_analysts(records, range, out));
  Measured measured(range, now);
  TRY(measure(records, range, measured, out.whole));
  measured.finish(out);
  return out;
}

std::optional<double> RuleFigures::true_positive_rate() const {
  if (judged() == 0) return std::nullopt;
  return static_cast<double>(true_positive) / static_cast<double>(judged());
}

double RuleFigures::noise() const {
  const auto wrong = static_cast<double>(false_positive + benign);
  return static_cast<double>(alerts) * wrong / (static_cast<double>(judged()) + 1);
}

base::Result<AlertFigures> alert_figures(const ports::RecordStore& records, const MetricsRange& range,
                                         const std::map<std::string, std::string>& titles) {
  TRY(check_range(range));
  AlertFigures out;
  TRY_ASSIGN(out.over_time, counted_over_time(records, "alerts", "time", range));
  out.alerts = std::accumulate(out.over_time.begin(), out.over_time.end(), std::uint64_t{0});
  RecordQuery all = query_for("alerts", range);
  within(all, "time", range.from, range.to);
  TRY_ASSIGN(const auto levels, records.count_by(all, "level", model::kLevels));
  for (const auto& [level, count] : levels) {
    const auto* number = std::get_if<std::int64_t>(&level);
    if (number && *number >= 0 && *number < model::kLevels)
      out.by_level[static_cast<std::size_t>(*number)] = count;
  }
  TRY_ASSIGN(const auto rules, records.count_by(all, "rule_id", kMostRules));
  std::map<std::string, std::size_t> places;
  for (const auto& [id, count] : rules) {
    RuleFigures rule;
    rule.id = text_of(id);
    if (const auto title = titles.find(rule.id); title != titles.end()) rule.title = title->second;
    rule.alerts = count;
    places[rule.id] = out.rules.size();
    out.rules.push_back(std::move(rule));
  }
  for (const auto& [verdict, member] : {std::pair{"true_positive", &RuleFigures::true_positive},
                                        std::pair{"false_positive", &RuleFigures::false_positive},
                                        std::pair{"benign", &RuleFigures::benign}}) {
    RecordQuery judged = all;
    judged.tests.push_back({"verdict", ColumnTest::Op::equals, {std::string(verdict)}});
    TRY_ASSIGN(const auto counts, records.count_by(judged, "rule_id", kMostRules));
    for (const auto& [id, count] : counts) {
      const auto place = places.find(text_of(id));
      if (place != places.end()) out.rules[place->second].*member = count;
    }
  }
  return out;
}

}  // namespace vedette::cases
