// The scan as a whole: wrong input is told and counted and the rest still scanned, and every run gives the
// same alerts.
#include "vedette/node/scan.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vedette/base/files.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/rule_install.hpp"

namespace vedette::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSample = "content/samples/attack";

class Scan : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("vedette_scan_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  report::ScanTotals run(std::vector<std::string> paths, int threads = 2) {
    node::ScanOptions options;
    options.paths = std::move(paths);
    options.threads = threads;
    alerts_.clear();
    documents_.clear();
    node::ScanObserver observer;
    observer.on_alert = [&](const model::Alert& alert) {
      ++alerts_[alert.rule->title];
      append_json(documents_, alert);
      documents_ += '\n';
    };
    return node::scan(options, node::load_selected_rules(selection_, false, 1), observer, {});
  }

  fs::path folder_;
  node::RuleSelection selection_;
  std::map<std::string, int> alerts_;
  std::string documents_;
};

constexpr const char* kRule = R"(
title: Needle
id: 0f0e0d0c-0b0a-4908-8706-050403020100
status: test
level: high
logsource: {category: any}
detection:
  keywords: [needle]
  condition: keywords
)";

TEST_F(Scan, EveryRunOverTheSampleGivesTheSameAlerts) {
  const report::ScanTotals totals = run({kSample}, 1);
  const std::string first = documents_;
  EXPECT_TRUE(totals.troubles.empty());
  EXPECT_GE(totals.formats.size(), 5u);
  EXPECT_GE(alerts_.size(), 20u);
  run({kSample}, 4);
  EXPECT_EQ(documents_, first);
}

TEST_F(Scan, OneFileInManyChunksKeepsItsOrder) {
  selection_.folders = {write("rule.yml", kRule)};
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += "{\"@timestamp\":\"2026-11-03T09:00:00Z\",\"n\":" + std::to_string(i) + ",\"message\":\"" +
            (i % 1000 == 7 ? "needle" : "hay") + std::string(40, '.') + "\"}\n";
  }
  const std::string path = write("big.ndjson", text);
  const report::ScanTotals totals = run({path}, 4);
  EXPECT_EQ(totals.events, 60'000u);
  EXPECT_EQ(alerts_["Needle"], 60);
  const std::string parallel = documents_;
  run({path}, 1);
  EXPECT_EQ(documents_, parallel);
}

TEST_F(Scan, BadInputIsToldAndTheRestIsScanned) {
  selection_.folders = {write("rule.yml", kRule)};
  fs::create_directories(folder_ / "logs");
  write("logs/a_invalid_utf8.log", "Nov  3 09:12:00 web01 app[1]: \xff\xfe\x80 needle\n");
  write("logs/b_deep.json",
        "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}\n{\"m\":\"needle\"}\n");
  write("logs/c_long.log", std::string(20u << 20, 'x') + "\nneedle in the next line\n");
  write("logs/d_cut.evtx", std::string("ElfFile\0", 8) + std::string(5000, '\x01'));
  write("logs/e_cut.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage", 17));
  write("logs/f_unclosed.json", "{\"m\":\"needle\"}\n{\"m\":\"never closed\n");
  write("logs/g_empty.log", "");
  write("logs/h_nul.log", std::string("needle\0after\n", 13));
  const report::ScanTotals totals = run({(folder_ / "logs").string()});
  std::uint64_t failures = 0;
  for (const auto& [name, count] : totals.formats) failures += count.failures;
  EXPECT_EQ(alerts_["Needle"], 5);
  EXPECT_EQ(totals.troubles.size(), 1u);  // the .gz
  EXPECT_GE(failures, 3u);                // too deep, too long, unclosed
}

TEST_F(Scan, RulesThatDoNotLoadAreRefusedAndTheOthersScan) {
  fs::create_directories(folder_ / "rules");
  write("rules/good.yml", kRule);
  write("rules/regex.yml",
        "title: R\ndetection:\n  s: {f|re: '(a'}\n  condition: s\nlogsource: {category: any}\n");
  write("rules/cycle.yml", "title: &a [*a]\n");
  write("rules/modifier.yml",
        "title: M\ndetection:\n  s: {f|contians: a}\n  condition: s\nlogsource: {category: any}\n");
  selection_.folders = {(folder_ / "rules").string()};
  const auto rules = node::load_selected_rules(selection_, false, 1);
  EXPECT_EQ(rules.rules.size(), 1u);
  EXPECT_EQ(rules.refused, 3u);
  int errors = 0;
  for (const base::Diagnostic& diagnostic : rules.diagnostics) {
    if (diagnostic.severity != base::Severity::error) continue;
    ++errors;
    EXPECT_GT(diagnostic.span.line, 0u) << diagnostic.to_string();
  }
  EXPECT_EQ(errors, 3);
}

TEST_F(Scan, CatastrophicExpressionIsLinear) {
  write("rule.yml",
        "title: Redos\nlogsource: {category: any}\ndetection:\n  s: {f|re: '(a+)+$'}\n  condition: s\n");
  selection_.folders = {(folder_ / "rule.yml").string()};
  const report::ScanTotals totals =
      run({write("a.json", "{\"f\":\"" + std::string(100'000, 'a') + "!\"}\n")});
  EXPECT_EQ(totals.events, 1u);
  EXPECT_TRUE(alerts_.empty());
}

TEST_F(Scan, CorrelationsSeeEventsInTheOrderOfTime) {
  write("rule.yml", R"(
title: base
name: base
logsource: {category: any}
detection:
  s: {kind: probe}
  condition: s
---
title: Three probes
level: high
correlation:
  type: event_count
  rules: [base]
  group-by: [who]
  timespan: 1m
  condition: {gte: 3}
)");
  selection_.folders = {(folder_ / "rule.yml").string()};
  const auto probe = [](int second) {
    return "{\"@timestamp\":\"2026-11-03T09:00:" + std::to_string(second) +
           "Z\",\"kind\":\"probe\",\"who\":\"eve\"}\n";
  };
  const std::string late = write("a.json", probe(50)), early = write("b.json", probe(10) + probe(30));
  run({late, early});
  EXPECT_EQ(alerts_["Three probes"], 1);
  EXPECT_EQ(alerts_["base"], 0);
}

TEST_F(Scan, InstallReportsWhatChanged) {
  fs::create_directories(folder_ / "release");
  write("release/one.yml", kRule);
  const std::string directory = (folder_ / "installed").string();
  const auto first = node::install_rules((folder_ / "release").string(), directory, "sigma", false);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->added.size(), 1u);
  std::string changed = kRule;
  changed.replace(changed.find("high"), 4, "low ");
  write("release/one.yml", changed);
  const auto second = node::install_rules((folder_ / "release").string(), directory, "sigma", false);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->changed, std::vector<std::string>{"Needle"});
  const auto installed = node::read_rule_files(directory);
  ASSERT_TRUE(installed.ok());
  ASSERT_EQ(installed->size(), 1u);
  EXPECT_EQ(installed->front().text, changed);
  EXPECT_FALSE(node::install_rules((folder_ / "absent").string(), directory, "sigma", false).ok());
}

TEST_F(Scan, InstallHoldsRulesAtTheirSizeAndRefusesWhatIsTooLarge) {
  fs::create_directories(folder_ / "release");
  write("release/one.yml", kRule);
  write("release/two.yml", kRule + std::string(5u << 20, '#'));
  const std::string source = (folder_ / "release").string(), directory = (folder_ / "installed").string();
  const auto refused = node::install_rules(source, directory, "sigma", false);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("4 MiB"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(Scan, InstallReplacesNothingButItsOwnFolder) {
  fs::create_directories(folder_ / "release");
  write("release/one.yml", kRule);
  fs::create_directories(folder_ / "installed");
  write("installed/mine", "x");
  for (const char* name : {"", ".", "..", "../installed", "/tmp", "a/b"}) {
    EXPECT_FALSE(
        node::install_rules((folder_ / "release").string(), (folder_ / "installed").string(), name, false)
            .ok())
        << name;
  }
  EXPECT_TRUE(fs::exists(folder_ / "installed/mine"));
}

TEST_F(Scan, AShortTruncatedStreamIsParsedAndToldOnce) {
  // gzip -n of three lines of JSON, without its checksum and its length.
  std::string gz("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  const std::string lines = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
  const auto size = static_cast<char>(lines.size());
  gz += std::string("\x01", 1) + size + '\0' + static_cast<char>(~size) + '\xff' + lines;
  const auto totals = run({write("cut.json.gz", gz)});
  EXPECT_EQ(totals.formats.at("json").events, 3u);
  ASSERT_EQ(totals.troubles.size(), 1u);
  EXPECT_NE(totals.troubles[0].message.find("truncated"), std::string::npos);
}

TEST_F(Scan, DoesNotReadWhatItWrites) {
  write("a.json", "{\"a\":1}\n");
  node::ScanOptions options;
  options.paths = {folder_.string()};
  options.exclude = write("alerts.json", "{\"a\":1}\n");
  node::ScanObserver observer;
  observer.on_alert = [](const model::Alert&) {};
  const auto totals = node::scan(options, node::load_selected_rules(selection_, false, 1), observer, {});
  EXPECT_EQ(totals.files, 1u);
}

}  // namespace
}  // namespace vedette::test
