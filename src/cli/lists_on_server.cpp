// alerts and rules list of a server.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "remote_commands.hpp"
#include "rule_options.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::uint64_t kMaxCounted = 10'000'000;
constexpr std::uint64_t kMaxRules = 1'000'000;
constexpr std::size_t kTableRows = 200;  // laid out together; printed as they come

using Cells = std::vector<std::string>;

class RowPrinter {
 public:
  RowPrinter(Cells heads, bool json) : heads_(std::move(heads)), table_(heads_), json_(json) {}

  void add(std::string_view item, const Cells& cells) {
    if (json_) return print(stdout, std::string(item) + "\n");
    table_.add(cells);
    if (++rows_ % kTableRows == 0) flush();
  }
  void flush() {
    print(stdout, table_.text());
    table_ = TextTable(heads_);
  }

 private:
  Cells heads_;
  TextTable table_;
  bool json_;
  std::size_t rows_ = 0;
};

void add_parameter(std::string& path, std::string_view name, std::string_view value) {
  path +=
      fmt::format("{}{}={}", path.find('?') == std::string::npos ? '?' : '&', name, node::url_encoded(value));
}

base::Result<std::string> alerts_path(const Args& args) {
  std::string path = "/alerts";
  TRY_ASSIGN(const model::TimeRange range, time_range(args));
  if (args.has("--from")) add_parameter(path, "from", base::format_rfc3339(range.from));
  if (args.has("--to")) add_parameter(path, "to", base::format_rfc3339(range.to));
  if (args.has("--min-level")) {
    model::Level level{};
    if (!model::parse_level(args.get("--min-level"), level)) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              "--min-level is informational, low, medium, high or critical");
    }
    add_parameter(path, "level", model::level_name(level));
  }
  for (const char* name : {"rule", "host", "status", "assignee"}) {
    const std::string option = fmt::format("--{}", name);
    if (args.has(option)) add_parameter(path, name, args.get(option));
  }
  return path;
}

std::string entities_cell(const JsonView& alert) {
  std::string text;
  for (const JsonView& entity : alert["entities"].items()) {
    const std::string kind = entity["kind"].text();
    if (kind != "host" && kind != "user" && kind != "ip") continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", kind, entity["value"].text());
  }
  return text;
}

base::Status list_alerts(const Args& args, const ServerProfile& profile) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string path, alerts_path(args));
  TRY_ASSIGN(const std::uint64_t limit, count_option(args, "--limit", "100"));
  TRY_ASSIGN(node::RemoteServer server, connect(profile));
  if (args.has("--count")) {
    std::uint64_t count = 0;
    TRY(server.list({path}, kMaxCounted, [&](std::string_view) { return ++count > 0; }));
    print(stdout, fmt::format("{}\n", count));
    return base::ok_status();
  }
  RowPrinter rows({"TIME", "LEVEL", "STATUS", "ID", "RULE", "ENTITIES"}, json);
  const base::Status listed = server.list({path}, limit, [&](std::string_view item) {
    const auto alert = JsonDocument::parse(item);
    if (!alert) return true;
    const std::string verdict = (*alert)["verdict"].text();
    rows.add(item, {(*alert)["time"].text().substr(0, 19), (*alert)["level"].text(),
                    (*alert)["status"].text() + (verdict.empty() ? "" : " (" + verdict + ")"),
                    (*alert)["id"].text(), (*alert)["rule"]["title"].text(), entities_cell(alert->root())});
    return !std::ferror(stdout);
  });
  rows.flush();
  return listed;
}

// A tag, or one below it: attack.t1059 is above attack.t1059.001.
bool has_tag(const std::vector<std::string>& tags, const std::string& wanted) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return base::equals_ignore_case_ascii(tag, wanted) ||
           base::starts_with_ignore_case_ascii(tag, wanted + ".");
  });
}

bool is_selected(const JsonView& rule, const node::RuleSelection& selection) {
  const auto tags = rule["tags"].texts();
  const bool tagged =
      selection.tags.empty() || std::any_of(selection.tags.begin(), selection.tags.end(),
                                            [&](const std::string& tag) { return has_tag(tags, tag); });
  model::RuleStatus status{};
  const bool known = model::parse_status(rule["status"].text(), status);
  return tagged && (selection.statuses.empty() ||
                    (known && std::find(selection.statuses.begin(), selection.statuses.end(), status) !=
                                  selection.statuses.end()));
}

base::Status list_rules(const Args& args, const ServerProfile& profile) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const node::RuleSelection selection, rule_selection(args));
  std::string path = "/rules";
  constexpr std::array kLevels{"informational", "low", "medium", "high", "critical"};
  if (args.has("--min-level")) {
    for (std::size_t i = static_cast<std::size_t>(selection.min_level); i < kLevels.size(); ++i) {
      add_parameter(path, "level", kLevels[i]);
    }
  }
  TRY_ASSIGN(node::RemoteServer server, connect(profile));
  RowPrinter rows({"LEVEL", "STATE", "STATUS", "ALERTS", "ID", "TITLE"}, json);
  const base::Status listed = server.list({path}, kMaxRules, [&](std::string_view item) {
    const auto rule = JsonDocument::parse(item);
    if (!rule || !is_selected(rule->root(), selection)) return true;
    rows.add(item, {(*rule)["level"].text(), (*rule)["state"].text(), (*rule)["status"].text(),
                    (*rule)["alerts"].text(), (*rule)["id"].text(), (*rule)["title"].text()});
    return !std::ferror(stdout);
  });
  rows.flush();
  return listed;
}

}  // namespace

int alerts_on_server(const Args& args, const ServerProfile& profile) {
  const base::Status done = list_alerts(args, profile);
  return done.ok() ? kExitClean : trouble("alerts", done.error().message);
}

int rules_on_server(const Args& args, const ServerProfile& profile) {
  const base::Status done = list_rules(args, profile);
  return done.ok() ? kExitClean : trouble("rules list", done.error().message);
}

}  // namespace vedette::cli
