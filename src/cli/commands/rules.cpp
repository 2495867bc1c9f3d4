#include <algorithm>

#include <fmt/format.h>

#include "args.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "remote_commands.hpp"
#include "rule_options.hpp"
#include "server_options.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/rule_cases.hpp"
#include "vedette/node/rule_install.hpp"

namespace vedette::cli {
namespace {

void append_rule_json(std::string& out, const model::RuleInfo& rule, const std::string& cannot_fire) {
  base::JsonWriter json(out);
  json.begin_object().field("id", rule.id).field("title", rule.title).field("level", level_name(rule.level));
  json.field("status", status_name(rule.status)).field("logsource", rule.log_source.to_string());
  json.key("tags").begin_array();
  for (const std::string& tag : rule.tags) json.string(tag);
  json.end_array().field("file", rule.file);
  if (!cannot_fire.empty()) json.field("cannot_fire", cannot_fire);
  json.end_object();
  out += '\n';
}

void append_rule_line(std::string& out, const model::RuleInfo& rule, const std::string& cannot_fire) {
  out += fmt::format("{:<13} {:<12} {:<36} {:<40} {}{}\n", level_name(rule.level), status_name(rule.status),
                     rule.id, rule.log_source.to_string(), rule.title,
                     cannot_fire.empty() ? "" : "  [cannot fire]");
}

int list_of_files(const Args& args) {
  const auto selection = rule_selection(args);
  if (!selection) return trouble("rules list", selection.error().message);
  const auto format = json_format(args);
  if (!format) return trouble("rules list", format.error().message);
  detect::RuleSet rules = node::load_selected_rules(*selection, false, 1);
  print_diagnostics(rules.diagnostics, base::Severity::error);
  const bool refused = base::has_errors(rules.diagnostics);
  const detect::Engine engine(std::move(rules), node::shipped_taxonomy());
  const bool json = *format;
  std::string out;
  const auto add = [&](const model::RuleInfo& rule, const std::string& cannot_fire) {
    if (json) {
      append_rule_json(out, rule, cannot_fire);
    } else {
      append_rule_line(out, rule, cannot_fire);
    }
  };
  const auto& set = engine.rules();
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    if (set.rules[i].alerts) add(*set.rules[i].info, engine.cannot_fire(i));
  }
  for (std::uint32_t i = 0; i < set.correlations.size(); ++i) {
    if (set.correlations[i].alerts) add(*set.correlations[i].info, engine.correlation_cannot_fire(i));
  }
  print(stdout, out);
  return refused ? kExitTrouble : kExitClean;
}

int run_list(const Args& args) {
  if (args.has("--rules") || args.has("--placeholders")) return list_of_files(args);
  const auto profile = chosen_server(args);
  if (!profile) return trouble("rules list", profile.error().message);
  return *profile ? rules_on_server(args, **profile) : list_of_files(args);
}

std::string cannot_fire_line(const model::RuleInfo& rule, base::SourceSpan span, const std::string& reason) {
  const base::Diagnostic diagnostic{base::Severity::warning,
                                    rule.file,
                                    span.line ? span : base::SourceSpan{rule.line, 1},
                                    "cannot-fire",
                                    fmt::format("'{}' cannot fire: {}", rule.title, reason),
                                    ""};
  return diagnostic.to_string() + "\n";
}

int run_check(const Args& args) {
  node::RuleSelection selection;
  selection.folders = args.positional();
  selection.placeholder_files = args.all("--placeholders");
  detect::RuleSet rules = node::load_selected_rules(selection, !args.has("--no-lint"), 2);
  print_diagnostics(rules.diagnostics, base::Severity::note);
  const bool errors = base::has_errors(rules.diagnostics);
  const detect::Engine engine(std::move(rules), node::shipped_taxonomy());
  const auto& set = engine.rules();
  std::size_t cannot_fire = 0;
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    const std::string reason = engine.cannot_fire(i);
    if (reason.empty()) continue;
    ++cannot_fire;
    print(stderr, cannot_fire_line(*set.rules[i].info, set.rules[i].cannot_fire_span, reason));
  }
  for (std::uint32_t i = 0; i < set.correlations.size(); ++i) {
    const std::string reason = engine.correlation_cannot_fire(i);
    if (reason.empty()) continue;
    ++cannot_fire;
    print(stderr, cannot_fire_line(*set.correlations[i].info, {}, reason));
  }
  const std::size_t loaded = set.rules.size() + set.correlations.size() + set.filters;
  print(stdout, fmt::format("{} loaded, {} refused, {} cannot fire\n", loaded, set.refused, cannot_fire));
  if (loaded == 0 && errors) return kExitTrouble;
  return errors ? kExitFindings : kExitClean;
}

int run_test(const Args& args) {
  if (args.positional().empty())
    return trouble("rules test", "needs a folder of rules with *.cases.yml beside them");
  std::size_t cases = 0, failed = 0, rules = 0, without = 0;
  bool errors = false;
  for (const std::string& folder : args.positional()) {
    const node::CaseReport report = node::run_rule_cases(folder);
    print_diagnostics(report.diagnostics, base::Severity::error);
    errors = errors || base::has_errors(report.diagnostics);
    for (const node::CaseFailure& failure : report.failures) {
      print(stderr,
            fmt::format("{}:{}: '{}' {}\n", failure.file, failure.span.line, failure.name, failure.message));
    }
    cases += report.cases;
    failed += report.failures.size();
    rules += report.rules;
    without += report.without_cases;
  }
  print(stdout, fmt::format("{} rule files, {} without cases; cases: {} passed, {} failed\n", rules, without,
                            cases - failed, failed));
  if (errors || rules == 0) return kExitTrouble;
  return failed ? kExitFindings : kExitClean;
}

int run_explain(const Args& args) {
  if (args.positional().size() != 2)
    return trouble("rules explain", "needs RULE and EVENT (a file, or - for the standard input)");
  node::RuleSelection selection;
  selection.folders = {args.positional()[0]};
  detect::RuleSet rules = node::load_selected_rules(selection, false, 1);
  print_diagnostics(rules.diagnostics, base::Severity::error);
  if (rules.rules.empty()) return trouble("rules explain", "no rule in " + args.positional()[0]);
  const detect::Engine engine(std::move(rules), node::shipped_taxonomy());
  detect::Detector detector(engine);
  bool held = false;
  const model::EventBatch* judged = nullptr;  // the batch that `hits` are of
  std::vector<detect::RuleHit> hits;
  const auto explain = [&](const model::Event& event) {
    for (std::uint32_t i = 0; i < engine.rules().rules.size(); ++i) {
      print(stdout, fmt::format("event {} of {}\n{}\n", event.position(), event.source().path,
                                detector.explain(i, event)));
    }
    if (judged != &event.batch()) {
      hits.clear();
      detector.run(event.batch(), hits);
      judged = &event.batch();
    }
    held = held ||
           std::any_of(hits.begin(), hits.end(), [&](const auto& hit) { return hit.row == event.row(); });
  };
  node::ScanOptions options;
  options.paths = {args.positional()[1]};
  const auto totals = node::parse_inputs(options, explain, {});
  for (const auto& input : totals.troubles)
    print(stderr, fmt::format("vedette rules explain: {}: {}\n", input.path, input.message));
  if (!totals.troubles.empty() || totals.events == 0) return kExitTrouble;
  return held ? kExitFindings : kExitClean;
}

void print_titles(std::string_view word, const std::vector<std::string>& titles, bool all) {
  constexpr std::size_t kShown = 10;
  print(stdout, fmt::format("{}: {}\n", word, titles.size()));
  for (std::size_t i = 0; i < titles.size() && (all || i < kShown); ++i)
    print(stdout, fmt::format("  {}\n", titles[i]));
  if (!all && titles.size() > kShown)
    print(stdout, fmt::format("  ... and {} more (--all lists them)\n", titles.size() - kShown));
}

int run_install(const Args& args) {
  if (args.positional().size() != 1)
    return trouble("rules install", "needs a folder or an archive of Sigma rules");
  const auto report =
      node::install_rules(args.positional()[0], args.get("--to", node::default_rule_directory()),
                          args.get("--name", "sigma"), args.has("--check"));
  if (!report) return trouble("rules install", report.error().message);
  print_diagnostics(report->rules.diagnostics, base::Severity::error);
  print_titles("added", report->added, args.has("--all"));
  print_titles("changed", report->changed, args.has("--all"));
  print_titles("removed", report->removed, args.has("--all"));
  print(stdout, fmt::format("unchanged: {}\n", report->unchanged));
  const std::size_t loaded =
      report->rules.rules.size() + report->rules.correlations.size() + report->rules.filters;
  print(stdout, fmt::format("{} {} files in {}: {} loaded, {} refused\n",
                            args.has("--check") ? "checked" : "installed", report->files, report->directory,
                            loaded, report->rules.refused));
  print(stdout, fmt::format("scan with them: vedette scan PATH --rules {}\n", report->directory));
  return report->rules.refused ? kExitFindings : kExitClean;
}

}  // namespace

const CommandSpec& rules_list_command() {
  static const CommandSpec command{
      "rules list",
      "[options]",
      "list rules: level, status, id, title, and log source or state",
      "Of files with --rules; else of the server that is named or was signed in to, if there is one; else "
      "the\n"
      "shipped ones. Exit code: 0 listed, 2 not, or a file could not be read as rules.",
      {kRulesOption,
       kServerOption,
       kMinLevelOption,
       kTagOption,
       kStatusOption,
       kPlaceholdersOption,
       kFormatOption,
       {"--json", "", "as --format json"}},
      run_list};
  return command;
}

const CommandSpec& rules_check_command() {
  static const CommandSpec command{
      "rules check",
      "[DIR...] [options]",
      "check rules as a compiler would",
      "Ends with \"N loaded, N refused, N cannot fire\". Exit code: 1 if a rule is refused.",
      {kPlaceholdersOption, {"--no-lint", "", "errors only, no style warnings"}},
      run_check};
  return command;
}

const CommandSpec& rules_test_command() {
  static const CommandSpec command{
      "rules test", "DIR...", "run the cases that stand beside rules (*.cases.yml)", "", {}, run_test};
  return command;
}

const CommandSpec& rules_explain_command() {
  static const CommandSpec command{
      "rules explain",
      "RULE EVENT",
      "show how a rule judges the events of a file",
      "Prints the evaluation tree of each rule on each event. Exit code: 1 if a rule matches.",
      {},
      run_explain};
  return command;
}

const CommandSpec& rules_install_command() {
  static const CommandSpec command{
      "rules install",
      "DIR|ARCHIVE [options]",
      "take a release of Sigma rules into the rule directory",
      "",
      {{"--to", "DIR", "rule directory (default: $VEDETTE_RULES_DIR or ~/.local/share/vedette/rules)"},
       {"--name", "NAME", "name of the set below it (default: sigma)"},
       {"--check", "", "only say what would change"},
       {"--all", "", "list every changed rule"}},
      run_install};
  return command;
}

}  // namespace vedette::cli
