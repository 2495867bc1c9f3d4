#include "vedette/node/rule_push.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/rule_cases.hpp"

namespace vedette::node {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Status;
using std::chrono::milliseconds;

constexpr std::size_t kMaxPushedBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxShownProblems = 20;
constexpr milliseconds kFirstPoll{200}, kLastPoll{2'000};
constexpr std::chrono::hours kLongestBackTest{2};

// A rule on its way.
struct Pushed {
  PushedRule shown;
  std::string yaml;
  std::string version;  // ETag of the one on the server
  bool active = false;
  bool of_file = false;
};

void fail(PushedRule& rule, std::string problem) {
  rule.result = PushedRule::Result::failed;
  if (rule.problems.size() < kMaxShownProblems) rule.problems.push_back(std::move(problem));
}

// What is wrong with this rule, and not with the connection or with what the user may do.
bool is_of_rule(const RemoteProblem& problem) {
  const int status = problem.status;
  if (problem.slug.empty()) return false;  // not of Vedette: what is asked is another server
  return status == 400 || status == 404 || status == 409 || status == 412 || status == 413 || status == 422;
}

// The answer if it is one of 200 to 299. Nothing: the rule failed, which is noted.
base::Result<std::optional<RemoteAnswer>> ask_for(RemoteServer& server, const RemoteRequest& request,
                                                  PushedRule& rule, std::string_view what) {
  TRY_ASSIGN(RemoteAnswer answer, server.ask(request));
  if (answer.ok()) return std::optional(std::move(answer));
  const RemoteProblem problem = answer.problem();
  const base::Error error = problem.to_error();
  if (!is_of_rule(problem)) return error.with_context(what);
  fail(rule, fmt::format("{}: error: {}: {}", rule.file, what, error.message));
  return std::optional<RemoteAnswer>();
}

std::string yaml_body(const std::string& yaml, const std::string& message) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("yaml", yaml);
  if (!message.empty()) json.field("message", message);
  json.end_object();
  return body;
}

base::Error bad_answer(std::string_view path) {
  return make_error(ErrorCode::corrupt, fmt::format("{}: the answer is not one of a rule server", path));
}

std::string_view string_in(const simdjson::dom::element& object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view();
}
std::uint64_t count_in(const simdjson::dom::element& object, std::string_view name) {
  std::uint64_t number = 0;
  return object[name].get(number) == simdjson::SUCCESS ? number : 0;
}

std::string rule_path(const std::string& id) {
  return "/rules/" + url_encoded(id);
}

// The id and the title of the first document that has an id, as the server takes them.
void read_head(Pushed& rule) {
  const base::YamlStream stream = base::parse_yaml(rule.yaml, rule.shown.file);
  for (const base::Diagnostic& diagnostic : stream.diagnostics) {
    if (diagnostic.severity == base::Severity::error) fail(rule.shown, diagnostic.to_string());
  }
  for (const base::YamlNode& document : stream.documents) {
    if (!document.is_mapping() || document.text("id").empty()) continue;
    rule.shown.id = document.text("id");
    rule.shown.title = document.text("title");
    break;
  }
  if (rule.shown.result == PushedRule::Result::failed) return;
  if (rule.shown.id.empty()) fail(rule.shown, rule.shown.file + ": error: the rule has no id");
  if (rule.yaml.size() > kMaxPushedBytes) {
    fail(rule.shown, rule.shown.file + ": error: a rule has at most 1 MB");
  }
}

base::Result<std::vector<Pushed>> read_rules(const std::vector<std::string>& paths) {
  std::vector<Pushed> rules;
  std::set<std::string> ids;
  for (const std::string& path : paths) {
    TRY_ASSIGN(auto files, read_rule_files(path));
    for (detect::RuleFile& file : files) {
      Pushed rule;
      rule.shown.file = file.name;
      rule.yaml = std::move(file.text);
      read_head(rule);
      if (!rule.shown.id.empty() && !ids.insert(rule.shown.id).second) {
        fail(rule.shown, fmt::format("{}: error: another file has the id {}", rule.shown.file,
                                     base::escape_control(rule.shown.id)));
      }
      rules.push_back(std::move(rule));
    }
  }
  if (rules.empty()) return make_error(ErrorCode::not_found, "there are no rules in what was named");
  return rules;
}

Status compare(RemoteServer& server, Pushed& rule) {
  const std::string path = rule_path(rule.shown.id);
  TRY_ASSIGN(const RemoteAnswer answer,
             server.ask({.method = "GET", .path = path, .body = {}, .if_match = {}}));
  if (answer.status == 404 && !answer.problem().slug.empty()) {
    rule.shown.change = PushedRule::Change::added;
    return base::ok_status();
  }
  if (!answer.ok()) return answer.problem().to_error().with_context("read of rule " + rule.shown.id);
  simdjson::dom::parser parser;
  simdjson::dom::element there;
  if (parser.parse(answer.body).get(there) != simdjson::SUCCESS) return bad_answer(path);
  rule.version = answer.etag;
  if (rule.version.empty()) rule.version = std::to_string(count_in(there, "version"));
  rule.of_file = string_in(there, "origin") == "file";
  const std::string_view state = string_in(there, "state");
  rule.active = state != "draft" && state != "disabled";
  const bool same = base::trim(string_in(there, "yaml")) == base::trim(rule.yaml);
  rule.shown.change = same ? PushedRule::Change::same : PushedRule::Change::changed;
  if (rule.of_file && !same) {
    fail(rule.shown, fmt::format("{}: error: a rule of a file of the server has this id and another text: "
                                 "give yours an id of its own, and switch the other off",
                                 rule.shown.file));
  }
  return base::ok_status();
}

Status lint(RemoteServer& server, Pushed& rule) {
  TRY_ASSIGN(
      const auto answer,
      ask_for(server,
              {.method = "POST", .path = "/rules/lint", .body = yaml_body(rule.yaml, ""), .if_match = {}},
              rule.shown, "lint"));
  if (!answer) return base::ok_status();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array diagnostics;
  bool good = false;
  if (parser.parse(answer->body).get(root) != simdjson::SUCCESS ||
      root["ok"].get(good) != simdjson::SUCCESS) {
    return bad_answer("/rules/lint");
  }
  if (root["diagnostics"].get(diagnostics) == simdjson::SUCCESS) {
    for (const simdjson::dom::element one : diagnostics) {
      const std::string_view severity = string_in(one, "severity");
      const bool error = severity == "error";
      if (!error && severity != "warning") continue;
      ++(error ? rule.shown.lint_errors : rule.shown.lint_warnings);
      if (rule.shown.problems.size() >= kMaxShownProblems) continue;
      const std::string_view help = string_in(one, "help");
      rule.shown.problems.push_back(
          fmt::format("{}:{}:{}: {}: {}{}{}", rule.shown.file, count_in(one, "line"), count_in(one, "column"),
                      error ? "error" : "warning", base::escape_control(string_in(one, "message")),
                      help.empty() ? "" : "; ", base::escape_control(help)));
    }
  }
  if (!good && rule.shown.lint_errors == 0) fail(rule.shown, rule.shown.file + ": error: the lint failed");
  if (!good) rule.shown.result = PushedRule::Result::failed;
  return base::ok_status();
}

std::string test_body(const std::string& yaml, const RuleCase& one) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("yaml", yaml).key("events").begin_array();
  for (const std::string& record : one.records) json.string(record);
  json.end_array().end_object();
  return body;
}

// A case is run alone, so that no other one is counted by a correlation.
Status run_case(RemoteServer& server, Pushed& rule, const RuleCase& one) {
  const auto failed = [&](std::string_view why) {
    fail(rule.shown, fmt::format("{}: error: case '{}' (line {}) {}", rule.shown.file,
                                 base::escape_control(one.name), one.span.line, why));
    return base::ok_status();
  };
  ++rule.shown.cases;
  if (one.records.empty()) return failed("has no event, line, events or lines");
  TRY_ASSIGN(
      const auto answer,
      ask_for(server,
              {.method = "POST", .path = "/rules/test", .body = test_body(rule.yaml, one), .if_match = {}},
              rule.shown, fmt::format("case '{}'", base::escape_control(one.name))));
  if (!answer) return base::ok_status();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array results;
  if (parser.parse(answer->body).get(root) != simdjson::SUCCESS ||
      root["results"].get(results) != simdjson::SUCCESS) {
    return bad_answer("/rules/test");
  }
  bool matched = false;
  for (const simdjson::dom::element result : results) {
    bool one_matched = false;
    matched = matched || (result["matched"].get(one_matched) == simdjson::SUCCESS && one_matched);
  }
  if (matched != one.matches) {
    return failed(one.matches ? "should match, but does not" : "should not match, but does");
  }
  ++rule.shown.cases_passed;
  return base::ok_status();
}

Status run_all_cases(RemoteServer& server, Pushed& rule, const base::CancellationToken& cancellation) {
  base::Diagnostics diagnostics;
  const std::vector<RuleCase> cases = read_rule_cases(rule.shown.file, diagnostics);
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == base::Severity::error) fail(rule.shown, diagnostic.to_string());
  }
  for (const RuleCase& one : cases) {
    if (cancellation.cancelled()) return make_error(ErrorCode::cancelled, "cancelled");
    TRY(run_case(server, rule, one));
  }
  return base::ok_status();
}

// The body of the job once it has ended. Nothing: it failed.
base::Result<std::string> wait_for_job(RemoteServer& server, const std::string& id,
                                       const base::CancellationToken& cancellation) {
  const std::string path = "/jobs/" + url_encoded(id);
  const auto end = std::chrono::steady_clock::now() + kLongestBackTest;
  milliseconds pause = kFirstPoll;
  for (;;) {
    const bool late = std::chrono::steady_clock::now() > end;
    if (cancellation.cancelled() || late) {
      // Best effort: the server ends it by itself, too.
      static_cast<void>(server.ask({.method = "POST", .path = path + "/cancel", .body = {}, .if_match = {}}));
      return make_error(late ? ErrorCode::limit : ErrorCode::cancelled,
                        late ? "the back-test did not end in time" : "cancelled");
    }
    TRY_ASSIGN(RemoteAnswer answer, server.get(path));
    simdjson::dom::parser parser;
    simdjson::dom::element job;
    if (parser.parse(answer.body).get(job) != simdjson::SUCCESS) return bad_answer(path);
    const std::string_view state = string_in(job, "state");
    if (state != "queued" && state != "running") return std::move(answer.body);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, kLastPoll);
  }
}

Status take_back_test(const std::string& body, std::uint64_t max_alerts, PushedRule& rule) {
  simdjson::dom::parser parser;
  simdjson::dom::element job, result;
  if (parser.parse(body).get(job) != simdjson::SUCCESS) return bad_answer("/jobs");
  if (string_in(job, "state") != "succeeded" || job["result"].get(result) != simdjson::SUCCESS) {
    fail(rule, fmt::format("{}: error: the back-test {}: {}", rule.file,
                           base::escape_control(string_in(job, "state")),
                           base::escape_control(string_in(job, "message"))));
    return base::ok_status();
  }
  rule.back_tested = true;
  rule.back_test_events = count_in(result, "events");
  rule.back_test_alerts = count_in(result, "alerts");
  if (rule.back_test_alerts > max_alerts) {
    fail(rule, fmt::format("{}: error: {} alerts in the back-test, more than {}", rule.file,
                           rule.back_test_alerts, max_alerts));
  }
  return base::ok_status();
}

Status back_test(RemoteServer& server, const RulePushOptions& options, Pushed& rule,
                 const base::CancellationToken& cancellation) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const base::TimeNs now = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  std::string body;
  base::JsonWriter json(body);
  json.begin_object().field("yaml", rule.yaml);
  json.field("from", base::format_rfc3339(now - options.back_test)).field("to", base::format_rfc3339(now));
  json.end_object();
  TRY_ASSIGN(const auto answer,
             ask_for(server, {.method = "POST", .path = "/rules/back-test", .body = body, .if_match = {}},
                     rule.shown, "back-test"));
  if (!answer) return base::ok_status();
  simdjson::dom::parser parser;
  simdjson::dom::element job;
  if (parser.parse(answer->body).get(job) != simdjson::SUCCESS || string_in(job, "id").empty()) {
    return bad_answer("/rules/back-test");
  }
  TRY_ASSIGN(const std::string ended, wait_for_job(server, std::string(string_in(job, "id")), cancellation));
  return take_back_test(ended, options.max_alerts, rule.shown);
}

bool failed_rule(const Pushed& rule) {
  return rule.shown.result == PushedRule::Result::failed;
}
bool to_be_written(const Pushed& rule) {
  return rule.shown.change != PushedRule::Change::same;
}

Status check(RemoteServer& server, const RulePushOptions& options, Pushed& rule,
             const base::CancellationToken& cancellation) {
  if (failed_rule(rule)) return base::ok_status();
  if (cancellation.cancelled()) return make_error(ErrorCode::cancelled, "cancelled");
  TRY(compare(server, rule));
  if (failed_rule(rule)) return base::ok_status();
  TRY(lint(server, rule));
  if (failed_rule(rule)) return base::ok_status();
  TRY(run_all_cases(server, rule, cancellation));
  const bool matters = to_be_written(rule) || (options.activate && !rule.active);
  if (failed_rule(rule) || options.back_test == 0 || !matters) return base::ok_status();
  options.progress("back-test of " + rule.shown.file);
  return back_test(server, options, rule, cancellation);
}

Status write(RemoteServer& server, const RulePushOptions& options, Pushed& rule) {
  if (!to_be_written(rule)) {
    rule.shown.result = PushedRule::Result::unchanged;
    return base::ok_status();
  }
  const bool added = rule.shown.change == PushedRule::Change::added;
  TRY_ASSIGN(const auto answer, ask_for(server,
                                        {.method = added ? "POST" : "PUT",
                                         .path = added ? "/rules" : rule_path(rule.shown.id),
                                         .body = yaml_body(rule.yaml, options.message),
                                         .if_match = rule.version},
                                        rule.shown, "write"));
  if (!answer) return base::ok_status();
  rule.version = answer->etag;
  rule.shown.result = PushedRule::Result::written;
  return base::ok_status();
}

Status activate(RemoteServer& server, const RulePushOptions& options, Pushed& rule) {
  if (rule.active) return base::ok_status();
  std::string body;
  base::JsonWriter(body).begin_object().field("message", options.message).end_object();
  TRY_ASSIGN(const auto answer, ask_for(server,
                                        {.method = "POST",
                                         .path = rule_path(rule.shown.id) + "/activate",
                                         .body = body,
                                         .if_match = rule.version},
                                        rule.shown, "activation"));
  if (answer) rule.shown.result = PushedRule::Result::activated;
  return base::ok_status();
}

// The steps one after another, each for all rules; the next only if all passed.
Status run_steps(RemoteServer& server, const RulePushOptions& options, std::vector<Pushed>& rules,
                 const base::CancellationToken& cancellation) {
  const auto all_passed = [&] { return std::none_of(rules.begin(), rules.end(), failed_rule); };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    options.progress(fmt::format("checked {} of {} rules", i, rules.size()));
    TRY(check(server, options, rules[i], cancellation));
  }
  if (options.dry_run || !all_passed()) return base::ok_status();
  for (Pushed& rule : rules) TRY(write(server, options, rule));
  if (!options.activate || !all_passed()) return base::ok_status();
  for (Pushed& rule : rules) TRY(activate(server, options, rule));
  return base::ok_status();
}

}  // namespace

bool RulePushReport::any_failed() const {
  return std::any_of(rules.begin(), rules.end(),
                     [](const PushedRule& rule) { return rule.result == PushedRule::Result::failed; });
}

RulePushReport push_rules(RemoteServer& server, const RulePushOptions& options,
                          const base::CancellationToken& cancellation) {
  RulePushReport report;
  auto rules = read_rules(options.paths);
  if (!rules) {
    report.trouble = rules.error().message;
    return report;
  }
  const Status done = run_steps(server, options, *rules, cancellation);
  if (!done.ok()) report.trouble = done.error().message;
  for (Pushed& rule : *rules) report.rules.push_back(std::move(rule.shown));
  return report;
}

}  // namespace vedette::node
