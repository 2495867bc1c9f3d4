#include "vedette/cases/soc_metrics.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "cases_story.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/cases/incident_book.hpp"

namespace vedette::cases {
namespace {

using test::kStoryMinute;
using test::kStoryStart;

constexpr base::TimeNs kMetricsHour = 60 * kStoryMinute;

class SocMetricsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path(::testing::TempDir()) / "soc_metrics.db";
    remove();
    adapters::SqliteOptions options;
    options.file = file_.string();
    options.collections = incident_collections();
    using ports::ColumnType;
    options.collections.push_back({"alerts",
                                   {{"time", ColumnType::integer, true},
                                    {"rule_id", ColumnType::text, true},
                                    {"level", ColumnType::integer, true},
                                    {"verdict", ColumnType::text, true},
                                    {"tenant", ColumnType::text, true}}});
    records_ = adapters::open_sqlite(options).value();
    range_ = {"", kStoryStart, kStoryStart + 48 * kMetricsHour, 24 * kMetricsHour};
  }
  void TearDown() override {
    records_.reset();
    remove();
  }
  void remove() {
    for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file_.string() + end);
  }
  // An incident that was acknowledged after `acknowledge` minutes, and closed after `resolve` (0: not).
  void add(const std::string& id, int hour, model::Level level, const std::string& owner, int acknowledge,
           int resolve, const std::string& tenant = {}) {
    Case incident;
    incident.incident.id = id;
    incident.incident.tenant = tenant;
    incident.incident.level = level;
    incident.incident.alerts = 10;
    incident.owner = owner;
    incident.created = incident.incident.opened = kStoryStart + hour * kMetricsHour;
    incident.clocks = {
        {Clock::Kind::acknowledge, incident.created, incident.created + acknowledge * kStoryMinute,
         30 * kStoryMinute, 0, 0, false},
        {Clock::Kind::resolve, incident.created, resolve ? incident.created + resolve * kStoryMinute : 0,
         600 * kStoryMinute, 0, 0, false}};
    if (resolve != 0) {
      incident.status = CaseStatus::closed;
      incident.classification = Classification::true_positive;
      incident.closed = incident.created + resolve * kStoryMinute;
    }
    ports::RecordWrite write;
    write.collection = "incidents";
    write.id = id;
    write.document = to_json(incident);
    write.columns = {{"status", std::string(case_status_name(incident.status))},
                     {"created", incident.created},
                     {"merged", std::int64_t{0}}};
    if (!owner.empty()) write.columns["owner"] = owner;
    if (!tenant.empty()) write.columns["tenant"] = tenant;
    if (incident.closed != 0) {
      write.columns["closed"] = incident.closed;
      write.columns["classification"] = std::string("true_positive");
    }
    ASSERT_TRUE(records_->apply(std::span(&write, 1)).ok());
  }
  void add_alerts(const std::string& rule, int count, const std::string& verdict) {
    std::vector<ports::RecordWrite> writes;
    for (int i = 0; i < count; ++i) {
      ports::RecordWrite write;
      write.collection = "alerts";
      write.id = rule + verdict + std::to_string(i);
      write.document = "{}";
      write.columns = {{"time", kStoryStart + i}, {"rule_id", rule}, {"level", std::int64_t{3}}};
      if (!verdict.empty()) write.columns["verdict"] = verdict;
      writes.push_back(std::move(write));
    }
    ASSERT_TRUE(records_->apply(writes).ok());
  }

  std::filesystem::path file_;
  std::unique_ptr<ports::RecordStore> records_;
  MetricsRange range_;
};

TEST_F(SocMetricsTest, MeasuresIncidents) {
  add("inc-1", 1, model::Level::high, "ada", 10, 100);
  add("inc-2", 2, model::Level::high, "ada", 20, 300);
  add("inc-3", 30, model::Level::low, "ben", 60, 0);
  add("inc-4", 31, model::Level::low, "", 20, 0);
  add("inc-5", 100, model::Level::low, "ben", 20, 0);  // after the range, but open
  add("inc-6", 1, model::Level::high, "eve", 10, 100, "other");
  const auto figures = incident_figures(*records_, range_, kStoryStart + 50 * kMetricsHour);
  ASSERT_TRUE(figures.ok()) << figures.error().message;
  EXPECT_EQ(figures->made, 4u);
  EXPECT_EQ(figures->closed, 2u);
  EXPECT_EQ(figures->open, 3u);
  EXPECT_EQ(figures->made_over_time, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(figures->closed_over_time, (std::vector<std::uint64_t>{2, 0}));
  EXPECT_DOUBLE_EQ(figures->per_day, 2);
  EXPECT_DOUBLE_EQ(figures->alerts_per_incident, 10);
  EXPECT_EQ(figures->by_severity[3], 2u);
  EXPECT_EQ(figures->by_classification.at("true_positive"), 2u);
  const ClockFigures& acknowledge = figures->clocks[1];
  EXPECT_EQ(acknowledge.all.count, 4u);
  EXPECT_DOUBLE_EQ(acknowledge.all.mean, 27.5 * 60);
  EXPECT_DOUBLE_EQ(acknowledge.all.median, 20 * 60);
  EXPECT_DOUBLE_EQ(acknowledge.by_severity[3].mean, 15 * 60);
  EXPECT_DOUBLE_EQ(acknowledge.over_time[1].mean, 40 * 60);
  EXPECT_EQ(acknowledge.met, 3u);
  EXPECT_EQ(acknowledge.missed, 1u);
  const ClockFigures& resolve = figures->clocks[3];
  EXPECT_EQ(resolve.all.count, 2u);
  EXPECT_EQ(resolve.met, 2u);
  EXPECT_EQ(resolve.missed, 2u);  // they run for longer than ten hours
  ASSERT_EQ(figures->analysts.size(), 3u);
  EXPECT_EQ(figures->analysts[2].name, "ada");
  EXPECT_EQ(figures->analysts[2].closed, 2u);
  EXPECT_DOUBLE_EQ(figures->analysts[2].resolve.median, 200 * 60);
  EXPECT_TRUE(figures->whole);
}

TEST_F(SocMetricsTest, JudgesRulesByTheirVerdicts) {
  add_alerts("noisy", 80, "");
  add_alerts("noisy", 19, "false_positive");
  add_alerts("noisy", 1, "true_positive");
  add_alerts("good", 3, "true_positive");
  add_alerts("unknown", 50, "");
  const auto figures = alert_figures(*records_, range_, {{"noisy", "A noisy rule"}});
  ASSERT_TRUE(figures.ok()) << figures.error().message;
  EXPECT_EQ(figures->alerts, 153u);
  EXPECT_EQ(figures->by_level[3], 153u);
  ASSERT_EQ(figures->rules.size(), 3u);
  const RuleFigures& noisy = figures->rules[0];
  EXPECT_EQ(noisy.title, "A noisy rule");
  EXPECT_EQ(noisy.judged(), 20u);
  EXPECT_DOUBLE_EQ(*noisy.true_positive_rate(), 0.05);
  EXPECT_NEAR(noisy.noise(), 100 * 19.0 / 21, 1e-9);
  EXPECT_EQ(figures->rules[1].true_positive_rate(), std::nullopt);
  EXPECT_EQ(figures->rules[1].noise(), 0);
  EXPECT_EQ(*figures->rules[2].true_positive_rate(), 1);
}

TEST(MetricsRange, IsBounded) {
  EXPECT_TRUE(check_range({"", 0, 62 * kMetricsHour, kMetricsHour}).ok());
  EXPECT_FALSE(check_range({"", 0, 63 * kMetricsHour, kMetricsHour}).ok());
  EXPECT_FALSE(check_range({"", 5, 5, kMetricsHour}).ok());
  EXPECT_FALSE(check_range({"", 0, kMetricsHour, 0}).ok());
  EXPECT_FALSE(
      check_range({"", std::numeric_limits<base::TimeNs>::min(), std::numeric_limits<base::TimeNs>::max(), 1})
          .ok());
}

TEST(MetricsDurations, AreInterpolated) {
  EXPECT_EQ(durations_of({}).count, 0u);
  EXPECT_DOUBLE_EQ(durations_of({7}).p90, 7);
  const Durations of_ten = durations_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_DOUBLE_EQ(of_ten.median, 5.5);
  EXPECT_DOUBLE_EQ(of_ten.p90, 9.1);
}

std::vector<TechniqueCoverage> coverage() {
  const std::vector<RuleCoverage> rules = {{"a", "A", true, {"T1059.001", "T1059.001"}, {"execution"}},
                                           {"b", "B", true, {"T1059.001", "T1190"}, {"initial_access"}},
                                           {"off", "Off", false, {"T1003"}, {"credential-access"}},
                                           {"gone", "Gone", false, {"T1566"}, {}},
                                           {"odd", "Odd", true, {"T1\"x"}, {}}};
  return attack_coverage(rules, {{"a", 5}, {"gone", 2}});
}

TEST(Coverage, CountsRulesAndAlerts) {
  const auto found = coverage();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].technique, "T1059.001");
  EXPECT_EQ(found[0].rules, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(found[0].alerts, 5u);
  EXPECT_EQ(found[0].tactics, (std::vector<std::string>{"execution", "initial-access"}));
  EXPECT_TRUE(found[2].rules.empty());
  EXPECT_EQ(found[2].alerts, 2u);
}

TEST(Coverage, LayersComeBack) {
  const std::string json = navigator_layer(coverage(), LayerOf::rules, "Active rules", "of a test");
  const auto layer = read_navigator_layer(json);
  ASSERT_TRUE(layer.ok()) << layer.error().message;
  EXPECT_EQ(layer->name, "Active rules");
  EXPECT_EQ(layer->version, "4.5");
  ASSERT_EQ(layer->techniques.size(), 2u);
  EXPECT_EQ(layer->techniques[0].score, 2);
  EXPECT_EQ(read_navigator_layer(navigator_layer(coverage(), LayerOf::alerts, "x", ""))->techniques.size(),
            2u);
}

TEST(Coverage, FindsGaps) {
  const auto layer =
      read_navigator_layer(R"({"name":"wanted","versions":{"layer":"4.5"},"domain":"enterprise-attack",
    "techniques":[{"techniqueID":"T1059"},{"techniqueID":"T1059.001","score":1},{"techniqueID":"T1190","score":5},
    {"techniqueID":"T1003.001","score":9},{"techniqueID":"T1105","score":0},{"techniqueID":"T1106","enabled":false},
    {"techniqueID":"T1190.001","score":3}]})");
  ASSERT_TRUE(layer.ok()) << layer.error().message;
  const auto gaps = compare_layer(*layer, coverage());
  ASSERT_EQ(gaps.size(), 5u);
  EXPECT_EQ(gaps[0].technique, "T1003.001");
  EXPECT_EQ(gap_name(gaps[0].kind), "missing");
  EXPECT_EQ(gaps[1].technique, "T1190.001");
  EXPECT_EQ(gap_name(gaps[1].kind), "partial");
  EXPECT_EQ(gap_name(gaps[2].kind), "partial");  // T1059
  EXPECT_EQ(gap_name(gaps[3].kind), "silent");   // T1190
  EXPECT_EQ(gap_name(gaps[4].kind), "covered");
}

TEST(Coverage, RefusesWhatIsNoLayer) {
  for (const char* text :
       {"", "[]", "{}", "{\"versions\":{\"layer\":\"9\"}}",
        R"({"versions":{"layer":"4.5"},"domain":"ics-attack","techniques":[]})",
        R"({"versions":{"layer":"4.5"},"domain":"enterprise-attack"})",
        R"({"versions":{"layer":"4.5"},"domain":"enterprise-attack","techniques":[{"techniqueID":"x"}]})"}) {
    EXPECT_FALSE(read_navigator_layer(text).ok()) << text;
  }
}

TEST(Coverage, ReadsSampleLayers) {
  std::size_t read = 0;
  for (const char* name : {"sample-Bear_APT.json", "sample-heatmap_layer.json"}) {
    std::ifstream file(std::string("../shared/data/standards/attack-navigator/") + name);
    if (!file) continue;
    std::stringstream text;
    text << file.rdbuf();
    const auto layer = read_navigator_layer(text.str());
    ASSERT_TRUE(layer.ok()) << name << ": " << layer.error().message;
    EXPECT_FALSE(layer->techniques.empty());
    ++read;
  }
  if (read == 0) GTEST_SKIP() << "no sample layers here";
}

}  // namespace
}  // namespace vedette::cases
