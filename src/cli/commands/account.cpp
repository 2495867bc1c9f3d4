// whoami, user and key: who may ask the server.
#include <functional>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::uint64_t kMaxListed = 1'000'000;

// What went well is 0, what did not is told.
int done(std::string_view command, const base::Status& status) {
  return status.ok() ? kExitClean : trouble(command, status.error().message);
}

base::Result<std::string> one_argument(const Args& args, std::string_view what) {
  if (args.positional().size() == 1 && !args.positional()[0].empty()) return args.positional()[0];
  return invalid(fmt::format("needs one {}", what));
}

// A list as a table or as JSON objects.
base::Status print_list(const Args& args, const node::RemoteList& list, std::vector<std::string> heads,
                        const std::function<std::vector<std::string>(const JsonView&)>& cells) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TextTable table(std::move(heads));
  std::string lines;
  TRY(server.list(list, kMaxListed, [&](std::string_view item) {
    if (json) {
      lines += std::string(item) + "\n";
    } else if (const auto document = JsonDocument::parse(item)) {
      table.add(cells(document->root()));
    }
    return true;
  }));
  print(stdout, json ? lines : table.text());
  return base::ok_status();
}

base::Status print_answer(const Args& args, const node::RemoteAnswer& answer, const std::string& sentence) {
  TRY_ASSIGN(const bool json, json_format(args));
  print(stdout, json ? std::string(base::trim(answer.body)) + "\n" : base::escape_control(sentence) + "\n");
  return base::ok_status();
}

base::Status show_whoami(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const JsonDocument session, get_json(server, "/session"));
  if (json) {
    // The CSRF token is of no use here and none of anyone's business.
    std::string out;
    base::JsonWriter writer(out);
    writer.begin_object().field("server", server.options().url);
    for (const char* name : {"user", "kind", "roles", "permissions", "scope", "expires"}) {
      writer.key(name).raw(session[name].json());
    }
    writer.end_object();
    print(stdout, out + "\n");
    return base::ok_status();
  }
  const auto line = [](std::string_view name, const std::string& value) {
    if (!value.empty()) print(stdout, fmt::format("{:<12} {}\n", name, base::escape_control(value)));
  };
  line("server", server.options().url);
  line("user", session["user"]["name"].text());
  line("tenant", session["scope"]["tenant"].text());
  line("signed in", session["kind"].text() == "key" ? "with an API key" : "with a session");
  line("roles", session["roles"].joined(", "));
  line("permissions", session["permissions"].joined(", "));
  line("until", short_time(session["expires"].text()));
  return base::ok_status();
}

base::Status list_users(const Args& args) {
  return print_list(args, users_list(), {"NAME", "ROLES", "STATE", "SECOND FACTOR", "LAST SIGN-IN", "ID"},
                    [](const JsonView& user) -> std::vector<std::string> {
                      const std::string state = user["locked"].flag()                 ? "locked"
                                                : user["must_change_password"].flag() ? "new password due"
                                                                                      : "active";
                      return {user["name"].text(),
                              user["roles"].joined(", "),
                              state,
                              user["has_totp"].flag() ? "yes" : "no",
                              short_time(user["last_sign_in"].text()),
                              user["id"].text()};
                    });
}

std::string new_user_json(const Args& args, const std::string& name, const std::vector<std::string>& roles) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("name", name);
  if (args.has("--display-name")) json.field("display_name", args.get("--display-name"));
  if (args.has("--email")) json.field("email", args.get("--email"));
  if (args.has("--tenant")) json.field("tenant", args.get("--tenant"));
  json.key("roles").begin_array();
  for (const std::string& role : roles) json.string(role);
  json.end_array().end_object();
  return body;
}

// The token by which a user sets a password goes to the standard output alone, as do keys.
base::Status reset_password(node::RemoteServer& server, const Args& args, const std::string& id,
                            const std::string& name) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const node::RemoteAnswer answer,
             server.post(fmt::format("/users/{}/reset", node::url_encoded(id)), ""));
  TRY_ASSIGN(const JsonDocument reset, JsonDocument::parse(answer.body));
  const std::string token = reset["token"].text();
  if (json) {
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .field("id", id)
        .field("name", name)
        .field("reset_token", token)
        .end_object();
    print(stdout, out + "\n");
    return base::ok_status();
  }
  print(stderr, fmt::format("With this token {} sets a password, once and within 24 hours:\n",
                            base::escape_control(name)));
  print(stdout, base::escape_control(token) + "\n");
  return base::ok_status();
}

base::Status add_user(const Args& args) {
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME"));
  if (args.all("--role").empty()) return invalid("needs a --role: vedette role list tells which there are");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  std::vector<std::string> roles;
  for (const std::string& role : args.all("--role")) {
    TRY_ASSIGN(roles.emplace_back(), id_of_named(server, roles_list(), "role", role));
  }
  TRY_ASSIGN(const node::RemoteAnswer answer, server.post("/users", new_user_json(args, name, roles)));
  TRY_ASSIGN(const JsonDocument user, JsonDocument::parse(answer.body));
  const base::Status told = reset_password(server, args, user["id"].text(), name);
  if (told.ok()) return told;
  return told.error().with_context("the user was made, but has no password yet: vedette user reset-password");
}

base::Status set_locked(const Args& args, bool locked) {
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME or ID"));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, users_list(), "user", name));
  const std::string path = "/users/" + node::url_encoded(id);
  TRY_ASSIGN(const node::RemoteAnswer user, server.get(path));
  TRY_ASSIGN(const node::RemoteAnswer answer,
             server.patch(path, locked ? R"({"locked":true})" : R"({"locked":false})", user.etag));
  return print_answer(args, answer, fmt::format("{} {}", locked ? "locked" : "unlocked", name));
}

base::Status remove_user(const Args& args) {
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME or ID"));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, users_list(), "user", name));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.remove("/users/" + node::url_encoded(id)));
  static_cast<void>(answer);
  print(stdout, fmt::format("removed {}\n", base::escape_control(name)));
  return base::ok_status();
}

base::Status reset_user(const Args& args) {
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME or ID"));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, users_list(), "user", name));
  return reset_password(server, args, id, name);
}

base::Status list_keys(const Args& args) {
  return print_list(args, keys_list(args.has("--all")),
                    {"NAME", "OWNER", "STARTS WITH", "PERMISSIONS", "FROM", "UNTIL", "LAST USED", "ID"},
                    [](const JsonView& key) -> std::vector<std::string> {
                      return {key["name"].text(),
                              key["owner_name"].text(),
                              key["prefix"].text(),
                              key["permissions"].joined(","),
                              key["addresses"].joined(","),
                              short_time(key["expires"].text()),
                              short_time(key["last_used"].text()),
                              key["id"].text()};
                    });
}

// A duration from now on, or a time.
base::Result<std::string> expiry(const std::string& text) {
  if (const auto lasts = base::parse_duration(text)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    constexpr base::TimeNs kLongest = 20LL * 366 * 86'400 * base::kNsPerSecond;
    if (*lasts <= 0 || *lasts > kLongest) return invalid("--expires is a duration such as 90d, or a time");
    return base::format_rfc3339(ns + *lasts);
  }
  TRY_ASSIGN(const std::int64_t time, parse_time_argument(text, true));
  return base::format_rfc3339(time);
}

base::Status add_key(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME"));
  if (args.all("--permission").empty()) {
    return invalid("needs a --permission: vedette whoami tells which you can give");
  }
  TRY_ASSIGN(const std::string expires, expiry(args.get("--expires", "90d")));
  std::string body;
  base::JsonWriter writer(body);
  writer.begin_object().field("name", name).field("expires", expires).key("permissions").begin_array();
  for (const std::string& permission : args.all("--permission")) writer.string(permission);
  writer.end_array().key("addresses").begin_array();
  for (const std::string& address : args.all("--address")) writer.string(address);
  writer.end_array().end_object();
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.post("/keys", body));
  if (json) {
    print(stdout, std::string(base::trim(answer.body)) + "\n");
    return base::ok_status();
  }
  TRY_ASSIGN(const JsonDocument made, JsonDocument::parse(answer.body));
  print(stderr, fmt::format("The key {} (id {}), valid until {}. It is shown this once:\n",
                            base::escape_control(name), base::escape_control(made["key"]["id"].text()),
                            base::escape_control(short_time(made["key"]["expires"].text()))));
  print(stdout, base::escape_control(made["token"].text()) + "\n");
  return base::ok_status();
}

base::Status remove_key(const Args& args) {
  TRY_ASSIGN(const std::string name, one_argument(args, "NAME or ID"));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, keys_list(args.has("--all")), "key", name));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.remove("/keys/" + node::url_encoded(id)));
  static_cast<void>(answer);
  print(stdout, fmt::format("removed {}\n", base::escape_control(name)));
  return base::ok_status();
}

constexpr std::string_view kExitCodes = "Exit code: 0 done, 2 not.";
constexpr OptionSpec kAllKeys{"--all", "", "keys of others, too (needs users.read)"};

}  // namespace

const CommandSpec& whoami_command() {
  static const CommandSpec command{"whoami",
                                   "[options]",
                                   "who the server takes you for, and what you may do",
                                   kExitCodes,
                                   {kServerOption, kFormatOption},
                                   [](const Args& args) { return done("whoami", show_whoami(args)); }};
  return command;
}

const CommandSpec& user_list_command() {
  static const CommandSpec command{"user list",
                                   "[options]",
                                   "users of the tenant",
                                   kExitCodes,
                                   {kServerOption, kFormatOption},
                                   [](const Args& args) { return done("user list", list_users(args)); }};
  return command;
}

const CommandSpec& user_add_command() {
  static const CommandSpec command{"user add",
                                   "NAME --role ROLE... [options]",
                                   "make a user; prints a token by which the user sets a password",
                                   kExitCodes,
                                   {{"--role", "ROLE", "what the user may do; repeatable"},
                                    {"--display-name", "TEXT", "the name that people read"},
                                    {"--email", "ADDRESS", "where the user is reached"},
                                    {"--tenant", "TENANT", "of the user (default: yours)"},
                                    kServerOption,
                                    kFormatOption},
                                   [](const Args& args) { return done("user add", add_user(args)); }};
  return command;
}

const CommandSpec& user_lock_command() {
  static const CommandSpec command{
      "user lock",
      "NAME|ID [options]",
      "keep a user out, and end the user's sessions",
      kExitCodes,
      {kServerOption, kFormatOption},
      [](const Args& args) { return done("user lock", set_locked(args, true)); }};
  return command;
}

const CommandSpec& user_unlock_command() {
  static const CommandSpec command{
      "user unlock",
      "NAME|ID [options]",
      "let a locked user in again",
      kExitCodes,
      {kServerOption, kFormatOption},
      [](const Args& args) { return done("user unlock", set_locked(args, false)); }};
  return command;
}

const CommandSpec& user_remove_command() {
  static const CommandSpec command{"user remove",
                                   "NAME|ID [options]",
                                   "remove a user with the user's keys and sessions",
                                   kExitCodes,
                                   {kServerOption},
                                   [](const Args& args) { return done("user remove", remove_user(args)); }};
  return command;
}

const CommandSpec& user_reset_password_command() {
  static const CommandSpec command{
      "user reset-password",
      "NAME|ID [options]",
      "print a token by which a user sets a new password",
      kExitCodes,
      {kServerOption, kFormatOption},
      [](const Args& args) { return done("user reset-password", reset_user(args)); }};
  return command;
}

const CommandSpec& key_list_command() {
  static const CommandSpec command{"key list",
                                   "[options]",
                                   "your API keys",
                                   kExitCodes,
                                   {kAllKeys, kServerOption, kFormatOption},
                                   [](const Args& args) { return done("key list", list_keys(args)); }};
  return command;
}

const CommandSpec& key_add_command() {
  static const CommandSpec command{
      "key add",
      "NAME --permission PERMISSION... [options]",
      "make an API key for scripts; it is printed once, to the standard output alone",
      "vedette key add ci --permission rules.read --permission rules.write --expires 30d > key\n"
      "Exit code: 0 done, 2 not.",
      {{"--permission", "NAME", "what the key may do, of what you may; repeatable"},
       {"--expires", "DURATION|TIME", "until when it is good (default: 90d)"},
       {"--address", "NETWORK", "where it may be used from, as 10.1.0.0/16; repeatable (default: anywhere)"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return done("key add", add_key(args)); }};
  return command;
}

const CommandSpec& key_remove_command() {
  static const CommandSpec command{"key remove",
                                   "NAME|ID [options]",
                                   "make an API key useless, at once",
                                   kExitCodes,
                                   {kAllKeys, kServerOption},
                                   [](const Args& args) { return done("key remove", remove_key(args)); }};
  return command;
}

}  // namespace vedette::cli
