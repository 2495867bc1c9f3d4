// rules push: detection as code.
#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "interrupt.hpp"
#include "server_options.hpp"
#include "text_table.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/rule_push.hpp"

namespace vedette::cli {
namespace {

using node::PushedRule;

constexpr std::string_view kRulesPushName = "rules push";

std::string_view change_name(PushedRule::Change change) {
  switch (change) {
    case PushedRule::Change::added:
      return "new";
    case PushedRule::Change::changed:
      return "changed";
    case PushedRule::Change::same:
      return "same";
    case PushedRule::Change::unknown:
      break;
  }
  return "";
}

std::string_view result_name(PushedRule::Result result) {
  switch (result) {
    case PushedRule::Result::checked:
      return "passed";
    case PushedRule::Result::failed:
      return "failed";
    case PushedRule::Result::unchanged:
      return "unchanged";
    case PushedRule::Result::written:
      return "written";
    case PushedRule::Result::activated:
      return "activated";
  }
  return "";
}

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string lint_cell(const PushedRule& rule) {
  if (rule.change == PushedRule::Change::unknown) return "";
  if (rule.lint_errors > 0) return counted(rule.lint_errors, "error");
  return rule.lint_warnings > 0 ? counted(rule.lint_warnings, "warning") : "ok";
}

std::string table_of(const node::RulePushReport& report) {
  TextTable table({"RULE", "CHANGE", "LINT", "TESTS", "BACK-TEST", "RESULT"});
  for (const PushedRule& rule : report.rules) {
    table.add({rule.title.empty() ? rule.file : rule.title, std::string(change_name(rule.change)),
               lint_cell(rule), rule.cases ? fmt::format("{}/{}", rule.cases_passed, rule.cases) : "",
               rule.back_tested ? counted(rule.back_test_alerts, "alert") : "",
               std::string(result_name(rule.result))});
  }
  return table.text();
}

std::string json_of(const node::RulePushReport& report) {
  std::string out;
  for (const PushedRule& rule : report.rules) {
    base::JsonWriter json(out);
    json.begin_object().field("file", rule.file).field("id", rule.id).field("title", rule.title);
    json.field("change", change_name(rule.change)).field("lint_errors", rule.lint_errors);
    json.field("lint_warnings", rule.lint_warnings).field("cases", rule.cases);
    json.field("cases_passed", rule.cases_passed).key("back_test");
    if (rule.back_tested) {
      json.begin_object().field("events", rule.back_test_events);
      json.field("alerts", rule.back_test_alerts).end_object();
    } else {
      json.null();
    }
    json.field("result", result_name(rule.result)).key("problems").begin_array();
    for (const std::string& problem : rule.problems) json.string(problem);
    json.end_array().end_object();
    out += '\n';
  }
  return out;
}

base::Result<node::RulePushOptions> push_options(const Args& args) {
  node::RulePushOptions options;
  options.paths = args.positional();
  options.activate = args.has("--activate");
  options.dry_run = args.has("--dry-run");
  options.message = args.get("--message", "vedette rules push");
  TRY_ASSIGN(options.max_alerts, count_option(args, "--max-alerts", "100"));
  if (args.has("--back-test")) {
    const auto time = base::parse_duration(args.get("--back-test"));
    if (!time || *time <= 0) {
      return base::make_error(base::ErrorCode::invalid_argument, "--back-test is a duration such as 7d");
    }
    options.back_test = *time;
  }
  options.progress = [](const std::string& sentence) {
    if (is_terminal(stderr)) print(stderr, fmt::format("\r\x1b[K{}", base::escape_control(sentence)));
  };
  return options;
}

int run_push(const Args& args) {
  if (args.positional().empty()) return trouble(kRulesPushName, "needs a folder of Sigma rules");
  const auto json = json_format(args);
  if (!json) return trouble(kRulesPushName, json.error().message);
  const auto options = push_options(args);
  if (!options) return trouble(kRulesPushName, options.error().message);
  auto server = connect(args);
  if (!server) return trouble(kRulesPushName, server.error().message);
  const node::RulePushReport report = node::push_rules(*server, *options, interrupt_token());
  if (is_terminal(stderr)) print(stderr, "\r\x1b[K");
  for (const PushedRule& rule : report.rules) {
    for (const std::string& problem : rule.problems) print(stderr, problem + "\n");
  }
  print(stdout, *json ? json_of(report) : table_of(report));
  if (!report.trouble.empty()) return trouble(kRulesPushName, report.trouble);
  if (!report.any_failed()) return kExitClean;
  print(stderr, "vedette rules push: not all rules passed: nothing was activated\n");
  return kExitFindings;
}

}  // namespace

const CommandSpec& rules_push_command() {
  static const CommandSpec command{
      kRulesPushName,
      "DIR... [options]",
      "bring rules to a server: compare, lint, run their cases, back-test, then write and activate",
      "Each rule is compared by its id with what the server has, linted there, and run over its "
      "*.cases.yml.\n"
      "Only if all rules pass they are written (as drafts; at once in place of one that is active), and "
      "only if\n"
      "all are written they are activated. For pipelines: VEDETTE_SERVER, VEDETTE_TOKEN (an API key with\n"
      "rules.read, rules.write, and rules.activate and events.read where needed), and VEDETTE_PIN or\n"
      "VEDETTE_CA_FILE. Exit code: 0 all good, 1 a rule failed, 2 trouble (no connection, no permission).",
      {{"--activate", "", "switch the rules on"},
       {"--dry-run", "", "only check them; nothing is written"},
       {"--back-test", "DURATION", "run new and changed rules over so much of the stored events, as 7d"},
       {"--max-alerts", "N", "alerts that a back-test of a rule may raise (default: 100)"},
       {"--message", "TEXT", "why, for the versions of the rules: the commit, for example"},
       kServerOption,
       kFormatOption},
      run_push};
  return command;
}

}  // namespace vedette::cli
