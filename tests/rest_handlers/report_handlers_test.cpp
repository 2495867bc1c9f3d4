// Reports and figures, as people see them who may see everything, and those who may not.
#include "incident_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReportHandlers : public IncidentFixture {
 protected:
  void SetUp() override {
    IncidentFixture::SetUp();
    parts_.options.public_url = "https://soc.example";
    add_report_handlers(handlers_, parts_);
    add_metrics_handlers(handlers_, parts_);
    const Parameters path = {{"id", "inc-1"}};
    ASSERT_EQ(
        ask("updateIncident", everyone(), path, R"({"summary":"u3 came to DB, then u2 to web"})", 1).status,
        200);
    ASSERT_EQ(ask("addIncidentEntry", everyone(), path, R"({"text":"ask U3 about db"})").status, 201);
  }
  static Principal exporter(Principal who) {
    who.permissions.add(Permission::events_export);
    who.permissions.add(Permission::alerts_read);
    who.permissions.add(Permission::incidents_read);
    return who;
  }
  Reply report(const Principal& who, const std::string& format = "html", const std::string& id = "inc-1") {
    return ask("getIncidentReport", who, {{"id", id}}, {}, {}, {{"format", format}});
  }
  Reply stix(const Principal& who, const std::string& id = "inc-1") {
    return ask("getIncidentStix", who, {{"id", id}});
  }
  static std::string header(const Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return {};
  }
};

TEST_F(ReportHandlers, AreFiles) {
  const Principal who = exporter(everyone());
  const Reply html = report(who);
  ASSERT_EQ(html.status, 200) << text_of(html);
  EXPECT_EQ(html.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header(html, "Content-Disposition"), "attachment; filename=\"inc-1.html\"");
  for (const char* part : {"Logins of u3 on db and web", "u3 came to DB", "ask U3 about db", "Both have u3",
                           "https://soc.example/incidents/inc-1"}) {
    EXPECT_THAT(html.raw, HasSubstr(part));
  }
  const Reply markdown = report(who, "markdown");
  EXPECT_EQ(markdown.content_type, "text/markdown; charset=utf-8");
  EXPECT_THAT(markdown.raw, HasSubstr("# Logins of u3 on db and web"));
  const Reply bundle = stix(who);
  EXPECT_EQ(bundle.content_type, "application/stix+json;version=2.1");
  EXPECT_THAT(bundle.raw, HasSubstr(R"("type":"bundle")"));
  EXPECT_THAT(bundle.raw, HasSubstr(R"("account_login":"u3")"));
}

TEST_F(ReportHandlers, TakeThePermissionAndTheTenant) {
  EXPECT_EQ(report(everyone()).status, 403);
  EXPECT_EQ(stix(everyone()).status, 403);
  EXPECT_EQ(report(exporter(everyone()), "html", "inc-3").status, 404);
  EXPECT_EQ(report(exporter(everyone("eve", "acme"))).status, 404);
  EXPECT_EQ(report(exporter(everyone("eve", "acme")), "html", "inc-3").status, 200);
  EXPECT_EQ(stix(exporter(everyone()), "none").status, 404);
}

TEST_F(ReportHandlers, TellOnlyWhatIsSeen) {
  const Principal who = exporter(web_only());
  EXPECT_EQ(report(who, "html", "inc-2").status, 404);
  for (const std::string& text : {report(who).raw, report(who, "markdown").raw, stix(who).raw}) {
    for (const char* hidden :
         {"u3", "U3", "about db", "m-db", "Rule r1", "initial-access", "Initial Access"}) {
      EXPECT_THAT(text, Not(HasSubstr(hidden)));
    }
    EXPECT_THAT(text, HasSubstr("u4"));
  }
  const Principal masked = exporter(without_users());
  for (const std::string& text : {report(masked).raw, report(masked, "markdown").raw, stix(masked).raw}) {
    for (const char* hidden : {"u3", "U3", "u2", "u4"}) EXPECT_THAT(text, Not(HasSubstr(hidden)));
  }
}

TEST_F(ReportHandlers, FiguresAreOfTheTenant) {
  const Parameters range = {{"from", "2023-11-14T00:00:00Z"}, {"to", "2023-11-15T00:00:00Z"}, {"step", "6h"}};
  const Reply reply = ask("getIncidentMetrics", everyone(), {}, {}, {}, range);
  ASSERT_EQ(reply.status, 200) << text_of(reply);
  const auto figures = json_of(reply);
  EXPECT_EQ(figures.at("made").to_number<int>(), 2);
  EXPECT_EQ(figures.at("open").to_number<int>(), 2);
  EXPECT_EQ(figures.at("made_over_time").as_array().size(), 4u);
  EXPECT_EQ(figures.at("clocks").as_array().size(), 4u);
  const auto alerts = json_of(ask("getAlertMetrics", everyone(), {}, {}, {}, range));
  EXPECT_EQ(alerts.at("alerts").to_number<int>(), 18);
  EXPECT_EQ(alerts.at("rules").as_array().size(), 2u);
  EXPECT_EQ(alerts.at("rules").as_array()[0].at("true_positive_rate").is_null(), true);
  EXPECT_EQ(json_of(ask("getAlertMetrics", everyone("eve", "acme"), {}, {}, {}, range))
                .at("alerts")
                .to_number<int>(),
            2);
}

TEST_F(ReportHandlers, FiguresTakeTheWholeTenantAndASoundRange) {
  EXPECT_EQ(ask("getIncidentMetrics", web_only()).status, 403);
  EXPECT_EQ(ask("getAlertMetrics", without_users()).status, 403);
  EXPECT_EQ(ask("getAlertMetrics", everyone()).status, 200);
  for (const Parameters& query :
       {Parameters{{"step", "1m"}}, Parameters{{"step", "x"}}, Parameters{{"from", "nonsense"}},
        Parameters{{"from", "2023-11-15T00:00:00Z"}, {"to", "2023-11-14T00:00:00Z"}}}) {
    EXPECT_EQ(ask("getIncidentMetrics", everyone(), {}, {}, {}, query).status, 422);
  }
}

}  // namespace
}  // namespace vedette::api::test
