// The audit group, over records in SQLite and a chain.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/audit_chain.hpp"
#include "rest_doubles.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RestAuditTest : public ::testing::Test {
 protected:
  RestAuditTest() {
    std::string pattern = testing::TempDir() + "vedette-rest-audit-XXXXXX";
    if (::mkdtemp(pattern.data())) folder_ = pattern;
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = audit_collections();
    for (auto& schema : rest_collections()) options.collections.push_back(std::move(schema));
    records_ = std::move(adapters::open_sqlite(options)).value();
    audit_ =
        std::move(AuditLog::open(*records_, folder_ + "/anchors", [this] { return now_ += 1'000; })).value();
    AccessOptions access_options;
    access_options.now = [this] { return now_; };
    access_ = std::make_unique<FixedAccess>(access_options);
    add_person("auditor", "", {Permission::audit_read});
    add_person("acme", "acme", {Permission::audit_read});
    add_person("root", "", {Permission::audit_read, Permission::tenants_write});
    add_person("nobody", "", {Permission::events_read});
    RestParts parts;
    parts.records = records_.get();
    parts.audit = audit_.get();
    parts.access = access_.get();
    parts.now = [this] { return now_; };
    parts.options = TestApi::default_options();
    auto made = make_rest_api(parts);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    if (made.ok()) api_ = std::move(*made);
  }
  ~RestAuditTest() override {
    api_.reset();
    audit_.reset();
    records_.reset();
    for (const char* name :
         {"/records.db", "/records.db-wal", "/records.db-shm", "/records.db.lock", "/anchors"}) {
      ::unlink((folder_ + name).c_str());
    }
    ::rmdir(folder_.c_str());
  }

  void add_person(const std::string& name, std::string tenant, std::vector<Permission> permissions) {
    Principal principal;
    principal.kind = Principal::Kind::key;
    principal.user_id = principal.name = principal.key_id = name;
    principal.scope.tenant = std::move(tenant);
    principal.scope.rows.emplace_back();
    for (const Permission permission : permissions) principal.permissions.add(permission);
    access_->add("vdk_" + name, std::move(principal));
  }

  void tell(const std::string& tenant, const std::string& actor, const std::string& action,
            const std::string& target = {}, const std::string& outcome = "success") {
    AuditEntry entry;
    entry.tenant = tenant;
    entry.actor_id = actor;
    entry.action = action;
    entry.target = target;
    entry.outcome = outcome;
    ASSERT_TRUE(audit_->append(entry).ok());
  }

  net::HttpResponse ask(std::string_view who, std::string method, std::string_view target,
                        std::string body = {}) {
    net::Headers headers = as(who);
    if (!body.empty()) headers = with(std::move(headers), "Content-Type", "application/json");
    auto exchange =
        std::make_shared<TestExchange>(std::move(method), target, std::move(headers), std::move(body));
    api_->handler()(exchange);
    return exchange->wait();
  }

  // Actions, the newest first, without those of the API itself.
  std::vector<std::string> actions(std::string_view who, const std::string& query = {}) {
    const net::HttpResponse response = ask(who, "GET", "/api/v1/audit" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    std::vector<std::string> found;
    if (response.status != 200) return found;
    const Json body = json_of(response);
    for (const Json& item : body.at("items").as_array()) {
      const std::string action(item.at("action").as_string());
      if (!action.ends_with("Audit")) found.push_back(action);
    }
    return found;
  }

  std::string folder_;
  std::atomic<base::TimeNs> now_{1'772'600'000'000'000'000};
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FixedAccess> access_;
  std::unique_ptr<RestApi> api_;
};

TEST_F(RestAuditTest, ListsTheNewestFirstOfOnesTenant) {
  tell("", "u1", "a");
  tell("acme", "u2", "b");
  tell("", "u1", "c");
  EXPECT_THAT(actions("auditor"), ElementsAre("c", "a"));
  EXPECT_THAT(actions("acme"), ElementsAre("b"));
  EXPECT_THAT(actions("root"), ElementsAre("c", "b", "a"));
  EXPECT_EQ(ask("nobody", "GET", "/api/v1/audit").status, 403);
  EXPECT_EQ(ask("stranger", "GET", "/api/v1/audit").status, 401);
}

TEST_F(RestAuditTest, Filters) {
  tell("", "u1", "a", "rules/1");
  const std::string between = base::format_rfc3339(now_ += 1'000);
  tell("", "u2", "b", "rules/2", "denied");
  tell("", "u2", "a", "rules/1", "failure");
  EXPECT_THAT(actions("auditor", "?actor=u2"), ElementsAre("a", "b"));
  EXPECT_THAT(actions("auditor", "?action=a&target=rules/1&outcome=failure"), ElementsAre("a"));
  EXPECT_THAT(actions("auditor", "?outcome=denied"), ElementsAre("b"));
  EXPECT_THAT(actions("auditor", "?target=rules/1&to=" + between), ElementsAre("a"));
  EXPECT_THAT(actions("auditor", "?outcome=denied&from=" + between), ElementsAre("b"));
  EXPECT_THAT(actions("auditor", "?actor=u2&to=" + between), ElementsAre());
  for (const char* bad : {"?outcome=maybe", "?from=yesterday", "?actor=", "?limit=0", "?tenant=acme"}) {
    const auto response = ask("auditor", "GET", std::string("/api/v1/audit") + bad);
    EXPECT_EQ(response.status, 422) << bad << response.body;
  }
  EXPECT_EQ(ask("auditor", "GET", "/api/v1/audit?after=nonsense").status, 422);
}

TEST_F(RestAuditTest, Pages) {
  for (int i = 0; i < 5; ++i) tell("acme", "u1", "a" + std::to_string(i));
  std::vector<std::string> found;
  std::string after;
  for (int pages = 0; pages < 20; ++pages) {
    const std::string query = "/api/v1/audit?actor=u1&limit=2" + (after.empty() ? "" : "&after=" + after);
    const Json body = json_of(ask("acme", "GET", query));
    for (const Json& item : body.at("items").as_array()) found.emplace_back(item.at("action").as_string());
    if (body.at("next").is_null()) break;
    after = body.at("next").as_string();
  }
  EXPECT_THAT(found, ElementsAre("a4", "a3", "a2", "a1", "a0"));
}

TEST_F(RestAuditTest, ExportsTheWholeChain) {
  for (int i = 0; i < 1'200; ++i) tell("", "u1", "a");
  const auto response = ask("auditor", "GET", "/api/v1/audit/export");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(header_of(response, "Content-Type"), "application/x-ndjson");
  auto lines = base::split(response.body, '\n');
  ASSERT_GE(lines.size(), 1'201u);
  std::string before = audit_origin();
  for (std::size_t i = 0; i < 1'200; ++i) {
    const auto entry = parse_audit_entry(lines[i]);
    ASSERT_TRUE(entry.ok()) << lines[i];
    EXPECT_EQ(entry->sequence, i + 1);
    EXPECT_EQ(entry->previous_hash, before);
    EXPECT_EQ(entry->hash, audit_digest(canonical_json(*entry)));
    before = entry->hash;
  }
}

TEST_F(RestAuditTest, TheChainOfSeveralTenantsNeedsMore) {
  tell("acme", "u1", "a");
  // The only entry is another's.
  EXPECT_EQ(ask("auditor", "GET", "/api/v1/audit/export").status, 403);
  tell("", "u1", "a");
  for (const char* who : {"auditor", "acme"}) {
    EXPECT_EQ(ask(who, "GET", "/api/v1/audit/export").status, 403);
    EXPECT_EQ(ask(who, "POST", "/api/v1/audit/verify").status, 403);
  }
  EXPECT_EQ(ask("root", "GET", "/api/v1/audit/export").status, 200);
  EXPECT_EQ(ask("root", "POST", "/api/v1/audit/verify").status, 200);
}

TEST_F(RestAuditTest, Verifies) {
  for (int i = 0; i < 3; ++i) tell("", "u1", "a");
  const std::string head = audit_->head();
  const Json good = json_of(ask("auditor", "POST", "/api/v1/audit/verify", "{\"anchor\":\"" + head + "\"}"));
  EXPECT_TRUE(good.at("intact").as_bool()) << good;
  EXPECT_GE(good.at("entries").to_number<int>(), 3);
  ports::RecordWrite removal;
  removal.kind = ports::RecordWrite::Kind::remove;
  removal.collection = kAuditCollection;
  removal.id = audit_record_id(2);
  ASSERT_TRUE(records_->apply({&removal, 1}).ok());
  const Json bad = json_of(ask("auditor", "POST", "/api/v1/audit/verify", "{}"));
  EXPECT_FALSE(bad.at("intact").as_bool());
  EXPECT_EQ(bad.at("faults").at(0).at("sequence").to_number<int>(), 2);
  EXPECT_EQ(bad.at("faults").at(0).at("what").as_string(), "entry 2 is missing");
  EXPECT_EQ(ask("auditor", "POST", "/api/v1/audit/verify", "{\"anchor\":\"nonsense\"}").status, 422);
  EXPECT_EQ(ask("auditor", "POST", "/api/v1/audit/verify", "{\"more\":1}").status, 422);
}

TEST_F(RestAuditTest, ADamagedEntryDoesNotHideTheOthers) {
  for (int i = 0; i < 3; ++i) tell("", "u1", "a" + std::to_string(i));
  auto record = *std::move(records_->get(kAuditCollection, audit_record_id(2))).value();
  ports::RecordWrite write;
  write.collection = kAuditCollection;
  write.id = record.id;
  write.document = "garbage";
  write.columns = record.columns;
  ASSERT_TRUE(records_->apply({&write, 1}).ok());
  EXPECT_THAT(actions("auditor"), ElementsAre("a2", "audit.unreadable", "a0"));
}

}  // namespace
}  // namespace vedette::api::test
