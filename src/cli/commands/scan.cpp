#include "vedette/node/scan.hpp"

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "args.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "interrupt.hpp"
#include "rule_options.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::cli {
namespace {

struct ScanCommand {
  node::ScanOptions scan;
  node::RuleSelection rules;
  report::OutputFormat output = report::OutputFormat::table;
  std::optional<model::Level> fail_level;
};

base::Result<ScanCommand> read_command(const Args& args) {
  ScanCommand command;
  command.scan.paths = args.positional();
  if (command.scan.paths.empty()) return invalid("scan needs a file, a folder or - for the standard input");
  TRY_ASSIGN(command.rules, rule_selection(args));
  if (!report::parse_output_format(args.get("--output", "table"), command.output)) {
    return invalid("--output is table, ndjson, json, csv or timeline");
  }
  command.scan.format = args.get("--format");
  if (const auto known = normalize::detect_format({}, "", command.scan.format); !known) return known.error();
  if (args.has("--from")) {
    TRY_ASSIGN(command.scan.from, parse_time_argument(args.get("--from"), false));
  }
  if (args.has("--to")) {
    TRY_ASSIGN(command.scan.to, parse_time_argument(args.get("--to"), true));
  }
  if (command.scan.from > command.scan.to)
    return invalid("--from is later than --to: no event is in between");
  if (args.has("--utc-offset")) {
    TRY_ASSIGN(command.scan.utc_offset_seconds, parse_offset_argument(args.get("--utc-offset")));
  }
  const auto threads = base::parse_int(args.get("--threads", "0"));
  if (!threads || *threads < 0 || *threads > 256) return invalid("--threads is a number from 1 to 256");
  command.scan.threads = static_cast<int>(*threads);
  const auto limit = base::parse_uint(args.get("--limit", "0"));
  if (!limit) return invalid("--limit is a number");
  command.scan.limit = *limit;
  model::Level fail_level{};
  if (!model::parse_level(args.get("--fail-level", "informational"), fail_level)) {
    return invalid("--fail-level is informational, low, medium, high or critical");
  }
  command.fail_level = fail_level;
  return command;
}

// What the exit code is about must be told without the summary, too.
void print_troubles(const report::ScanTotals& totals) {
  for (const report::InputTrouble& input : totals.troubles) {
    print(stderr, fmt::format("vedette scan: {}: {}\n", base::escape_control(input.path), input.message));
  }
}

int exit_code(const report::ScanTotals& totals, const report::AlertStatistics& alerts,
              model::Level fail_level) {
  if (!totals.troubles.empty()) return kExitTrouble;
  for (int level = static_cast<int>(fail_level); level < model::kLevels; ++level) {
    if (alerts.by_level(static_cast<model::Level>(level)) > 0) return kExitFindings;
  }
  return kExitClean;
}

// Opening the output would destroy the evidence.
base::Status check_output(const Args& args, std::string_view option) {
  for (const std::string& path : args.positional()) {
    std::error_code error;
    if (args.has(option) && std::filesystem::equivalent(path, args.get(option), error)) {
      return invalid(std::string(option) + " names an input: " + path);
    }
  }
  return base::ok_status();
}

int run_scan(const Args& args) {
  auto command = read_command(args);
  if (!command) return trouble("scan", command.error().message);
  for (const std::string_view option : {"--out", "--html"}) {
    if (const base::Status free = check_output(args, option); !free.ok())
      return trouble("scan", free.error().message);
  }
  std::unique_ptr<std::FILE, FileCloser> file;
  command->scan.exclude = args.get("--out");
  if (args.has("--out")) {
    file.reset(std::fopen(args.get("--out").c_str(), "wb"));
    if (!file) return trouble("scan", "cannot write " + args.get("--out"));
  }
  std::FILE* const out = file ? file.get() : stdout;

  detect::RuleSet rules = node::load_selected_rules(command->rules, false, command->scan.threads);
  print_diagnostics(rules.diagnostics, base::Severity::error);
  if (rules.rules.empty()) return trouble("scan", "no rule to scan with");

  base::CancellationToken& interrupted = interrupt_token();
  const auto writer = report::make_alert_writer(
      command->output, [out](std::string_view text) { print(out, text); }, writer_options(out));
  report::AlertStatistics statistics;
  report::ProgressBar bar([](std::string_view text) { print(stderr, text); }, 0, terminal_width(stderr));
  const bool show_progress = is_terminal(stderr) && !args.has("--quiet");
  std::uint64_t written = 0;
  node::ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) {
    statistics.add(alert);
    if (command->scan.limit != 0 && written >= command->scan.limit) return;
    ++written;
    if (show_progress && is_terminal(out)) bar.clear();
    writer->write(alert);
  };
  if (show_progress) {
    observer.on_progress = [&](std::uint64_t bytes, std::uint64_t total, std::uint64_t events,
                               std::uint64_t alerts, double seconds) {
      bar.set_total(total);
      bar.update(bytes, events, alerts, seconds);
    };
  }
  report::ScanTotals totals = node::scan(command->scan, std::move(rules), observer, interrupted);
  bar.clear();
  writer->finish();
  std::fflush(out);
  totals.version = VEDETTE_VERSION;
  totals.inputs = command->scan.paths;
  totals.limited = written < statistics.total();
  if (args.has("--quiet")) {
    print_troubles(totals);
  } else {
    print(stderr, report::render_summary(totals, statistics, writer_options(stderr)));
  }
  if (interrupted.cancelled()) print(stderr, "interrupted: the inputs were not read to their end\n");
  if (args.has("--html")) {
    const auto status =
        base::write_file_atomically(args.get("--html"), report::render_html(totals, statistics));
    if (!status) return trouble("scan", status.error().message);
  }
  if (std::ferror(out)) return trouble("scan", "cannot write the alerts: output closed or disk full");
  if (interrupted.cancelled()) return kExitTrouble;
  return exit_code(totals, statistics, *command->fail_level);
}

}  // namespace

const CommandSpec& scan_command() {
  static const CommandSpec command{
      "scan",
      "PATH... [options]",
      "find attacks in log files, folders, archives or the standard input (-)",
      "Alerts go to the standard output (or --out), the summary to the standard error.\n"
      "Exit code: 0 no alert at or above --fail-level, 1 alerts, 2 trouble (an input could not be read "
      "wholly).",
      {kRulesOption,
       kMinLevelOption,
       kTagOption,
       kStatusOption,
       kPlaceholdersOption,
       {"--format", "NAME", "format of the inputs (default: auto; see vedette formats)"},
       {"--from", "TIME", "only alerts of events from this time on (2026-11-03, a date-time, or 24h)"},
       {"--to", "TIME", "only alerts of events up to this time"},
       {"--utc-offset", "OFFSET", "zone of local times in the logs, as +02:00 (default: UTC)"},
       {"--output", "FORMAT", "table (default), ndjson, json, csv or timeline"},
       {"--out", "FILE", "write the alerts there"},
       {"--html", "FILE", "also write a report as one HTML page"},
       {"--fail-level", "LEVEL", "lowest level that makes the exit code 1 (default: informational)"},
       {"--limit", "N", "write at most N alerts (all are counted)"},
       {"--threads", "N", "worker threads (default: one a core)"},
       {"--quiet", "", "no progress, no summary"}},
      run_scan};
  return command;
}

}  // namespace vedette::cli
