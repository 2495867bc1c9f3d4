#include "vedette/detect/foreign_alert.hpp"

#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

using model::Value;

struct ForeignRow {
  std::vector<std::pair<std::string, std::string>> texts;
  std::int64_t severity = -1;
};

std::shared_ptr<const model::EventBatch> foreign_batch(const std::vector<ForeignRow>& rows) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"ids"}));
  std::uint64_t position = 0;
  for (const ForeignRow& row : rows) {
    builder.begin_row(++position);
    builder.set_time(static_cast<base::TimeNs>(position) * base::kNsPerSecond);
    for (const auto& [name, text] : row.texts) builder.add_copy(model::intern(name), text);
    if (row.severity >= 0) builder.add(model::intern("event.severity"), Value::integer(row.severity));
    builder.end_row();
  }
  return builder.finish();
}

ForeignRow suricata_row(const std::string& host, std::int64_t severity) {
  return {{{"event.kind", "alert"},
           {"event.module", "suricata"},
           {"rule.id", "2013504"},
           {"rule.name", "ET SCAN Nmap"},
           {"host.name", host}},
          severity};
}

TEST(ForeignAlertsTest, NamesTheRuleOfTheOtherProduct) {
  ForeignAlerts foreign;
  const auto alerts = foreign.of(foreign_batch({suricata_row("web01", 1), {{{"event.kind", "event"}}}}), 77);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].rule_id, "suricata:2013504");
  EXPECT_EQ(alerts[0].rule_title, "ET SCAN Nmap");
  EXPECT_EQ(alerts[0].level, model::Level::high);
  EXPECT_EQ(alerts[0].detected, 77);
  EXPECT_EQ(alerts[0].group_key, "host=\"web01\"");
  EXPECT_NE(alerts[0].document.find("vedette.alert.id"), std::string::npos);
}

TEST(ForeignAlertsTest, AFloodOfOneRuleAndKeyIsOneAlertThatCounts) {
  ForeignAlerts foreign;
  std::vector<ForeignRow> rows(500, suricata_row("web01", 3));
  rows.push_back(suricata_row("web02", 3));
  const auto alerts = foreign.of(foreign_batch(rows), 1);
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0].suppressed, 499u);
  EXPECT_EQ(alerts[1].suppressed, 0u);
}

TEST(ForeignAlertsTest, TheSameEventsGiveTheSameIds) {
  const auto batch = foreign_batch({suricata_row("a", 1), suricata_row("b", 2)});
  const auto first = ForeignAlerts().of(batch, 1), again = ForeignAlerts().of(batch, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].id, again[0].id);
  EXPECT_NE(first[0].id, first[1].id);
}

TEST(ForeignAlertsTest, OwnAlertsAreNotTakenForForeignOnes) {
  ForeignRow own = suricata_row("a", 1);
  own.texts.emplace_back("vedette.alert.id", "0123");
  EXPECT_TRUE(ForeignAlerts().of(foreign_batch({own}), 1).empty());
}

TEST(ForeignAlertsTest, LevelsFollowTheScaleOfTheProduct) {
  const auto level = [](const std::string& module, std::int64_t severity, const std::string& word = "") {
    ForeignRow fields{{{"event.kind", "alert"}, {"event.module", module}}, severity};
    if (!word.empty()) fields.texts.emplace_back("log.level", word);
    return level_of_foreign((*foreign_batch({fields}))[0]);
  };
  EXPECT_EQ(level("suricata", 2), model::Level::medium);
  EXPECT_EQ(level("suricata", 3), model::Level::low);
  EXPECT_EQ(level("wazuh", 12), model::Level::high);
  EXPECT_EQ(level("wazuh", 15), model::Level::critical);
  EXPECT_EQ(level("wazuh", 3), model::Level::low);
  EXPECT_EQ(level("endpoint", 73), model::Level::high);
  EXPECT_EQ(level("endpoint", 5), model::Level::informational);
  EXPECT_EQ(level("m365", -1, "Critical"), model::Level::critical);
  EXPECT_EQ(level("m365", -1), model::Level::medium);
}

TEST(ForeignAlertsTest, LongAndEmptyTextsAreBounded) {
  ForeignRow fields{
      {{"event.kind", "alert"}, {"rule.name", std::string(255, 'a') + "\xC3\xA4" + std::string(5000, 'b')}},
      -1};
  const auto alerts = ForeignAlerts().of(foreign_batch({fields, {{{"event.kind", "alert"}}, -1}}), 1);
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0].rule_title, std::string(255, 'a'));
  EXPECT_EQ(alerts[1].rule_title, "Alert of another product");
}

}  // namespace
}  // namespace vedette::detect
