#include <fmt/format.h>

#include "args.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/scan.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::cli {
namespace {

int run_parse(const Args& args) {
  node::ScanOptions options;
  options.paths = args.positional();
  if (options.paths.empty())
    return trouble("parse", "parse needs a file, a folder or - for the standard input");
  options.format = args.get("--format");
  if (const auto known = normalize::detect_format({}, "", options.format); !known) {
    return trouble("parse", known.error().message);
  }
  if (args.has("--utc-offset")) {
    const auto offset = parse_offset_argument(args.get("--utc-offset"));
    if (!offset) return trouble("parse", offset.error().message);
    options.utc_offset_seconds = *offset;
  }
  const auto limit = base::parse_uint(args.get("--limit", "0"));
  if (!limit) return trouble("parse", "--limit is a number");
  base::CancellationToken done;
  std::uint64_t written = 0;
  std::string line;
  const auto each = [&](const model::Event& event) {
    line.clear();
    append_json(line, event);
    line += '\n';
    print(stdout, line);
    if ((*limit != 0 && ++written >= *limit) || std::ferror(stdout)) done.cancel();
  };
  const report::ScanTotals totals = node::parse_inputs(options, each, done);
  if (args.has("--counts")) {
    for (const auto& [name, count] : totals.formats) {
      print(stderr, fmt::format("{:<20} {:>10} events {:>8} failures\n", name, count.events, count.failures));
    }
  }
  for (const report::InputTrouble& input : totals.troubles) {
    print(stderr, fmt::format("vedette parse: {}: {}\n", base::escape_control(input.path), input.message));
  }
  if (std::fflush(stdout) != 0) return trouble("parse", "cannot write: output closed or disk full");
  return totals.troubles.empty() ? kExitClean : kExitTrouble;
}

int run_formats(const Args&) {
  for (const normalize::Format* format : normalize::all_formats()) {
    print(stdout, fmt::format("{:<20} {}\n", format->info().name, format->info().title));
  }
  return kExitClean;
}

}  // namespace

const CommandSpec& parse_command() {
  static const CommandSpec command{
      "parse",
      "PATH... [options]",
      "print the events of log files, normalized to ECS, as NDJSON",
      "",
      {{"--format", "NAME", "format of the inputs (default: auto; see vedette formats)"},
       {"--utc-offset", "OFFSET", "zone of local times in the logs, as +02:00"},
       {"--limit", "N", "at most N events"},
       {"--counts", "", "events and failures per format on the standard error"}},
      run_parse};
  return command;
}

const CommandSpec& formats_command() {
  static const CommandSpec command{"formats", "", "list the log formats", "", {}, run_formats};
  return command;
}

}  // namespace vedette::cli
