// All SigmaHQ rules over recorded attacks: what must fire does, and what fires agrees with two other
// evaluators (crosscheck.tsv), except for the differences explained in
// tests/sigma/crosscheck_differences.tsv.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/shared_data.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::test {
namespace {

namespace fs = std::filesystem;

// Events that fired, by file and rule id.
using Fired = std::map<std::string, std::map<std::string, std::size_t>>;

Fired scan_all(const std::vector<std::string>& paths) {
  node::RuleSelection selection;
  selection.folders = {shared_data("sigma-rules")};
  node::ScanOptions options;
  options.paths = paths;
  options.threads = 2;
  Fired fired;
  node::ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) {
    ++fired[alert.event().source().path][alert.rule->id];
  };
  const report::ScanTotals totals =
      node::scan(options, node::load_selected_rules(selection, false, 2), observer, {});
  EXPECT_TRUE(totals.troubles.empty())
      << totals.troubles.front().path << ": " << totals.troubles.front().message;
  EXPECT_EQ(totals.rules_refused, 0u);
  EXPECT_EQ(totals.rules_loaded, 3780u);
  return fired;
}

std::size_t needed(const std::string& count) {
  return static_cast<std::size_t>(std::stoul(count.starts_with(">=") ? count.substr(2) : count));
}

// "file rule" of the explained differences; "*" stands for any file.
std::set<std::string> explained() {
  std::set<std::string> all;
  for (auto& row : read_tsv("tests/sigma/crosscheck_differences.tsv")) {
    EXPECT_FALSE(row["reason"].empty()) << row["rule_id"];
    all.insert(row["file"] + " " + row["rule_id"]);
  }
  return all;
}

std::vector<std::string> differences(const std::string& folder, const Fired& fired) {
  Fired expected;
  for (auto& row : read_tsv(folder + "/crosscheck.tsv")) {
    expected[folder + "/" + row["file"]][row["rule_id"]] = needed(row["events_evaluator"]);
  }
  std::vector<std::string> found;
  const std::set<std::string> known = explained();
  const auto compare = [&](const std::string& file, const std::string& rule, std::size_t ours,
                           std::size_t theirs) {
    if (ours == theirs || known.contains("* " + rule) ||
        known.contains(fs::path(file).filename().string() + " " + rule)) {
      return;
    }
    found.push_back(file + ": rule " + rule + " fired " + std::to_string(ours) + " times, there " +
                    std::to_string(theirs));
  };
  for (const auto& [file, rules] : expected) {
    const auto in_file = fired.find(file);
    const std::map<std::string, std::size_t> none;
    const auto& ours = in_file == fired.end() ? none : in_file->second;
    for (const auto& [rule, count] : rules)
      compare(file, rule, ours.contains(rule) ? ours.at(rule) : 0, count);
    for (const auto& [rule, count] : ours) {
      if (!rules.contains(rule)) compare(file, rule, count, 0);
    }
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

#define NEED_SHARED_DATA(name)                                                               \
  if (shared_data(name).empty() || shared_data("sigma-rules").empty()) {                     \
    GTEST_SKIP() << "skipped 1 suite: " name " is absent; set VEDETTE_SHARED to its folder"; \
  }

TEST(RecordedAttacks, EverySigmaRegressionSampleFires) {
  NEED_SHARED_DATA("sigma-regression");
  const std::string folder = shared_data("sigma-regression");
  const Fired fired = scan_all({folder + "/regression_data"});
  std::size_t rows = 0;
  for (auto& row : read_tsv(folder + "/expected.tsv")) {
    ++rows;
    const auto file = fired.find(folder + "/" + row["sample"]);
    const std::size_t count =
        file != fired.end() && file->second.contains(row["rule_id"]) ? file->second.at(row["rule_id"]) : 0;
    EXPECT_GE(count, needed(row["min_match_count"])) << row["sample"];
  }
  EXPECT_GE(rows, 200u);
  EXPECT_EQ(joined(differences(folder, fired)), "");
}

TEST(RecordedAttacks, WindowsEventsAgreeWithOtherEvaluators) {
  NEED_SHARED_DATA("windows-events");
  const std::string folder = shared_data("windows-events");
  const Fired fired =
      scan_all({folder + "/otrf", folder + "/evtx-to-mitre", folder + "/evtx-attack-samples"});
  EXPECT_GE(fired.size(), 100u);
  EXPECT_EQ(joined(differences(folder, fired)), "");
}

// Documents that keep nothing but ECS fields still fire the rules whose fields have ECS names.
TEST(RecordedAttacks, SamplesFireAfterARoundTripThroughEcs) {
  NEED_SHARED_DATA("sigma-regression");
  NEED_SHARED_DATA("standards");
  std::set<std::string> ecs;
  std::ifstream names(shared_data("standards") + "/ecs/ecs_flat-9.4.0.tsv");
  for (std::string line; std::getline(names, line);) ecs.insert(line.substr(0, line.find('\t')));
  const std::string folder = shared_data("sigma-regression");
  const fs::path target = fs::temp_directory_path() / ("vedette_ecs_" + std::to_string(getpid()));
  fs::create_directories(target);
  std::map<std::string, std::string> rule_of;
  for (auto& row : read_tsv(folder + "/expected.tsv")) {
    if (row["format"] != "evtx") continue;
    const std::string out = (target / (std::to_string(rule_of.size()) + ".ndjson")).string();
    std::ofstream file(out);
    node::ScanOptions options;
    options.paths = {folder + "/" + row["sample"]};
    node::parse_inputs(options,
                       [&](const model::Event& event) {
                         std::string json = "{\"@timestamp\":\"" + base::format_rfc3339(event.time()) + "\"";
                         for (const model::Cell& cell : event.cells()) {
                           const std::string name(name_of(cell.field));
                           if (!ecs.contains(name) || name == "@timestamp") continue;
                           json += ',';
                           base::append_json_string(json, name);
                           json += ':';
                           append_json(json, cell.value);
                         }
                         file << json << "}\n";
                       },
                       {});
    rule_of[out] = row["rule_id"];
  }
  const Fired fired = scan_all({target.string()});
  fs::remove_all(target);
  // These rules ask for fields without an ECS name.
  const std::set<std::string> without_ecs_name = [] {
    std::set<std::string> ids;
    for (auto& row : read_tsv("tests/sigma/rules_beyond_ecs.tsv")) ids.insert(row["rule_id"]);
    return ids;
  }();
  std::size_t silent = 0;
  for (const auto& [file, rule] : rule_of) {
    const auto in_file = fired.find(file);
    if (in_file != fired.end() && in_file->second.contains(rule)) continue;
    ++silent;
    EXPECT_TRUE(without_ecs_name.contains(rule)) << rule;
  }
  EXPECT_LE(silent, without_ecs_name.size());
  EXPECT_GE(rule_of.size(), 100u);
}

}  // namespace
}  // namespace vedette::test
