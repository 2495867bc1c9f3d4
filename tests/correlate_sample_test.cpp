// Incidents of what the shipped rules find: the attack of the sample is one incident with every stage in
// order, and recorded attacks are few incidents each.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/shared_data.hpp"
#include "vedette/correlate/engine.hpp"
#include "vedette/model/alert_record.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::test {
namespace {

namespace fs = std::filesystem;

const detect::RuleSet& shipped_rules() {
  static const detect::RuleSet kRules = node::load_selected_rules({}, false, 1);
  return kRules;
}

std::vector<model::AlertRecord> alerts_of(const std::string& path,
                                          const detect::RuleSet& rules = shipped_rules()) {
  node::ScanOptions options;
  options.paths = {path};
  options.threads = 1;
  std::vector<model::AlertRecord> records;
  node::ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) { records.push_back(model::to_record(alert, 0)); };
  node::scan(options, rules, observer, {});
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return records;
}

struct Told {
  std::map<std::string, model::Incident> incidents;
  std::map<std::string, correlate::Changes::Member> members;

  void take(correlate::Engine& engine) {
    correlate::Changes changes = engine.take_changes();
    for (model::Incident& incident : changes.incidents) {
      incidents.erase(incident.id);
      if (incident.merged_into.empty()) incidents.emplace(incident.id, std::move(incident));
    }
    for (auto& member : changes.members) members[member.member.id] = std::move(member);
  }
};

Told correlated(const std::vector<model::AlertRecord>& alerts) {
  correlate::Engine engine{correlate::EngineOptions{}};
  for (const model::AlertRecord& alert : alerts) engine.add(alert);
  Told told;
  told.take(engine);
  if (!std::getenv("VEDETTE_TEST_SHOW")) return told;
  for (const auto& [id, incident] : told.incidents)
    std::printf("%s %s risk %.1f members %llu\n", id.c_str(), incident.title.c_str(), incident.risk,
                static_cast<unsigned long long>(incident.members));
  std::set<std::pair<std::string, std::string>> in;
  for (const auto& [id, member] : told.members) {
    for (const std::string& alert : member.member.alert_ids) in.emplace(alert, member.incident);
  }
  for (const auto& alert : alerts) {
    const auto it = in.lower_bound({alert.id, ""});
    std::printf("  %lld %-8s %-60s %-50s %s\n", static_cast<long long>(alert.time / base::kNsPerSecond),
                std::string(model::level_name(alert.level)).c_str(), alert.rule_title.c_str(),
                alert.group_key.c_str(), it != in.end() && it->first == alert.id ? it->second.c_str() : "-");
  }
  return told;
}

TEST(CorrelatedSample, TheAttackIsOneIncidentWithEveryStageInOrder) {
  const auto alerts = alerts_of("content/samples/attack");
  ASSERT_GE(alerts.size(), 20U);
  const Told told = correlated(alerts);
  ASSERT_EQ(told.incidents.size(), 1U);
  const model::Incident& incident = told.incidents.begin()->second;
  std::set<std::string> tactics, in_incident, rules, rules_in;
  for (const auto& alert : alerts) {
    tactics.insert(alert.tactics.begin(), alert.tactics.end());
    rules.insert(alert.rule_title);
  }
  std::vector<std::string> order;
  for (const model::IncidentTactic& tactic : incident.tactics) {
    in_incident.insert(tactic.tactic);
    order.push_back(tactic.tactic);
  }
  for (const auto& [id, member] : told.members) rules_in.insert(member.member.rule_title);
  EXPECT_EQ(in_incident, tactics);
  EXPECT_EQ(rules_in, rules);
  EXPECT_TRUE(std::is_sorted(incident.tactics.begin(), incident.tactics.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; }));
  ASSERT_FALSE(order.empty());
  EXPECT_EQ(order.front(), "reconnaissance");
  EXPECT_GE(incident.risk, 95);
}

TEST(CorrelatedSample, EveryLinkAndContributionSaysWhy) {
  const Told told = correlated(alerts_of("content/samples/attack"));
  std::size_t linked = 0;
  for (const auto& [id, member] : told.members) {
    EXPECT_FALSE(member.member.evidence_reason.empty());
    for (const model::IncidentLink& link : member.member.links) EXPECT_FALSE(link.reason.empty());
    linked += !member.member.links.empty();
  }
  EXPECT_GE(linked + 1, told.members.size());  // all but the first
  for (const auto& [id, incident] : told.incidents) {
    for (const auto& contribution : incident.contributions) EXPECT_FALSE(contribution.reason.empty());
  }
}

TEST(CorrelatedRecordings, EachIsFewIncidents) {
  const std::string folder = shared_data("windows-events");
  if (folder.empty())
    GTEST_SKIP() << "skipped 1 suite: windows-events is absent; set VEDETTE_SHARED to its folder";
  node::RuleSelection selection;  // the public rules see more of them than the shipped ones
  if (const std::string public_rules = shared_data("sigma-rules"); !public_rules.empty())
    selection.folders = {public_rules};
  const detect::RuleSet rules = node::load_selected_rules(selection, false, 1);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder + "/otrf")) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::map<std::size_t, int> sets_with;
  std::size_t sets = 0, alerts = 0, incidents = 0;
  for (const std::string& file : files) {
    const auto records = alerts_of(file, rules);
    if (records.empty()) continue;
    const Told told = correlated(records);
    if (std::getenv("VEDETTE_TEST_SHOW"))
      std::printf("%s: %zu alerts, %zu incidents\n", file.substr(folder.size()).c_str(), records.size(),
                  told.incidents.size());
    ++sets;
    alerts += records.size();
    incidents += told.incidents.size();
    ++sets_with[told.incidents.size()];
    EXPECT_LE(told.incidents.size(), 3U) << file << ": " << records.size() << " alerts";
  }
  std::printf("recordings with alerts %zu, alerts %zu, incidents %zu;", sets, alerts, incidents);
  for (const auto& [count, times] : sets_with) std::printf(" %d with %zu", times, count);
  std::printf("\n");
}

}  // namespace
}  // namespace vedette::test
