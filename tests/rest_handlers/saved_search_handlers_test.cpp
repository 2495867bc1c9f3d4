// Saved searches: of their owners, shared within the tenant.
#include "handler_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;

class SavedSearchHandlers : public HandlerFixture {
 protected:
  std::string make(const Principal& who, const std::string& body) {
    const Reply reply = post("createSavedSearch", who, body);
    EXPECT_EQ(reply.status, 201) << text_of(reply);
    return std::string(json_of(reply).at("id").as_string());
  }
  Reply one(const std::string& operation, const Principal& who, const std::string& id,
            std::optional<std::uint64_t> version = {}, const std::string& body = "{}") {
    CallDouble asked = call(operation, who);
    asked.with_path("id", id).with_body(body);
    if (version) asked.with_if_match(*version);
    return answer(asked);
  }
  std::size_t listed(const Principal& who, bool shared) {
    CallDouble asked = call("listSavedSearches", who);
    if (shared) asked.with_query("shared", "true");
    return json_of(answer(asked)).at("items").as_array().size();
  }
};

TEST_F(SavedSearchHandlers, AreOfTheirOwner) {
  const std::string id = make(everyone(), R"j({"name":"Mine","query":"n: 1","columns":["n"]})j");
  const Reply reply = one("getSavedSearch", everyone(), id);
  EXPECT_EQ(reply.etag, "1");
  EXPECT_EQ(json_of(reply).at("query").as_string(), "n: 1");
  EXPECT_EQ(json_of(reply).at("created").as_string(), base::format_rfc3339(kNow));
  EXPECT_EQ(listed(everyone(), false), 1u);
  EXPECT_EQ(listed(everyone("bob"), false), 0u);
  EXPECT_EQ(one("getSavedSearch", everyone("bob"), id).status, 404);
  EXPECT_EQ(one("updateSavedSearch", everyone("bob"), id, 1, R"j({"name":"x"})j").status, 404);
  EXPECT_EQ(one("deleteSavedSearch", everyone("bob"), id, 1).status, 404);
}

TEST_F(SavedSearchHandlers, SharedOnesAreOfTheTenant) {
  const std::string id = make(everyone(), R"j({"name":"Ours","query":"n: 1","shared":true})j");
  EXPECT_EQ(listed(everyone("bob"), true), 1u);
  EXPECT_EQ(listed(everyone("ann", "acme"), true), 0u);
  EXPECT_EQ(one("getSavedSearch", everyone("ann", "acme"), id).status, 404);
  const auto changed = json_of(one("updateSavedSearch", everyone("bob"), id, 1, R"j({"query":"n: 2"})j"));
  EXPECT_EQ(changed.at("query").as_string(), "n: 2");
  EXPECT_EQ(changed.at("name").as_string(), "Ours");
  EXPECT_FALSE(changed.at("mine").as_bool());
  EXPECT_EQ(one("updateSavedSearch", everyone("bob"), id, 2, R"j({"shared":false})j").status, 403);
  EXPECT_EQ(one("deleteSavedSearch", everyone("bob"), id, 2).status, 403);
  EXPECT_EQ(one("updateSavedSearch", everyone(), id, 2, R"j({"shared":false})j").status, 200);
  EXPECT_EQ(one("getSavedSearch", everyone("bob"), id).status, 404);
}

TEST_F(SavedSearchHandlers, VersionsAreChecked) {
  const std::string id = make(everyone(), R"j({"name":"Mine","query":"n: 1"})j");
  EXPECT_EQ(one("updateSavedSearch", everyone(), id, {}, R"j({"name":"x"})j").status, 428);
  EXPECT_EQ(one("updateSavedSearch", everyone(), id, 9, R"j({"name":"x"})j").status, 412);
  EXPECT_EQ(one("deleteSavedSearch", everyone(), id).status, 428);
  EXPECT_EQ(one("deleteSavedSearch", everyone(), id, 9).status, 412);
  CallDouble slow = call("updateSavedSearch", everyone());
  slow.with_path("id", id).with_body(R"j({"name":"slow"})j").with_if_match(1);
  slow.before_apply = [&] { one("updateSavedSearch", everyone(), id, 1, R"j({"name":"quick"})j"); };
  EXPECT_EQ(answer(slow).status, 412);
  EXPECT_EQ(one("deleteSavedSearch", everyone(), id, 2).status, 204);
  EXPECT_EQ(one("getSavedSearch", everyone(), id).status, 404);
}

TEST_F(SavedSearchHandlers, FaultyQueriesAreRefused) {
  const Reply reply = post("createSavedSearch", everyone(), R"j({"name":"x","query":"n:("})j");
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(text_of(reply), HasSubstr("/query"));
  const std::string id = make(everyone(), R"j({"name":"Mine","query":"n: 1"})j");
  EXPECT_EQ(one("updateSavedSearch", everyone(), id, 1, R"j({"query":"n:("})j").status, 422);
}

TEST_F(SavedSearchHandlers, AreBounded) {
  std::vector<ports::RecordWrite> writes(500);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    writes[i].collection = "saved_searches";
    writes[i].id = "s" + std::to_string(i);
    writes[i].document = "{}";
    writes[i].columns = {
        {"owner", std::string("ada")}, {"tenant", std::string()}, {"shared", std::int64_t{0}}};
  }
  ASSERT_TRUE(records_->apply(writes).ok());
  EXPECT_EQ(post("createSavedSearch", everyone(), R"j({"name":"x","query":""})j").status, 409);
  EXPECT_EQ(post("createSavedSearch", everyone("bob"), R"j({"name":"x","query":""})j").status, 201);
}

}  // namespace
}  // namespace vedette::api::test
