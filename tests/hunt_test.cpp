// A hunt over stored events gives the very alerts that a scan of the files gives.
#include "vedette/node/hunt.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/shared_data.hpp"
#include "vedette/node/ingest.hpp"

namespace vedette::test {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

std::string line_of(const model::Alert& alert) {
  std::string line;
  append_json(line, alert);
  return line;
}

class HuntTest : public ::testing::Test {
 protected:
  HuntTest() {
    std::string name = (fs::temp_directory_path() / "vedette-hunt-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~HuntTest() override {
    data_.reset();
    fs::remove_all(folder_);
  }

  void store(const std::string& path) {
    node::DataOptions options;
    options.folder = folder_ + "/data";
    options.seal_rows = 20'000;
    auto data = node::DataFolder::open(options);
    ASSERT_TRUE(data.ok()) << data.error().message;
    data_ = std::move(data).value();
    node::ScanOptions inputs;
    inputs.paths = {path};
    base::Status refused = base::ok_status();
    const node::IngestTotals totals = node::ingest(inputs, *data_, nullptr, {}, refused);
    ASSERT_TRUE(refused.ok()) << refused.error().message;
    ASSERT_GT(totals.acknowledged, 0u);
    ASSERT_TRUE(data_->seal().ok());
  }

  static Lines scan(const std::string& path, const node::RuleSelection& rules) {
    node::ScanOptions options;
    options.paths = {path};
    Lines lines;
    node::ScanObserver observer;
    observer.on_alert = [&](const model::Alert& alert) { lines.push_back(line_of(alert)); };
    node::scan(options, node::load_selected_rules(rules, false, 2), observer, {});
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  Lines hunt(const node::RuleSelection& rules, model::SearchStats* stats = nullptr) {
    Lines lines;
    node::ScanObserver observer;
    observer.on_alert = [&](const model::Alert& alert) { lines.push_back(line_of(alert)); };
    const auto result =
        node::hunt(data_->store(), node::load_selected_rules(rules, false, 2), {}, observer, {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->search.cut, model::Cut::none);
    if (stats) *stats = result->search.stats;
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  std::string folder_;
  std::unique_ptr<node::DataFolder> data_;
};

TEST_F(HuntTest, ShippedRulesOnTheShippedAttack) {
  store("content/samples/attack");
  const Lines scanned = scan("content/samples/attack", {});
  ASSERT_GT(scanned.size(), 10u);
  EXPECT_EQ(hunt({}), scanned);
}

TEST_F(HuntTest, AllSigmaRulesOnRecordedAttacks) {
  const std::string events = shared_data("windows-events"), sigma = shared_data("sigma-rules");
  if (events.empty() || sigma.empty()) GTEST_SKIP() << "windows-events or sigma-rules is absent";
  store(events);
  node::RuleSelection rules;
  rules.folders = {sigma};
  const Lines scanned = scan(events, rules);
  ASSERT_GT(scanned.size(), 1000u);
  EXPECT_TRUE(hunt(rules) == scanned);
}

// Sets small enough to be turned into a search.
TEST_F(HuntTest, FewRulesReadLessAndFindTheSame) {
  store("content/samples/attack");
  for (const std::string tag : {"attack.t1059.001", "attack.t1110", "attack.exfiltration"}) {
    node::RuleSelection rules;
    rules.tags = {tag};
    model::SearchStats stats;
    EXPECT_EQ(hunt(rules, &stats), scan("content/samples/attack", rules)) << tag;
  }
}

TEST_F(HuntTest, EveryRuleAloneFindsTheSame) {
  const std::string events = shared_data("sigma-regression"), sigma = shared_data("sigma-rules");
  if (events.empty() || sigma.empty()) GTEST_SKIP() << "sigma-regression or sigma-rules is absent";
  store(events);
  node::RuleSelection all;
  all.folders = {sigma};
  std::map<std::string, std::vector<std::string>> files;  // ids of the alerts of a scan, by rule file
  node::ScanOptions options;
  options.paths = {events};
  node::ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) { files[alert.rule->file].push_back(alert.id); };
  node::scan(options, node::load_selected_rules(all, false, 2), observer, {});
  ASSERT_GT(files.size(), 100u);
  for (auto& [file, ids] : files) {
    if (ids.empty() || file.empty()) continue;
    std::vector<std::string> found;
    observer.on_alert = [&](const model::Alert& alert) { found.push_back(alert.id); };
    node::RuleSelection one;
    one.folders = {file};
    detect::RuleSet rules = node::load_selected_rules(one, false, 1);
    if (!rules.correlations.empty()) continue;
    const auto result = node::hunt(data_->store(), std::move(rules), {}, observer, {});
    ASSERT_TRUE(result.ok()) << result.error().message;
    std::sort(ids.begin(), ids.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, ids) << file;
  }
}

}  // namespace
}  // namespace vedette::test
