// incidents assign, status, close, comment, task, merge, split, evidence: what people do with incidents.
#include <filesystem>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::size_t kMostIncidents = 500;
constexpr std::uint64_t kMostEvidenceBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMostCommentBytes = std::size_t{64} << 10;

base::Error misuse(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

std::string path_of_incident(const std::string& id, std::string_view rest = {}) {
  return "/incidents/" + node::url_encoded(id) + std::string(rest);
}

int finished(std::string_view command, const base::Status& status) {
  return status.ok() ? kExitClean : trouble(command, status.error().message);
}

// Says what was done, or the answer.
base::Status tell(const Args& args, const node::RemoteAnswer& answer, std::string_view done,
                  const std::string& id) {
  TRY_ASSIGN(const bool json, json_format(args));
  print(stdout, json && !answer.body.empty() ? std::string(base::trim(answer.body)) + "\n"
                                             : fmt::format("{} {}\n", done, base::escape_control(id)));
  return base::ok_status();
}

// Each incident is read and changed at the version that was read. What was done before an error stays.
base::Status change_them(const Args& args, node::RemoteServer& server, const std::vector<std::string>& ids,
                         const std::string& body, std::string_view done) {
  TRY(json_format(args).ok() ? base::ok_status() : base::Status(json_format(args).error()));
  if (ids.empty() || ids.size() > kMostIncidents)
    return misuse(fmt::format("needs the IDs of 1 to {} incidents", kMostIncidents));
  for (const std::string& id : ids) {
    TRY_ASSIGN(const node::RemoteAnswer incident, server.get(path_of_incident(id)));
    TRY_ASSIGN(const node::RemoteAnswer changed, server.patch(path_of_incident(id), body, incident.etag));
    TRY(tell(args, changed, done, id));
  }
  return base::ok_status();
}

std::string one_member(std::string_view name, std::string_view value) {
  std::string body;
  base::JsonWriter(body).begin_object().field(name, value).end_object();
  return body;
}

base::Status assign_incidents(const Args& args) {
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  std::string who = args.get("--to", "me");
  std::string body = R"({"owner":null})";
  if (who == "me") {
    TRY_ASSIGN(const JsonDocument session, get_json(server, "/session"));
    who = session["user"]["name"].text();
    if (who.empty()) return misuse("the server does not say who you are: give --to");
  }
  if (who != "nobody") body = one_member("owner", who);
  return change_them(args, server, args.positional(), body, "assigned");
}

base::Status set_status(const Args& args) {
  std::vector<std::string> ids = args.positional();
  if (ids.size() < 2)
    return misuse("needs a STATUS (triaged, in_progress, contained) and the IDs of incidents");
  const std::string status = ids.front();
  if (status == "closed") return misuse("incidents are closed by vedette incidents close");
  ids.erase(ids.begin());
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  return change_them(args, server, ids, one_member("status", status), status);
}

base::Status close_incidents(const Args& args) {
  const std::string classification = args.get("--as");
  if (classification.empty()) {
    return misuse("needs --as: true_positive, benign_positive, false_positive, duplicate or undetermined");
  }
  if (base::trim(args.get("--note")).empty()) return misuse("needs a --note");
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("status", "closed").field("classification", classification);
  json.field("closing_note", args.get("--note")).end_object();
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  return change_them(args, server, args.positional(), body, "closed");
}

base::Result<std::string> text_argument(const std::string& argument) {
  if (argument != "-") return argument;
  std::string text;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, size);
    if (text.size() > kMostCommentBytes) return misuse("the text is longer than 64 KB");
  }
  return text;
}

base::Status comment_incident(const Args& args) {
  if (args.positional().size() != 2) return misuse("needs the ID of one incident and a TEXT");
  TRY_ASSIGN(const std::string text, text_argument(args.positional()[1]));
  if (base::trim(text).empty()) return misuse("the text is empty");
  const std::string kind = args.get("--kind", "comment");
  std::string body;
  base::JsonWriter(body).begin_object().field("kind", kind).field("text", text).end_object();
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string& id = args.positional()[0];
  TRY_ASSIGN(const node::RemoteAnswer answer, server.post(path_of_incident(id, "/entries"), body));
  return tell(args, answer, "commented", id);
}

base::Status work_on_task(const Args& args) {
  const auto& words = args.positional();
  const std::string verb = words.empty() ? "" : words[0];
  if (words.size() != 3 ||
      (verb != "add" && verb != "done" && verb != "skip" && verb != "open" && verb != "remove"))
    return misuse("needs add ID TITLE, or done, skip, open or remove, an ID and a TASK");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string& id = words[1];
  if (verb == "add") {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().field("title", words[2]);
    if (args.has("--to")) json.field("assignee", args.get("--to"));
    if (args.has("--due")) json.field("due", args.get("--due"));
    json.end_object();
    TRY_ASSIGN(const node::RemoteAnswer answer, server.post(path_of_incident(id, "/tasks"), body));
    return tell(args, answer, "task added to", id);
  }
  const std::string path = path_of_incident(id, "/tasks/" + node::url_encoded(words[2]));
  if (verb == "remove") {
    TRY_ASSIGN(const node::RemoteAnswer answer, server.remove(path));
    return tell(args, answer, "task removed from", id);
  }
  const std::string state = verb == "skip" ? "skipped" : verb;
  TRY_ASSIGN(const node::RemoteAnswer answer, server.patch(path, one_member("state", state), {}));
  return tell(args, answer, "task " + state + " of", id);
}

std::string ids_json(std::string_view name, const std::vector<std::string>& ids, const std::string& reason) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().key(name).begin_array();
  for (const std::string& id : ids) json.string(id);
  json.end_array();
  if (!reason.empty()) json.field("reason", reason);
  json.end_object();
  return body;
}

base::Status give_to_engine(const Args& args, std::string_view verb, std::string_view member,
                            const char* needs, std::string_view done) {
  std::vector<std::string> ids = args.positional();
  if (ids.size() < 2) return misuse(needs);
  const std::string id = ids.front();
  ids.erase(ids.begin());
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string body = ids_json(member, ids, args.get("--reason"));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.post(path_of_incident(id, verb), body));
  return tell(args, answer, done, id);
}

base::Status add_evidence(const Args& args) {
  const auto& words = args.positional();
  if (words.size() != 3 || words[0] != "add")
    return misuse("needs add ID FILE, or add ID EVENT with --event");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const std::string& id = words[1];
  if (args.has("--event")) {
    std::string body;
    base::JsonWriter(body)
        .begin_object()
        .field("event", words[2])
        .field("text", args.get("--text"))
        .end_object();
    TRY_ASSIGN(const node::RemoteAnswer answer, server.post(path_of_incident(id, "/evidence/event"), body));
    return tell(args, answer, "event kept for", id);
  }
  std::error_code failed;
  const std::uint64_t size = std::filesystem::file_size(words[2], failed);
  if (!failed && size > kMostEvidenceBytes) return misuse("a file of evidence has at most 16 MiB");
  node::RemoteRequest request;
  TRY_ASSIGN(request.body, base::read_file(words[2]));
  if (request.body.empty()) return misuse("the file is empty");
  request.method = "POST";
  request.content_type = "application/octet-stream";
  const std::string name = args.get("--name", std::filesystem::path(words[2]).filename().string());
  request.path = path_of_incident(id, "/evidence/file?name=" + node::url_encoded(name));
  if (args.has("--text")) request.path += "&text=" + node::url_encoded(args.get("--text"));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.call(request));
  return tell(args, answer, "file kept for", id);
}

}  // namespace

const CommandSpec& incidents_assign_command() {
  static const CommandSpec command{
      "incidents assign",
      "ID... [options]",
      "say who works on incidents, on a server",
      "Exit code: 0 assigned, 2 not.",
      {{"--to", "USER", "a user's name or id, me (default) or nobody"}, kServerOption, kFormatOption},
      [](const Args& args) { return finished("incidents assign", assign_incidents(args)); }};
  return command;
}

const CommandSpec& incidents_status_command() {
  static const CommandSpec command{
      "incidents status",
      "STATUS ID... [options]",
      "say how far incidents are, or reopen closed ones, on a server",
      "STATUS is triaged, in_progress or contained. Exit code: 0 changed, 2 not.",
      {kServerOption, kFormatOption},
      [](const Args& args) { return finished("incidents status", set_status(args)); }};
  return command;
}

const CommandSpec& incidents_close_command() {
  static const CommandSpec command{
      "incidents close",
      "ID... --as CLASSIFICATION --note TEXT [options]",
      "say what incidents were and close them, on a server",
      "vedette incidents close inc-0123456789abcdef --as true_positive --note 'the account was reset'\n"
      "Exit code: 0 closed, 2 not (those before the one that could not be closed are).",
      {{"--as", "CLASSIFICATION",
        "true_positive, benign_positive, false_positive, duplicate or undetermined"},
       {"--note", "TEXT", "what was found and done"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return finished("incidents close", close_incidents(args)); }};
  return command;
}

const CommandSpec& incidents_comment_command() {
  static const CommandSpec command{
      "incidents comment",
      "ID TEXT|- [options]",
      "write a comment, a note or a handover, on a server",
      "@name mentions a user. Exit code: 0 written, 2 not.",
      {{"--kind", "KIND", "comment (default), note or handover"}, kServerOption, kFormatOption},
      [](const Args& args) { return finished("incidents comment", comment_incident(args)); }};
  return command;
}

const CommandSpec& incidents_task_command() {
  static const CommandSpec command{
      "incidents task",
      "add ID TITLE | done|skip|open|remove ID TASK [options]",
      "add tasks to an incident and tick them off, on a server",
      "TASK is its id, as incidents show tells. Exit code: 0 done, 2 not.",
      {{"--to", "USER", "who does it, with add"},
       {"--due", "TIME", "until when, with add (RFC 3339)"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return finished("incidents task", work_on_task(args)); }};
  return command;
}

const CommandSpec& incidents_merge_command() {
  static const CommandSpec command{
      "incidents merge",
      "INTO ID... [options]",
      "merge incidents into one, on a server",
      "The engine does it a moment later; it can be undone. Exit code: 0 asked for, 2 not.",
      {{"--reason", "TEXT", "why"}, kServerOption, kFormatOption},
      [](const Args& args) {
        return finished("incidents merge",
                        give_to_engine(args, "/merge", "others",
                                       "needs the ID to merge into and those of others", "merge asked for:"));
      }};
  return command;
}

const CommandSpec& incidents_split_command() {
  static const CommandSpec command{
      "incidents split",
      "ID MEMBER... [options]",
      "make an incident of its own of some members, on a server",
      "MEMBER is an id, as incidents show tells. The engine does it a moment later; it can be undone.\n"
      "Exit code: 0 asked for, 2 not.",
      {{"--reason", "TEXT", "why"}, kServerOption, kFormatOption},
      [](const Args& args) {
        return finished("incidents split", give_to_engine(args, "/split", "members",
                                                          "needs the ID of an incident and those of members",
                                                          "split asked for:"));
      }};
  return command;
}

const CommandSpec& incidents_evidence_command() {
  static const CommandSpec command{
      "incidents evidence",
      "add ID FILE [options]",
      "keep a file, or with --event a copy of an event, as evidence, on a server",
      "vedette incidents evidence add inc-0123456789abcdef memory.dmp --text 'of web1'\n"
      "Files have at most 16 MiB. Exit code: 0 kept, 2 not.",
      {{"--event", "", "FILE is the id of an event"},
       {"--name", "NAME", "name of the file (default: its own)"},
       {"--text", "TEXT", "what it is"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return finished("incidents evidence", add_evidence(args)); }};
  return command;
}

}  // namespace vedette::cli
