// /metrics: figures of the SOC.
#include <algorithm>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/notifications.hpp"
#include "rest/groups/rule_support.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/soc_metrics.hpp"

namespace vedette::api::metrics_group {
namespace {

using boost::json::object;
using rule_group::text_json;
using rule_group::texts_json;

constexpr base::TimeNs kHour = 3600 * base::kNsPerSecond, kDay = 24 * kHour;
constexpr std::size_t kMostRuleIds = 100;

double seconds(base::TimeNs duration) {
  return static_cast<double>(duration) / static_cast<double>(base::kNsPerSecond);
}

// `from`, `to` and `step` of the query, or what they are without.
Allowed<cases::MetricsRange> range_of_call(const Call& call, const RestParts& parts) {
  const std::string from(call.query("from").value_or("")), to(call.query("to").value_or(""));
  const base::TimeNs now = parts.now();
  const auto given = search_group::read_range(from, to, now, "query:");
  if (!given.ok()) return given.refusal();
  cases::MetricsRange range;
  range.tenant = call.principal().scope.tenant;
  range.to = to.empty() ? now : given->to;
  range.from = from.empty() ? range.to - 30 * kDay : given->from;
  const auto wrong = [](std::string field, std::string message) {
    return Refusal{.kind = Refusal::Kind::invalid, .message = std::move(message), .field = std::move(field)};
  };
  if (range.from >= range.to) return wrong("query:from", "must be before to");
  const base::TimeNs length = range.to - range.from;
  range.step = length <= 2 * kDay ? kHour : kDay;
  const auto most = static_cast<base::TimeNs>(cases::kMaxSteps);
  if (length / range.step >= most) range.step = (length / most / kDay + 1) * kDay;
  if (const auto step = call.query("step")) {
    range.step = base::parse_duration(*step).value_or(0);
    const base::Status checked = cases::check_range(range);
    if (!checked.ok()) return wrong("query:step", checked.error().message);
  }
  return range;
}

object durations_json(const cases::Durations& durations) {
  return object{{"count", durations.count},
                {"mean", durations.mean},
                {"median", durations.median},
                {"p90", durations.p90}};
}

template <typename Figures, typename Make>
object by_level_json(const Figures& figures, Make make) {
  object out;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    out[model::level_name(static_cast<model::Level>(i))] = make(figures[i]);
  }
  return out;
}

boost::json::array counts_json(const std::vector<std::uint64_t>& counts) {
  boost::json::array out;
  for (const std::uint64_t count : counts) out.emplace_back(count);
  return out;
}

void add_range(object& out, const cases::MetricsRange& range) {
  out["from"] = time_json(range.from);
  out["to"] = time_json(range.to);
  out["step_seconds"] = seconds(range.step);
}

object clock_json(const cases::ClockFigures& clock) {
  boost::json::array over_time;
  for (const cases::Durations& durations : clock.over_time) over_time.push_back(durations_json(durations));
  const std::uint64_t judged = clock.met + clock.missed;
  return object{{"kind", cases::clock_kind_name(clock.kind)},
                {"all", durations_json(clock.all)},
                {"by_severity", by_level_json(clock.by_severity, durations_json)},
                {"over_time", std::move(over_time)},
                {"met", clock.met},
                {"missed", clock.missed},
                {"running", clock.running},
                {"compliance",
                 judged == 0 ? Json() : Json(static_cast<double>(clock.met) / static_cast<double>(judged))}};
}

Reply incident_metrics(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const cases::MetricsRange range, range_of_call(call, parts));
  REPLY_ASSIGN(const cases::IncidentFigures figures,
               cases::incident_figures(*parts.records, range, parts.now()));
  object out{
      {"made", figures.made},
      {"closed", figures.closed},
      {"open", figures.open},
      {"per_day", figures.per_day},
      {"made_over_time", counts_json(figures.made_over_time)},
      {"closed_over_time", counts_json(figures.closed_over_time)},
      {"by_severity", by_level_json(figures.by_severity, [](std::uint64_t count) { return Json(count); })},
      {"alerts_per_incident", figures.alerts_per_incident},
      {"largest", figures.largest},
      {"whole", figures.whole}};
  add_range(out, range);
  object classes;
  for (const auto& [name, count] : figures.by_classification) classes[name] = count;
  out["by_classification"] = std::move(classes);
  boost::json::array clocks, analysts;
  for (const cases::ClockFigures& clock : figures.clocks) clocks.push_back(clock_json(clock));
  for (const cases::AnalystFigures& analyst : figures.analysts) {
    analysts.push_back(object{{"name", rule_group::optional_text_json(analyst.name)},
                              {"open", analyst.open},
                              {"closed", analyst.closed},
                              {"resolve", durations_json(analyst.resolve)}});
  }
  out["clocks"] = std::move(clocks);
  out["analysts"] = std::move(analysts);
  Reply reply;
  reply.body = std::move(out);
  return reply;
}

std::map<std::string, std::string> titles_of(const RestParts& parts) {
  std::map<std::string, std::string> titles;
  if (parts.rules == nullptr) return titles;
  for (const detect::RuleState& state : parts.rules->states()) titles[state.id] = state.title;
  return titles;
}

object rule_metrics_json(const cases::RuleFigures& rule) {
  const auto rate = rule.true_positive_rate();
  return object{{"id", text_json(rule.id)},
                {"title", rule_group::optional_text_json(rule.title)},
                {"alerts", rule.alerts},
                {"true_positive", rule.true_positive},
                {"false_positive", rule.false_positive},
                {"benign", rule.benign},
                {"judged", rule.judged()},
                {"true_positive_rate", rate ? Json(*rate) : Json()},
                {"noise", rule.noise()}};
}

Reply alert_metrics(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const cases::MetricsRange range, range_of_call(call, parts));
  REPLY_ASSIGN(cases::AlertFigures figures, cases::alert_figures(*parts.records, range, titles_of(parts)));
  if (call.query("sort") == "noise") {
    std::stable_sort(figures.rules.begin(), figures.rules.end(),
                     [](const auto& a, const auto& b) { return a.noise() > b.noise(); });
  }
  const auto limit = static_cast<std::size_t>(call.integer("limit", 100));
  if (figures.rules.size() > limit) figures.rules.resize(limit);
  boost::json::array rules;
  for (const cases::RuleFigures& rule : figures.rules) rules.push_back(rule_metrics_json(rule));
  object out{{"alerts", figures.alerts},
             {"over_time", counts_json(figures.over_time)},
             {"by_level", by_level_json(figures.by_level, [](std::uint64_t count) { return Json(count); })},
             {"rules", std::move(rules)}};
  add_range(out, range);
  Reply reply;
  reply.body = std::move(out);
  return reply;
}

struct CoverageFigures {
  cases::MetricsRange range;
  std::size_t active = 0;
  std::vector<cases::TechniqueCoverage> techniques;
};
Allowed<CoverageFigures> coverage_of_call(const Call& call, const RestParts& parts) {
  CoverageFigures out;
  const auto range = range_of_call(call, parts);
  if (!range.ok()) return range.refusal();
  out.range = *range;
  const auto alerts = cases::alert_figures(*parts.records, out.range, {});
  if (!alerts.ok())
    return Refusal{.kind = Refusal::Kind::failed, .message = alerts.error().message, .field = {}};
  std::map<std::string, std::uint64_t> by_rule;
  for (const cases::RuleFigures& rule : alerts->rules) by_rule[rule.id] = rule.alerts;
  std::vector<cases::RuleCoverage> rules;
  for (const detect::RuleState& state : parts.rules->states()) {
    if (!state.info) continue;
    const bool active = state.kind == detect::RuleState::Kind::active;
    out.active += active;
    rules.push_back({state.id, state.title, active, model::attack_techniques(*state.info),
                     model::attack_tactics(*state.info)});
  }
  out.techniques = cases::attack_coverage(rules, by_rule);
  return out;
}

Reply coverage(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const CoverageFigures figures, coverage_of_call(call, parts));
  boost::json::array items;
  std::size_t covered = 0, fired = 0;
  for (const cases::TechniqueCoverage& technique : figures.techniques) {
    covered += !technique.rules.empty();
    fired += technique.alerts > 0;
    std::vector<std::string> ids = technique.rules;
    if (ids.size() > kMostRuleIds) ids.resize(kMostRuleIds);
    items.push_back(object{{"technique", text_json(technique.technique)},
                           {"tactics", texts_json(technique.tactics)},
                           {"rules", technique.rules.size()},
                           {"rule_ids", texts_json(ids)},
                           {"alerts", technique.alerts}});
  }
  Reply reply;
  reply.body = object{{"from", time_json(figures.range.from)},
                      {"to", time_json(figures.range.to)},
                      {"active_rules", figures.active},
                      {"covered", covered},
                      {"fired", fired},
                      {"techniques", std::move(items)}};
  return reply;
}

Reply coverage_layer(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const CoverageFigures figures, coverage_of_call(call, parts));
  const bool alerts = call.query("of") == "alerts";
  const std::string days = fmt::format("{} to {}", base::format_rfc3339(figures.range.from).substr(0, 10),
                                       base::format_rfc3339(figures.range.to).substr(0, 10));
  Reply reply;
  reply.raw = cases::navigator_layer(
      figures.techniques, alerts ? cases::LayerOf::alerts : cases::LayerOf::rules,
      alerts ? "Vedette: what fired" : "Vedette: active rules",
      alerts ? "Alerts by technique, " + days : "Active rules by technique, and alerts " + days);
  reply.content_type = "application/json";
  reply.headers.emplace_back("Content-Disposition", alerts ? "attachment; filename=\"attack-alerts.json\""
                                                           : "attachment; filename=\"attack-rules.json\"");
  return reply;
}

Reply compare_coverage(Call& call, const RestParts& parts) {
  const auto layer = cases::read_navigator_layer(call.raw_body());
  if (!layer.ok())
    return problem(422, "layer", layer.error().message + ".", {{"", layer.error().message, 0}});
  REPLY_ASSIGN(const CoverageFigures figures, coverage_of_call(call, parts));
  boost::json::array items;
  std::array<std::size_t, 4> counts{};
  for (const cases::Gap& gap : cases::compare_layer(*layer, figures.techniques)) {
    ++counts[static_cast<std::size_t>(gap.kind)];
    items.push_back(object{{"technique", text_json(gap.technique)},
                           {"gap", cases::gap_name(gap.kind)},
                           {"score", gap.score ? Json(*gap.score) : Json()},
                           {"rules", gap.rules},
                           {"alerts", gap.alerts}});
  }
  Reply reply;
  object out{{"name", text_json(layer->name)}, {"wanted", items.size()}};
  for (std::size_t i = 0; i < counts.size(); ++i)
    out[cases::gap_name(static_cast<cases::Gap::Kind>(i))] = counts[i];
  out["techniques"] = std::move(items);
  reply.body = std::move(out);
  return reply;
}

}  // namespace
}  // namespace vedette::api::metrics_group

namespace vedette::api {

void add_metrics_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = metrics_group;
  const auto add = [&](const char* operation, Reply (*answer)(Call&, const RestParts&), bool served) {
    if (!served) {
      handlers[operation] = [](Call&) { return rule_group::group_missing("these figures"); };
      return;
    }
    handlers[operation] = [parts, answer](Call& call) {
      if (notify_group::sees_whole_tenant(call)) return answer(call, parts);
      return problem(403, "forbidden",
                     "Figures are of the whole tenant: they take a role that sees all its events.");
    };
  };
  add("getIncidentMetrics", group::incident_metrics, parts.records != nullptr);
  add("getAlertMetrics", group::alert_metrics, parts.records != nullptr);
  const bool rules = parts.records != nullptr && parts.rules != nullptr;
  add("getCoverage", group::coverage, rules);
  add("getCoverageLayer", group::coverage_layer, rules);
  add("compareCoverage", group::compare_coverage, rules);
}

}  // namespace vedette::api
