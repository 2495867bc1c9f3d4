// metrics: figures of the SOC, of a server.
#include <cmath>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kMetricsName = "metrics";

base::Error wrong_option(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

// "42 s", "12 min", "3.4 h", "2.1 d".
std::string span_text(const JsonView& durations, std::string_view member) {
  if (durations["count"].integer() == 0) return {};
  const double seconds = durations[member].real();
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86'400);
}

std::string share_text(const JsonView& share) {
  return share.there() ? fmt::format("{:.0f} %", share.real() * 100) : std::string();
}

std::string range_query(const Args& args) {
  std::string query;
  for (const char* name : {"from", "to"}) {
    const std::string option = fmt::format("--{}", name);
    if (!args.has(option)) continue;
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, node::url_encoded(args.get(option)));
  }
  return query;
}

void print_incidents(const JsonDocument& figures) {
  print(
      stdout,
      fmt::format("Incidents {} to {}\n  made {}, closed {}, open now {}; {:.1f} a day, {:.1f} alerts each\n",
                  short_time(figures["from"].text()), short_time(figures["to"].text()),
                  figures["made"].integer(), figures["closed"].integer(), figures["open"].integer(),
                  figures["per_day"].real(), figures["alerts_per_incident"].real()));
  if (!figures["whole"].flag())
    print(stdout, "  There were more than could be measured: times are of the newest.\n");
  TextTable times({"TIME TO", "MEASURED", "MEAN", "MEDIAN", "P90", "TARGETS KEPT"});
  for (const JsonView& clock : figures["clocks"].items()) {
    const JsonView all = clock["all"];
    times.add({clock["kind"].text(), all["count"].text(), span_text(all, "mean"), span_text(all, "median"),
               span_text(all, "p90"), share_text(clock["compliance"])});
  }
  print(stdout, "\n" + times.text());
  TextTable analysts({"ANALYST", "OPEN", "CLOSED", "MEDIAN TIME"});
  for (const JsonView& analyst : figures["analysts"].items()) {
    const std::string name = analyst["name"].text();
    analysts.add({name.empty() ? "(nobody)" : name, analyst["open"].text(), analyst["closed"].text(),
                  span_text(analyst["resolve"], "median")});
  }
  if (!analysts.empty()) print(stdout, "\n" + analysts.text());
}

void print_alerts(const JsonDocument& figures) {
  print(stdout, fmt::format("\nAlerts: {}\n\n", figures["alerts"].integer()));
  TextTable rules({"ALERTS", "JUDGED", "TRUE", "NOISE", "RULE"});
  for (const JsonView& rule : figures["rules"].items()) {
    const std::string title = rule["title"].text();
    rules.add({rule["alerts"].text(), rule["judged"].text(), share_text(rule["true_positive_rate"]),
               fmt::format("{:.0f}", rule["noise"].real()), title.empty() ? rule["id"].text() : title});
  }
  print(stdout, rules.text());
}

void print_coverage(const JsonDocument& figures) {
  print(stdout, fmt::format("\nATT&CK: {} active rules name {} techniques; alerts name {}\n",
                            figures["active_rules"].integer(), figures["covered"].integer(),
                            figures["fired"].integer()));
}

base::Status show_metrics(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  const std::string range = range_query(args);
  const std::string sort = args.get("--sort", "alerts");
  if (sort != "alerts" && sort != "noise") return wrong_option("--sort is alerts or noise");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const JsonDocument incidents, get_json(server, "/metrics/incidents" + range));
  const std::string of_alerts =
      fmt::format("/metrics/alerts{}{}limit=20&sort={}", range, range.empty() ? '?' : '&', sort);
  TRY_ASSIGN(const JsonDocument alerts, get_json(server, of_alerts));
  TRY_ASSIGN(const JsonDocument coverage, get_json(server, "/metrics/coverage" + range));
  if (json) {
    print(stdout, fmt::format("{{\"incidents\":{},\"alerts\":{},\"coverage\":{}}}\n", incidents.root().json(),
                              alerts.root().json(), coverage.root().json()));
    return base::ok_status();
  }
  print_incidents(incidents);
  print_alerts(alerts);
  print_coverage(coverage);
  return base::ok_status();
}

}  // namespace

const CommandSpec& metrics_command() {
  static const CommandSpec command{
      kMetricsName,
      "[options]",
      "times, rules, analysts and ATT&CK coverage of a server's SOC",
      "vedette metrics --from now-7d --sort noise\nExit code: 0 shown, 2 not.",
      {{"--from", "TIME", "from this time on: RFC 3339, or now-7d (default: 30 days ago)"},
       {"--to", "TIME", "up to this time (default: now)"},
       {"--sort", "alerts|noise", "which rules come first (default: alerts)"},
       kServerOption,
       kFormatOption},
      [](const Args& args) {
        const base::Status shown = show_metrics(args);
        return shown.ok() ? kExitClean : trouble(kMetricsName, shown.error().message);
      }};
  return command;
}

}  // namespace vedette::cli
