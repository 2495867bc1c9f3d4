// alerts: what a node has kept in its data folder, or what a server shows.
#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "remote_commands.hpp"
#include "server_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/model/alert_record.hpp"
#include "vedette/node/records.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kAlertsName = "alerts";

std::string entities_text(const model::AlertRecord& alert) {
  std::string text;
  for (const model::Entity& entity : alert.entities) {
    if (entity.kind != model::EntityKind::host && entity.kind != model::EntityKind::user &&
        entity.kind != model::EntityKind::ip) {
      continue;
    }
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", model::entity_kind_name(entity.kind),
                        base::escape_control(entity.value));
  }
  return text;
}

base::Result<ports::RecordQuery> alert_query(const Args& args) {
  ports::RecordQuery query;
  query.collection = "alerts";
  query.order_by = "time";
  query.descending = true;
  const auto test = [&](std::string column, ports::ColumnTest::Op op, ports::ColumnValue value) {
    query.tests.push_back({std::move(column), op, {std::move(value)}});
  };
  if (args.has("--min-level")) {
    model::Level level{};
    if (!model::parse_level(args.get("--min-level"), level)) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              "--min-level is informational, low, medium, high or critical");
    }
    test("level", ports::ColumnTest::Op::at_least, std::int64_t{static_cast<int>(level)});
  }
  if (args.has("--rule")) test("rule_id", ports::ColumnTest::Op::equals, args.get("--rule"));
  if (args.has("--host")) test("host", ports::ColumnTest::Op::equals, args.get("--host"));
  TRY_ASSIGN(const model::TimeRange range, time_range(args));
  if (args.has("--from")) test("time", ports::ColumnTest::Op::at_least, range.from);
  if (args.has("--to")) test("time", ports::ColumnTest::Op::less, range.to);
  return query;
}

base::Status print_alerts(const ports::RecordStore& records, ports::RecordQuery query, std::uint64_t limit,
                          bool json) {
  while (limit > 0) {
    query.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, 1000));
    TRY_ASSIGN(const ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) {
      if (json) {
        print(stdout, record.document + "\n");
        continue;
      }
      TRY_ASSIGN(const model::AlertRecord alert, model::parse_alert_record(record.document));
      print(stdout, fmt::format("{}  {:<13} {}  {}\n", base::format_rfc3339(alert.time).substr(0, 19),
                                model::level_name(alert.level), base::escape_control(alert.rule_title),
                                entities_text(alert)));
    }
    limit -= std::min<std::uint64_t>(limit, page.records.size());
    if (page.next.empty()) break;
    query.after = page.next;
  }
  return base::ok_status();
}

int run_alerts(const Args& args) {
  const auto profile = chosen_server(args);
  if (!profile) return trouble(kAlertsName, profile.error().message);
  if (*profile) return alerts_on_server(args, **profile);
  for (const char* option : {"--status", "--assignee"}) {
    if (args.has(option)) return trouble(kAlertsName, fmt::format("{} needs a server", option));
  }
  const auto json = json_format(args);
  if (!json) return trouble(kAlertsName, json.error().message);
  const auto query = alert_query(args);
  if (!query) return trouble(kAlertsName, query.error().message);
  const auto limit = count_option(args, "--limit", "100");
  if (!limit) return trouble(kAlertsName, limit.error().message);
  const auto records = node::open_records(data_options(args).folder);
  if (!records) return trouble(kAlertsName, records.error().message);
  if (args.has("--count")) {
    const auto count = (*records)->count(*query);
    if (!count) return trouble(kAlertsName, count.error().message);
    print(stdout, fmt::format("{}\n", *count));
    return kExitClean;
  }
  const base::Status printed = print_alerts(**records, *query, *limit, *json);
  return printed.ok() ? kExitClean : trouble(kAlertsName, printed.error().message);
}

}  // namespace

const CommandSpec& alerts_command() {
  static const CommandSpec command{
      kAlertsName,
      "[options]",
      "list the alerts of a data folder or a server, newest first",
      "Without --data or --server those of the server that was signed in to, if there is one; else of the "
      "data\n"
      "folder, also while a node runs on it. Exit code: 0 listed, 2 not.",
      {kDataOption,
       kServerOption,
       kFromOption,
       kToOption,
       {"--min-level", "LEVEL", "informational, low, medium, high or critical"},
       {"--rule", "ID", "alerts of this rule"},
       {"--host", "NAME", "alerts whose event names this host"},
       {"--status", "new|in_progress|closed", "of a server: how far people are with them"},
       {"--assignee", "ID", "of a server: who works on them"},
       {"--limit", "N", "so many at most (default: 100)"},
       {"--count", "", "only how many there are"},
       kFormatOption,
       {"--json", "", "as --format json: the whole records, one a line"}},
      run_alerts};
  return command;
}

const CommandSpec& alerts_list_command() {
  static const CommandSpec command = [] {
    CommandSpec list = alerts_command();
    list.name = "alerts list";
    list.summary = "as vedette alerts";
    return list;
  }();
  return command;
}

}  // namespace vedette::cli
