// store verify, repair, compact, export, backup, restore.
#include <memory>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/check.hpp"
#include "vedette/report/rows.hpp"

namespace vedette::cli {
namespace {

int usage(std::string_view command) {
  return trouble(command, "wrong arguments; see vedette " + std::string(command) + " --help");
}

int tell_check(std::string_view name, std::string_view label,
               const base::Result<node::CheckResult>& checked) {
  if (!checked) return trouble(name, checked.error().message);
  for (const std::string& fault : checked->faults) {
    print(stdout, fmt::format("{}: {}\n", label, base::escape_control(fault)));
  }
  print(stdout, fmt::format("{} parts with {} events checked, {} faults\n", checked->parts, checked->events,
                            checked->faults.size()));
  return checked->faults.empty() ? kExitClean : kExitFindings;
}

int run_verify(const Args& args) {
  if (!args.positional().empty()) return usage("store verify");
  return tell_check("store verify", "damaged", node::check_data(data_options(args), interrupt_token()));
}

int run_repair(const Args& args) {
  if (!args.positional().empty()) return usage("store repair");
  return tell_check("store repair", "put aside or mended",
                    node::repair_data(data_options(args), interrupt_token()));
}

int run_compact(const Args& args) {
  if (!args.positional().empty()) return usage("store compact");
  const auto data = node::DataFolder::open(data_options(args));
  if (!data) return trouble("store compact", data.error().message);
  const auto parts = [&] {
    std::uint64_t total = 0;
    for (const store::DatasetUse& dataset : (*data)->store().use().datasets) total += dataset.parts;
    return total;
  };
  const std::uint64_t before = parts();
  if (const base::Status done = (*data)->store().compact(interrupt_token()); !done.ok()) {
    return trouble("store compact", done.error().message);
  }
  print(stdout, fmt::format("{} parts became {}\n", before, parts()));
  return kExitClean;
}

int run_export(const Args& args) {
  constexpr std::string_view kName = "store export";
  if (args.positional().size() > 1) return usage(kName);
  model::SearchRequest request;
  const auto range = time_range(args);
  if (!range) return trouble(kName, range.error().message);
  request.range = *range;
  request.sort = {{"@timestamp", false, false}};
  request.limit = model::SearchRequest::kAll;
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble(kName, data.error().message);

  std::unique_ptr<std::FILE, FileCloser> file;
  if (!args.positional().empty() && args.positional()[0] != "-") {
    file.reset(std::fopen(args.positional()[0].c_str(), "wb"));
    if (!file) return trouble(kName, "cannot write " + args.positional()[0]);
  }
  std::FILE* const out = file ? file.get() : stdout;
  const auto writer = report::make_row_writer(report::RowFormat::ndjson,
                                              [out](std::string_view text) { print(out, text); }, {});
  writer->begin({});
  const auto result = (*data)->store().search(
      request,
      [&](const std::shared_ptr<const model::EventBatch>& batch) {
        writer->write(*batch);
        return !std::ferror(out);
      },
      interrupt_token());
  if (!result) return trouble(kName, result.error().message);
  writer->finish();
  if (std::fflush(out) != 0 || std::ferror(out))
    return trouble(kName, "cannot write: output closed or disk full");
  print(stderr, fmt::format("{} events exported\n", result->total));
  return print_caveats(kName, *result) ? kExitTrouble : kExitClean;
}

// While another process writes, from beside it: without the events that it has not sealed.
base::Result<store::Store::BackupResult> back_up(const node::DataOptions& options,
                                                 const std::string& folder) {
  const auto data = node::DataFolder::open(options);
  if (data.ok()) {
    TRY((*data)->seal());
    return (*data)->store().backup(folder, interrupt_token());
  }
  if (data.error().code != base::ErrorCode::busy) return data.error();
  TRY_ASSIGN(const auto reader, node::DataReader::open(options));
  return reader->backup(folder, interrupt_token());
}

int run_backup(const Args& args) {
  constexpr std::string_view kName = "store backup";
  if (args.positional().size() != 1) return usage(kName);
  const auto result = back_up(data_options(args), args.positional()[0]);
  if (!result) return trouble(kName, result.error().message);
  print(stdout, fmt::format("{} parts copied ({:.1f} MB), {} were there, {} no longer needed removed\n",
                            result->parts_copied, static_cast<double>(result->bytes_copied) / 1e6,
                            result->parts_kept, result->parts_removed));
  return kExitClean;
}

int run_restore(const Args& args) {
  constexpr std::string_view kName = "store restore";
  if (args.positional().size() != 1) return usage(kName);
  const base::Status restored =
      node::restore_data(args.positional()[0], data_options(args), interrupt_token());
  if (!restored.ok()) return trouble(kName, restored.error().message);
  print(stdout, fmt::format("restored to {}\n", data_options(args).folder));
  return kExitClean;
}

}  // namespace

const CommandSpec& store_verify_command() {
  static const CommandSpec command{
      "store verify",
      "[options]",
      "read everything stored and check every checksum",
      "Changes nothing, and may run beside an ingest. Exit code: 1 if something is damaged.",
      {kDataOption},
      run_verify};
  return command;
}

const CommandSpec& store_repair_command() {
  static const CommandSpec command{"store repair",
                                   "[options]",
                                   "as verify, and mend what can be mended",
                                   "Damaged parts move to store/quarantine below the data folder; nothing is "
                                   "deleted. Exit code: 1 if something "
                                   "was damaged.",
                                   {kDataOption},
                                   run_repair};
  return command;
}

const CommandSpec& store_compact_command() {
  static const CommandSpec command{
      "store compact", "[options]", "merge the parts of each day and dataset", "",
      {kDataOption},   run_compact};
  return command;
}

const CommandSpec& store_export_command() {
  static const CommandSpec command{"store export",
                                   "[FILE] [options]",
                                   "write stored events as NDJSON, oldest first",
                                   "Without FILE, to the standard output.",
                                   {kDataOption, kFromOption, kToOption},
                                   run_export};
  return command;
}

const CommandSpec& store_backup_command() {
  static const CommandSpec command{
      "store backup",
      "DIR [options]",
      "copy what is stored to a folder; again into the same folder: only what is new",
      "",
      {kDataOption},
      run_backup};
  return command;
}

const CommandSpec& store_restore_command() {
  static const CommandSpec command{"store restore",
                                   "BACKUP [options]",
                                   "make a data folder from a backup",
                                   "The data folder must be empty or absent. Every part is checked.",
                                   {kDataOption},
                                   run_restore};
  return command;
}

}  // namespace vedette::cli
