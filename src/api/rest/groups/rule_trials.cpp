// /rules/lint, /rules/test and /rules/back-test.
#include <fmt/format.h>

#include "rest/groups/rule_view.hpp"

namespace vedette::api::rule_group {
namespace {

Reply lint_rule(Call& call, const RestParts& parts) {
  const base::Diagnostics diagnostics = parts.rules->lint(Members(call.body()).text("yaml"));
  Reply reply;
  reply.body = boost::json::object{{"ok", !base::has_errors(diagnostics)},
                                   {"diagnostics", diagnostics_json(diagnostics)}};
  return reply;
}

Reply test_rule(Call& call, const RestParts& parts) {
  const Members body(call.body());
  std::vector<std::string> events;
  if (const Json* list = body.find("events"); list && list->is_array()) {
    for (const Json& event : list->get_array()) {
      events.push_back(event.is_string() ? std::string(event.get_string()) : written_json(event));
    }
  }
  REPLY_ASSIGN(const auto alerts, parts.rules->test(body.text("yaml"), events));
  boost::json::array results;
  for (const auto& of_event : alerts) {
    boost::json::array list;
    for (const model::AlertRecord& alert : of_event) list.push_back(alert_json(alert));
    results.push_back(boost::json::object{{"matched", !of_event.empty()}, {"alerts", std::move(list)}});
  }
  Reply reply;
  reply.body = boost::json::object{{"results", std::move(results)}};
  return reply;
}

Reply run_back_test(RuleService& rules, const std::string& yaml, const ports::LogStore& events,
                    const model::TimeRange& range, const JobProgress& progress) {
  Tally tally(range);
  std::uint64_t alerts = 0;
  const auto on_alert = [&](const model::AlertRecord& alert) {
    ++alerts;
    tally.add(alert.time, alert.group_key);
    if (tally.wants_sample()) tally.add_sample(alert_json(alert));
    if (alerts % 256 == 1) progress.report(tally.share(alert.time), fmt::format("{} alerts so far", alerts));
    return !progress.cancellation.cancelled();
  };
  progress.report(0, "reading the events");
  REPLY_ASSIGN(const auto totals, rules.back_test(yaml, events, range, on_alert, progress.cancellation));
  Reply reply;
  reply.body = boost::json::object{{"from", time_json(range.from)},
                                   {"to", time_json(range.to)},
                                   {"events", totals.events},
                                   {"alerts", totals.alerts},
                                   {"interval_seconds", tally.interval_json()},
                                   {"counts", tally.buckets_json()},
                                   {"top_groups", tally.top_json("group_key")},
                                   {"samples", tally.take_samples()}};
  return reply;
}

Reply back_test_rule(Call& call, const RestParts& parts) {
  // Samples show events.
  if (auto refused = check_permission(call, Permission::events_read, "A back-test"))
    return std::move(*refused);
  const Members body(call.body());
  std::string yaml = body.text("yaml");
  const std::string id = body.text("id");
  if (yaml.empty() == id.empty()) {
    return problem(422, "invalid", "Give either yaml or the id of a rule.",
                   {{"/yaml", "either this or id", 0}});
  }
  if (!id.empty()) {
    call.target("rules/" + id);
    REPLY_ASSIGN(RuleView view, find_rule(parts, id));
    if (view.of_book && view.record) {
      yaml = std::move(view.record->yaml);
    } else {
      REPLY_ASSIGN(yaml, parts.rules->source_of(id));
    }
  }
  REPLY_ASSIGN(const model::TimeRange range, range_of(call.body()));
  const base::Diagnostics diagnostics = parts.rules->lint(yaml);
  if (base::has_errors(diagnostics)) return diagnostics_problem(diagnostics, "/yaml");
  RuleService* rules = parts.rules;
  return start_job(
      parts, call, "rules.back_test",
      [rules, yaml = std::move(yaml), events = call.shared_events(), range](const JobProgress& progress) {
        return run_back_test(*rules, yaml, *events, range, progress);
      });
}

}  // namespace

void add_rule_trial_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["lintRule"] = [parts](Call& call) { return lint_rule(call, parts); };
  handlers["testRule"] = [parts](Call& call) { return test_rule(call, parts); };
  handlers["backTestRule"] = [parts](Call& call) { return back_test_rule(call, parts); };
}

}  // namespace vedette::api::rule_group
