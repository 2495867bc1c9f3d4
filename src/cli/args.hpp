// Options of a subcommand, described as data: the help text and the error messages are made from it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::cli {

struct OptionSpec {
  std::string_view name;   // "--rules"
  std::string_view value;  // "DIR", or empty for a flag
  std::string_view help;
};

class Args {
 public:
  bool has(std::string_view name) const { return values_.contains(name); }
  // The last value given, or `fallback`.
  std::string get(std::string_view name, std::string_view fallback = "") const;
  std::vector<std::string> all(std::string_view name) const;
  const std::vector<std::string>& positional() const { return positional_; }

  static base::Result<Args> parse(const std::vector<std::string>& arguments, std::size_t from,
                                  const std::vector<OptionSpec>& specs);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positional_;
};

struct CommandSpec {
  std::string_view name;     // "scan" or "rules check"
  std::string_view usage;    // "PATH..."
  std::string_view summary;  // one line
  std::string_view details;  // more for --help; may be empty
  std::vector<OptionSpec> options;
  int (*run)(const Args& args);
};

std::string help_text(const CommandSpec& command);
// invalid_argument, with what is wrong with what was typed.
base::Error invalid(std::string message);

// All of them, as --help lists them (cli.cpp).
const std::vector<const CommandSpec*>& all_commands();

const CommandSpec& serve_command();
const CommandSpec& alerts_command();
const CommandSpec& audit_verify_command();
const CommandSpec& audit_list_command();
const CommandSpec& audit_export_command();
const CommandSpec& dead_letters_replay_command();
const CommandSpec& scan_command();
const CommandSpec& parse_command();
const CommandSpec& formats_command();
const CommandSpec& ingest_command();
const CommandSpec& search_command();
const CommandSpec& tail_command();
const CommandSpec& fields_command();
const CommandSpec& stats_command();
const CommandSpec& hunt_command();
const CommandSpec& store_verify_command();
const CommandSpec& store_repair_command();
const CommandSpec& store_compact_command();
const CommandSpec& store_export_command();
const CommandSpec& store_backup_command();
const CommandSpec& store_restore_command();
const CommandSpec& store_retain_command();
const CommandSpec& rules_list_command();
const CommandSpec& rules_check_command();
const CommandSpec& rules_test_command();
const CommandSpec& rules_explain_command();
const CommandSpec& rules_install_command();
const CommandSpec& config_check_command();
const CommandSpec& config_print_command();
const CommandSpec& config_schema_command();
const CommandSpec& config_docs_command();
const CommandSpec& health_command();
const CommandSpec& support_bundle_command();
const CommandSpec& login_command();
const CommandSpec& logout_command();
const CommandSpec& whoami_command();
const CommandSpec& user_list_command();
const CommandSpec& user_add_command();
const CommandSpec& user_lock_command();
const CommandSpec& user_unlock_command();
const CommandSpec& user_remove_command();
const CommandSpec& user_reset_password_command();
const CommandSpec& role_list_command();
const CommandSpec& role_show_command();
const CommandSpec& role_set_command();
const CommandSpec& role_remove_command();
const CommandSpec& key_list_command();
const CommandSpec& key_add_command();
const CommandSpec& key_remove_command();
const CommandSpec& rules_push_command();
const CommandSpec& alerts_list_command();
const CommandSpec& alerts_show_command();
const CommandSpec& alerts_close_command();
const CommandSpec& alerts_assign_command();
const CommandSpec& alerts_comment_command();
const CommandSpec& incidents_command();
const CommandSpec& report_command();
const CommandSpec& metrics_command();
const CommandSpec& incidents_list_command();
const CommandSpec& incidents_show_command();
const CommandSpec& incidents_timeline_command();
const CommandSpec& incidents_assign_command();
const CommandSpec& incidents_status_command();
const CommandSpec& incidents_close_command();
const CommandSpec& incidents_comment_command();
const CommandSpec& incidents_task_command();
const CommandSpec& incidents_merge_command();
const CommandSpec& incidents_split_command();
const CommandSpec& incidents_evidence_command();
const CommandSpec& completion_command();

}  // namespace vedette::cli
