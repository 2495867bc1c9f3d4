// What the commands that ask a server share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "args.hpp"
#include "json_view.hpp"
#include "server_profiles.hpp"
#include "vedette/node/remote.hpp"

namespace vedette::cli {

inline constexpr OptionSpec kServerOption{
    "--server", "NAME|URL",
    "ask this server (default: $VEDETTE_SERVER, else the one signed in to last; vedette login --list)"};
inline constexpr OptionSpec kFormatOption{"--format", "table|json",
                                          "a table (default), or one JSON object a line"};

// The server that a command is to ask: --server, $VEDETTE_SERVER, or the default one; nullopt: none is meant,
// or --data or $VEDETTE_DATA names a folder. $VEDETTE_TOKEN, $VEDETTE_PIN and $VEDETTE_CA_FILE go before what
// is kept. Errors: both a server and --data are named; there is no such server.
base::Result<std::optional<ServerProfile>> chosen_server(const Args& args);

// A connection to it; asks the user to confirm the session when the server wants that.
base::Result<node::RemoteServer> connect(const ServerProfile& profile);
// The same of the server that is chosen; an error if there is none.
base::Result<node::RemoteServer> connect(const Args& args);

// --format: whether it is json. `--json` counts as well.
base::Result<bool> json_format(const Args& args);

// Answers of the server, parsed.
base::Result<JsonDocument> get_json(node::RemoteServer& server, std::string path);

// "2026-11-03 09:12" of an RFC 3339 time, for tables; "" of none.
std::string short_time(std::string_view rfc3339);

// The lists of users, roles and keys.
node::RemoteList users_list();
node::RemoteList roles_list();
node::RemoteList keys_list(bool of_everyone);

// The id of what has `text` as its id, else as its name, in a list of {id, name}. Errors: not_found; more
// than one has the name.
base::Result<std::string> id_of_named(node::RemoteServer& server, const node::RemoteList& list,
                                      std::string_view what, const std::string& text);

}  // namespace vedette::cli
