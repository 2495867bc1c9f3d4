// The groups intel, sources and settings, and what an exception would have hidden.
#include "rest/groups/exception_trial.hpp"
#include "support/rules_api.hpp"
#include "vedette/api/settings.hpp"

namespace vedette::api::test {
namespace {

TEST_F(RulesApi, IndicatorsAreCheckedAllOrNothing) {
  const Answer made = ask("POST", "/indicators", R"({"indicators":[
      {"type":"domain","value":" Evil[.]Example ","tlp":"amber","source":"us","expires":"2027-01-01T00:00:00Z"},
      {"type":"ip","value":"192.0.2.7"}]})");
  ASSERT_EQ(made.status, 201) << made.text("detail");
  EXPECT_EQ(made.items().at(0).at("value"), "evil.example");
  EXPECT_EQ(intel.reloads, 1);
  const Answer refused = ask("POST", "/indicators", R"({"indicators":[
      {"type":"ip","value":"192.0.2.8"},{"type":"hash","value":"zz"},{"type":"network","value":"192.0.2.1"}]})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body.at("errors").at(0).at("pointer"), "/indicators/1/value");
  EXPECT_EQ(refused.body.at("errors").as_array().size(), 2u);
  EXPECT_EQ(ask("GET", "/indicators").items().size(), 2u);
  EXPECT_EQ(ask("GET", "/indicators?type=ip").items().size(), 1u);
  EXPECT_EQ(ask("GET", "/indicators?text=EVIL").items().size(), 1u);
  EXPECT_EQ(kept_indicators(*records, kNow)->size(), 2u);
  EXPECT_EQ(kept_indicators(*records, kNow + 365LL * 86'400 * base::kNsPerSecond)->size(), 1u);
  EXPECT_EQ(ask("GET", "/indicators/look-up?value=x").items().at(0).at("value"), "x");
  const std::string id(made.items().at(1).at("id").as_string());
  EXPECT_EQ(ask("DELETE", "/indicators/" + id).status, 204);
  EXPECT_EQ(ask("DELETE", "/indicators/" + id).status, 404);
  EXPECT_EQ(intel.reloads, 2);
}

TEST_F(RulesApi, FeedsAreListedAndPolled) {
  EXPECT_EQ(ask("GET", "/feeds").items().at(0).at("indicators"), 7);
  EXPECT_EQ(ask("POST", "/feeds/urls/poll").status, 202);
  EXPECT_EQ(ask("POST", "/feeds/none/poll").status, 404);
}

TEST_F(RulesApi, SourcesAndHealth) {
  std::vector<ports::RecordWrite> writes(2);
  for (std::size_t i = 0; i < 2; ++i) {
    writes[i].collection = "sources";
    writes[i].id = i == 0 ? "syslog://a" : "syslog://b";
    writes[i].document = "{}";
    writes[i].columns = {{"listener", "syslog"},
                         {"events", std::int64_t{10}},
                         {"last_seen", kNow},
                         {"silent", static_cast<std::int64_t>(i)}};
  }
  ASSERT_TRUE(records->apply(writes).ok());
  EXPECT_EQ(ask("GET", "/sources").items().size(), 2u);
  const Answer silent = ask("GET", "/sources?silent=true");
  ASSERT_EQ(silent.items().size(), 1u);
  EXPECT_EQ(silent.items().at(0).at("source"), "syslog://b");
  EXPECT_EQ(ask("GET", "/sources?text=//A").items().size(), 1u);
  EXPECT_TRUE(ask("GET", "/health").body.at("well").as_bool());
  node.problem = "refuses";
  EXPECT_FALSE(ask("GET", "/health").body.at("well").as_bool());
  EXPECT_EQ(ask("GET", "/storage").number("unsealed_events"), 3);
  EXPECT_EQ(result_of(ask("POST", "/dead-letters/replay", "{}")).at("replayed"), 5);
  EXPECT_EQ(ask("POST", "/dead-letters/replay", R"({"query":"a:("})").status, 422);
}

TEST_F(RulesApi, DeadLettersAreFoundAndPaged) {
  for (int i = 0; i < 3; ++i) {
    events.add(kNow - i, static_cast<std::uint64_t>(9 - i),
               {{"event.dataset", i == 1 ? "nginx" : "vedette.dead_letter"},
                {"event.original", "line " + std::to_string(i)},
                {"error.message", "no JSON"},
                {"vedette.dead_letter.format", "json"}});
  }
  const Answer all = ask("GET", "/dead-letters");
  ASSERT_EQ(all.status, 200) << all.text("detail");
  ASSERT_EQ(all.items().size(), 2u);
  EXPECT_EQ(all.items().at(0).at("text"), "line 0");
  EXPECT_EQ(all.items().at(0).at("reason"), "no JSON");
  EXPECT_EQ(all.text("next"), "");
  const Answer first = ask("GET", "/dead-letters?limit=1");
  EXPECT_EQ(first.items().size(), 1u);
  EXPECT_EQ(first.text("next"), std::to_string(kNow) + "_9");
  EXPECT_EQ(ask("GET", "/dead-letters?query=error.message:other").items().size(), 0u);
  EXPECT_EQ(ask("GET", "/dead-letters?query=a:(").status, 422);
  EXPECT_EQ(ask("GET", "/dead-letters?from=2027-01-01T00:00:00Z").items().size(), 0u);
  EXPECT_EQ(ask("GET", "/dead-letters?after=x").status, 422);
}

TEST_F(RulesApi, SettingsHaveTypesAndBounds) {
  EXPECT_EQ(ask("GET", "/settings").items().size(), 5u);
  EXPECT_EQ(read_settings(*records)->min_password, 12u);
  const Answer set = ask("PUT", "/settings/password.min_length", R"({"value":20})");
  ASSERT_EQ(set.status, 200) << set.text("detail");
  EXPECT_EQ(set.number("value"), 20);
  EXPECT_EQ(ask("PUT", "/settings/password.min_length", R"({"value":15})", "7").status, 412);
  EXPECT_EQ(ask("PUT", "/settings/password.min_length", R"({"value":4})").status, 422);
  EXPECT_EQ(ask("PUT", "/settings/password.min_length", R"({"value":"20"})").status, 422);
  EXPECT_EQ(ask("PUT", "/settings/session.idle", R"({"value":"1s"})").status, 422);
  EXPECT_EQ(ask("PUT", "/settings/session.idle", R"({"value":"30m"})").status, 200);
  EXPECT_EQ(ask("PUT", "/settings/second_factor.required", R"({"value":true})").status, 200);
  EXPECT_EQ(ask("PUT", "/settings/none", R"({"value":true})").status, 404);
  const auto settings = read_settings(*records);
  EXPECT_EQ(settings->min_password, 20u);
  EXPECT_EQ(settings->session_idle, 1'800 * base::kNsPerSecond);
  EXPECT_TRUE(settings->second_factor_required);
  EXPECT_EQ(ask("GET", "/settings/configuration").text("yaml"), "data: {}\n");
}

// Alerts of events 1 and 2 (by place) and of one that nobody sees.
TEST_F(RulesApi, AnExceptionsBackTestCountsWhatItWouldHaveHidden) {
  const base::TimeNs hour = 3600 * base::kNsPerSecond;
  std::vector<model::AlertRecord> alerts(4);
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    alerts[i].id = "alert" + std::to_string(i);
    alerts[i].rule_id = i == 3 ? "other" : "r";
    alerts[i].time = kNow + static_cast<base::TimeNs>(i) * hour;
    alerts[i].event_sequence = i + 1;
  }
  ASSERT_TRUE(detect::AlertBook(*records).add(alerts).ok());
  auto shared = std::make_shared<ListedEvents>();
  shared->add(kNow, 1, {{"user.name", "bob"}});
  shared->add(kNow + hour, 2, {{"user.name", "BOB"}, {"_id", "own"}});
  shared->add(kNow + 3 * hour, 4, {{"user.name", "eve"}});
  base::Diagnostics diagnostics;
  const auto condition = detect::read_condition("a:\n  user.name: bob\ncondition: a\n", "c", diagnostics);
  ASSERT_TRUE(condition) << diagnostics.size();
  const base::CancellationToken none;
  const JobProgress progress{[](double, std::string_view) {}, none};
  rule_group::ExceptionTrial trial{
      records.get(), shared, *condition, {}, {}, {kNow, kNow + 10 * hour}, {}, false};
  const Reply all = rule_group::run_trial(trial, progress);
  ASSERT_EQ(all.status, 200) << write_json(all.body);
  EXPECT_EQ(all.body.at("alerts"), 3);
  EXPECT_EQ(all.body.at("hidden"), 2);
  EXPECT_EQ(all.body.at("by_rule").at(0).at("rule_id"), "r");
  EXPECT_EQ(all.body.at("samples").as_array().size(), 2u);
  EXPECT_TRUE(all.body.at("incidents").is_null());
  // One incident is of hidden alerts alone, one keeps a member, one has nothing to do with it.
  const auto member = [&](const std::string& incident, const std::string& id, std::vector<std::string> ids) {
    model::IncidentMember of;
    of.id = id;
    of.alert_ids = std::move(ids);
    ports::RecordWrite write;
    write.collection = "incident_members";
    write.id = id;
    write.document = model::to_json(of);
    write.columns = {{"incident", incident}, {"first", kNow}, {"last", kNow + hour}};
    ASSERT_TRUE(records->apply(std::span(&write, 1)).ok());
  };
  member("inc-lost", "m1", {"alert0"});
  member("inc-lost", "m2", {"alert1"});
  member("inc-kept", "m3", {"alert0", "alert1"});
  member("inc-kept", "m4", {"alert3"});
  member("inc-other", "m5", {"alert0", "alert3"});
  trial.with_incidents = true;
  const Json incidents = rule_group::run_trial(trial, progress).body.at("incidents");
  EXPECT_EQ(incidents.at("touched"), 2);
  EXPECT_EQ(incidents.at("lost"), 1);
  EXPECT_EQ(incidents.at("samples").at(1).at("id"), "inc-lost");
  EXPECT_EQ(incidents.at("samples").at(1).at("lost"), true);
  trial.rules = {"other"};
  EXPECT_EQ(rule_group::run_trial(trial, progress).body.at("hidden"), 0);
}

}  // namespace
}  // namespace vedette::api::test
