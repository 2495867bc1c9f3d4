// What is asked of every request: routes, credentials, limits, permissions, bodies; and how answers look.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rest_doubles.hpp"

namespace vedette::api::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kThingPaths = R"(
  /things:
    get:
      operationId: listThings
      tags: [about]
      x-permission: events.read
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 1000, default: 100}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, maxLength: 10}, maxItems: 3}}
        - {name: full, in: query, schema: {type: boolean}}
      responses: {"200": {description: x}}
    post:
      operationId: makeThing
      tags: [about]
      x-permission: rules.write
      parameters: [{$ref: "#/components/parameters/key"}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties:
                name: {type: string, minLength: 1}
                colour: {type: string, enum: [red, green], default: red}
      responses: {"201": {description: x}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 20}}]
    get:
      operationId: getThing
      tags: [about]
      x-permission: events.read
      x-audit: "no"
      responses: {"200": {description: x}}
    put:
      operationId: putThing
      tags: [about]
      x-permission: rules.write
      parameters: [{$ref: "#/components/parameters/if_match"}]
      requestBody: {content: {application/json: {schema: {type: object, additionalProperties: true}}, application/yaml: {schema: {type: string, maxLength: 100}}}}
      responses: {"200": {description: x}}
    delete:
      operationId: deleteThing
      tags: [about]
      x-permission: self
      x-step-up: true
      responses: {"204": {description: x}}
  /things/special:
    get:
      operationId: getSpecial
      tags: [about]
      x-permission: events.read
      x-audit: "no"
      responses: {"200": {description: x}}
  /open:
    get:
      operationId: getOpen
      tags: [about]
      x-permission: public
      x-audit: "no"
      responses: {"200": {description: x}}
    post:
      operationId: postOpen
      tags: [about]
      x-permission: public
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: x}}
)";

void add_thing_handlers(HandlerTable& handlers, const RestParts&) {
  handlers["listThings"] = [](Call& call) {
    boost::json::object body;
    body["limit"] = call.integer("limit", -1);
    body["full"] = call.flag("full");
    boost::json::array tags;
    for (const std::string_view tag : call.query_all("tag")) tags.emplace_back(boost::json::string(tag));
    body["tags"] = std::move(tags);
    Reply reply;
    reply.body = std::move(body);
    return reply;
  };
  handlers["makeThing"] = [](Call& call) {
    const std::string name(call.body().at("name").as_string());
    if (name == "throw") throw std::runtime_error("secret of the library");
    if (name == "io") return problem_of(base::make_error(base::ErrorCode::io, "cannot open /secret/path"));
    ports::RecordWrite write;
    write.collection = "things";
    write.id = name;
    write.document = "{}";
    write.expected_version = 0;
    call.target("things/" + name);
    call.note("name", name);
    REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
    Reply reply;
    reply.status = 201;
    reply.body = call.body();
    reply.etag = std::to_string(versions.front());
    reply.headers = {{"Location", "/api/v1/things/" + name}, {"X-Bad", "a\r\nSet-Cookie: b"}};
    return reply;
  };
  handlers["getThing"] = [](Call& call) {
    Reply reply;
    reply.body = Json(boost::json::string(call.path("id")));
    reply.etag = "7";
    return reply;
  };
  handlers["putThing"] = [](Call& call) {
    if (*call.if_match() == 3)
      return problem_of(base::make_error(base::ErrorCode::busy, "conflict: version 4"));
    Reply reply;
    reply.body = boost::json::object{{"version", *call.if_match()}, {"raw", call.raw_body()}};
    return reply;
  };
  handlers["deleteThing"] = [](Call&) {
    Reply reply;
    reply.status = 204;
    return reply;
  };
  handlers["getSpecial"] = [](Call&) {
    Reply reply;
    reply.body = "special";
    return reply;
  };
  handlers["getOpen"] = [](Call& call) {
    Reply reply;
    reply.body = Json(boost::json::string(call.principal().name));
    return reply;
  };
  handlers["postOpen"] = handlers["getOpen"];
}

class RestPipeline : public testing::Test {
 protected:
  TestApi api_{std::string(kThingPaths), add_thing_handlers};
};

TEST_F(RestPipeline, AnswersWithTheHeadersOfEveryAnswer) {
  const auto good = api_.ask("GET", "/api/v1/things/a", as("ada"));
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "\"a\"");
  EXPECT_EQ(header_of(good, "ETag"), "\"7\"");
  const net::HttpResponse answers[] = {good,
                                       api_.ask("GET", "/api/v1/nothing"),
                                       api_.ask("GET", "/api/v1/things"),
                                       api_.ask("PATCH", "/api/v1/things"),
                                       api_.ask("OPTIONS", "/api/v1/things"),
                                       api_.ask("POST", "/api/v1/things", as("ada"), R"({"name":"throw"})")};
  for (const auto& answer : answers) {
    EXPECT_EQ(header_of(answer, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header_of(answer, "X-Frame-Options"), "DENY");
    EXPECT_EQ(header_of(answer, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(header_of(answer, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header_of(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(header_of(answer, "Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(header_of(answer, "X-Request-Id").size(), 24U);
    EXPECT_THAT(header_of(answer, "Strict-Transport-Security"), IsEmpty());
    EXPECT_THAT(header_of(answer, "Access-Control-Allow-Origin"), IsEmpty());
  }
  auto secure = std::make_shared<TestExchange>("GET", "/api/v1/open");
  secure->edit().peer.tls = true;
  api_.api->handler()(secure);
  EXPECT_THAT(header_of(secure->wait(), "Strict-Transport-Security"), HasSubstr("max-age"));
}

TEST_F(RestPipeline, KnowsItsRoutesAndNoOthers) {
  EXPECT_EQ(api_.ask("GET", "/api/v1/things/special", as("ada")).body, "\"special\"");
  EXPECT_EQ(api_.ask("HEAD", "/api/v1/things/x", as("ada")).status, 200);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things/a%2Fb", as("ada")).body, "\"a/b\"");
  for (const std::string_view target : {"/api/v1",
                                        "/api/v1/",
                                        "/api/v2/things",
                                        "/api//v1/things/a",
                                        "/api/v1/things/",
                                        "/api/v1//things/a",
                                        "/api/v1/things/a/",
                                        "/api/v1/things/a/b",
                                        "/api/v1/things/..",
                                        "/api/v1/things/%2e%2e",
                                        "/api/v1/things/.",
                                        "/api/v1/things/%2E",
                                        "/api%2Fv1/things/a",
                                        "/api/v1%2Fthings",
                                        "/api/v1/things%2Fa",
                                        "/api/v1/things/%01",
                                        "/api/v1/things/%0d%0a",
                                        "/api/v1/things/%7f",
                                        "/api/v1/things/%ff%fe",
                                        "/API/v1/things",
                                        "/api/v1/Things",
                                        "/api/v1x/things",
                                        "/api"}) {
    const auto answer = api_.ask("GET", target, as("ada"));
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(slug_of(answer), "no-route") << target;
  }
  const auto wrong = api_.ask("PATCH", "/api/v1/things/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(header_of(wrong, "Allow"), "DELETE, GET, HEAD, PUT, OPTIONS");
  const auto options = api_.ask("OPTIONS", "/api/v1/things");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(header_of(options, "Allow"), "GET, HEAD, POST, OPTIONS");
}

TEST_F(RestPipeline, AsksWhoItIs) {
  const auto nobody = api_.ask("GET", "/api/v1/things");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(slug_of(nobody), "credentials");
  EXPECT_THAT(header_of(nobody, "WWW-Authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", as("eve")).status, 401);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", {{"Authorization", "Basic YTpi"}}).status, 401);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", {{"Authorization", "Bearer "}}).status, 401);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", {{"Authorization", "Bearer " + std::string(9000, 'a')}}).status,
            401);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", {{"authorization", "bearer vdk_ada"}}).status, 200);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", with(as("ada"), "Authorization", "Bearer vdk_ada")).status,
            400);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things", with(as("ada"), "Cookie", "__Host-vedette=vdk_ada")).status,
            400);
  EXPECT_EQ(api_.ask("GET", "/api/v1/open", as("eve")).status, 401);
  EXPECT_EQ(api_.ask("GET", "/api/v1/open", {{"Cookie", "__Host-vedette=old"}}).body, "\"\"");
  EXPECT_EQ(api_.ask("GET", "/api/v1/open", {{"Cookie", "__Host-vedette=vdk_ada"}}).body, "\"ada\"");
}

TEST_F(RestPipeline, ReadsCookies) {
  const auto status = [this](std::string cookie) {
    return api_.ask("GET", "/api/v1/things", {{"Cookie", std::move(cookie)}}).status;
  };
  EXPECT_EQ(status("__Host-vedette=vdk_ada"), 200);
  EXPECT_EQ(status("a=b; __Host-vedette=vdk_ada; c=d"), 200);
  EXPECT_EQ(status("__Host-vedette=\"vdk_ada\""), 200);
  EXPECT_EQ(status(";;; =; a; __Host-vedette=vdk_ada"), 200);
  EXPECT_EQ(status("vedette=vdk_ada"), 401);
  EXPECT_EQ(status("__host-vedette=vdk_ada"), 401);
  EXPECT_EQ(status("x__Host-vedette=vdk_ada"), 401);
  EXPECT_EQ(status("__Host-vedette=vdk_ada; __Host-vedette=vdk_bob"), 400);
  EXPECT_EQ(status("__Host-vedette=" + std::string(20'000, 'x')), 401);
  EXPECT_EQ(status("__Host-vedette="), 401);
  EXPECT_EQ(status(std::string(20'000, ';')), 401);
  EXPECT_EQ(
      api_.ask("GET", "/api/v1/things", {{"Cookie", "a=b"}, {"Cookie", "__Host-vedette=vdk_ada"}}).status,
      200);
}

// Every way a page can send a change with the cookie of whoever looks at it.
TEST_F(RestPipeline, TakesChangesWithACookieFromItsOwnPagesOnly) {
  struct Case {
    std::string_view token, origin, site;
    int status;
  };
  constexpr std::string_view kGood = "csrf-ada", kOwn = "https://soc.example";
  const Case cases[] = {
      {kGood, kOwn, "", 201},
      {kGood, kOwn, "same-origin", 201},
      {kGood, "", "same-origin", 201},
      {kGood, "", "none", 201},
      {kGood, "http://soc.example", "", 201},
      {kGood, "HTTPS://SOC.example", "", 201},
      {kGood, "", "", 403},
      {"", kOwn, "same-origin", 403},
      {"csrf-bob", kOwn, "same-origin", 403},
      {"csrf-ad", kOwn, "", 403},
      {"csrf-ada ", kOwn, "", 403},
      {"CSRF-ADA", kOwn, "", 403},
      {kGood, "https://evil.example", "", 403},
      {kGood, "https://soc.example.evil.example", "", 403},
      {kGood, "https://evil.example/soc.example", "", 403},
      {kGood, "https://soc.example:8443", "", 403},
      {kGood, "null", "", 403},
      {kGood, "soc.example", "", 403},
      {kGood, kOwn, "cross-site", 403},
      {kGood, kOwn, "same-site", 403},
      {kGood, "", "cross-site", 403},
      {kGood, "https://evil.example", "same-origin", 403},
  };
  int made = 0;
  for (const Case& one : cases) {
    net::Headers headers = {{"Cookie", "__Host-vedette=vdk_ada"}};
    if (!one.token.empty()) headers.emplace_back("X-CSRF-Token", one.token);
    if (!one.origin.empty()) headers.emplace_back("Origin", one.origin);
    if (!one.site.empty()) headers.emplace_back("Sec-Fetch-Site", one.site);
    const auto answer =
        api_.ask("POST", "/api/v1/things", headers, R"({"name":"n)" + std::to_string(made++) + "\"}");
    EXPECT_EQ(answer.status, one.status) << one.token << " " << one.origin << " " << one.site;
  }
  // Reading changes nothing, and a key is never sent by a browser on its own.
  EXPECT_EQ(api_.ask("GET", "/api/v1/things",
                     {{"Cookie", "__Host-vedette=vdk_ada"}, {"Origin", "https://evil.example"}})
                .status,
            200);
  EXPECT_EQ(api_.ask("POST", "/api/v1/things", with(as("ada"), "Origin", "https://evil.example"),
                     R"({"name":"key"})")
                .status,
            201);
  // Signing somebody in from a foreign page is refused, too.
  EXPECT_EQ(api_.ask("POST", "/api/v1/open", {{"Origin", "https://evil.example"}}, "{}").status, 403);
  EXPECT_EQ(api_.ask("POST", "/api/v1/open", {{"Sec-Fetch-Site", "cross-site"}}, "{}").status, 403);
  EXPECT_EQ(api_.ask("POST", "/api/v1/open", {}, "{}").status, 200);
  EXPECT_EQ(api_.ask("POST", "/api/v1/open", {{"Cookie", "__Host-vedette=vdk_ada"}}, "{}").body, "\"\"");
}

TEST_F(RestPipeline, OriginsAreThoseOfTheConfiguration) {
  RestOptions options = TestApi::default_options();
  options.origins = {"https://console.example:8443"};
  options.secure_cookies = false;
  TestApi api(std::string(kThingPaths), add_thing_handlers, options);
  const auto status = [&api](std::string origin, std::string name) {
    return api
        .ask("POST", "/api/v1/things",
             {{"Cookie", "vedette_session=vdk_ada"},
              {"X-CSRF-Token", "csrf-ada"},
              {"Origin", std::move(origin)}},
             R"({"name":")" + name + "\"}")
        .status;
  };
  EXPECT_EQ(status("https://console.example:8443", "a"), 201);
  EXPECT_EQ(status("https://soc.example", "b"), 403);
}

TEST_F(RestPipeline, PlainOriginsAreForeignToTls) {
  auto exchange = std::make_shared<TestExchange>("POST", "/api/v1/things",
                                                 net::Headers{{"Cookie", "__Host-vedette=vdk_ada"},
                                                              {"X-CSRF-Token", "csrf-ada"},
                                                              {"Origin", "http://soc.example"}},
                                                 R"({"name":"a"})");
  exchange->edit().peer.tls = true;
  api_.api->handler()(exchange);
  EXPECT_EQ(exchange->wait().status, 403);
}

TEST_F(RestPipeline, AsksForPermissionAndConfirmation) {
  const auto denied = api_.ask("GET", "/api/v1/things", as("bob"));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(slug_of(denied), "forbidden");
  EXPECT_THAT(denied.body, HasSubstr("events.read"));
  ASSERT_EQ(api_.audit.entries().size(), 1U);
  EXPECT_EQ(api_.audit.entries()[0].outcome, "denied");
  EXPECT_EQ(api_.audit.entries()[0].actor_name, "bob");
  EXPECT_EQ(slug_of(api_.ask("DELETE", "/api/v1/things/a", as("ada"))), "step-up");
  EXPECT_EQ(api_.ask("DELETE", "/api/v1/things/a", as("root")).status, 204);
  api_.now += 11LL * 60 * base::kNsPerSecond;
  EXPECT_EQ(slug_of(api_.ask("DELETE", "/api/v1/things/a", as("root"))), "step-up");
}

TEST_F(RestPipeline, ReadsParameters) {
  const auto body = [this](std::string_view query) {
    return api_.ask("GET", "/api/v1/things" + std::string(query), as("ada")).body;
  };
  EXPECT_EQ(body(""), R"({"limit":100,"full":false,"tags":[]})");
  EXPECT_EQ(body("?limit=7&full=true&tag=a&tag=b%20c"), R"({"limit":7,"full":true,"tags":["a","b c"]})");
  struct Case {
    std::string_view query, pointer, message;
  };
  const Case cases[] = {
      {"?limit=0", "query:limit", "at least 1"},
      {"?limit=1001", "query:limit", "at most 1000"},
      {"?limit=ten", "query:limit", "a whole number"},
      {"?limit=1e2", "query:limit", "a whole number"},
      {"?limit=99999999999999999999", "query:limit", "a whole number"},
      {"?limit=", "query:limit", "a whole number"},
      {"?limit=1&limit=2", "query:limit", "more than once"},
      {"?limt=1", "query:limt", "did you mean \"limit\"?"},
      {"?zzzzzz=1", "query:zzzzzz", "it has limit, tag, full"},
      {"?full=yes", "query:full", "a boolean"},
      {"?tag=a&tag=b&tag=c&tag=d", "query:tag", "at most 3 items"},
      {"?tag=12345678901", "query:tag/0", "at most 10 characters"},
      {"?tag=%ff", "query:tag", "UTF-8"},
      {"?tag=a%00b", "query:tag", "NUL"},
  };
  for (const Case& one : cases) {
    const auto answer = api_.ask("GET", "/api/v1/things" + std::string(one.query), as("ada"));
    EXPECT_EQ(answer.status, 422) << one.query;
    EXPECT_EQ(slug_of(answer), "invalid") << one.query;
    const Json first = json_of(answer).at("errors").as_array().at(0);
    EXPECT_EQ(std::string_view(first.at("pointer").as_string()), one.pointer);
    EXPECT_THAT(std::string(first.at("message").as_string()), HasSubstr(one.message)) << one.query;
  }
  EXPECT_EQ(api_.ask("GET", "/api/v1/things/" + std::string(21, 'a'), as("ada")).status, 422);
}

TEST_F(RestPipeline, ReadsBodies) {
  const auto made = api_.ask("POST", "/api/v1/things", as("ada"), R"({"name":"a"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, R"({"name":"a","colour":"red"})");
  EXPECT_EQ(header_of(made, "Location"), "/api/v1/things/a");
  EXPECT_EQ(header_of(made, "ETag"), "\"1\"");
  EXPECT_THAT(header_of(made, "X-Bad"), IsEmpty());
  struct Case {
    std::string body, type;
    int status;
    std::string_view slug;
  };
  const Case cases[] = {
      {"", "", 400, "missing-body"},
      {"{", "", 400, "bad-json"},
      {R"({"name":"a","name":"b"})", "", 400, "bad-json"},
      {R"({"name":"a"} x)", "", 400, "bad-json"},
      {"{\"name\":\"\xff\"}", "", 400, "bad-json"},
      {"\xef\xbb\xbf{\"name\":\"a\"}", "", 400, "bad-json"},
      {R"({"name":1})", "", 422, "invalid"},
      {R"({"nam":"a"})", "", 422, "invalid"},
      {"[]", "", 422, "invalid"},
      {std::string(40, '[') + std::string(40, ']'), "", 422, "limit"},
      {R"({"name":"a"})", "text/plain", 415, "media-type"},
      {R"({"name":"a"})", "application/x-www-form-urlencoded", 415, "media-type"},
      {R"({"name":"a"})", "application/json; charset=latin1", 415, "media-type"},
      {"{\"name\":\"" + std::string((1 << 20) + 1, 'x') + "\"}", "", 413, "too-large"},
  };
  for (const Case& one : cases) {
    net::Headers headers = as("ada");
    if (!one.type.empty()) headers.emplace_back("Content-Type", one.type);
    const auto answer = api_.ask("POST", "/api/v1/things", headers, one.body);
    EXPECT_EQ(answer.status, one.status) << one.body.substr(0, 60) << answer.body;
    EXPECT_EQ(slug_of(answer), one.slug) << one.body.substr(0, 60);
  }
  EXPECT_EQ(slug_of(api_.ask("DELETE", "/api/v1/things/a", as("root"), "{}")), "unexpected-body");
  const auto answer =
      api_.ask("POST", "/api/v1/things", with(as("ada"), "Content-Type", "Application/JSON; charset=UTF-8"),
               R"({"name":"b"})");
  EXPECT_EQ(answer.status, 201);
}

TEST_F(RestPipeline, ReadsPreconditions) {
  const auto put = [this](std::string match, std::string body = "") {
    net::Headers headers = as("ada");
    if (!match.empty()) headers.emplace_back("If-Match", match);
    return api_.ask("PUT", "/api/v1/things/a", headers, std::move(body));
  };
  EXPECT_EQ(put("").status, 428);
  EXPECT_EQ(put("\"12\"").body, R"({"version":12,"raw":""})");
  EXPECT_EQ(put("12").body, R"({"version":12,"raw":""})");
  EXPECT_EQ(put("*").body, R"({"version":18446744073709551615,"raw":""})");
  EXPECT_EQ(put("\"1\", \"2\"").status, 400);
  EXPECT_EQ(put("W/\"1\"").status, 412);
  EXPECT_EQ(put("\"x\"").status, 412);
  EXPECT_EQ(put("\"18446744073709551615\"").status, 412);
  EXPECT_EQ(put(std::string(100, '1')).status, 400);
  const auto changed = put("\"3\"");
  EXPECT_EQ(changed.status, 412);
  EXPECT_EQ(slug_of(changed), "changed");
  net::Headers yaml = with(with(as("ada"), "If-Match", "1"), "Content-Type", "application/yaml");
  EXPECT_EQ(api_.ask("PUT", "/api/v1/things/a", yaml, "a: b").body, R"({"version":1,"raw":"a: b"})");
  EXPECT_EQ(api_.ask("PUT", "/api/v1/things/a", yaml, std::string(101, 'a')).status, 422);
  EXPECT_EQ(api_.ask("PUT", "/api/v1/things/a", yaml, "\xff").status, 400);
}

TEST_F(RestPipeline, SaysNotModified) {
  EXPECT_EQ(api_.ask("GET", "/api/v1/things/a", with(as("ada"), "If-None-Match", "\"7\"")).status, 304);
  EXPECT_EQ(api_.ask("GET", "/api/v1/things/a", with(as("ada"), "If-None-Match", "\"8\"")).status, 200);
}

TEST_F(RestPipeline, TellsFaultsToTheLogAlone) {
  for (const std::string_view name : {"throw", "io"}) {
    const auto answer =
        api_.ask("POST", "/api/v1/things", as("ada"), R"({"name":")" + std::string(name) + "\"}");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(slug_of(answer), "internal");
    EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
    const std::lock_guard lock(api_.log_mutex);
    EXPECT_THAT(api_.log, HasSubstr("secret"));
    EXPECT_THAT(api_.log, HasSubstr(header_of(answer, "X-Request-Id")));
    api_.log.clear();
  }
  EXPECT_THAT(api_.metrics.render(),
              HasSubstr(R"(vedette_api_requests_total{operation="makeThing",status="500"} 2)"));
}

TEST_F(RestPipeline, AuditsReadsAndChanges) {
  api_.ask("GET", "/api/v1/things/a", as("ada"));  // x-audit: no
  EXPECT_TRUE(api_.audit.entries().empty());
  api_.ask("GET", "/api/v1/things", as("ada"));
  api_.ask("POST", "/api/v1/things", as("ada"), R"({"name":"a"})");
  api_.ask("POST", "/api/v1/things", as("ada"), R"({"name":"a"})");
  const auto entries = api_.audit.entries();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].action, "listThings");
  EXPECT_EQ(entries[0].target, "things");
  EXPECT_EQ(entries[0].address, "192.0.2.7");
  EXPECT_EQ(entries[1].target, "things/a");
  EXPECT_EQ(entries[1].outcome, "success");
  EXPECT_EQ(entries[1].details, (std::vector<std::pair<std::string, std::string>>{{"name", "a"}}));
  EXPECT_EQ(entries[2].outcome, "failure");
  EXPECT_THAT(entries[2].reason, HasSubstr("changed by someone else"));
}

TEST_F(RestPipeline, ShowsNothingThatCannotBeAudited) {
  api_.audit.fail(true);
  const auto answer = api_.ask("GET", "/api/v1/things", as("ada"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, Not(HasSubstr("limit")));
  EXPECT_THAT(answer.body, Not(HasSubstr("disk")));
}

TEST_F(RestPipeline, LimitsPrincipalsAndNetworks) {
  RestOptions options = TestApi::default_options();
  options.requests_per_second = 1;
  options.burst = 3;
  options.anonymous_per_second = 0.5;
  options.anonymous_burst = 2;
  TestApi api(std::string(kThingPaths), add_thing_handlers, options);
  const auto first = api.ask("GET", "/api/v1/things", as("ada"));
  EXPECT_EQ(header_of(first, "RateLimit-Limit"), "3");
  EXPECT_EQ(header_of(first, "RateLimit-Remaining"), "2");
  EXPECT_EQ(header_of(first, "RateLimit-Reset"), "1");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(api.ask("GET", "/api/v1/things", as("ada")).status, 200);
  const auto refused = api.ask("GET", "/api/v1/things", as("ada"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(slug_of(refused), "rate-limit");
  EXPECT_EQ(header_of(refused, "Retry-After"), "1");
  EXPECT_EQ(header_of(refused, "RateLimit-Remaining"), "0");
  // Others have their own.
  EXPECT_EQ(api.ask("GET", "/api/v1/things", as("root")).status, 200);
  api.now += base::kNsPerSecond;
  EXPECT_EQ(api.ask("GET", "/api/v1/things", as("ada")).status, 200);
  EXPECT_EQ(api.ask("GET", "/api/v1/things", as("ada")).status, 429);

  for (int i = 0; i < 2; ++i) EXPECT_EQ(api.ask("GET", "/api/v1/open").status, 200);
  EXPECT_EQ(api.ask("GET", "/api/v1/open").status, 429);
  EXPECT_EQ(api.ask("GET", "/api/v1/things", as("eve")).status, 429);
  // Whoever has a good key is not held up by a neighbour without.
  EXPECT_EQ(api.ask("GET", "/api/v1/things/a", as("root")).status, 200);
  auto other = std::make_shared<TestExchange>("GET", "/api/v1/open");
  other->edit().peer.address = *base::IpAddress::parse("192.0.2.8");
  api.api->handler()(other);
  EXPECT_EQ(other->wait().status, 200);
}

TEST_F(RestPipeline, RefusesBeforeABodyIsRead) {
  const auto admit = [this](std::string method, std::string_view target, net::Headers headers) {
    const TestExchange exchange(std::move(method), target, std::move(headers));
    net::HttpResponse refusal;
    return api_.api->admit()(exchange.request(), refusal) ? 0 : refusal.status;
  };
  EXPECT_EQ(admit("POST", "/api/v1/things", with(as("ada"), "Content-Length", "10")), 0);
  EXPECT_EQ(admit("POST", "/api/v1/things", with(as("ada"), "Content-Length", "2000000")), 413);
  EXPECT_EQ(admit("POST", "/api/v1/things", with({}, "Content-Length", "10")), 401);
  EXPECT_EQ(admit("POST", "/api/v1/things", with(as("eve"), "Transfer-Encoding", "chunked")), 401);
  EXPECT_EQ(admit("POST", "/api/v1/open", with({}, "Content-Length", "10")), 0);
  EXPECT_EQ(admit("POST", "/api/v1/open", with({}, "Content-Length", "100000")), 413);
  EXPECT_EQ(admit("POST", "/api/v1/nothing", with({}, "Content-Length", "10")), 404);
  EXPECT_EQ(admit("GET", "/api/v1/things", {}), 0);
  EXPECT_EQ(admit("POST", "/_bulk", with({}, "Content-Length", "99999999")), 0);
}

TEST_F(RestPipeline, AnswersAfterItsEnd) {
  const auto handler = api_.api->handler();
  api_.api->stop();
  auto exchange = std::make_shared<TestExchange>("GET", "/api/v1/open");
  handler(exchange);
  EXPECT_EQ(exchange->wait().status, 503);
  api_.api.reset();
  exchange = std::make_shared<TestExchange>("GET", "/api/v1/open");
  handler(exchange);
  EXPECT_EQ(exchange->wait().status, 503);
}

}  // namespace
}  // namespace vedette::api::test
