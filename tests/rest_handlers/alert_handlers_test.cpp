// Alerts: lists, groups, summaries, changes and their undoing, as people of different scopes see them.
#include "handler_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AlertHandlers : public HandlerFixture {
 protected:
  // An alert of rule "r<n % 2>" on event n, or on several.
  static model::AlertRecord alert_of(std::uint64_t n, std::vector<std::uint64_t> events = {}) {
    if (events.empty()) events = {n};
    const std::string user = "u" + std::to_string(n % 5), host = n % 2 == 0 ? "web" : "db";
    model::AlertRecord record;
    record.id = "a" + std::to_string(n);
    record.rule_id = "r" + std::to_string(n % 2);
    record.rule_title = "Rule " + record.rule_id;
    record.level = n % 2 == 0 ? model::Level::high : model::Level::low;
    record.risk_score = model::risk_of(record.level);
    record.time = kNow - static_cast<base::TimeNs>(20 - n) * kMinute;
    record.detected = record.time + 1;
    record.group_key = "user=\"" + user + "\"";
    record.matches = {{"user.name", user, "", "u*"}, {"message", "=login", "", "=login"}};
    record.entities = {{model::EntityKind::user, user}, {model::EntityKind::host, host}};
    for (const std::uint64_t event : events) record.event_ids.push_back(expr::id_text(event));
    if (events.size() > 1) record.correlation_type = "event_count";
    record.document = R"({"@timestamp":"x","event.original":"raw )" + user + R"(","host.name":")" + host +
                      R"(","user.name":")" + user + R"(","vedette.match":[{"value":")" + user + R"("}])" +
                      (n >= 19 ? R"(,"vedette.tenant":"acme"})" : "}");
    return record;
  }
  void SetUp() override {
    HandlerFixture::SetUp();
    std::vector<model::AlertRecord> records;
    for (std::uint64_t n = 1; n <= 20; ++n) records.push_back(alert_of(n));
    keep(records);
  }
  void keep(const std::vector<model::AlertRecord>& records) {
    const auto added = detect::AlertBook(*records_).add(records);
    ASSERT_TRUE(added.ok()) << added.error().message;
  }

  using Parameters = std::vector<std::pair<std::string, std::string>>;
  Reply get(const std::string& operation, const Principal& who, const Parameters& parameters = {}) {
    CallDouble asked = call(operation, who);
    for (const auto& [name, value] : parameters) asked.with_query(name, value);
    return answer(asked);
  }
  Reply one(const std::string& operation, const Principal& who, const std::string& id) {
    CallDouble asked = call(operation, who);
    asked.with_path("id", id);
    return answer(asked);
  }
  std::string ids(const Principal& who, const Parameters& parameters = {}) {
    const Reply reply = get("listAlerts", who, parameters);
    if (reply.status != 200) return std::to_string(reply.status);
    std::string out;
    const auto body = json_of(reply);
    for (const auto& item : body.at("items").as_array()) {
      out += std::string(item.as_object().at("id").as_string()) + " ";
    }
    return out;
  }
  Reply change(const Principal& who, const std::string& id, const std::string& body,
               std::optional<std::uint64_t> version) {
    CallDouble asked = call("updateAlert", who);
    asked.with_path("id", id).with_body(body);
    if (version) asked.with_if_match(*version);
    return answer(asked);
  }
  std::uint64_t version_of(const std::string& id) { return (*records_->get("alerts", id))->version; }
};

TEST_F(AlertHandlers, ListsNewestFirstOfTheTenant) {
  EXPECT_EQ(ids(everyone(), {{"limit", "3"}}), "a18 a17 a16 ");
  EXPECT_EQ(ids(everyone("a", "acme")), "a20 a19 ");
  EXPECT_EQ(ids(everyone(), {{"sort", "time"}, {"limit", "2"}}), "a1 a2 ");
  EXPECT_EQ(ids(everyone(), {{"sort", "-risk"}, {"limit", "2"}}), "a8 a6 ");  // ties by id
}

// "Seals" by turning letters around.
class TurningSecrets : public ports::SecretStore {
 public:
  base::Result<std::string> seal(std::string_view secret, std::string_view) const override {
    return "sealed" + std::string(secret.rbegin(), secret.rend());
  }
  base::Result<std::string> open(std::string_view sealed, std::string_view) const override {
    if (!sealed.starts_with("sealed")) return base::make_error(base::ErrorCode::corrupt, "is not sealed");
    return std::string(sealed.rbegin(), sealed.rend() - 6);
  }
  base::Result<std::string> rewrap(std::string_view sealed, std::string_view) const override {
    return std::string(sealed);
  }
  base::Result<std::string> rotate() override { return std::string(); }
  std::string current_key() const override { return {}; }
};

TEST_F(AlertHandlers, CursorsDoNotNameHiddenAlerts) {
  TurningSecrets secrets;
  parts_.secrets = &secrets;
  make_handlers();
  const auto page = json_of(get("listAlerts", web_only(), {{"limit", "4"}}));
  const std::string next(page.at("next").as_string());
  EXPECT_THAT(*base::hex_decode(next), ::testing::StartsWith("sealed"));
  const auto rest = json_of(get("listAlerts", web_only(), {{"after", next}}));
  EXPECT_EQ(page.at("items").as_array().size() + rest.at("items").as_array().size(), 9u);
  for (const char* forged : {"forged", "00"}) {
    EXPECT_EQ(get("listAlerts", web_only(), {{"after", forged}}).status, 422);
  }
}

TEST_F(AlertHandlers, PagesAreWhole) {
  for (const Principal& who : {everyone(), web_only(), without_users()}) {
    std::string all, after;
    int pages = 0;
    do {
      CallDouble asked = call("listAlerts", who);
      asked.with_query("limit", "4");
      if (!after.empty()) asked.with_query("after", after);
      const auto body = json_of(answer(asked));
      EXPECT_LE(body.at("items").as_array().size(), 4u);
      for (const auto& item : body.at("items").as_array()) {
        all += std::string(item.as_object().at("id").as_string()) + " ";
      }
      after = body.at("next").is_null() ? "" : std::string(body.at("next").as_string());
    } while (!after.empty() && ++pages < 20);
    EXPECT_EQ(all, ids(who)) << who.user_id;
  }
  EXPECT_EQ(get("listAlerts", everyone(), {{"after", "forged"}}).status, 422);
}

TEST_F(AlertHandlers, Filters) {
  EXPECT_EQ(ids(everyone(), {{"level", "high"}, {"user", "u0"}}), "a10 ");
  EXPECT_EQ(ids(everyone(), {{"rule", "r1"}, {"from", "2023-11-14T22:09:00Z"}}), "a17 ");
  EXPECT_EQ(ids(everyone(), {{"host", "db"}, {"to", "2023-11-14T21:57:00Z"}}), "a3 a1 ");
  EXPECT_EQ(ids(everyone(), {{"status", "closed"}}), "");
  EXPECT_EQ(ids(everyone(), {{"status", "closed"}, {"status", "new"}, {"limit", "1"}}), "a18 ");
  EXPECT_EQ(ids(everyone(), {{"level", "huge"}}), "422");
  EXPECT_EQ(ids(everyone(), {{"from", "huge"}}), "422");
}

TEST_F(AlertHandlers, OneAlertWithEverything) {
  const Reply reply = one("getAlert", everyone(), "a4");
  EXPECT_EQ(reply.etag, "1");
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("status").as_string(), "new");
  EXPECT_EQ(body.at("level").as_string(), "high");
  EXPECT_EQ(body.at("matches").as_array().size(), 2u);
  EXPECT_EQ(body.at("document").as_object().at("user.name").as_string(), "u4");
  EXPECT_EQ(one("getAlert", everyone(), "none").status, 404);
  EXPECT_EQ(one("getAlert", everyone(), "a20").status, 404);  // of another tenant
  EXPECT_EQ(one("getAlert", everyone("a", "acme"), "a20").status, 200);
  EXPECT_EQ(one("getAlert", everyone("a", "acme"), "a4").status, 404);
}

TEST_F(AlertHandlers, EventsOfAnAlert) {
  keep({alert_of(15, {3, 4, 999})});  // is there: nothing is done
  model::AlertRecord lost = alert_of(2, {3, 4, 999});
  lost.id = "lost";
  keep({lost});
  const auto body = json_of(one("getAlertEvents", everyone(), "lost"));
  EXPECT_EQ(body.at("items").as_array().size(), 2u);
  EXPECT_EQ(body.at("missing").to_number<int>(), 1);
  EXPECT_EQ(one("getAlertEvents", everyone(), "none").status, 404);
  EXPECT_EQ(one("getAlertEvents", web_only(), "a3").status, 404);
}

// The stream lists a hash of an event that has no id of its own: it is found by its sequence number.
TEST_F(AlertHandlers, EventsWithoutAnIdOfTheirOwnAreFound) {
  model::AlertRecord alert = alert_of(4);
  alert.id = "hashed";
  alert.event_ids = {"60e11070c1326f6bc593c3849f4bfcbe"};
  alert.event_sequence = 4;
  keep({alert});
  const auto body = json_of(one("getAlertEvents", web_only(), "hashed"));
  ASSERT_EQ(body.at("items").as_array().size(), 1u);
  EXPECT_EQ(body.at("items").as_array()[0].as_object().at("n").to_number<int>(), 4);
  EXPECT_EQ(body.at("missing").to_number<int>(), 0);
}

TEST_F(AlertHandlers, GroupsOfTheTenant) {
  const auto body = json_of(get("listAlertGroups", everyone()));
  EXPECT_EQ(body.at("items").as_array().size(), 10u);
  EXPECT_TRUE(body.at("cut").is_null());
  const auto& group = body.at("items").as_array()[0].as_object();
  EXPECT_EQ(group.at("count").to_number<int>(), 2);  // a18, a8
  EXPECT_EQ(ids(everyone(), {{"group", std::string(group.at("id").as_string())}}), "a18 a8 ");
  EXPECT_EQ(json_of(get("listAlertGroups", everyone("a", "acme"))).at("items").as_array().size(), 2u);
  EXPECT_EQ(json_of(get("listAlertGroups", everyone(), {{"rule", "r1"}})).at("items").as_array().size(), 5u);
}

TEST_F(AlertHandlers, SummariesAreTheSameFromBothWaysOfCounting) {
  change(everyone(), "a4", R"j({"status":"closed","verdict":"benign","reason":"a test"})j", 1);
  Principal counted = everyone();
  counted.scope.masked_fields = {"nothing.of.this"};  // counted over what is seen
  const Parameters range = {{"from", "2023-11-14T21:00:00Z"}, {"to", "2023-11-14T23:00:00Z"}};
  const std::string kept = text_of(get("getAlertSummary", everyone(), range));
  EXPECT_EQ(kept, text_of(get("getAlertSummary", counted, range)));
  EXPECT_THAT(kept, HasSubstr(R"("levels":{"informational":0,"low":9,"medium":0,"high":9,"critical":0})"));
  EXPECT_THAT(kept, HasSubstr(R"("statuses":{"closed":1,"new":17},"verdicts":{"benign":1})"));
}

// --- what people do ---

TEST_F(AlertHandlers, AVerdictWithItsReasonIsKeptWithHistory) {
  const Reply reply = change(everyone(), "a4",
                             R"j({"status":"closed","verdict":"false_positive","reason":"a scanner of ours",
                                  "assignee":"bob"})j",
                             1);
  ASSERT_EQ(reply.status, 200) << text_of(reply);
  EXPECT_EQ(reply.etag, "2");
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("verdict").as_string(), "false_positive");
  EXPECT_EQ(body.at("reason").as_string(), "a scanner of ours");
  const auto& entry = body.at("history").as_array().at(0).as_object();
  EXPECT_EQ(entry.at("by").as_string(), "ada");
  EXPECT_EQ(entry.at("time").as_string(), base::format_rfc3339(kNow));
  EXPECT_THAT(boost::json::serialize(entry.at("changes")),
              HasSubstr(R"("status":{"from":"new","to":"closed"})"));
  EXPECT_EQ(ids(everyone(), {{"status", "closed"}, {"verdict", "false_positive"}, {"assignee", "bob"}}),
            "a4 ");
  // Taken back.
  const auto again =
      json_of(change(everyone(), "a4", R"j({"status":"new","verdict":null,"assignee":null})j", 2));
  EXPECT_TRUE(again.at("verdict").is_null());
  EXPECT_TRUE(again.at("reason").is_null());
  EXPECT_EQ(ids(everyone(), {{"assignee", "bob"}}), "");
}

TEST_F(AlertHandlers, ChangesAreRefusedWithAReason) {
  const auto status = [&](const std::string& body, std::optional<std::uint64_t> version = 1) {
    return change(everyone(), "a4", body, version).status;
  };
  EXPECT_EQ(status(R"j({"verdict":"benign"})j"), 422);
  EXPECT_EQ(status(R"j({"verdict":"benign","reason":"  "})j"), 422);
  EXPECT_EQ(status(R"j({"verdict":"guilty","reason":"x"})j"), 422);
  EXPECT_EQ(status(R"j({"status":"open"})j"), 422);
  EXPECT_EQ(status("{}"), 422);
  EXPECT_EQ(status(R"j({"status":"closed"})j", std::nullopt), 428);
  EXPECT_EQ(status(R"j({"status":"closed"})j", 7), 412);
  EXPECT_EQ(change(everyone(), "a20", R"j({"status":"closed"})j", 1).status, 404);
  EXPECT_EQ(change(web_only(), "a3", R"j({"status":"closed"})j", 1).status, 404);
  EXPECT_EQ(version_of("a4"), 1u);
  EXPECT_EQ(version_of("a3"), 1u);
}

TEST_F(AlertHandlers, WhoChangesItMeanwhileWins) {
  CallDouble slow = call("updateAlert", everyone());
  slow.with_path("id", "a4").with_body(R"j({"status":"closed"})j").with_if_match(1);
  slow.before_apply = [&] { change(everyone("bob"), "a4", R"j({"status":"in_progress"})j", 1); };
  EXPECT_EQ(answer(slow).status, 412);
  EXPECT_EQ(ids(everyone(), {{"status", "in_progress"}}), "a4 ");
}

TEST_F(AlertHandlers, CommentsAreAddedWhateverHappensMeanwhile) {
  CallDouble slow = call("commentAlert", everyone());
  slow.with_path("id", "a4").with_body(R"j({"text":"seen before"})j");
  slow.before_apply = [&] { change(everyone("bob"), "a4", R"j({"status":"in_progress"})j", 1); };
  const Reply reply = answer(slow);
  EXPECT_EQ(reply.status, 201);
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("status").as_string(), "in_progress");
  EXPECT_EQ(body.at("comments").as_array().at(0).as_object().at("text").as_string(), "seen before");
  CallDouble empty = call("commentAlert", everyone());
  empty.with_path("id", "a4").with_body(R"j({"text":" "})j");
  EXPECT_EQ(answer(empty).status, 422);
  CallDouble hidden = call("commentAlert", web_only());
  hidden.with_path("id", "a3").with_body(R"j({"text":"x"})j");
  EXPECT_EQ(answer(hidden).status, 404);
}

TEST_F(AlertHandlers, CommentsAndHistoryAreBounded) {
  const auto stored = *records_->get("alerts", "a4");
  boost::json::object document = boost::json::parse(stored->document).as_object();
  boost::json::array comments(199, boost::json::object{{"text", "x"}}), history;
  for (int i = 0; i < 500; ++i) history.emplace_back(boost::json::object{{"by_name", std::to_string(i)}});
  document["handling"] = boost::json::object{{"comments", comments}, {"history", history}};
  ports::RecordWrite write;
  write.collection = "alerts";
  write.id = "a4";
  write.document = boost::json::serialize(document);
  write.columns = stored->columns;
  ASSERT_TRUE(records_->apply({&write, 1}).ok());
  int statuses = 0;
  for (int i = 0; i < 2; ++i) {
    CallDouble comment = call("commentAlert", everyone());
    comment.with_path("id", "a4").with_body(R"j({"text":"again"})j");
    statuses = statuses * 1'000 + answer(comment).status;
  }
  EXPECT_EQ(statuses, 201'409);
  const auto body = json_of(change(everyone(), "a4", R"j({"status":"closed"})j", 3));
  EXPECT_EQ(body.at("history").as_array().size(), 500u);
  EXPECT_EQ(body.at("history").as_array().at(0).as_object().at("by_name").as_string(), "1");
}

TEST_F(AlertHandlers, TheAlertBookLeavesWhatPeopleWrote) {
  change(everyone(), "a4", R"j({"status":"closed","verdict":"benign","reason":"a test","assignee":"bob"})j",
         1);
  const std::string before = text_of(one("getAlert", everyone(), "a4"));
  std::vector<model::AlertRecord> again;
  for (std::uint64_t n = 1; n <= 20; ++n) again.push_back(alert_of(n));
  model::AlertRecord newer = alert_of(14);
  newer.id = "a14b";
  again.push_back(newer);  // of the same group
  keep(again);
  EXPECT_EQ(text_of(one("getAlert", everyone(), "a4")), before);
  // Who reads records as the stream wrote them still can.
  const auto record = model::parse_alert_record((*records_->get("alerts", "a4"))->document);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record->document, alert_of(4).document);
}

TEST_F(AlertHandlers, ManyAtOnceAndBackAgain) {
  const Reply reply = post("updateAlerts", everyone(),
                           R"j({"ids":["a2","a4","a2","a20","none"],
                                "change":{"status":"closed","verdict":"benign","reason":"a test"}})j");
  ASSERT_EQ(reply.status, 200) << text_of(reply);
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("changed").to_number<int>(), 2);
  EXPECT_EQ(body.at("skipped").to_number<int>(), 2);
  change(everyone("bob"), "a4", R"j({"assignee":"bob"})j", 2);
  const std::string undo =
      R"j({"undo_token":")j" + std::string(body.at("undo_token").as_string()) + R"j("})j";
  EXPECT_EQ(post("undoAlertChange", everyone("eve"), undo).status, 404);
  const auto undone = json_of(post("undoAlertChange", everyone(), undo));
  EXPECT_EQ(undone.at("restored").to_number<int>(), 1);
  EXPECT_EQ(undone.at("skipped").to_number<int>(), 1);
  EXPECT_EQ(ids(everyone(), {{"status", "closed"}}), "a4 ");
  EXPECT_TRUE(json_of(one("getAlert", everyone(), "a2")).at("reason").is_null());
  EXPECT_EQ(post("undoAlertChange", everyone(), undo).status, 404);  // once
}

TEST_F(AlertHandlers, UndoIsForADay) {
  const auto body =
      json_of(post("updateAlerts", everyone(), R"j({"ids":["a2"],"change":{"status":"closed"}})j"));
  now_ += 24LL * 3600 * base::kNsPerSecond;
  const std::string undo =
      R"j({"undo_token":")j" + std::string(body.at("undo_token").as_string()) + R"j("})j";
  EXPECT_EQ(post("undoAlertChange", everyone(), undo).status, 404);
}

TEST_F(AlertHandlers, ManyByAFilterAreThoseSeen) {
  const auto body = json_of(post("updateAlerts", web_only(),
                                 R"j({"filter":{"status":["new"]},"change":{"status":"in_progress"}})j"));
  EXPECT_EQ(body.at("changed").to_number<int>(), 9);
  EXPECT_FALSE(body.at("more").as_bool());
  EXPECT_EQ(version_of("a3"), 1u);
  EXPECT_EQ(version_of("a20"), 1u);
  // A filter of a masked field finds nothing.
  const auto none = json_of(
      post("updateAlerts", without_users(), R"j({"filter":{"user":"u0"},"change":{"status":"closed"}})j"));
  EXPECT_EQ(none.at("changed").to_number<int>(), 0);
  EXPECT_TRUE(none.at("undo_token").is_null());
}

TEST_F(AlertHandlers, ManyAreRefusedWithAReason) {
  const auto status = [&](const std::string& body) { return post("updateAlerts", everyone(), body).status; };
  EXPECT_EQ(status(R"j({"change":{"status":"closed"}})j"), 422);
  EXPECT_EQ(status(R"j({"ids":["a1"],"filter":{},"change":{"status":"closed"}})j"), 422);
  EXPECT_EQ(status(R"j({"ids":["a1"]})j"), 422);
  EXPECT_EQ(status(R"j({"ids":["a1"],"change":{"verdict":"benign"}})j"), 422);
  EXPECT_EQ(status(R"j({"filter":{"level":"x"},"change":{"status":"closed"}})j"), 422);
}

// --- scopes ---

TEST_F(AlertHandlers, AlertsOfHiddenEventsAreSeenNowhere) {
  const Principal who = web_only();
  EXPECT_EQ(ids(who), "a18 a16 a14 a12 a10 a8 a6 a4 a2 ");
  EXPECT_EQ(one("getAlert", who, "a3").status, 404);
  EXPECT_EQ(one("getAlert", who, "a4").status, 200);
  const std::string groups = text_of(get("listAlertGroups", who));
  EXPECT_EQ(json_of(get("listAlertGroups", who)).at("items").as_array().size(), 5u);
  EXPECT_THAT(groups, Not(HasSubstr("r1")));
  const auto summary = json_of(get("getAlertSummary", who));
  EXPECT_EQ(summary.at("total").to_number<int>(), 9);
  EXPECT_EQ(boost::json::serialize(summary.at("rules")), R"([{"rule":"r0","count":9}])");
}

TEST_F(AlertHandlers, AnAlertIsSeenIfAllItsEventsAre) {
  model::AlertRecord seen = alert_of(2, {2, 4}), half = alert_of(4, {4, 5}), gone = alert_of(6, {6, 999});
  seen.id = "seen";
  half.id = "half";
  gone.id = "gone";
  std::vector<std::uint64_t> many(100, 2);
  model::AlertRecord unknown = alert_of(8, many);  // lists as many as it can: there may be others
  unknown.id = "unknown";
  model::AlertRecord none = alert_of(10);
  none.id = "none";
  none.event_ids.clear();
  keep({seen, half, gone, unknown, none});
  const Principal who = web_only();
  EXPECT_EQ(one("getAlert", who, "seen").status, 200);
  for (const char* id : {"half", "gone", "unknown", "none"}) {
    EXPECT_EQ(one("getAlert", who, id).status, 404) << id;
    EXPECT_EQ(one("getAlert", everyone(), id).status, 200) << id;
  }
}

TEST_F(AlertHandlers, MaskedFieldsAreGoneFromAlerts) {
  const Principal who = without_users();
  const std::string text = text_of(one("getAlert", who, "a4"));
  for (const char* hidden : {"u4", "user.name", "event.original", "vedette.match", "group_key\":\""}) {
    EXPECT_THAT(text, Not(HasSubstr(hidden)));
  }
  EXPECT_THAT(text, HasSubstr(R"("host.name":"web")"));
  EXPECT_THAT(text, HasSubstr(R"("field":"message")"));
  EXPECT_EQ(ids(who, {{"user", "u4"}}), "");
  EXPECT_EQ(ids(who, {{"host", "web"}, {"limit", "1"}}), "a18 ");
  const std::string groups = text_of(get("listAlertGroups", who));
  EXPECT_EQ(json_of(get("listAlertGroups", who)).at("items").as_array().size(), 2u);  // by rule alone
  for (int user = 0; user < 5; ++user)
    EXPECT_THAT(groups, Not(HasSubstr("\"u" + std::to_string(user) + "\"")));
  // The id of a group would tell its key to who can guess it.
  const std::string group = std::get<std::string>((*records_->get("alerts", "a4"))->columns.at("group_id"));
  EXPECT_EQ(ids(who, {{"group", group}}), "");
}

TEST_F(AlertHandlers, WithoutRecordsThereAreNone) {
  parts_.records = nullptr;
  make_handlers();
  EXPECT_EQ(get("listAlerts", everyone()).status, 404);
  EXPECT_EQ(post("updateAlerts", everyone(), "{}").status, 404);
}

}  // namespace
}  // namespace vedette::api::test
