// Incidents as people see them who do not see every event, or not every field.
#include "incident_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class IncidentScopes : public IncidentFixture {
 protected:
  void SetUp() override {
    IncidentFixture::SetUp();
    const Parameters path = {{"id", "inc-1"}};
    ASSERT_EQ(
        ask("updateIncident", everyone(), path, R"({"summary":"u3 came to DB, then u2 to web"})", 1).status,
        200);
    ASSERT_EQ(ask("addIncidentEntry", everyone(), path, R"({"text":"ask U3 about db"})").status, 201);
    ASSERT_EQ(
        ask("addEventEvidence", everyone(), path, R"({"event":")" + expr::id_text(3) + R"(","text":"of u3"})")
            .status,
        201);
    ASSERT_EQ(ask("addIncidentTask", everyone(), path, R"({"title":"Call u3"})").status, 201);
  }
  // Everything that can be read of inc-1.
  std::string all_of(const Principal& who) {
    std::string out;
    for (const char* operation :
         {"getIncident", "listIncidentMembers", "getIncidentGraph", "getIncidentTimeline",
          "getIncidentHistory", "getRelatedIncidents", "listIncidentAlerts"}) {
      const Reply reply = ask(operation, who, {{"id", "inc-1"}});
      EXPECT_EQ(reply.status, 200) << operation << text_of(reply);
      out += text_of(reply) + "\n";
    }
    return out + text_of(ask("listIncidents", who)) + text_of(ask("getIncidentOfAlert", who, {{"id", "a2"}}));
  }
  static Principal with_alerts(Principal who) {
    who.permissions.add(Permission::alerts_read);
    return who;
  }
};

TEST_F(IncidentScopes, WhoSeesSomeEventsSeesWhatTheseTell) {
  const Principal who = with_alerts(web_only());
  EXPECT_EQ(ids(who), "inc-1 ");  // inc-2 is of db alone
  EXPECT_EQ(get(who, "inc-2").status, 404);
  EXPECT_EQ(ask("listIncidentMembers", who, {{"id", "inc-2"}}).status, 404);
  EXPECT_EQ(ask("getIncidentTimeline", who, {{"id", "inc-2"}}).status, 404);
  const auto body = json_of(get(who));
  EXPECT_EQ(body.at("reduced").as_bool(), true);
  EXPECT_EQ(body.at("members").to_number<int>(), 1);
  EXPECT_EQ(body.at("alerts").to_number<int>(), 2);
  EXPECT_EQ(body.at("engine_title").as_string(), "Rule r0");
  EXPECT_EQ(body.at("summary").as_string(), "[hidden] came to [hidden], then u2 to web");
  const std::string text = all_of(who);
  for (const char* hidden : {"u3", "U3", "\"db\"", "about db", "m-db", "a3\"", "Rule r1", "initial-access"})
    EXPECT_THAT(text, Not(HasSubstr(hidden)));
  EXPECT_THAT(text, HasSubstr("u4"));
  EXPECT_EQ(ids(who, {{"entity", "u3"}}), "");
  EXPECT_EQ(ids(who, {{"entity", "u4"}}), "inc-1 ");
  EXPECT_EQ(ids(who, {{"text", "u3"}}), "");
  EXPECT_EQ(ask("listEntities", who).status, 403);
}

TEST_F(IncidentScopes, MaskedFieldsAreInNothing) {
  const Principal who = with_alerts(without_users());
  EXPECT_EQ(ids(who), "inc-2 inc-1 ");
  const std::string text = all_of(who);
  for (const char* hidden : {"u0\"", "u2", "u3", "U3", "u4", "raw u"})
    EXPECT_THAT(text, Not(HasSubstr(hidden)));
  EXPECT_THAT(text, HasSubstr("\"db\""));
  EXPECT_THAT(text, HasSubstr("m-db"));
  EXPECT_EQ(json_of(get(who)).at("engine_title").as_string(), "initial-access on web");
  EXPECT_EQ(ids(who, {{"entity", "u3"}}), "");
  EXPECT_EQ(ids(who, {{"entity", "user:u3"}}), "");
  EXPECT_EQ(ids(who, {{"text", "u3"}}), "");
  EXPECT_EQ(ids(who, {{"entity", "host:db"}}), "inc-2 inc-1 ");
  EXPECT_THAT(text_of(ask("listEntities", who)), Not(HasSubstr("u3")));
  const std::string id = cases::entity_risk_id("", {model::EntityKind::user, "u3"});
  EXPECT_EQ(ask("getEntity", who, {{"id", id}}).status, 404);
}

TEST_F(IncidentScopes, WhoSeesAPartWritesNothingOverTheRest) {
  for (const Principal& who : {web_only(), without_users()}) {
    const Parameters path = {{"id", "inc-1"}};
    EXPECT_EQ(ask("updateIncident", who, path, R"({"summary":"mine"})", 3).status, 403);
    EXPECT_EQ(ask("mergeIncidents", who, path, R"({"others":["inc-2"]})").status, 403);
    EXPECT_EQ(ask("splitIncident", who, path, R"({"members":["m-db"]})").status, 403);
    EXPECT_EQ(ask("addIncidentEntry", who, path, R"({"text":"seen"})").status, 201);
    EXPECT_EQ(ask("addIncidentEntry", who, {{"id", "inc-3"}}, R"({"text":"x"})").status, 404);
  }
  EXPECT_EQ(ask("updateIncident", web_only(), {{"id", "inc-1"}}, R"({"status":"triaged"})", 3).status, 200);
  const Reply many =
      ask("updateIncidents", web_only(), {}, R"({"ids":["inc-1","inc-2"],"change":{"owner":"bob"}})");
  EXPECT_EQ(json_of(many).at("changed").to_number<int>(), 1);
  EXPECT_EQ((*book_->get("", "inc-2"))->owner, "");
}

TEST_F(IncidentScopes, EvidenceIsCopiedAsItIsSeen) {
  const Reply event =
      ask("addEventEvidence", without_users(), {{"id", "inc-1"}}, R"({"event":")" + expr::id_text(2) + "\"}");
  ASSERT_EQ(event.status, 201);
  EXPECT_THAT(text_of(event), Not(HasSubstr("u2")));
  EXPECT_EQ(ask("addEventEvidence", web_only(), {{"id", "inc-1"}}, R"({"event":")" + expr::id_text(3) + "\"}")
                .status,
            422);
  CallDouble upload = call("addFileEvidence", everyone());
  upload.with_path("id", "inc-1").with_query("name", "dump-u3.bin").with_bytes("bytes");
  const std::string id(json_of(answer(upload)).at("id").as_string());
  EXPECT_EQ(ask("getIncidentFile", without_users(), {{"id", "inc-1"}, {"entry", id}}).status, 403);
  const std::string text = text_of(ask("getIncidentTimeline", without_users(), {{"id", "inc-1"}}));
  EXPECT_THAT(text, Not(HasSubstr("dump-u3")));
}

}  // namespace
}  // namespace vedette::api::test
