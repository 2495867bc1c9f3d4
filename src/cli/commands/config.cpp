// config check, print, schema, docs.
#include <algorithm>

#include <fmt/format.h>

#include "config_options.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

// The commands take no other arguments.
bool has_arguments(const Args& args, std::string_view command) {
  if (args.positional().empty()) return false;
  trouble(command, fmt::format("takes no arguments; see vedette {} --help", command));
  return true;
}

int run_check(const Args& args) {
  constexpr std::string_view kName = "config check";
  if (has_arguments(args, kName)) return kExitTrouble;
  const auto config = read_config(args, kName);
  if (!config) return kExitTrouble;
  const auto& diagnostics = config->loaded.diagnostics;
  const auto errors = std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& diagnostic) {
    return diagnostic.severity == base::Severity::error;
  });
  const std::string file = config->file.empty() ? "no file, " : base::escape_control(config->file) + ": ";
  print(stdout, fmt::format("{}{} errors, {} warnings\n", file, errors,
                            static_cast<std::ptrdiff_t>(diagnostics.size()) - errors));
  return errors == 0 ? kExitClean : kExitFindings;
}

int run_print(const Args& args) {
  constexpr std::string_view kName = "config print";
  if (has_arguments(args, kName)) return kExitTrouble;
  const auto config = read_config(args, kName);
  if (!config) return kExitTrouble;
  print(stdout, base::print_config(config->schema, config->loaded.root));
  return base::has_errors(config->loaded.diagnostics) ? kExitFindings : kExitClean;
}

int run_schema(const Args& args) {
  if (has_arguments(args, "config schema")) return kExitTrouble;
  print(stdout, base::config_json_schema(node::serve_schema()));
  return kExitClean;
}

int run_docs(const Args& args) {
  if (has_arguments(args, "config docs")) return kExitTrouble;
  print(stdout, node::serve_config_docs());
  return kExitClean;
}

}  // namespace

const CommandSpec& config_check_command() {
  static const CommandSpec command{
      "config check",
      "[OPTIONS]",
      "tell what is wrong with the configuration of the service",
      "Reads the file and the environment (VEDETTE__A__B) as `vedette serve` does.\n"
      "The exit code is 0 without errors, 1 with, 2 if the file cannot be read.",
      {kConfigOption},
      run_check};
  return command;
}

const CommandSpec& config_print_command() {
  static const CommandSpec command{
      "config print",
      "[OPTIONS]",
      "print the configuration that is in force",
      "All keys with their values as YAML, with what they mean; secrets are masked.",
      {kConfigOption},
      run_print};
  return command;
}

const CommandSpec& config_schema_command() {
  static const CommandSpec command{
      "config schema", "", "print a JSON Schema of the configuration, for editors", "", {}, run_schema};
  return command;
}

const CommandSpec& config_docs_command() {
  static const CommandSpec command{
      "config docs", "", "print the documentation of all keys as Markdown", "", {}, run_docs};
  return command;
}

}  // namespace vedette::cli
