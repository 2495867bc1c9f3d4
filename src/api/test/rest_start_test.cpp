// What the API refuses to start with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rest/groups.hpp"
#include "rest/openapi_document.hpp"
#include "rest/rate_limit.hpp"
#include "rest_doubles.hpp"

namespace vedette::api::test {
namespace {

using testing::HasSubstr;

void add_one_handler(HandlerTable& handlers, const RestParts&) {
  handlers["one"] = [](Call&) { return Reply{}; };
}

// An operation `one`, with more lines in it.
std::string one_operation(std::string_view more, std::string_view permission = "x-permission: self",
                          std::string_view path = "/one", std::string_view method = "get") {
  std::string out = "  " + std::string(path) + ":\n    " + std::string(method) + ":\n";
  out += "      operationId: one\n      tags: [about]\n      responses: {\"200\": {description: x}}\n";
  if (!permission.empty()) out += "      " + std::string(permission) + "\n";
  if (!more.empty()) out += "      " + std::string(more) + "\n";
  return out;
}

TEST(RestStart, TakesWhatIsRight) {
  EXPECT_EQ(TestApi::refusal(one_operation(""), add_one_handler), "");
}

TEST(RestStart, RefusesOperationsThatAreNotWhole) {
  struct Case {
    std::string paths;
    std::string_view message;
  };
  const Case cases[] = {
      {one_operation("", ""), "one: it has no x-permission"},
      {one_operation("", "x-permission: events.reed"), "one: unknown permission \"events.reed\""},
      {one_operation("", "x-permission: [self]"), "one: it has no x-permission"},
      {one_operation("x-stepup: true"), "one: unknown key \"x-stepup\""},
      {one_operation("x-step-up: yes please"), "one: x-step-up is neither"},
      {one_operation("x-step-up: true", "x-permission: public"), "x-step-up of a public operation"},
      {one_operation("x-audit: maybe"), "one: x-audit is none of"},
      {one_operation("x-max-body: -1"), "one: x-max-body"},
      {one_operation("", "x-permission: self", "/one/"), "GET /one/: its path has a malformed segment"},
      {one_operation("", "x-permission: self", "/one/{id}"), "one: {id} is not among its parameters"},
      {one_operation("parameters: [{name: id, in: path, required: true, schema: {type: string}}]"),
       "it is not in the path"},
      {one_operation("parameters: [{name: id, in: query}]"), "it has no schema"},
      {one_operation("parameters: [{name: id, in: cookie, schema: {type: string}}]"), "unknown place"},
      {one_operation("parameters: [{name: id, in: query, schema: {type: object}}]"),
       "its type fits no parameter"},
      {one_operation("parameters: [{name: id, in: query, schema: {type: string, maxlength: 3}}]"),
       "unknown keyword \"maxlength\""},
      {one_operation("parameters: [{$ref: \"#/components/parameters/none\"}]"), "leads nowhere"},
      {one_operation("parameters: [{name: a, in: query, schema: {type: string}}, {name: a, in: query, "
                     "schema: {type: string}}]"),
       "the name twice"},
      {one_operation("requestBody: {content: {application/json: {schema: {type: object}}}}"),
       "a GET takes no body"},
      {one_operation("requestBody: {content: {application/json: {}}}", "x-permission: self", "/one", "post"),
       "its body has no schema"},
      {one_operation("requestBody: {content: {application/json: {schema: {type: objekt}}}}",
                     "x-permission: self", "/one", "post"),
       "type is none of"},
      {one_operation("x-idempotency: true", "x-permission: self", "/one", "post"),
       "without a parameter Idempotency-Key"},
      {one_operation("parameters: [{$ref: \"#/components/parameters/key\"}]"),
       "Idempotency-Key is for POSTs"},
      {one_operation("", "x-permission: self", "/one", "trace"), "/one: unknown key \"trace\""},
      {one_operation("") + one_operation("", "x-permission: self", "/two"), "operationId one is taken"},
      {"  /one:\n    get: {tags: [about], x-permission: self, responses: {\"200\": {description: x}}}\n",
       "GET /one: it has no operationId"},
      {"  /one:\n    get: {operationId: one, tags: [about], x-permission: self}\n",
       "one: it has no responses"},
      {"  /one:\n    get: {operationId: one, x-permission: self, responses: {\"200\": {description: x}}}\n",
       "one: it has not one tag"},
      {"  /one:\n    get: {operationId: one, tags: [about], x-permission: self, responses: {\"200\": {$ref: "
       "\"#/components/responses/gone\"}}}\n",
       "leads nowhere"},
      {"  /one:\n    get: {operationId: one, tags: [about], x-permission: self, responses: {\"200\": "
       "{description: x, content: {a/b: {schema: {allOf: []}}}}}}\n",
       "unknown keyword \"allOf\""},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(TestApi::refusal(one.paths, add_one_handler), HasSubstr(std::string(one.message)))
        << one.paths;
  }
}

TEST(RestStart, RefusesHandlersAndOperationsWithoutEachOther) {
  const AddHandlers none = [](HandlerTable&, const RestParts&) {};
  EXPECT_THAT(TestApi::refusal(one_operation(""), none), HasSubstr("operation one has no handler"));
  const AddHandlers empty = [](HandlerTable& handlers, const RestParts&) { handlers["one"] = nullptr; };
  EXPECT_THAT(TestApi::refusal(one_operation(""), empty), HasSubstr("operation one has no handler"));
  const AddHandlers two = [](HandlerTable& handlers, const RestParts& parts) {
    add_one_handler(handlers, parts);
    handlers["two"] = [](Call&) { return Reply{}; };
  };
  EXPECT_THAT(TestApi::refusal(one_operation(""), two), HasSubstr("the handler two has no operation"));
}

TEST(RestStart, RefusesRoutesThatCollide) {
  const AddHandlers two = [](HandlerTable& handlers, const RestParts& parts) {
    add_one_handler(handlers, parts);
    handlers["two"] = [](Call&) { return Reply{}; };
  };
  const std::string paths =
      one_operation("parameters: [{name: id, in: path, required: true, schema: {type: string}}]",
                    "x-permission: self", "/a/{id}") +
      "  /a/{name}:\n    get: {operationId: two, tags: [about], x-permission: self, parameters: [{name: "
      "name, in: path, required: "
      "true, schema: {type: string}}], responses: {\"200\": {description: x}}}\n";
  EXPECT_THAT(TestApi::refusal(paths, two),
              HasSubstr("operations one and two have the same route GET /a/{name}"));
}

TEST(RestStart, RefusesSchemasThatNothingUses) {
  EXPECT_THAT(
      TestApi::refusal(one_operation(""), add_one_handler, "    Bad: {type: object, minProperties: 1}\n"),
      HasSubstr("unknown keyword \"minProperties\""));
}

TEST(RestStart, RefusesWhatIsNoYaml) {
  EXPECT_THAT(TestApi::refusal("  [", add_one_handler), HasSubstr("openapi.yaml"));
  EXPECT_THAT(TestApi::refusal("  /one: 3\n", add_one_handler), HasSubstr("/one: no object"));
}

TEST(RestStart, WantsItsParts) {
  EXPECT_FALSE(make_rest_api(RestParts{}).ok());
}

// The shipped description with the groups of this module.
TEST(RestStart, TheShippedDescriptionIsWhole) {
  const auto openapi = OpenApi::parse(embedded_openapi());
  ASSERT_TRUE(openapi.ok()) << openapi.error().message;
  EXPECT_FALSE((*openapi)->operations().empty());
}

TEST(RestStart, GroupsWithoutTheirPartAreNotServed) {
  TestApi api(
      "  /rules:\n    get: {operationId: one, tags: [rules], x-permission: self, responses: {\"200\": "
      "{description: x}}}\n",
      add_one_handler);
  const auto answer = api.ask("GET", "/api/v1/rules", as("root"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(slug_of(answer), "not-served");
}

TEST(RestRateLimit, FillsAndForgets) {
  RateLimiter limiter(2, 4, 3);
  const base::TimeNs second = base::kNsPerSecond;
  for (int i = 3; i >= 0; --i) EXPECT_EQ(limiter.take("a", 0).remaining, i);
  RateVerdict refused = limiter.take("a", 0);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 1);
  EXPECT_EQ(refused.reset, 2);
  EXPECT_FALSE(limiter.take("a", second / 4).allowed);
  EXPECT_TRUE(limiter.take("a", second / 2).allowed);
  // A clock that goes back gives nothing, and takes nothing.
  EXPECT_FALSE(limiter.take("a", 0).allowed);
  EXPECT_TRUE(limiter.take("a", 10 * second).allowed);
  EXPECT_EQ(limiter.take("a", 10 * second).remaining, 2);
  for (const std::string_view who : {"b", "c", "d", "e"}) limiter.take(who, 10 * second);
  EXPECT_EQ(limiter.buckets(), 3U);
  EXPECT_EQ(limiter.take("a", 10 * second).remaining, 3);
}

TEST(RestRateLimit, NetworksOfAddresses) {
  const auto network = [](std::string_view text) { return network_of(*base::IpAddress::parse(text)); };
  EXPECT_EQ(network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
  EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace vedette::api::test
