#include <chrono>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "remote_commands.hpp"
#include "server_options.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/query/query.hpp"
#include "vedette/report/rows.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kSearchName = "search";
constexpr std::size_t kMaxLookupBytes = 256u << 20;

base::TimeNs now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

struct SearchCommand {
  query::RunOptions run;
  report::RowFormat format = report::RowFormat::table;
};

base::Result<SearchCommand> read_search_options(const Args& args) {
  SearchCommand command;
  if (args.positional().size() > 1) {
    return base::make_error(base::ErrorCode::invalid_argument, "the query is one argument: put it in quotes");
  }
  if (!report::parse_row_format(args.get("--output", args.get("--format", "table")), command.format)) {
    return base::make_error(base::ErrorCode::invalid_argument, "--output is table, ndjson, json or csv");
  }
  TRY_ASSIGN(command.run.range, time_range(args));
  TRY_ASSIGN(command.run.limits, search_limits(args));
  TRY_ASSIGN(command.run.threads, thread_option(args));
  TRY_ASSIGN(command.run.limit, count_option(args, "--limit", "100"));
  if (command.run.limit == 0) command.run.limit = model::SearchRequest::kAll;
  if (args.has("--oldest-first")) command.run.sort = {{"@timestamp", false, false}};
  command.run.read_lookup = [](const std::string& name) { return base::read_file(name, kMaxLookupBytes); };
  return command;
}

void print_explanation(const model::SearchResult& result) {
  const model::SearchStats& stats = result.stats;
  for (const std::string& line : stats.plan) print(stderr, line + "\n");
  print(stderr,
        fmt::format(
            "parts: {} read, {} skipped\nblocks: {} of {} visited, {} skipped by time, {} by filters, "
            "{} answered from headers\nrows: {} visited, {} matched\nread: {} bytes in {:.1f} ms\n",
            stats.parts - stats.parts_skipped, stats.parts_skipped,
            stats.blocks - stats.blocks_skipped_time - stats.blocks_skipped_filter - stats.blocks_from_header,
            stats.blocks, stats.blocks_skipped_time, stats.blocks_skipped_filter, stats.blocks_from_header,
            stats.rows_visited, stats.rows_matched, stats.bytes_read, stats.seconds * 1e3));
}

std::shared_ptr<const query::Query> parse_or_explain(const std::string& text,
                                                     const query::ParseOptions& options) {
  const query::Parsed parsed = query::parse(text, options);
  for (const base::Diagnostic& diagnostic : parsed.diagnostics) {
    print(stderr, query::render(diagnostic, text) + "\n");
  }
  return parsed.query;
}

int run_search(const Args& args) {
  const auto profile = chosen_server(args);
  if (!profile) return trouble(kSearchName, profile.error().message);
  if (*profile) return search_on_server(args, **profile);
  const auto command = read_search_options(args);
  if (!command) return trouble(kSearchName, command.error().message);
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble(kSearchName, data.error().message);
  query::ParseOptions parsing;
  parsing.now = now();
  if (const auto fields = (*data)->store().fields({}); fields.ok()) {
    for (const ports::FieldUse& field : *fields) parsing.known_fields.push_back(field.name);
  }
  const std::string text = args.positional().empty() ? std::string() : args.positional()[0];
  const auto query = parse_or_explain(text, parsing);
  if (!query) return kExitTrouble;

  const auto writer = report::make_row_writer(
      command->format, [](std::string_view row) { print(stdout, row); }, writer_options(stdout));
  std::uint64_t rows = 0;
  query::Output output;
  output.on_header = [&](const query::Header& header) { writer->begin(header.columns); };
  output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    rows += batch->size();
    writer->write(*batch);
    return !std::ferror(stdout);
  };
  const auto result = query::run(*query, (*data)->store(), command->run, output, interrupt_token());
  if (!result) return trouble(kSearchName, result.error().message);
  writer->finish();
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return trouble(kSearchName, "cannot write: output closed or disk full");
  if (is_terminal(stderr) && !args.has("--quiet")) {
    print(stderr, fmt::format("{} rows in {:.0f} ms{}\n", rows, result->stats.seconds * 1e3,
                              rows == command->run.limit ? " (--limit; 0 for all)" : ""));
  }
  if (args.has("--explain")) print_explanation(*result);
  if (print_caveats(kSearchName, *result)) return kExitTrouble;
  return rows > 0 ? kExitClean : kExitFindings;
}

}  // namespace

const CommandSpec& search_command() {
  static const CommandSpec command{
      kSearchName,
      "'QUERY' [options]",
      "search the events of a data folder or a server",
      "A query is a filter, and commands behind it:\n"
      "  vedette search 'user.name: admin* and not source.ip: 10.0.0.0/8 | stats count() by source.ip | sort "
      "count desc'\n"
      "docs/search-language.md has the whole language; an empty query finds everything. Newest events come "
      "first.\n"
      "Without --data or --server the server that was signed in to is asked, if there is one.\n"
      "Exit code: 0 rows were found, 1 none, 2 trouble, or an answer that a limit cut.",
      {kDataOption,
       kServerOption,
       kFromOption,
       kToOption,
       {"--limit", "N", "at most N rows (default: 100; 0: all)"},
       {"--output", "table|ndjson|json|csv", "how rows are written (default: table)"},
       {"--format", "table|ndjson|json|csv", "as --output"},
       {"--oldest-first", "", "events in order of time"},
       {"--explain", "", "tell the plan, the blocks visited and skipped, and the bytes read"},
       kTimeoutOption,
       kMemoryOption,
       {"--threads", "N", "threads (default: one a core)"},
       {"--quiet", "", "no count of rows on a terminal"}},
      run_search};
  return command;
}

}  // namespace vedette::cli
