#include "vedette/cli/cli.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "args.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cli {

const std::vector<const CommandSpec*>& all_commands() {
  static const std::vector<const CommandSpec*> commands{&serve_command(),
                                                        &alerts_command(),
                                                        &alerts_list_command(),
                                                        &alerts_show_command(),
                                                        &alerts_close_command(),
                                                        &alerts_assign_command(),
                                                        &alerts_comment_command(),
                                                        &incidents_command(),
                                                        &incidents_list_command(),
                                                        &incidents_show_command(),
                                                        &incidents_timeline_command(),
                                                        &incidents_assign_command(),
                                                        &incidents_status_command(),
                                                        &incidents_close_command(),
                                                        &incidents_comment_command(),
                                                        &incidents_task_command(),
                                                        &incidents_merge_command(),
                                                        &incidents_split_command(),
                                                        &incidents_evidence_command(),
                                                        &report_command(),
                                                        &metrics_command(),
                                                        &dead_letters_replay_command(),
                                                        &scan_command(),
                                                        &ingest_command(),
                                                        &search_command(),
                                                        &tail_command(),
                                                        &hunt_command(),
                                                        &fields_command(),
                                                        &stats_command(),
                                                        &store_verify_command(),
                                                        &store_repair_command(),
                                                        &store_compact_command(),
                                                        &store_export_command(),
                                                        &store_backup_command(),
                                                        &store_restore_command(),
                                                        &store_retain_command(),
                                                        &parse_command(),
                                                        &formats_command(),
                                                        &rules_list_command(),
                                                        &rules_check_command(),
                                                        &rules_test_command(),
                                                        &rules_explain_command(),
                                                        &rules_install_command(),
                                                        &rules_push_command(),
                                                        &config_check_command(),
                                                        &config_print_command(),
                                                        &config_schema_command(),
                                                        &config_docs_command(),
                                                        &audit_list_command(),
                                                        &audit_export_command(),
                                                        &audit_verify_command(),
                                                        &health_command(),
                                                        &support_bundle_command(),
                                                        &login_command(),
                                                        &logout_command(),
                                                        &whoami_command(),
                                                        &user_list_command(),
                                                        &user_add_command(),
                                                        &user_lock_command(),
                                                        &user_unlock_command(),
                                                        &user_remove_command(),
                                                        &user_reset_password_command(),
                                                        &role_list_command(),
                                                        &role_show_command(),
                                                        &role_set_command(),
                                                        &role_remove_command(),
                                                        &key_list_command(),
                                                        &key_add_command(),
                                                        &key_remove_command(),
                                                        &completion_command()};
  return commands;
}

namespace {

std::string overview() {
  std::string out =
      "vedette " VEDETTE_VERSION
      ": any security log in, every Sigma detection out, and all of it searchable\n\nCommands:\n";
  for (const CommandSpec* command : all_commands()) {
    out += fmt::format("  {:<20} {}\n", command->name, command->summary);
  }
  return out + "  version              print the version\n\nvedette COMMAND --help tells more.\n";
}

// "list, check, test": of a command whose name is the first of two words; empty for others.
std::string subcommands_of(std::string_view name) {
  std::string names;
  const std::string prefix = std::string(name) + " ";
  for (const CommandSpec* command : all_commands()) {
    if (!command->name.starts_with(prefix)) continue;
    if (!names.empty()) names += ", ";
    names += command->name.substr(prefix.size());
  }
  return names;
}

// A command of one word that has subcommands as well is meant where none of them is named.
bool is_command(std::string_view name) {
  return std::any_of(all_commands().begin(), all_commands().end(),
                     [&](const CommandSpec* command) { return command->name == name; });
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "vedette: {}\n", message);
  return kExitTrouble;
}

// What a command printed may still be in a buffer, and the disk that it goes to full.
int after_output(const CommandSpec& command, int code) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code == kExitTrouble) return code;
  return usage_error(fmt::format("{}: cannot write: output closed or disk full", command.name));
}

int unknown_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CommandSpec* command : all_commands()) names.push_back(command->name);
  const auto near = base::nearest_name(name, names);
  return usage_error(fmt::format("unknown command '{}'{}; see vedette --help", base::escape_control(name),
                                 near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    fmt::print("{}", overview());
    return arguments.empty() ? kExitTrouble : kExitClean;
  }
  if (arguments[0] == "version" || arguments[0] == "--version") {
    fmt::print("vedette {}\n", VEDETTE_VERSION);
    return kExitClean;
  }
  std::string name = arguments[0];
  std::size_t from = 1;
  if (const std::string subcommands = subcommands_of(name); !subcommands.empty()) {
    const bool named = arguments.size() > 1 && is_command(name + " " + arguments[1]);
    const bool word = arguments.size() > 1 && !arguments[1].starts_with('-');
    if (word && !named) return unknown_command(name + " " + arguments[1]);
    if (!is_command(name) && arguments.size() < 2) {
      return usage_error(fmt::format("{} needs a subcommand: {}", name, subcommands));
    }
    if (named || !is_command(name)) {
      name += " " + arguments[1];
      from = 2;
    }
  }
  for (const CommandSpec* command : all_commands()) {
    if (command->name != name) continue;
    const auto args = Args::parse(arguments, from, command->options);
    if (!args) return usage_error(args.error().message + fmt::format("; see vedette {} --help", name));
    if (args->has("--help")) {
      fmt::print("{}", help_text(*command));
      return kExitClean;
    }
    return after_output(*command, command->run(*args));
  }
  return unknown_command(name);
}

}  // namespace vedette::cli
