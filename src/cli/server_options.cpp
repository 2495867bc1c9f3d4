#include "server_options.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "console.hpp"
#include "interrupt.hpp"
#include "secret_input.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cli {
namespace {

// What the environment says of the server goes before what is kept.
ServerProfile with_environment(ServerProfile profile) {
  if (std::string token = environment("VEDETTE_TOKEN"); !token.empty()) {
    profile.token = std::move(token);
    profile.user.clear();
  }
  if (std::string pin = environment("VEDETTE_PIN"); !pin.empty()) profile.pin = std::move(pin);
  if (std::string file = environment("VEDETTE_CA_FILE"); !file.empty()) profile.ca_file = std::move(file);
  return profile;
}

// Password and code once more; the token that the server then gives replaces the old one.
base::Status confirm_session(node::RemoteServer& server, const ServerProfile& profile) {
  if (!can_ask() && !has_password_file()) {
    return invalid(
        "the server wants the password again for this: run it in a terminal, or set VEDETTE_PASSWORD_FILE");
  }
  TRY_ASSIGN(const std::string password, ask_password("Confirm with your password: "));
  std::string code;
  for (;;) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().field("password", password);
    if (!code.empty()) json.field("code", code);
    json.end_object();
    TRY_ASSIGN(const node::RemoteAnswer answer,
               server.ask({.method = "POST", .path = "/session/confirm", .body = body, .if_match = {}}));
    if (answer.ok()) {
      TRY_ASSIGN(const JsonDocument session, JsonDocument::parse(answer.body));
      const std::string token = session["token"].text();
      if (token.empty()) return base::ok_status();
      server.set_token(token);
      TRY_ASSIGN(ServerProfiles profiles, read_profiles());
      const ServerProfile* kept = profiles.find(profile.name);
      if (!kept || kept->token != profile.token) return base::ok_status();
      ServerProfile renewed = *kept;
      renewed.token = token;
      renewed.expires = session["expires"].text();
      profiles.put(std::move(renewed));
      return write_profiles(profiles);
    }
    const node::RemoteProblem problem = answer.problem();
    if (problem.slug != "second-factor" || !code.empty() || !can_ask()) return problem.to_error();
    TRY_ASSIGN(code, ask_line("Code: ", true));
  }
}

}  // namespace

base::Result<std::optional<ServerProfile>> chosen_server(const Args& args) {
  std::string named = args.get("--server");
  if (!named.empty() && args.has("--data")) return invalid("give --data or --server, not both");
  if (args.has("--data")) return std::optional<ServerProfile>();
  if (named.empty()) named = environment("VEDETTE_SERVER");
  const bool takes_folder = !environment("VEDETTE_DATA").empty();
  if (named.empty() && takes_folder) return std::optional<ServerProfile>();
  const auto profiles = read_profiles();
  if (!profiles) return profiles.error();
  if (named.empty()) {
    const ServerProfile* usual = profiles->find(profiles->default_name);
    if (!usual || usual->token.empty()) return std::optional<ServerProfile>();
    return std::optional(with_environment(*usual));
  }
  if (const ServerProfile* kept = profiles->find(named)) return std::optional(with_environment(*kept));
  if (named.find_first_of(".:/[") == std::string::npos && named != "localhost") {
    return invalid(fmt::format("no server '{}' was signed in to: vedette login --list tells which",
                               base::escape_control(named)));
  }
  ServerProfile profile;
  TRY_ASSIGN(profile.url, node::server_url(named));
  profile.name = node::server_name(profile.url);
  return std::optional(with_environment(std::move(profile)));
}

base::Result<node::RemoteServer> connect(const ServerProfile& profile) {
  if (profile.token.empty()) {
    return invalid(fmt::format("not signed in to {}: vedette login {}", profile.name, profile.url));
  }
  node::RemoteOptions options;
  options.url = profile.url;
  options.ca_file = profile.ca_file;
  options.pinned_key = profile.pin;
  options.token = profile.token;
  TRY_ASSIGN(node::RemoteServer server, node::RemoteServer::at(std::move(options), interrupt_token()));
  server.on_step_up([profile](node::RemoteServer& asked) { return confirm_session(asked, profile); });
  return server;
}

base::Result<node::RemoteServer> connect(const Args& args) {
  TRY_ASSIGN(const std::optional<ServerProfile> profile, chosen_server(args));
  if (profile) return connect(*profile);
  return invalid("which server? vedette login URL first, or give --server URL with $VEDETTE_TOKEN");
}

base::Result<bool> json_format(const Args& args) {
  const std::string format = args.get("--format", args.has("--json") ? "json" : "table");
  if (format != "json" && format != "table") return invalid("--format is table or json");
  return format == "json";
}

base::Result<JsonDocument> get_json(node::RemoteServer& server, std::string path) {
  TRY_ASSIGN(const node::RemoteAnswer answer, server.get(std::move(path)));
  return JsonDocument::parse(answer.body);
}

std::string short_time(std::string_view rfc3339) {
  std::string text(rfc3339.substr(0, 16));
  if (text.size() == 16 && text[10] == 'T') text[10] = ' ';
  return text;
}

node::RemoteList users_list() {
  return {"/users"};
}
node::RemoteList roles_list() {
  return {"/roles", false};
}
node::RemoteList keys_list(bool of_everyone) {
  return {of_everyone ? "/keys?all=true" : "/keys", false};
}

base::Result<std::string> id_of_named(node::RemoteServer& server, const node::RemoteList& list,
                                      std::string_view what, const std::string& text) {
  constexpr std::uint64_t kMaxNamed = 100'000;
  std::string by_id, by_name;
  bool twice = false;
  TRY(server.list(list, kMaxNamed, [&](std::string_view item) {
    const auto document = JsonDocument::parse(item);
    if (!document) return true;
    const std::string id = (*document)["id"].text();
    if (id == text) by_id = id;
    if ((*document)["name"].text() == text) {
      twice = twice || !by_name.empty();
      by_name = id;
    }
    return by_id.empty();
  }));
  if (!by_id.empty()) return by_id;
  if (twice) {
    return invalid(
        fmt::format("more than one {} is named {}: give the id", what, base::escape_control(text)));
  }
  if (!by_name.empty()) return by_name;
  return base::make_error(base::ErrorCode::not_found,
                          fmt::format("there is no {} {}", what, base::escape_control(text)));
}

}  // namespace vedette::cli
