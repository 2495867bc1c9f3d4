// Searches, histograms, facets, fields, values and events, as people of different scopes see them.
#include <set>
#include <thread>

#include "elasticsearch_doubles.hpp"
#include "handler_fixture.hpp"
#include "rest/openapi_document.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SearchHandlers : public HandlerFixture {};

TEST_F(SearchHandlers, OperationsOfTheseGroupsAndHandlersAreTheSame) {
  const auto openapi = OpenApi::parse(embedded_openapi());
  ASSERT_TRUE(openapi.ok()) << openapi.error().message;
  std::set<std::string> declared, handled;
  for (const Operation& operation : (*openapi)->operations()) {
    for (const char* tag : {"search", "saved-searches", "alerts", "streams"}) {
      if (operation.tag == tag) declared.insert(operation.id);
    }
  }
  for (const auto& [id, handler] : handlers_) handled.insert(id);
  EXPECT_EQ(declared, handled);
  EXPECT_EQ(declared.size(), 29u);
}

TEST_F(SearchHandlers, RowsTotalAndColumns) {
  const Reply reply = post("search", everyone(), R"j({"query":"host.name: web","limit":3})j");
  ASSERT_EQ(reply.status, 200) << text_of(reply);
  const auto body = json_of(reply);
  EXPECT_EQ(body.at("total").to_number<int>(), 9);
  EXPECT_TRUE(body.at("cut").is_null());
  ASSERT_EQ(body.at("rows").as_array().size(), 3u);
  const auto& row = body.at("rows").as_array()[0].as_object();
  EXPECT_EQ(row.at("n").to_number<int>(), 18);
  EXPECT_EQ(row.at("_id").as_string(), expr::id_text(18));
}

TEST_F(SearchHandlers, StagesHaveColumns) {
  const auto body =
      json_of(post("search", everyone(),
                   R"j({"query":"| stats c = count() by host.name | sort host.name","explain":true})j"));
  EXPECT_EQ(boost::json::serialize(body.at("columns")), R"(["host.name","c"])");
  EXPECT_EQ(boost::json::serialize(body.at("rows")),
            R"([{"host.name":"db","c":9},{"host.name":"web","c":9}])");
  EXPECT_FALSE(body.at("plan").as_array().empty());
}

TEST_F(SearchHandlers, OnlyTheColumnsAskedForInTheOrderAskedFor) {
  const auto body = json_of(post("search", everyone(),
                                 R"({"query":"n < 3","columns":["@timestamp","n","none"],
                                     "sort":[{"field":"n","descending":false}]})"));
  EXPECT_EQ(boost::json::serialize(body.at("rows").as_array()[0]),
            R"j({"@timestamp":"2023-11-14T21:54:20.000Z","n":1})j");
}

TEST_F(SearchHandlers, TheRangeIsHalfOpenAndMayBeRelative) {
  const auto body = json_of(post("search", everyone(), R"j({"query":"","from":"now-5m","to":"now-2m"})j"));
  EXPECT_EQ(body.at("total").to_number<int>(), 3);  // 15, 16, 17
}

TEST_F(SearchHandlers, FaultsOfAQueryHavePlaceCaretAndNearestName) {
  const Reply reply = post("search", everyone(), R"j({"query":"n: 1 | statz c = count()"})j");
  EXPECT_EQ(reply.status, 422);
  const auto body = json_of(reply);
  EXPECT_THAT(std::string(body.at("detail").as_string()), HasSubstr("^"));
  EXPECT_THAT(std::string(body.at("detail").as_string()), HasSubstr("stats"));
  const auto& error = body.at("errors").as_array()[0].as_object();
  EXPECT_EQ(error.at("pointer").as_string(), "/query");
  EXPECT_EQ(error.at("column").to_number<int>(), 8);
}

TEST_F(SearchHandlers, BadTimesAndLookupsAreRefused) {
  EXPECT_EQ(post("search", everyone(), R"j({"query":"","from":"yesterday"})j").status, 422);
  EXPECT_EQ(post("search", everyone(), R"j({"query":"","from":"now","to":"now-1h"})j").status, 422);
  const Reply lookup = post("search", everyone(), R"j({"query":"| lookup \"/etc/passwd\" on user.name"})j");
  EXPECT_EQ(lookup.status, 422) << text_of(lookup);
  EXPECT_THAT(text_of(lookup), Not(HasSubstr("root:")));
}

TEST_F(SearchHandlers, AStreamHasHeaderRowsAndAnEnd) {
  CallDouble asked = call("streamSearch", everyone());
  asked.with_body(R"j({"query":"n <= 2 | keep n"})j");
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_EQ(asked.stream_type, "application/x-ndjson");
  EXPECT_THAT(asked.recorded.text,
              ::testing::StartsWith("{\"header\":{\"columns\":[\"n\"]}}\n{\"row\":{\"n\":2}}\n"));
  EXPECT_THAT(asked.recorded.text, HasSubstr("{\"done\":{\"rows\":2,"));
}

TEST_F(SearchHandlers, AStreamRefusesAFaultyQueryAsAProblem) {
  CallDouble asked = call("streamSearch", everyone());
  asked.with_body(R"j({"query":"n:("})j");
  const Reply reply = answer(asked);
  EXPECT_EQ(reply.status, 422);
  EXPECT_FALSE(reply.streamed);
  EXPECT_EQ(asked.recorded.text, "");
}

// A search that ends only when it is cancelled, from a thread of its own.
class Endless {
 public:
  Endless(const HandlerTable& handlers, Principal who, std::string body)
      : store_(std::make_shared<EndlessStore>()), call_("search", std::move(who), store_, nullptr) {
    call_.with_body(body);
    thread_ = std::thread([this, &handlers] { reply_ = handlers.at("search")(call_); });
  }
  ~Endless() { leave(); }
  bool runs() const { return store_->wait_for(1); }
  void leave() {
    call_.cancelled.cancel();
    if (thread_.joinable()) thread_.join();
  }
  Reply wait() {
    thread_.join();
    return reply_;
  }

 private:
  std::shared_ptr<EndlessStore> store_;
  CallDouble call_;
  Reply reply_;
  std::thread thread_;
};

TEST_F(SearchHandlers, ASearchIsCancelledByItsIdByItsOwnerOnly) {
  Endless running(handlers_, everyone(), R"j({"query":"n: 1","search_id":"s1"})j");
  ASSERT_TRUE(running.runs());
  const auto cancel = [&](const Principal& who) {
    CallDouble asked = call("cancelSearch", who);
    asked.with_path("search_id", "s1");
    return answer(asked).status;
  };
  EXPECT_EQ(post("search", everyone(), R"j({"query":"","search_id":"s1"})j").status, 409);
  EXPECT_EQ(cancel(everyone("eve")), 404);
  EXPECT_EQ(cancel(everyone()), 204);
  EXPECT_THAT(text_of(running.wait()), HasSubstr(R"("kind":"cancelled")"));
  EXPECT_EQ(cancel(everyone()), 404);
}

TEST_F(SearchHandlers, ASearchEndsWhenItsClientHasGone) {
  Endless running(handlers_, everyone(), R"j({"query":"n: 1"})j");
  ASSERT_TRUE(running.runs());
  running.leave();
}

TEST_F(SearchHandlers, ExportsGuardAgainstFormulas) {
  CallDouble asked = call("exportSearch", everyone());
  asked.with_body(R"j({"query":"n: 2","format":"csv","columns":["n","message","host.name"]})j");
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_EQ(asked.recorded.text, "n,message,host.name\r\n2,'=login 2,web\r\n");
  EXPECT_THAT(asked.stream_type, HasSubstr("text/csv"));
  EXPECT_EQ(asked.notes["query"], "n: 2");
  EXPECT_EQ(asked.notes["rows"], "1");
}

TEST_F(SearchHandlers, ExportsAsNdjson) {
  CallDouble asked = call("exportSearch", web_only());
  asked.with_body(R"j({"query":"n <= 4 | keep n","format":"ndjson"})j");
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_EQ(asked.recorded.text, "{\"n\":4}\n{\"n\":2}\n");
}

TEST_F(SearchHandlers, ExportsWithoutRowsHaveAHead) {
  CallDouble asked = call("exportSearch", everyone());
  asked.with_body(R"j({"query":"n: 99","format":"csv","columns":["n"]})j");
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_EQ(asked.recorded.text, "n\r\n");
}

TEST_F(SearchHandlers, Validates) {
  const auto good = json_of(post("validateQuery", everyone(), R"j({"query":"n: 1"})j"));
  EXPECT_TRUE(good.at("ok").as_bool());
  EXPECT_TRUE(good.at("live").as_bool());
  const auto counted = json_of(post("validateQuery", everyone(), R"j({"query":"| stats count()"})j"));
  EXPECT_FALSE(counted.at("live").as_bool());
  const auto bad = json_of(post("validateQuery", everyone(), R"j({"query":"n: 1 |"})j"));
  EXPECT_FALSE(bad.at("ok").as_bool());
  EXPECT_GT(bad.at("problems").as_array()[0].as_object().at("column").to_number<int>(), 0);
}

TEST_F(SearchHandlers, TellsItsLanguage) {
  const auto body = json_of(post("getQueryLanguage", everyone(), "{}"));
  EXPECT_GT(body.at("commands").as_array().size(), 10u);
  EXPECT_GT(body.at("functions").as_array().size(), 10u);
}

TEST_F(SearchHandlers, HistogramsCountEachBucket) {
  const auto body = json_of(post("getHistogram", everyone(),
                                 R"({"query":"","from":"2023-11-14T22:00:00Z","to":"2023-11-14T22:20:00Z",
                                     "interval":"5m","by":"host.name"})"));
  EXPECT_EQ(body.at("interval").as_string(), "5m");
  std::string counts;
  for (const auto& bucket : body.at("buckets").as_array()) {
    counts += std::to_string(bucket.as_object().at("count").to_number<int>()) + " ";
  }
  EXPECT_EQ(counts, "5 5 2 0 ");  // events 7 to 18; 19 and 20 are of another tenant
  const auto& first = body.at("buckets").as_array()[0].as_object();
  EXPECT_EQ(boost::json::serialize(first.at("by")), R"j({"db":3,"web":2})j");
  EXPECT_EQ(first.at("others").to_number<int>(), 0);
}

TEST_F(SearchHandlers, HistogramsFindTheirRange) {
  const auto body = json_of(post("getHistogram", everyone(), R"j({"query":"n <= 10","buckets":10})j"));
  EXPECT_EQ(body.at("total").to_number<int>(), 10);
  EXPECT_LE(body.at("buckets").as_array().size(), 11u);
  EXPECT_TRUE(
      json_of(post("getHistogram", everyone(), R"j({"query":"n: 99"})j")).at("buckets").as_array().empty());
}

TEST_F(SearchHandlers, HistogramsRefuseTooManyBucketsAndStages) {
  EXPECT_EQ(post("getHistogram", everyone(), R"j({"query":"","interval":"1s"})j").status, 422);
  EXPECT_EQ(post("getHistogram", everyone(), R"j({"query":"","interval":"often"})j").status, 422);
  EXPECT_EQ(post("getHistogram", everyone(), R"j({"query":"n: 1 | limit 3"})j").status, 422);
}

TEST_F(SearchHandlers, SplitHistogramsCountOthers) {
  const auto body = json_of(post("getHistogram", everyone(),
                                 R"({"query":"","from":"2023-11-14T21:00:00Z","to":"2023-11-14T23:00:00Z",
                                     "interval":"2h","by":"user.name","series":2})"));
  EXPECT_EQ(body.at("series").as_array().size(), 2u);
  std::uint64_t others = 0;
  for (const auto& bucket : body.at("buckets").as_array()) {
    others += bucket.as_object().at("others").to_number<std::uint64_t>();
  }
  EXPECT_EQ(others, 10u);
}

TEST_F(SearchHandlers, FacetsTellTopValuesAndOthers) {
  const auto body =
      json_of(post("getFacets", everyone(),
                   R"j({"query":"n <= 10","fields":["host.name","user.name","none"],"size":2})j"));
  const auto& facets = body.at("facets").as_array();
  ASSERT_EQ(facets.size(), 3u);
  EXPECT_EQ(boost::json::serialize(facets[0].as_object().at("values")),
            R"([{"value":"db","count":5},{"value":"web","count":5}])");
  EXPECT_EQ(facets[1].as_object().at("others").to_number<int>(), 6);
  EXPECT_EQ(facets[1].as_object().at("distinct").to_number<int>(), 5);
  EXPECT_EQ(facets[2].as_object().at("rows").to_number<int>(), 0);
}

TEST_F(SearchHandlers, ValuesAreCompleted) {
  const auto body =
      json_of(post("getValues", everyone(), R"j({"field":"host.name","prefix":"W","query":""})j"));
  EXPECT_EQ(boost::json::serialize(body.at("values")), R"([{"value":"web","count":9}])");
}

TEST_F(SearchHandlers, FieldsHaveKinds) {
  const std::string text = text_of(post("getFields", everyone(), "{}"));
  EXPECT_THAT(text, HasSubstr(R"("name":"n","rows":18,"kinds":{"integer":18})"));
  EXPECT_EQ(post("getFields", everyone(), R"j({"from":"x"})j").status, 422);
}

TEST_F(SearchHandlers, EventsAndWhatIsAroundThem) {
  CallDouble one = call("getEvent", everyone());
  one.with_path("id", expr::id_text(10));
  EXPECT_EQ(json_of(answer(one)).at("n").to_number<int>(), 10);
  CallDouble around = call("getSurroundingEvents", everyone());
  around.with_path("id", expr::id_text(10)).with_query("before", "2").with_query("after", "1");
  const auto body = json_of(answer(around));
  std::string found;
  for (const char* side : {"before", "after"}) {
    for (const auto& row : body.at(side).as_array()) {
      found += std::to_string(row.as_object().at("n").to_number<int>()) + " ";
    }
  }
  EXPECT_EQ(found, "6 8 12 ");  // of the same host
  CallDouble missing = call("getEvent", everyone());
  missing.with_path("id", "none");
  EXPECT_EQ(answer(missing).status, 404);
}

// --- scopes ---

TEST_F(SearchHandlers, HiddenRowsAreCountedNowhere) {
  const Principal who = web_only();
  EXPECT_EQ(json_of(post("search", who, R"j({"query":""})j")).at("total").to_number<int>(), 9);
  EXPECT_THAT(text_of(post("search", who, R"j({"query":"| stats c = count()"})j")),
              HasSubstr(R"("rows":[{"c":9}])"));
  EXPECT_THAT(text_of(post("getFacets", who, R"j({"query":"","fields":["host.name"]})j")),
              Not(HasSubstr("db")));
  EXPECT_THAT(text_of(post("getValues", who, R"j({"field":"host.name","prefix":""})j")),
              Not(HasSubstr("db")));
  EXPECT_EQ(json_of(post("getHistogram", who, R"j({"query":""})j")).at("total").to_number<int>(), 9);
  for (const char* operation : {"getEvent", "getSurroundingEvents"}) {
    CallDouble hidden = call(operation, who);
    hidden.with_path("id", expr::id_text(9));
    EXPECT_EQ(answer(hidden).status, 404);
  }
}

TEST_F(SearchHandlers, OtherTenantsAreNotSeen) {
  EXPECT_EQ(json_of(post("search", everyone("a", "acme"), R"j({"query":""})j")).at("total").to_number<int>(),
            2);
  CallDouble other = call("getEvent", everyone());
  other.with_path("id", expr::id_text(19));
  EXPECT_EQ(answer(other).status, 404);
}

TEST_F(SearchHandlers, MaskedFieldsShowNowhere) {
  const Principal who = without_users();
  EXPECT_THAT(text_of(post("search", who, R"j({"query":"n: 1"})j")), Not(HasSubstr("user.name")));
  EXPECT_THAT(text_of(post("getFields", who, "{}")), Not(HasSubstr("user.name")));
  CallDouble csv = call("exportSearch", who);
  csv.with_body(R"j({"query":"n: 1","format":"csv","columns":["n","user.name"]})j");
  answer(csv);
  EXPECT_EQ(csv.recorded.text, "n,user.name\r\n1,\r\n");
  CallDouble around = call("getSurroundingEvents", who);
  around.with_path("id", expr::id_text(10)).with_query("by", "user.name");
  EXPECT_THAT(text_of(answer(around)), HasSubstr(R"("by":null)"));
  // "did you mean" knows no more than fields() tells.
  EXPECT_THAT(text_of(post("validateQuery", who, R"j({"query":"user.nam: x"})j")),
              Not(HasSubstr("user.name")));
}

}  // namespace
}  // namespace vedette::api::test
