// incidents, incidents show and timeline: what a server knows of incidents, for people.
#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kIncidentsName = "incidents";
constexpr std::uint64_t kMaxShownMembers = 200, kMaxShownEntries = 10'000;
constexpr std::size_t kShownEntities = 20, kIncidentRows = 200;

base::Error bad_use(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

void add_query(std::string& path, std::string_view name, std::string_view value) {
  path +=
      fmt::format("{}{}={}", path.find('?') == std::string::npos ? '?' : '&', name, node::url_encoded(value));
}

std::string incident_url(const std::string& id, std::string_view rest = {}) {
  return "/incidents/" + node::url_encoded(id) + std::string(rest);
}

base::Result<std::string> incidents_query(const Args& args) {
  std::string path = "/incidents";
  TRY_ASSIGN(const model::TimeRange range, time_range(args));
  if (args.has("--from")) add_query(path, "from", base::format_rfc3339(range.from));
  if (args.has("--to")) add_query(path, "to", base::format_rfc3339(range.to));
  for (const std::string& status : args.all("--status")) add_query(path, "status", status);
  for (const char* name : {"severity", "tag", "technique", "entity", "text", "risk", "sort"}) {
    const std::string option = fmt::format("--{}", name);
    if (args.has(option)) add_query(path, name, args.get(option));
  }
  if (args.has("--owner"))
    add_query(path, "owner", args.get("--owner") == "nobody" ? "-" : args.get("--owner"));
  if (args.has("--breached")) add_query(path, "breached", "true");
  if (args.has("--merged")) add_query(path, "merged", "true");
  return path;
}

base::Status list_them(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string path, incidents_query(args));
  TRY_ASSIGN(const std::uint64_t limit, count_option(args, "--limit", "100"));
  if (!args.positional().empty()) return bad_use("takes no arguments; vedette incidents show ID shows one");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::vector<std::string> heads = {"id",    "risk",    "severity", "status",
                                          "owner", "updated", "alerts",   "title"};
  TextTable table(heads);
  std::size_t rows = 0;
  base::Status broken = base::ok_status();
  TRY(server.list({path}, limit, [&](std::string_view item) {
    if (json) {
      print(stdout, std::string(item) + "\n");
      return true;
    }
    const auto incident = JsonDocument::parse(item);
    if (!incident.ok()) {
      broken = incident.error();
      return false;
    }
    const JsonDocument& one = *incident;
    table.add({one["id"].text(), fmt::format("{:.0f}", one["risk"].real()),
               one["severity"].text() + (one["breached"].flag() ? " late" : ""), one["status"].text(),
               one["owner"].text(), short_time(one["updated"].text()), one["alerts"].text(),
               one["title"].text()});
    if (++rows % kIncidentRows == 0) {
      print(stdout, table.text());
      table = TextTable(heads);
    }
    return true;
  }));
  TRY(broken);
  print(stdout, table.text());
  return base::ok_status();
}

int run_incidents(const Args& args) {
  const base::Status done = list_them(args);
  return done.ok() ? kExitClean : trouble(kIncidentsName, done.error().message);
}

// --- one ---

void line(std::string_view text) {
  print(stdout, base::escape_control(text) + "\n");
}

void heading(std::string_view text) {
  print(stdout, fmt::format("\n{}\n", text));
}

// Texts of several lines keep them, indented.
void paragraph(const std::string& text) {
  for (const std::string_view one : base::split(text, '\n')) line("  " + std::string(one));
}

std::string duration_text(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds % 86'400 / 3600);
}

std::string counted(const JsonView& count, const char* what) {
  return fmt::format("{} {}{}", count.text(), what, count.integer() == 1 ? "" : "s");
}

void show_head(const JsonDocument& one) {
  line(fmt::format("{}  {}", one["id"].text(), one["title"].text()));
  const std::string classification = one["classification"].text();
  line(fmt::format("{}{}  {}  risk {:.0f}  owner {}  TLP {}{}", one["status"].text(),
                   classification.empty() ? "" : " (" + classification + ")", one["severity"].text(),
                   one["risk"].real(), one["owner"].there() ? one["owner"].text() : "nobody",
                   one["tlp"].text(), one["tags"].items().empty() ? "" : "  " + one["tags"].joined(", ")));
  line(fmt::format("{} to {}, {} in {}{}", short_time(one["first"].text()), short_time(one["last"].text()),
                   counted(one["alerts"], "alert"), counted(one["members"], "member"),
                   one["reduced"].flag() ? "; there is more that you may not see" : ""));
  if (one["merged_into"].there()) line("lives on in " + one["merged_into"].text());
  for (const JsonView& command : one["pending_commands"].items())
    line(fmt::format("pending: {} by {}", command["kind"].text(), command["by"].text()));
  if (const std::string summary = one["summary"].text(); !summary.empty()) {
    heading("Summary");
    paragraph(summary);
  }
  if (const std::string note = one["closing_note"].text(); !note.empty()) {
    heading("Closing note");
    paragraph(note);
  }
}

void show_engine(const JsonDocument& one) {
  if (!one["contributions"].items().empty()) heading("Risk");
  for (const JsonView& part : one["contributions"].items())
    line(
        fmt::format("  {:+5.0f}  {}  {}", part["points"].real(), part["what"].text(), part["reason"].text()));
  if (!one["stages"].items().empty()) heading("Stages");
  for (const JsonView& stage : one["stages"].items())
    line(fmt::format("  {}  {}  {}", short_time(stage["first"].text()), stage["tactic"].text(),
                     stage["techniques"].joined(", ")));
  const auto entities = one["all_entities"].items();
  if (!entities.empty()) heading("Entities");
  for (std::size_t i = 0; i < entities.size() && i < kShownEntities; ++i)
    line(fmt::format("  {:<13} {}  ({}, risk {:.0f})", entities[i]["kind"].text(),
                     entities[i]["value"].text(), counted(entities[i]["alerts"], "alert"),
                     entities[i]["risk"].real()));
  if (entities.size() > kShownEntities) line(fmt::format("  and {} more", entities.size() - kShownEntities));
}

base::Status show_incident_members(node::RemoteServer& server, const std::string& id) {
  bool head = false;
  base::Status broken = base::ok_status();
  TRY(server.list({incident_url(id, "/members")}, kMaxShownMembers, [&](std::string_view item) {
    const auto member = JsonDocument::parse(item);
    if (!member.ok()) {
      broken = member.error();
      return false;
    }
    if (!head) heading("Members");
    head = true;
    line(fmt::format("  {}  {:<13} {} x {}  [{}]", short_time((*member)["first"].text()),
                     (*member)["level"].text(), (*member)["alerts"].text(), (*member)["rule"]["title"].text(),
                     (*member)["id"].text()));
    if (const std::string why = (*member)["evidence_reason"].text(); !why.empty()) line("      " + why);
    for (const JsonView& link : (*member)["links"].items())
      line(fmt::format("      {:.2f}  {}", link["weight"].real(), link["reason"].text()));
    return true;
  }));
  return broken;
}

void show_work(const JsonDocument& one) {
  if (!one["tasks"].items().empty()) heading("Tasks");
  for (const JsonView& task : one["tasks"].items()) {
    const std::string state = task["state"].text();
    line(fmt::format("  [{}] {}{}{}  [{}]",
                     state == "done"      ? "x"
                     : state == "skipped" ? "-"
                                          : " ",
                     task["title"].text(), task["assignee"].there() ? "  " + task["assignee"].text() : "",
                     task["due"].there() ? "  due " + short_time(task["due"].text()) : "",
                     task["id"].text()));
  }
  if (!one["clocks"].items().empty()) heading("Clocks");
  for (const JsonView& clock : one["clocks"].items()) {
    const char* state = clock["breached"].flag()        ? "late"
                        : clock["stopped"].there()      ? "done"
                        : clock["paused_since"].there() ? "paused"
                                                        : "running";
    line(fmt::format(
        "  {:<12} {:<8} {}{}", clock["kind"].text(), state, duration_text(clock["elapsed_seconds"].integer()),
        clock["target_seconds"].there() ? " of " + duration_text(clock["target_seconds"].integer()) : ""));
  }
}

base::Status show_incident(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  if (args.positional().size() != 1) return bad_use("needs the ID of one incident");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string& id = args.positional()[0];
  TRY_ASSIGN(const JsonDocument one, get_json(server, incident_url(id)));
  if (json) {
    print(stdout, one.root().json() + "\n");
    return base::ok_status();
  }
  show_head(one);
  show_engine(one);
  TRY(show_incident_members(server, id));
  show_work(one);
  return base::ok_status();
}

base::Status show_incident_timeline(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  if (args.positional().size() != 1) return bad_use("needs the ID of one incident");
  TRY_ASSIGN(const std::uint64_t limit, count_option(args, "--limit", "1000"));
  std::string path = incident_url(args.positional()[0], "/timeline");
  for (const std::string& kind : args.all("--kind")) add_query(path, "kind", kind);
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  base::Status broken = base::ok_status();
  TRY(server.list({path}, std::min(limit, kMaxShownEntries), [&](std::string_view text) {
    if (json) {
      print(stdout, std::string(text) + "\n");
      return true;
    }
    const auto item = JsonDocument::parse(text);
    if (!item.ok()) {
      broken = item.error();
      return false;
    }
    const JsonView entry = (*item)["entry"], member = (*item)["member"];
    std::string said = member.there()
                           ? fmt::format("{} x {}", member["alerts"].text(), member["rule"]["title"].text())
                           : entry["text"].text();
    if (entry["file"].there())
      said = fmt::format("{} ({} bytes, SHA-256 {}) {}", entry["file"]["name"].text(),
                         entry["file"]["size"].text(), entry["file"]["sha256"].text(), said);
    if (entry["event_id"].there()) said = fmt::format("event {} {}", entry["event_id"].text(), said);
    const std::string by = entry["by"].there() ? entry["by"].text() + ": " : "";
    line(fmt::format("{}  {:<9} {}{}", short_time((*item)["time"].text()), (*item)["kind"].text(), by, said));
    return true;
  }));
  return broken;
}

int ended_as(std::string_view command, const base::Status& status) {
  return status.ok() ? kExitClean : trouble(command, status.error().message);
}

}  // namespace

const CommandSpec& incidents_command() {
  static const CommandSpec command{
      kIncidentsName,
      "[options]",
      "list the incidents of a server, the riskiest first",
      "Exit code: 0 listed, 2 not.",
      {kServerOption,
       kFromOption,
       kToOption,
       {"--status", "STATUS", "new, triaged, in_progress, contained or closed (repeatable)"},
       {"--severity", "LEVEL", "this severity or a higher one"},
       {"--owner", "USER", "who works on it; nobody: those of nobody"},
       {"--tag", "TAG", "with this tag"},
       {"--technique", "ID", "of ATT&CK, as in T1059.001"},
       {"--entity", "VALUE", "a value, or kind:value as in user:ada"},
       {"--text", "TEXT", "in title, summary or tags"},
       {"--risk", "N", "this risk or a higher one"},
       {"--breached", "", "those of which a clock has run out"},
       {"--merged", "", "those that live on in others, too"},
       {"--sort", "ORDER",
        "risk, updated, opened, due or severity; a - before it: descending (default: -risk)"},
       {"--limit", "N", "so many at most (default: 100)"},
       kFormatOption},
      run_incidents};
  return command;
}

const CommandSpec& incidents_list_command() {
  static const CommandSpec command = [] {
    CommandSpec list = incidents_command();
    list.name = "incidents list";
    list.summary = "as vedette incidents";
    return list;
  }();
  return command;
}

const CommandSpec& incidents_show_command() {
  static const CommandSpec command{
      "incidents show",
      "ID [options]",
      "one incident: summary, risk, stages, entities, members with why, tasks, clocks",
      "Exit code: 0 shown, 2 not.",
      {kServerOption, kFormatOption},
      [](const Args& args) { return ended_as("incidents show", show_incident(args)); }};
  return command;
}

const CommandSpec& incidents_timeline_command() {
  static const CommandSpec command{
      "incidents timeline",
      "ID [options]",
      "what happened in an incident and what was done, by time",
      "Exit code: 0 shown, 2 not.",
      {{"--kind", "KIND",
        "member, comment, note, handover, event, alert, file, action or change (repeatable)"},
       {"--limit", "N", "so many at most (default: 1000)"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return ended_as("incidents timeline", show_incident_timeline(args)); }};
  return command;
}

}  // namespace vedette::cli
