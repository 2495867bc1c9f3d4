// role: what users may do.
#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::uint64_t kMaxRoles = 100'000;
constexpr std::string_view kExitCodes = "Exit code: 0 done, 2 not.";

int done(std::string_view command, const base::Status& status) {
  return status.ok() ? kExitClean : trouble(command, status.error().message);
}

base::Status list_roles(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TextTable table({"NAME", "BUILT IN", "PERMISSIONS", "DATASETS", "FILTER", "DESCRIPTION"});
  std::string lines;
  TRY(server.list(roles_list(), kMaxRoles, [&](std::string_view item) {
    lines += std::string(item) + "\n";
    if (const auto role = JsonDocument::parse(item)) {
      table.add({(*role)["name"].text(), (*role)["built_in"].flag() ? "yes" : "no",
                 fmt::format("{}", (*role)["permissions"].items().size()), (*role)["datasets"].joined(","),
                 (*role)["filter"].text(), (*role)["description"].text()});
    }
    return true;
  }));
  print(stdout, json ? lines : table.text());
  return base::ok_status();
}

base::Result<std::string> role_name(const Args& args) {
  if (args.positional().size() == 1 && !args.positional()[0].empty()) return args.positional()[0];
  return invalid("needs one NAME or ID");
}

base::Status show_role(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string name, role_name(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, roles_list(), "role", name));
  TRY_ASSIGN(const JsonDocument role, get_json(server, "/roles/" + node::url_encoded(id)));
  if (json) {
    print(stdout, role.root().json() + "\n");
    return base::ok_status();
  }
  const auto line = [](std::string_view label, const std::string& value) {
    if (!value.empty()) print(stdout, fmt::format("{:<14} {}\n", label, base::escape_control(value)));
  };
  line("name", role["name"].text());
  line("id", role["id"].text());
  line("description", role["description"].text());
  line("built in", role["built_in"].flag() ? "yes" : "no");
  line("second factor", role["second_factor"].flag() ? "wanted" : "");
  line("permissions", role["permissions"].joined(", "));
  line("datasets", role["datasets"].joined(", "));
  line("filter", role["filter"].text());
  line("masked fields", role["masked_fields"].joined(", "));
  return base::ok_status();
}

void write_texts(base::JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

// What the options say, and what they do not as it was.
std::string role_json(const Args& args, const std::string& name, const JsonView& before) {
  std::string body;
  base::JsonWriter json(body);
  const auto texts = [&](const char* key, const char* option) {
    auto given = args.all(option);
    std::erase(given, std::string());  // --dataset '' takes all away
    write_texts(json, key, args.has(option) ? given : before[key].texts());
  };
  const auto text = [&](const char* key, const char* option) {
    json.field(key, args.has(option) ? args.get(option) : before[key].text());
  };
  json.begin_object().field("name", name);
  text("description", "--description");
  texts("permissions", "--permission");
  texts("datasets", "--dataset");
  text("filter", "--filter");
  texts("masked_fields", "--mask");
  const std::string factor = args.get("--second-factor");
  json.field("second_factor", factor.empty() ? before["second_factor"].flag() : factor == "yes");
  json.end_object();
  return body;
}

base::Status set_role(const Args& args) {
  TRY_ASSIGN(const bool json, json_format(args));
  TRY_ASSIGN(const std::string name, role_name(args));
  const std::string factor = args.get("--second-factor", "no");
  if (factor != "yes" && factor != "no") return invalid("--second-factor is yes or no");
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  const auto id = id_of_named(server, roles_list(), "role", name);
  if (!id && id.error().code != base::ErrorCode::not_found) return id.error();
  node::RemoteAnswer answer;
  if (id) {
    const std::string path = "/roles/" + node::url_encoded(*id);
    TRY_ASSIGN(const node::RemoteAnswer old, server.get(path));
    TRY_ASSIGN(const JsonDocument before, JsonDocument::parse(old.body));
    TRY_ASSIGN(answer, server.put(path, role_json(args, before["name"].text(), before.root()), old.etag));
  } else {
    if (args.all("--permission").empty()) return invalid("a new role needs a --permission");
    TRY_ASSIGN(answer, server.post("/roles", role_json(args, name, JsonView())));
  }
  print(stdout, json ? std::string(base::trim(answer.body)) + "\n"
                     : fmt::format("{} {}\n", id ? "changed" : "made", base::escape_control(name)));
  return base::ok_status();
}

base::Status remove_role(const Args& args) {
  TRY_ASSIGN(const std::string name, role_name(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const std::string id, id_of_named(server, roles_list(), "role", name));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.remove("/roles/" + node::url_encoded(id)));
  static_cast<void>(answer);
  print(stdout, fmt::format("removed {}\n", base::escape_control(name)));
  return base::ok_status();
}

}  // namespace

const CommandSpec& role_list_command() {
  static const CommandSpec command{"role list",
                                   "[options]",
                                   "roles, the built-in ones first",
                                   kExitCodes,
                                   {kServerOption, kFormatOption},
                                   [](const Args& args) { return done("role list", list_roles(args)); }};
  return command;
}

const CommandSpec& role_show_command() {
  static const CommandSpec command{"role show",
                                   "NAME|ID [options]",
                                   "what a role allows, and which events it sees",
                                   kExitCodes,
                                   {kServerOption, kFormatOption},
                                   [](const Args& args) { return done("role show", show_role(args)); }};
  return command;
}

const CommandSpec& role_set_command() {
  static const CommandSpec command{
      "role set",
      "NAME|ID [options]",
      "make a role, or change what the options name of one",
      "vedette role set tier1 --permission alerts.read --permission alerts.write --filter 'host.name: web*'\n"
      "Exit code: 0 done, 2 not.",
      {{"--permission", "NAME", "what it allows; repeatable; in place of all that it allowed"},
       {"--dataset", "PATTERN", "datasets that it sees; repeatable; '' for all"},
       {"--filter", "KQL", "events that it sees; '' for all"},
       {"--mask", "FIELD", "fields that it does not see; repeatable; '' for none"},
       {"--second-factor", "yes|no", "whether its users need one"},
       {"--description", "TEXT", "for people"},
       kServerOption,
       kFormatOption},
      [](const Args& args) { return done("role set", set_role(args)); }};
  return command;
}

const CommandSpec& role_remove_command() {
  static const CommandSpec command{"role remove",
                                   "NAME|ID [options]",
                                   "remove a role that nobody has",
                                   kExitCodes,
                                   {kServerOption},
                                   [](const Args& args) { return done("role remove", remove_role(args)); }};
  return command;
}

}  // namespace vedette::cli
