#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/files.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/query/query.hpp"
#include "vedette/report/rows.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kTailName = "tail";
constexpr std::size_t kReadBytes = 1u << 20;
constexpr std::chrono::milliseconds kWait{200};
constexpr std::size_t kMaxLookupBytes = 256u << 20;

// What the log has from `next` on. What retention removed before it was read is told, and skipped.
base::Result<std::vector<ports::Record>> read_on(ports::Bus& bus, std::uint64_t& next) {
  auto records = bus.read(node::kEventsTopic, next, kReadBytes, kWait);
  if (records.ok() || records.error().code != base::ErrorCode::not_found) return records;
  TRY_ASSIGN(const auto bounds, bus.bounds(node::kEventsTopic));
  if (bounds.begin <= next) return records;
  trouble(kTailName, fmt::format("{} events left the log before they were read", bounds.begin - next));
  next = bounds.begin;
  return std::vector<ports::Record>();
}

// Writes what passes of the log from `next` on, until interrupted or until `rows_left` rows were written.
base::Status follow(ports::Bus& bus, query::LiveQuery& live, report::RowWriter& writer, std::uint64_t next,
                    std::uint64_t rows_left) {
  while (!interrupt_token().cancelled() && rows_left > 0 && !std::ferror(stdout)) {
    TRY_ASSIGN(const auto records, read_on(bus, next));
    for (const ports::Record& record : records) {
      next = record.offset + record.count;
      const auto rows = live.filter(record.batch);
      if (!rows || rows->empty()) continue;
      writer.write(*rows);
      rows_left -= std::min<std::uint64_t>(rows_left, rows->size());
    }
    std::fflush(stdout);
  }
  return base::ok_status();
}

int run_tail(const Args& args) {
  report::RowFormat format{};
  if (!report::parse_row_format(args.get("--output", "ndjson"), format)) {
    return trouble(kTailName, "--output is table, ndjson, json or csv");
  }
  const auto rows = count_option(args, "--limit", "0");
  if (!rows) return trouble(kTailName, rows.error().message);
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble(kTailName, data.error().message);

  const std::string text = args.positional().empty() ? std::string() : args.positional()[0];
  query::ParseOptions parsing;
  parsing.now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  const query::Parsed parsed = query::parse(text, parsing);
  for (const base::Diagnostic& diagnostic : parsed.diagnostics) {
    print(stderr, query::render(diagnostic, text) + "\n");
  }
  if (!parsed.query) return kExitTrouble;
  query::RunOptions options;
  options.read_lookup = [](const std::string& name) { return base::read_file(name, kMaxLookupBytes); };
  if (*rows > 0) options.limit = *rows;
  const auto live = query::LiveQuery::create(parsed.query, options);
  if (!live) return trouble(kTailName, live.error().message);

  const auto writer = report::make_row_writer(
      format, [](std::string_view row) { print(stdout, row); }, writer_options(stdout));
  writer->begin((*live)->header().columns);
  const auto bounds = (*data)->bus().bounds(node::kEventsTopic);
  if (!bounds) return trouble(kTailName, bounds.error().message);
  const std::uint64_t first = args.has("--from-start") ? bounds->begin : bounds->end;
  const base::Status followed = follow((*data)->bus(), **live, *writer, first, options.limit);
  writer->finish();
  std::fflush(stdout);
  return followed.ok() ? kExitClean : trouble(kTailName, followed.error().message);
}

}  // namespace

const CommandSpec& tail_command() {
  static const CommandSpec command{
      kTailName,
      "'QUERY' [options]",
      "follow events as they arrive",
      "Takes queries of filters and of commands that need no end of the input (where, eval, keep, drop, "
      "rename,\n"
      "rex, dissect, lookup). Ends with Ctrl-C.",
      {kDataOption,
       {"--from-start", "", "begin with the oldest event that is still in the log"},
       {"--limit", "N", "end after N rows (default: 0, never)"},
       {"--output", "FORMAT", "ndjson (default), table, json or csv"}},
      run_tail};
  return command;
}

}  // namespace vedette::cli
