// login and logout: which servers are asked, and as whom.
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "interrupt.hpp"
#include "secret_input.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::chrono::seconds kHandshakeTime{20};

int list_servers(const Args& args) {
  const auto json = json_format(args);
  if (!json) return trouble("login", json.error().message);
  const auto profiles = read_profiles();
  if (!profiles) return trouble("login", profiles.error().message);
  TextTable table({"SERVER", "URL", "USER", "UNTIL", "KEY", "DEFAULT"});
  std::string lines;
  for (const ServerProfile& one : profiles->servers) {
    const bool signed_in = !one.token.empty();
    const bool is_default = one.name == profiles->default_name;
    const std::string_view key = one.url.starts_with("http:") ? "none"
                                 : !one.pin.empty()           ? "pinned"
                                                              : "authority";
    table.add({one.name, one.url, signed_in ? one.user : "signed out",
               signed_in ? short_time(one.expires) : "", std::string(key), is_default ? "yes" : ""});
    base::JsonWriter writer(lines);
    writer.begin_object().field("name", one.name).field("url", one.url).field("user", one.user);
    writer.field("tenant", one.tenant).field("pin", one.pin).field("ca_file", one.ca_file);
    writer.field("signed_in", signed_in).field("expires", one.expires).field("default", is_default);
    writer.end_object();
    lines += '\n';
  }
  print(stdout, *json ? lines : table.text());
  return kExitClean;
}

// Decides by what the server is known: authorities, the key that was trusted before, or one that the user
// now trusts.
base::Status settle_trust(ServerProfile& profile, bool was_given) {
  if (profile.url.starts_with("http:")) return base::ok_status();
  TRY_ASSIGN(const node::RemoteKey key,
             node::fetch_remote_key(profile.url, profile.pin.empty() ? profile.ca_file : "", kHandshakeTime));
  if (!profile.pin.empty()) {
    if (key.pin == profile.pin) return base::ok_status();
    return invalid(fmt::format(
        "{} does not have the key that {}: {}, but {}. Someone may listen on the way. If the key was changed "
        "on purpose: vedette login {} --pin with the one that the server's administrator tells",
        profile.url, was_given ? "was given" : "was trusted before", profile.pin, key.pin, profile.url));
  }
  if (key.trusted) return base::ok_status();
  if (!profile.ca_file.empty()) {
    return invalid(fmt::format("{} has no certificate of {}: {}", profile.url, profile.ca_file, key.problem));
  }
  const std::string told = fmt::format("The certificate of {} is not known ({}).\nIts key is {}\n",
                                       profile.url, key.problem, key.pin);
  if (!can_ask()) {
    return invalid(told +
                   "Compare it with what the server logged when it started, then give --pin, or "
                   "--ca-file with its certificate");
  }
  print(stderr, told + "Compare it with what the server logged when it started.\n");
  if (!confirm("Trust this key from now on? [y/N] ")) return invalid("the server is not trusted");
  profile.pin = key.pin;
  return base::ok_status();
}

base::Result<node::RemoteServer> server_of(const ServerProfile& profile, std::string token) {
  node::RemoteOptions options;
  options.url = profile.url;
  options.ca_file = profile.ca_file;
  options.pinned_key = profile.pin;
  options.token = std::move(token);
  return node::RemoteServer::at(std::move(options), interrupt_token());
}

std::string credentials_json(const ServerProfile& profile, const std::string& password,
                             const std::string& code) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("name", profile.user).field("password", password);
  if (!profile.tenant.empty()) json.field("tenant", profile.tenant);
  if (!code.empty()) json.field("code", code);
  json.field("token", true).end_object();
  return body;
}

base::Result<JsonDocument> sign_in(ServerProfile& profile) {
  if (profile.user.empty()) {
    if (!can_ask()) return invalid("needs --user NAME, or an API key with --key-stdin");
    TRY_ASSIGN(profile.user, ask_line("User: ", false));
  }
  TRY_ASSIGN(const std::string password,
             ask_password(fmt::format("Password of {}: ", base::escape_control(profile.user))));
  TRY_ASSIGN(node::RemoteServer server, server_of(profile, ""));
  std::string code;
  for (;;) {
    TRY_ASSIGN(const node::RemoteAnswer answer, server.ask({.method = "POST",
                                                            .path = "/session",
                                                            .body = credentials_json(profile, password, code),
                                                            .if_match = {}}));
    if (answer.ok()) {
      TRY_ASSIGN(JsonDocument session, JsonDocument::parse(answer.body));
      profile.token = session["token"].text();
      if (profile.token.empty())
        return base::make_error(base::ErrorCode::corrupt, "the server gave no token");
      return session;
    }
    const node::RemoteProblem problem = answer.problem();
    if (problem.slug != "second-factor" || !code.empty()) return problem.to_error();
    TRY_ASSIGN(code, ask_line("Code: ", true));
  }
}

base::Result<JsonDocument> take_key(ServerProfile& profile) {
  TRY_ASSIGN(const std::string line, ask_line("API key: ", true));
  profile.token = base::trim(line);
  if (profile.token.empty()) return invalid("the key is empty");
  TRY_ASSIGN(node::RemoteServer server, server_of(profile, profile.token));
  return get_json(server, "/session");
}

// What is known of the server already, and what the options say.
base::Result<ServerProfile> profile_of(const Args& args, const ServerProfiles& profiles) {
  ServerProfile profile;
  const std::string& given = args.positional()[0];
  const ServerProfile* kept = profiles.find(args.get("--name", given));
  if (!kept) kept = profiles.find(given);
  if (kept) {
    profile = *kept;
    profile.token.clear();
    profile.expires.clear();
  }
  if (!kept || given != kept->name) {
    TRY_ASSIGN(const std::string url, node::server_url(given));
    if (url != profile.url) profile = {};
    profile.url = url;
  }
  if (profile.name.empty()) profile.name = node::server_name(profile.url);
  if (args.has("--name")) profile.name = args.get("--name");
  if (profile.name.empty() || profile.name.size() > 200) return invalid("--name is a short text");
  if (args.has("--ca-file") && args.has("--pin")) return invalid("give --ca-file or --pin, not both");
  if (args.has("--user")) profile.user = args.get("--user");
  if (args.has("--tenant")) profile.tenant = args.get("--tenant");
  if (args.has("--ca-file")) {
    profile.ca_file = args.get("--ca-file");
    profile.pin.clear();
    if (profile.ca_file.empty() || profile.ca_file[0] != '/') {
      char* whole = ::realpath(profile.ca_file.c_str(), nullptr);
      if (whole) profile.ca_file = whole;
      std::free(whole);
    }
  }
  if (args.has("--pin")) {
    profile.pin = args.get("--pin");
    profile.ca_file.clear();
  }
  return profile;
}

base::Result<ServerProfile> log_in(const Args& args) {
  TRY_ASSIGN(ServerProfiles profiles, read_profiles());
  TRY_ASSIGN(ServerProfile profile, profile_of(args, profiles));
  // Refuses what is sent in the clear before anything is asked.
  TRY_ASSIGN(const node::RemoteServer checked, server_of(profile, ""));
  static_cast<void>(checked);
  TRY(settle_trust(profile, args.has("--pin")));
  const bool by_key = args.has("--key-stdin");
  if (by_key) profile.user.clear();
  auto session = by_key ? take_key(profile) : sign_in(profile);
  if (!session) return session.error();
  profile.expires = (*session)["expires"].text();
  const JsonView user = (*session)["user"];
  if (const std::string name = user["name"].text(); !name.empty()) profile.user = name;
  if (profile.user.empty()) profile.user = "key";
  profiles.put(profile);
  profiles.default_name = profile.name;
  TRY(write_profiles(profiles));
  if ((*session)["must_change_password"].flag()) {
    print(stderr, "vedette login: a new password must be chosen before anything else\n");
  }
  if ((*session)["must_enrol_totp"].flag()) {
    print(stderr, "vedette login: a second factor must be set up before anything else\n");
  }
  return profile;
}

int run_login(const Args& args) {
  if (args.has("--list")) return list_servers(args);
  if (args.positional().size() != 1) return trouble("login", "needs the URL of a server: https://HOST:PORT");
  const auto profile = log_in(args);
  if (!profile) return trouble("login", profile.error().message);
  print(stdout,
        fmt::format(
            "signed in to {} as {}{}\n", base::escape_control(profile->name),
            base::escape_control(profile->user),
            profile->expires.empty() ? "" : ", until " + base::escape_control(short_time(profile->expires))));
  return kExitClean;
}

int run_logout(const Args& args) {
  if (args.positional().size() > 1) return trouble("logout", "takes one NAME or URL of a server");
  auto profiles = read_profiles();
  if (!profiles) return trouble("logout", profiles.error().message);
  const std::string name = args.positional().empty() ? profiles->default_name : args.positional()[0];
  const ServerProfile* kept = profiles->find(name);
  if (!kept) return trouble("logout", "no such server was signed in to: vedette login --list");
  ServerProfile profile = *kept;
  int code = kExitClean;
  if (profile.token.starts_with("vds_")) {
    auto server = server_of(profile, profile.token);
    const auto ended = server
                           ? server->ask({.method = "DELETE", .path = "/session", .body = {}, .if_match = {}})
                           : base::Result<node::RemoteAnswer>(server.error());
    // 401: it had ended before.
    if (!ended || (!ended->ok() && ended->status != 401)) {
      code =
          trouble("logout", fmt::format("the session could not be ended on the server: {}",
                                        ended ? ended->problem().to_error().message : ended.error().message));
    }
  }
  profile.token.clear();
  profile.expires.clear();
  if (args.has("--forget")) {
    profiles->remove(profile.name);
  } else {
    profiles->put(profile);
  }
  if (const base::Status written = write_profiles(*profiles); !written.ok()) {
    return trouble("logout", written.error().message);
  }
  if (code == kExitClean)
    print(stdout, fmt::format("signed out of {}\n", base::escape_control(profile.name)));
  return code;
}

}  // namespace

const CommandSpec& login_command() {
  static const CommandSpec command{
      "login",
      "URL|NAME [options]",
      "sign in to a server, which search, alerts, rules and others then ask",
      "The password (and the code, if there is a second factor) is asked for at the terminal; without one "
      "the "
      "password\n"
      "is the text of $VEDETTE_PASSWORD_FILE, else the first line of the standard input, and the code the "
      "next line.\n"
      "A certificate that no authority vouches for is shown by its key, and trusted if you say so, from then "
      "on.\n"
      "Kept in $XDG_CONFIG_HOME/vedette/servers.json, which only you can read. Exit code: 0 signed in, 2 "
      "not.",
      {{"--user", "NAME", "who"},
       {"--tenant", "TENANT", "of the user, if it is not the first one"},
       {"--key-stdin", "", "take an API key from the standard input instead of a user"},
       {"--name", "NAME", "what the server is called here (default: HOST:PORT)"},
       {"--ca-file", "FILE", "certificates (PEM) that vouch for the server's, instead of the system's"},
       {"--pin", "sha256//...", "the key that the server must have"},
       {"--list", "", "the servers that were signed in to"},
       kFormatOption},
      run_login};
  return command;
}

const CommandSpec& logout_command() {
  static const CommandSpec command{"logout",
                                   "[NAME|URL] [options]",
                                   "end the session with a server",
                                   "Keys are only forgotten here: vedette key remove makes them useless.\n"
                                   "Exit code: 0, or 2 if the session could not be ended on the server.",
                                   {{"--forget", "", "also the server, and the key that it was known by"}},
                                   run_logout};
  return command;
}

}  // namespace vedette::cli
