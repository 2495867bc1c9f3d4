// alerts show, close, assign and comment: what people do with one alert or several.
#include <functional>
#include <iterator>

#include <fmt/format.h>
#include <simdjson.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/records.hpp"

namespace vedette::cli {
namespace {

constexpr std::size_t kMaxAlerts = 1'000;
constexpr std::size_t kMaxComment = std::size_t{64} << 10;

std::string alert_path(const std::string& id) {
  return "/alerts/" + node::url_encoded(id);
}

int ended(std::string_view command, const base::Status& status) {
  return status.ok() ? kExitClean : trouble(command, status.error().message);
}

base::Result<std::string> stored_alert(const Args& args, const std::string& id) {
  TRY_ASSIGN(const auto records, node::open_records(data_options(args).folder));
  TRY_ASSIGN(const auto record, records->get("alerts", id));
  if (record) return record->document;
  return base::make_error(base::ErrorCode::not_found,
                          fmt::format("there is no alert {}", base::escape_control(id)));
}

// Names and values, an object below an object indented; lists of texts in one line.
void print_members(const simdjson::dom::element& value, const std::string& indent) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return;
  for (const auto& [key, member] : object) {
    const JsonView view(member);
    if (!view.there()) continue;
    const std::string label = indent + base::escape_control(key);
    if (view.is_object()) {
      print(stdout, label + ":\n");
      if (indent.size() < 20) print_members(member, indent + "  ");
      continue;
    }
    std::string text;
    for (const JsonView& item : view.items()) {
      if (!text.empty()) text += ", ";
      text += item.is_object() ? item.json() : item.text();
    }
    if (view.items().empty()) text = view.text();
    if (!text.empty()) print(stdout, fmt::format("{}: {}\n", label, base::escape_control(text)));
  }
}

base::Status show_alert(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  if (args.positional().size() != 1) return invalid("needs the ID of one alert");
  const std::string& id = args.positional()[0];
  TRY_ASSIGN(const auto profile, chosen_server(args));
  std::string text;
  if (profile) {
    TRY_ASSIGN(node::RemoteServer server, connect(*profile));
    TRY_ASSIGN(node::RemoteAnswer answer, server.get(alert_path(id)));
    text = std::move(answer.body);
  } else {
    TRY_ASSIGN(text, stored_alert(args, id));
  }
  TRY_ASSIGN(const JsonDocument alert, JsonDocument::parse(text));
  if (json) {
    print(stdout, alert.root().json() + "\n");
  } else if (alert.root().there()) {
    print_members(alert.root().element(), "");
  }
  return base::ok_status();
}

// Each alert is read and changed at the version that was read. What was done before an error stays.
base::Status change_alerts(const Args& args, const std::string& body, std::string_view done) {
  TRY_ASSIGN(const bool json, json_format(args));
  if (args.positional().empty() || args.positional().size() > kMaxAlerts) {
    return invalid(fmt::format("needs the IDs of 1 to {} alerts", kMaxAlerts));
  }
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  for (const std::string& id : args.positional()) {
    TRY_ASSIGN(const node::RemoteAnswer alert, server.get(alert_path(id)));
    TRY_ASSIGN(const node::RemoteAnswer changed, server.patch(alert_path(id), body, alert.etag));
    print(stdout, json ? std::string(base::trim(changed.body)) + "\n"
                       : fmt::format("{} {}\n", done, base::escape_control(id)));
  }
  return base::ok_status();
}

base::Status close_alerts(const Args& args) {
  const std::string verdict = args.get("--verdict");
  if (verdict != "true_positive" && verdict != "false_positive" && verdict != "benign") {
    return invalid("needs a --verdict: true_positive, false_positive or benign");
  }
  if (base::trim(args.get("--reason")).empty()) return invalid("needs a --reason");
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("status", "closed").field("verdict", verdict);
  json.field("reason", args.get("--reason")).end_object();
  return change_alerts(args, body, "closed");
}

base::Result<std::string> assignee_json(const Args& args) {
  const std::string who = args.get("--to", "me");
  if (who == "nobody") return std::string(R"({"assignee":null})");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  std::string id;
  if (who == "me") {
    TRY_ASSIGN(const JsonDocument session, get_json(server, "/session"));
    id = session["user"]["id"].text();
    if (id.empty()) return invalid("the server does not say who you are: give --to");
  } else {
    TRY_ASSIGN(id, id_of_named(server, users_list(), "user", who));
  }
  std::string body;
  base::JsonWriter(body).begin_object().field("assignee", id).end_object();
  return body;
}

base::Status assign_alerts(const Args& args) {
  TRY_ASSIGN(const std::string body, assignee_json(args));
  return change_alerts(args, body, "assigned");
}

base::Result<std::string> comment_text(const std::string& argument) {
  if (argument != "-") return argument;
  std::string text;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, size);
    if (text.size() > kMaxComment) return invalid("the comment is longer than 64 KB");
  }
  return text;
}

base::Status comment_alert(const Args& args) {
  if (args.positional().size() != 2) return invalid("needs the ID of one alert and a TEXT");
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string text, comment_text(args.positional()[1]));
  if (base::trim(text).empty()) return invalid("the comment is empty");
  std::string body;
  base::JsonWriter(body).begin_object().field("text", text).end_object();
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string& id = args.positional()[0];
  TRY_ASSIGN(const node::RemoteAnswer answer, server.post(alert_path(id) + "/comments", body));
  print(stdout, json ? std::string(base::trim(answer.body)) + "\n"
                     : fmt::format("commented {}\n", base::escape_control(id)));
  return base::ok_status();
}

}  // namespace

const CommandSpec& alerts_show_command() {
  static const CommandSpec command{"alerts show",
                                   "ID [options]",
                                   "one alert with all that is known of it",
                                   "Exit code: 0 shown, 2 not.",
                                   {kDataOption, kServerOption, kFormatOption},
                                   [](const Args& args) { return ended("alerts show", show_alert(args)); }};
  return command;
}

const CommandSpec& alerts_close_command() {
  static const CommandSpec command{
      "alerts close",
      "ID... --verdict VERDICT --reason TEXT [options]",
      "judge alerts and close them, on a server",
      "vedette alerts close 0f3a... --verdict benign --reason 'the backup job'\n"
      "Exit code: 0 closed, 2 not (those before the one that could not be closed are).",
      {{"--verdict", "true_positive|false_positive|benign", "what they were"},
       {"--reason", "TEXT", "why"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return ended("alerts close", close_alerts(args)); }};
  return command;
}

const CommandSpec& alerts_assign_command() {
  static const CommandSpec command{
      "alerts assign",
      "ID... [options]",
      "say who works on alerts, on a server",
      "Exit code: 0 assigned, 2 not.",
      {{"--to", "USER", "a user's name or id, me (default) or nobody"}, kServerOption, kFormatOption},
      [](const Args& args) { return ended("alerts assign", assign_alerts(args)); }};
  return command;
}

const CommandSpec& alerts_comment_command() {
  static const CommandSpec command{
      "alerts comment",
      "ID TEXT|- [options]",
      "write a comment beside an alert, on a server",
      "Exit code: 0 written, 2 not.",
      {kServerOption, kFormatOption},
      [](const Args& args) { return ended("alerts comment", comment_alert(args)); }};
  return command;
}

}  // namespace vedette::cli
