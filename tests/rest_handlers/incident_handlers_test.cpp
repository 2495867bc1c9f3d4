// Incidents: lists, changes, evidence, tasks, merges, as somebody who sees everything of the tenant.
#include "incident_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class IncidentHandlers : public IncidentFixture {
 protected:
  Reply patch(const std::string& body, std::optional<std::uint64_t> version,
              const std::string& id = "inc-1") {
    return ask("updateIncident", everyone(), {{"id", id}}, body, version);
  }
};

TEST_F(IncidentHandlers, ListsByRiskOfTheTenant) {
  EXPECT_EQ(ids(everyone()), "inc-2 inc-1 ");
  EXPECT_EQ(ids(everyone(), {{"sort", "opened"}}), "inc-1 inc-2 ");
  EXPECT_EQ(ids(everyone("a", "acme")), "inc-3 ");
  EXPECT_EQ(ids(everyone(), {{"entity", "host:web"}}), "inc-1 ");
  EXPECT_EQ(ids(everyone(), {{"risk", "60"}}), "inc-2 ");
  EXPECT_EQ(ids(everyone(), {{"text", "logins of"}}), "inc-1 ");
  EXPECT_EQ(ids(everyone(), {{"status", "closed"}}), "");
  EXPECT_EQ(ids(everyone(), {{"owner", "-"}}), "inc-2 inc-1 ");
  EXPECT_EQ(ids(everyone(), {{"from", "2023-11-14T22:00:00Z"}}), "");
  EXPECT_EQ(ids(everyone(), {{"severity", "huge"}}), "422");
  EXPECT_EQ(ids(everyone(), {{"after", "forged"}}), "422");
  EXPECT_EQ(get(everyone(), "inc-3").status, 404);
  EXPECT_EQ(get(everyone(), "none").status, 404);
}

TEST_F(IncidentHandlers, PagesAreWhole) {
  std::string all, after;
  do {
    Parameters query = {{"limit", "1"}};
    if (!after.empty()) query.emplace_back("after", after);
    const auto body = json_of(ask("listIncidents", everyone(), {}, {}, {}, query));
    for (const auto& item : body.at("items").as_array())
      all += std::string(item.as_object().at("id").as_string()) + " ";
    after = body.at("next").is_null() ? "" : std::string(body.at("next").as_string());
  } while (!after.empty());
  EXPECT_EQ(all, "inc-2 inc-1 ");
}

TEST_F(IncidentHandlers, OneWithEverything) {
  const Reply reply = get(everyone());
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(reply.etag, "1");
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("title").as_string(), "Logins of u3 on db and web");
  EXPECT_EQ(body.at("reduced").as_bool(), false);
  EXPECT_EQ(body.at("clocks").as_array().size(), 4u);
  EXPECT_EQ(body.at("all_entities").as_array().size(), 5u);
  EXPECT_EQ(body.at("contributions").as_array()[0].as_object().at("reason").as_string(),
            "u3 logged in on db");
}

TEST_F(IncidentHandlers, ChangesNeedTheVersionAndTheRules) {
  EXPECT_EQ(patch(R"({"status":"triaged"})", {}).status, 428);
  EXPECT_EQ(patch(R"({"status":"triaged"})", 7).status, 412);
  const Reply done =
      patch(R"({"status":"triaged","owner":"bob","tags":["a"],"tlp":"red","severity":"low"})", 1);
  ASSERT_EQ(done.status, 200) << text_of(done);
  EXPECT_EQ(done.etag, "2");
  EXPECT_EQ(json_of(done).at("severity").as_string(), "low");
  EXPECT_EQ(patch(R"({"status":"new"})", 2).status, 422);
  EXPECT_EQ(patch(R"({"status":"closed"})", 2).status, 422);
  EXPECT_EQ(patch(R"({"related":["inc-9"]})", 2).status, 422);
  EXPECT_EQ(patch(R"({"related":["inc-3"]})", 2).status, 422);  // of another tenant
  EXPECT_EQ(patch(R"({"related":["inc-2"],"severity":null})", 2).status, 200);
  const Reply closed =
      patch(R"({"status":"closed","classification":"true_positive","closing_note":"done"})", 3);
  ASSERT_EQ(closed.status, 200) << text_of(closed);
  EXPECT_EQ(json_of(closed).at("pending").as_bool(), false);
  ASSERT_EQ(commands_.sent.size(), 1u);
  EXPECT_EQ(commands_.sent[0].by, "ada's name");
}

TEST_F(IncidentHandlers, CountsByStatusSeverityAndOwner) {
  ASSERT_EQ(patch(R"({"owner":"bob","status":"in_progress"})", 1).status, 200);
  const std::string text = text_of(ask("getIncidentSummary", everyone()));
  EXPECT_THAT(text, HasSubstr(R"("total":2,"statuses":{"in_progress":1,"new":1},"severities":{"high":2})"));
  EXPECT_THAT(text, HasSubstr(R"("owners":[{"owner":"bob","count":1}],"unassigned":1,"breached":0)"));
  Principal counted = everyone();
  counted.scope.masked_fields = {"nothing.of.this"};
  EXPECT_EQ(text_of(ask("getIncidentSummary", counted)), text);
}

TEST_F(IncidentHandlers, ManyAtOnceAndBack) {
  const Reply done =
      ask("updateIncidents", everyone(), {}, R"({"filter":{"severity":"high"},"change":{"owner":"bob"}})");
  ASSERT_EQ(done.status, 200) << text_of(done);
  EXPECT_EQ(json_of(done).at("changed").to_number<int>(), 2);
  EXPECT_EQ(ids(everyone(), {{"owner", "bob"}}), "inc-2 inc-1 ");
  const std::string token(json_of(done).at("undo_token").as_string());
  EXPECT_EQ(ask("undoIncidentChange", everyone("eve"), {}, R"({"undo_token":")" + token + "\"}").status, 404);
  const Reply undone = ask("undoIncidentChange", everyone(), {}, R"({"undo_token":")" + token + "\"}");
  EXPECT_EQ(text_of(undone), R"({"restored":2,"skipped":0})");
  EXPECT_EQ(ids(everyone(), {{"owner", "bob"}}), "");
  EXPECT_EQ(ask("updateIncidents", everyone(), {}, R"({"change":{"owner":"bob"}})").status, 422);
  EXPECT_EQ(ask("updateIncidents", everyone(), {}, R"({"ids":["inc-1"],"change":{}})").status, 422);
  const Reply foreign =
      ask("updateIncidents", everyone(), {}, R"({"ids":["inc-3","inc-1"],"change":{"owner":"x"}})");
  EXPECT_EQ(json_of(foreign).at("changed").to_number<int>(), 1);
  EXPECT_EQ(json_of(foreign).at("skipped").to_number<int>(), 1);
}

TEST_F(IncidentHandlers, MembersSayWhyAndAlertsAreListed) {
  const auto members = json_of(ask("listIncidentMembers", everyone(), {{"id", "inc-1"}}));
  ASSERT_EQ(members.at("items").as_array().size(), 2u);
  const auto& second = members.at("items").as_array()[1].as_object();
  EXPECT_EQ(second.at("links").as_array()[0].as_object().at("reason").as_string(), "Both have u3");
  EXPECT_EQ(ask("listIncidentAlerts", everyone(), {{"id", "inc-1"}}).status, 403);
  const auto alerts = json_of(ask("listIncidentAlerts", manager(), {{"id", "inc-1"}}));
  EXPECT_EQ(alerts.at("items").as_array().size(), 3u);
  const auto where = json_of(ask("getIncidentOfAlert", everyone(), {{"id", "a3"}}));
  EXPECT_EQ(where.at("incident").as_object().at("id").as_string(), "inc-1");
  EXPECT_EQ(where.at("member").as_string(), "m-db");
  EXPECT_TRUE(json_of(ask("getIncidentOfAlert", everyone(), {{"id", "a9"}})).at("incident").is_null());
  EXPECT_EQ(ask("getIncidentOfAlert", everyone(), {{"id", "a20"}}).status, 404);
}

TEST_F(IncidentHandlers, TheGraphJoinsMembersAndEntities) {
  const auto graph = json_of(ask("getIncidentGraph", everyone(), {{"id", "inc-1"}}));
  EXPECT_EQ(graph.at("nodes").as_array().size(), 7u);  // 2 members, u2, u3, u4, web, db
  const std::string edges = boost::json::serialize(graph.at("edges"));
  EXPECT_THAT(
      edges,
      HasSubstr(R"({"from":"m:m-db","to":"m:m-web","kind":"entity","weight":5E-1,"reason":"Both have u3"})"));
  EXPECT_EQ(graph.at("cut").as_bool(), false);
}

TEST_F(IncidentHandlers, TheTimelineIsInOrderAndItsPagesAreWhole) {
  for (int i = 0; i < 7; ++i) {
    const std::string body = R"({"kind":"note","text":"note )" + std::to_string(i) + R"(","time":")" +
                             base::format_rfc3339(time_of(2) + (i % 3) * kMinute) + "\"}";
    ASSERT_EQ(ask("addIncidentEntry", everyone(), {{"id", "inc-1"}}, body).status, 201);
  }
  const auto all = [&](const std::string& sort, const std::string& limit) {
    std::string out, after;
    do {
      Parameters query = {{"sort", sort}, {"limit", limit}};
      if (!after.empty()) query.emplace_back("after", after);
      const auto body = json_of(ask("getIncidentTimeline", everyone(), {{"id", "inc-1"}}, {}, {}, query));
      EXPECT_LE(body.at("items").as_array().size(), static_cast<std::size_t>(std::stoi(limit)));
      for (const auto& item : body.at("items").as_array())
        out += std::string(item.as_object().at("id").as_string()) + " ";
      after = body.at("next").is_null() ? "" : std::string(body.at("next").as_string());
    } while (!after.empty());
    return out;
  };
  const std::string forward = all("time", "100");
  EXPECT_EQ(std::count(forward.begin(), forward.end(), ' '), 10);  // 7 notes, 2 members, "Opened"
  for (const char* limit : {"1", "2", "3"}) EXPECT_EQ(all("time", limit), forward) << limit;
  const std::string backward = all("-time", "100");
  EXPECT_EQ(all("-time", "2"), backward);
  EXPECT_NE(forward, backward);
  const auto notes =
      json_of(ask("getIncidentTimeline", everyone(), {{"id", "inc-1"}}, {}, {}, {{"kind", "note"}}));
  EXPECT_EQ(notes.at("items").as_array().size(), 7u);
  const auto members =
      json_of(ask("getIncidentTimeline", everyone(), {{"id", "inc-1"}}, {}, {}, {{"kind", "member"}}));
  EXPECT_EQ(members.at("items").as_array().size(), 2u);
  EXPECT_EQ(ask("getIncidentTimeline", everyone(), {{"id", "inc-1"}}, {}, {}, {{"after", "x"}}).status, 422);
}

TEST_F(IncidentHandlers, EntriesAreWrittenChangedAndDeleted) {
  const Reply made = ask("addIncidentEntry", everyone(), {{"id", "inc-1"}}, R"({"text":"for @bob"})");
  ASSERT_EQ(made.status, 201) << text_of(made);
  const auto entry = json_of(made);
  EXPECT_EQ(entry.at("mentions").as_array().size(), 1u);
  const std::string id(entry.at("id").as_string());
  const Parameters path = {{"id", "inc-1"}, {"entry", id}};
  EXPECT_EQ(ask("updateIncidentEntry", everyone(), path, R"({"text":"x"})").status, 428);
  EXPECT_EQ(ask("updateIncidentEntry", everyone("eve"), path, R"({"text":"x"})", 1).status, 422);
  EXPECT_EQ(ask("updateIncidentEntry", everyone(), path, R"({"text":"x","evidence":true})", 1).status, 200);
  EXPECT_EQ(ask("updateIncidentEntry", everyone(), path, R"({"text":"y"})", 1).status, 412);
  EXPECT_EQ(ask("deleteIncidentEntry", everyone(), path).status, 422);  // it is evidence
  EXPECT_EQ(ask("deleteIncidentEntry", manager(), path).status, 204);
  EXPECT_EQ(ask("deleteIncidentEntry", manager(), path).status, 404);
  EXPECT_EQ(
      ask("updateIncidentEntry", everyone(), {{"id", "inc-2"}, {"entry", id}}, R"({"text":"x"})", 1).status,
      404);
}

TEST_F(IncidentHandlers, EventsAndFilesAreEvidence) {
  const Reply event = ask("addEventEvidence", everyone(), {{"id", "inc-1"}},
                          R"({"event":")" + expr::id_text(3) + R"(","text":"this one"})");
  ASSERT_EQ(event.status, 201) << text_of(event);
  EXPECT_EQ(json_of(event).at("event").as_object().at("user.name").as_string(), "u3");
  EXPECT_EQ(json_of(event).at("event_id").as_string(), expr::id_text(3));
  EXPECT_EQ(
      ask("addEventEvidence", everyone(), {{"id", "inc-1"}}, R"({"event":")" + expr::id_text(20) + "\"}")
          .status,
      422);
  CallDouble upload = call("addFileEvidence", everyone());
  upload.with_path("id", "inc-1").with_query("name", "a \"b\".bin").with_bytes(std::string("\0\xff\x01", 3));
  const Reply file = answer(upload);
  ASSERT_EQ(file.status, 201) << text_of(file);
  const std::string id(json_of(file).at("id").as_string());
  const Reply bytes = ask("getIncidentFile", everyone(), {{"id", "inc-1"}, {"entry", id}});
  ASSERT_EQ(bytes.status, 200);
  EXPECT_EQ(bytes.raw, std::string("\0\xff\x01", 3));
  EXPECT_EQ(bytes.headers[0].second, "attachment; filename=\"a__b_.bin\"; filename*=UTF-8''a%20%22b%22.bin");
  const auto timeline =
      text_of(ask("getIncidentTimeline", everyone(), {{"id", "inc-1"}}, {}, {}, {{"kind", "file"}}));
  EXPECT_THAT(timeline, HasSubstr(R"("by":"ada's name","what":"downloaded")"));
  EXPECT_EQ(ask("getIncidentFile", everyone("a", "acme"), {{"id", "inc-1"}, {"entry", id}}).status, 404);
}

TEST_F(IncidentHandlers, TasksAndTemplates) {
  EXPECT_EQ(ask("addIncidentTask", everyone(), {{"id", "inc-1"}}, R"({"title":"Look","due":"soon"})").status,
            422);
  const Reply added = ask("addIncidentTask", everyone(), {{"id", "inc-1"}},
                          R"({"title":"Look","due":"2023-12-01T00:00:00Z"})");
  ASSERT_EQ(added.status, 201) << text_of(added);
  const std::string id(json_of(added).at("tasks").as_array()[0].as_object().at("id").as_string());
  const Parameters path = {{"id", "inc-1"}, {"task", id}};
  const Reply done = ask("updateIncidentTask", everyone(), path, R"({"state":"done","due":null})");
  EXPECT_THAT(text_of(done), HasSubstr(R"("state":"done")"));
  EXPECT_EQ(json_of(done).at("tasks_done").to_number<int>(), 1);
  EXPECT_EQ(ask("deleteIncidentTask", everyone(), path).status, 204);
  EXPECT_EQ(ask("deleteIncidentTask", everyone(), path).status, 404);
  const Reply made = ask(
      "createTaskTemplate", manager(), {},
      R"({"name":"Phishing","tasks":[{"title":"Mail","description":"","due_seconds":60},{"title":"Block"}]})");
  ASSERT_EQ(made.status, 201) << text_of(made);
  const std::string name(json_of(made).at("id").as_string());
  const Reply applied =
      ask("applyTaskTemplate", everyone(), {{"id", "inc-1"}}, R"({"template":")" + name + "\"}");
  EXPECT_EQ(json_of(applied).at("tasks").as_array().size(), 2u);
  EXPECT_EQ(ask("getTaskTemplate", everyone("a", "acme"), {{"id", name}}).status, 404);
  EXPECT_EQ(ask("updateTaskTemplate", manager(), {{"id", name}}, R"({"name":"Spear"})", 1).status, 200);
  EXPECT_EQ(ask("updateTaskTemplate", manager(), {{"id", name}}, R"({"name":"Spear"})", 1).status, 412);
  EXPECT_EQ(ask("deleteTaskTemplate", manager(), {{"id", name}}, {}, 2).status, 204);
}

TEST_F(IncidentHandlers, ServiceLevelsAndPauses) {
  const Reply made = ask(
      "createSlaPolicy", manager(), {},
      R"({"severity":"high","name":"High","acknowledge_seconds":600,"contain_seconds":null,"pausing":true})");
  ASSERT_EQ(made.status, 201) << text_of(made);
  EXPECT_EQ(ask("createSlaPolicy", manager(), {}, R"({"severity":"high","name":"Again"})").status, 409);
  EXPECT_EQ(ask("getSlaPolicy", everyone(), {{"id", "high"}}).status, 200);
  EXPECT_EQ(ask("getSlaPolicy", everyone(), {{"id", "huge"}}).status, 404);
  cases::EngineChanges changes;
  changes.incidents = {incident_of("inc-9", {7})};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_EQ(ids(everyone(), {{"sort", "due"}}), "inc-9 ");
  EXPECT_EQ(ask("pauseIncident", everyone(), {{"id", "inc-9"}}, R"({"reason":"waits"})").status, 200);
  EXPECT_EQ(ask("pauseIncident", everyone(), {{"id", "inc-9"}}, R"({"reason":"waits"})").status, 422);
  EXPECT_EQ(ids(everyone(), {{"sort", "due"}}), "");
  now_ += kMinute;
  const auto resumed = json_of(ask("resumeIncident", everyone(), {{"id", "inc-9"}}));
  EXPECT_EQ(resumed.at("clocks").as_array()[1].as_object().at("paused_seconds").to_number<int>(), 60);
  EXPECT_EQ(ask("deleteSlaPolicy", manager(), {{"id", "high"}}, {}, 1).status, 204);
}

TEST_F(IncidentHandlers, MergesAndSplitsAreGivenToTheEngine) {
  const Reply merged = ask("mergeIncidents", everyone(), {{"id", "inc-1"}}, R"({"others":["inc-2"]})");
  ASSERT_EQ(merged.status, 202) << text_of(merged);
  EXPECT_EQ(json_of(merged).at("pending").as_bool(), true);
  EXPECT_EQ(commands_.sent.back().others, std::vector<std::string>{"inc-2"});
  EXPECT_EQ(ask("mergeIncidents", everyone(), {{"id", "inc-1"}}, R"({"others":["inc-3"]})").status, 422);
  EXPECT_EQ(ask("splitIncident", everyone(), {{"id", "inc-1"}}, R"({"members":["m-db"]})").status, 202);
  EXPECT_EQ(ask("splitIncident", everyone(), {{"id", "inc-1"}}, R"({"members":["m-db","m-web"]})").status,
            422);
  cases::EngineChanges changes;
  model::IncidentChange change;
  change.id = commands_.sent[0].id;
  change.incident = "inc-1";
  change.others = {"inc-2"};
  change.time = kNow;
  changes.history = {change};
  ASSERT_TRUE(book_->apply(changes, kNow).ok());
  EXPECT_EQ(json_of(ask("getIncidentHistory", everyone(), {{"id", "inc-2"}})).at("items").as_array().size(),
            1u);
  EXPECT_EQ(ask("undoIncidentHistory", everyone(), {{"id", "inc-1"}, {"change", change.id}}).status, 202);
  EXPECT_EQ(ask("undoIncidentHistory", everyone(), {{"id", "inc-1"}, {"change", "none"}}).status, 404);
}

TEST_F(IncidentHandlers, ByHandOfAlertsThatAreInNoOther) {
  EXPECT_EQ(ask("createIncident", everyone(), {}, R"({"title":"Mine","alerts":["a3"]})").status, 409);
  EXPECT_EQ(ask("createIncident", everyone(), {}, R"({"title":"Mine","alerts":["a20"]})").status, 422);
  const Reply made =
      ask("createIncident", everyone(), {}, R"({"title":"Mine","alerts":["a7","a9"],"tags":["x"]})");
  ASSERT_EQ(made.status, 201) << text_of(made);
  EXPECT_EQ(json_of(made).at("alerts").to_number<int>(), 2);
  EXPECT_EQ(json_of(made).at("by_hand").as_bool(), true);
}

TEST_F(IncidentHandlers, RelatedByEntityAndByPeople) {
  const std::string text = text_of(ask("getRelatedIncidents", everyone(), {{"id", "inc-1"}}));
  EXPECT_THAT(text, HasSubstr(R"("id":"inc-2")"));
  EXPECT_THAT(text, HasSubstr("Both have the host db."));
  EXPECT_THAT(text, Not(HasSubstr("inc-3")));
}

TEST_F(IncidentHandlers, EntitiesByRisk) {
  const auto list = json_of(ask("listEntities", everyone()));
  ASSERT_EQ(list.at("items").as_array().size(), 2u);
  const auto& first = list.at("items").as_array()[0].as_object();
  EXPECT_EQ(first.at("value").as_string(), "u3");
  const auto one = json_of(ask("getEntity", everyone(), {{"id", std::string(first.at("id").as_string())}}));
  EXPECT_EQ(one.at("incidents").as_array().size(), 1u);
  EXPECT_EQ(one.at("contributions").as_array()[0].as_object().at("reason").as_string(), "u3 did");
  EXPECT_EQ(ask("getEntity", everyone("a", "acme"), {{"id", std::string(first.at("id").as_string())}}).status,
            404);
  const Reply made = ask("createCriticality", manager(), {}, R"({"kind":"host","pattern":"db*","factor":2})");
  ASSERT_EQ(made.status, 201) << text_of(made);
  EXPECT_EQ(book_->all_criticality()->size(), 1u);
}

}  // namespace
}  // namespace vedette::api::test
