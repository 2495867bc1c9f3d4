#include "vedette/node/hunt.hpp"

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "rule_options.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kHuntName = "hunt";

struct HuntCommand {
  node::HuntOptions hunt;
  node::RuleSelection rules;
  report::OutputFormat output = report::OutputFormat::table;
  model::Level fail_level = model::Level::informational;
  std::uint64_t limit = 0;
};

base::Result<HuntCommand> read_hunt_options(const Args& args) {
  HuntCommand command;
  if (!args.positional().empty()) {
    return base::make_error(
        base::ErrorCode::invalid_argument,
        "hunt takes options only: it runs over the data folder (vedette scan reads files)");
  }
  TRY_ASSIGN(command.rules, rule_selection(args));
  TRY_ASSIGN(command.hunt.range, time_range(args));
  TRY_ASSIGN(command.hunt.threads, thread_option(args));
  TRY_ASSIGN(command.limit, count_option(args, "--limit", "0"));
  if (!report::parse_output_format(args.get("--output", "table"), command.output)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "--output is table, ndjson, json, csv or timeline");
  }
  if (!model::parse_level(args.get("--fail-level", "informational"), command.fail_level)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "--fail-level is informational, low, medium, high or critical");
  }
  return command;
}

int exit_code(const report::AlertStatistics& statistics, model::Level fail_level) {
  for (int level = static_cast<int>(fail_level); level < model::kLevels; ++level) {
    if (statistics.by_level(static_cast<model::Level>(level)) > 0) return kExitFindings;
  }
  return kExitClean;
}

int run_hunt(const Args& args) {
  const auto command = read_hunt_options(args);
  if (!command) return trouble(kHuntName, command.error().message);
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble(kHuntName, data.error().message);
  detect::RuleSet rules = node::load_selected_rules(command->rules, false, command->hunt.threads);
  print_diagnostics(rules.diagnostics, base::Severity::error);
  if (rules.rules.empty()) return trouble(kHuntName, "no rule to hunt with");

  const auto writer = report::make_alert_writer(
      command->output, [](std::string_view text) { print(stdout, text); }, writer_options(stdout));
  report::AlertStatistics statistics;
  std::uint64_t written = 0;
  node::ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) {
    statistics.add(alert);
    if (command->limit != 0 && written >= command->limit) return;
    ++written;
    writer->write(alert);
  };
  const auto hunted =
      node::hunt((*data)->store(), std::move(rules), command->hunt, observer, interrupt_token());
  if (!hunted) return trouble(kHuntName, hunted.error().message);
  writer->finish();
  std::fflush(stdout);
  if (!args.has("--quiet")) {
    report::ScanTotals totals = hunted->totals;
    totals.version = VEDETTE_VERSION;
    totals.limited = written < statistics.total();
    print(stderr, report::render_summary(totals, statistics, writer_options(stderr)));
    const model::SearchStats& stats = hunted->search.stats;
    print(stderr,
          fmt::format("blocks: {} of {} visited\n",
                      stats.blocks - stats.blocks_skipped_time - stats.blocks_skipped_filter, stats.blocks));
  }
  if (std::ferror(stdout)) return trouble(kHuntName, "cannot write the alerts: output closed or disk full");
  if (interrupt_token().cancelled()) return trouble(kHuntName, "interrupted");
  if (print_caveats(kHuntName, hunted->search)) return kExitTrouble;
  return exit_code(statistics, command->fail_level);
}

}  // namespace

const CommandSpec& hunt_command() {
  static const CommandSpec command{
      kHuntName,
      "[options]",
      "run rules over stored events",
      "Gives the alerts that vedette scan gives on the same events. Few rules are turned into a search that "
      "reads\n"
      "only where they may match. Exit code: 0 no alert at or above --fail-level, 1 alerts, 2 trouble.",
      {kDataOption,
       kRulesOption,
       kMinLevelOption,
       kTagOption,
       kStatusOption,
       kPlaceholdersOption,
       kFromOption,
       kToOption,
       {"--output", "FORMAT", "table (default), ndjson, json, csv or timeline"},
       {"--fail-level", "LEVEL", "lowest level that makes the exit code 1 (default: informational)"},
       {"--limit", "N", "write at most N alerts (all are counted)"},
       {"--threads", "N", "threads (default: one a core)"},
       {"--quiet", "", "no summary"}},
      run_hunt};
  return command;
}

}  // namespace vedette::cli
