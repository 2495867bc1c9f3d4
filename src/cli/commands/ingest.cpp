#include "vedette/node/ingest.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kIngestName = "ingest";

base::Result<node::ScanOptions> read_ingest_options(const Args& args) {
  node::ScanOptions options;
  options.paths = args.positional();
  if (options.paths.empty()) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "ingest needs a file, a folder or - for the standard input");
  }
  options.format = args.get("--format");
  if (const auto known = normalize::detect_format({}, "", options.format); !known) return known.error();
  if (args.has("--utc-offset")) {
    TRY_ASSIGN(options.utc_offset_seconds, parse_offset_argument(args.get("--utc-offset")));
  }
  TRY_ASSIGN(options.threads, thread_option(args));
  return options;
}

void print_summary(const node::IngestTotals& totals, const store::StoreUse& before,
                   const store::StoreUse& after) {
  const auto sum = [](const store::StoreUse& use, auto member) {
    std::uint64_t total = 0;
    for (const store::DatasetUse& dataset : use.datasets) total += dataset.*member;
    return total;
  };
  const double megabyte = 1e6;
  print(stderr, fmt::format("{} files, {:.1f} MB read, {} events stored in {:.1f} s ({:.0f} events/s)\n",
                            totals.read.files, static_cast<double>(totals.read.bytes) / megabyte,
                            totals.acknowledged, totals.read.seconds,
                            static_cast<double>(totals.acknowledged) / std::max(totals.read.seconds, 0.001)));
  for (const auto& [name, count] : totals.read.formats) {
    print(stderr, fmt::format("  {:<20} {:>10} events {:>8} failures\n", name, count.events, count.failures));
  }
  const std::uint64_t rows = sum(after, &store::DatasetUse::rows) - sum(before, &store::DatasetUse::rows);
  const auto bytes = static_cast<double>(sum(after, &store::DatasetUse::bytes)) -
                     static_cast<double>(sum(before, &store::DatasetUse::bytes));
  if (rows > 0 && bytes > 0) {
    print(stderr, fmt::format("store: {} events and {:.1f} MB more ({:.0f} bytes an event)\n", rows,
                              bytes / megabyte, bytes / static_cast<double>(rows)));
  }
}

int run_ingest(const Args& args) {
  const auto options = read_ingest_options(args);
  if (!options) return trouble(kIngestName, options.error().message);
  node::DataOptions data_folder = data_options(args);
  data_folder.sync = !args.has("--no-sync");
  auto data = node::DataFolder::open(data_folder);
  if (!data) return trouble(kIngestName, data.error().message);
  const store::StoreUse before = (*data)->store().use();

  report::ProgressBar bar([](std::string_view text) { print(stderr, text); }, 0, terminal_width(stderr));
  node::IngestProgress progress;
  if (is_terminal(stderr) && !args.has("--quiet")) {
    progress = [&](std::uint64_t bytes, std::uint64_t total, std::uint64_t events, double seconds) {
      bar.set_total(total);
      bar.update(bytes, events, 0, seconds);
    };
  }
  base::Status refused = base::ok_status();
  const node::IngestTotals totals = node::ingest(*options, **data, progress, interrupt_token(), refused);
  bar.clear();
  const base::Status stopped = (*data)->stop();
  if (!args.has("--quiet")) print_summary(totals, before, (*data)->store().use());
  for (const report::InputTrouble& input : totals.read.troubles) {
    trouble(kIngestName, fmt::format("{}: {}", base::escape_control(input.path), input.message));
  }
  if (!refused.ok()) {
    return trouble(kIngestName,
                   fmt::format("stopped after {} events: {}", totals.acknowledged, refused.error().message));
  }
  if (!stopped.ok()) {
    return trouble(kIngestName, "all events are in the log, but the store could not take them yet: " +
                                    stopped.error().message);
  }
  if (interrupt_token().cancelled())
    return trouble(kIngestName, "interrupted: the inputs were not read to their end");
  return totals.read.troubles.empty() ? kExitClean : kExitTrouble;
}

}  // namespace

const CommandSpec& ingest_command() {
  static const CommandSpec command{
      kIngestName,
      "PATH... [options]",
      "store the events of log files, folders, archives or the standard input (-)",
      "Takes every format of scan. An event counts as stored when it is on the disk; reading the same file\n"
      "twice stores its events twice. Exit code: 0 all was stored, 2 trouble.",
      {kDataOption,
       {"--format", "NAME", "format of the inputs (default: auto; see vedette formats)"},
       {"--utc-offset", "OFFSET", "zone of local times in the logs, as +02:00 (default: UTC)"},
       {"--threads", "N", "parsing threads (default: one a core)"},
       {"--no-sync", "",
        "leave it to the system when to write to the disk: faster, not safe from a power cut"},
       {"--quiet", "", "no progress, no summary"}},
      run_ingest};
  return command;
}

}  // namespace vedette::cli
