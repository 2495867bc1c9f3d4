#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "access_doubles.hpp"
#include "rest/groups.hpp"
#include "vedette/api/oidc.hpp"

namespace vedette::api {
namespace {

// A request whose body was validated already.
class CallDouble final : public Call {
 public:
  CallDouble(Principal who, Origin origin) : who_(std::move(who)), origin_(std::move(origin)) {}
  std::string_view operation_id() const override { return {}; }
  const Principal& principal() const override { return who_; }
  const Origin& origin() const override { return origin_; }
  std::string_view path(std::string_view) const override { return id; }
  std::optional<std::string_view> query(std::string_view name) const override {
    const auto found = queries.find(std::string(name));
    return found == queries.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  std::string_view cookie(std::string_view name) const override {
    return name == "__Host-vedette-oidc" ? state : "";
  }
  std::vector<std::string_view> query_all(std::string_view) const override { return {}; }
  std::int64_t integer(std::string_view, std::int64_t otherwise) const override { return otherwise; }
  bool flag(std::string_view) const override { return all; }
  const Json& body() const override { return json; }
  const std::string& raw_body() const override { return raw_; }
  std::optional<std::uint64_t> if_match() const override { return version; }
  const base::CancellationToken& cancellation() const override { return token_; }
  const ports::LogStore& events() const override { std::abort(); }
  std::shared_ptr<const ports::LogStore> shared_events() const override { return nullptr; }
  Stream& stream(std::string_view, net::Headers) override { std::abort(); }
  void note(std::string_view, std::string_view) override {}
  void target(std::string_view what) override { target_text = what; }
  void audited() override { was_audited = true; }
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite>) override {
    std::abort();
  }

  std::string id, target_text, state;
  std::map<std::string, std::string> queries;
  Json json;
  bool all = false, was_audited = false;
  std::optional<std::uint64_t> version;

 private:
  Principal who_;
  Origin origin_;
  std::string raw_;
  base::CancellationToken token_;
};

class AccessRest : public AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    parts_.access = access_.get();
    add_session_handlers(handlers_, parts_);
    add_user_handlers(handlers_, parts_);
  }
  struct Request {
    std::string body = "null", id = {};
    std::optional<std::uint64_t> version = std::nullopt;
    bool all = false;
  };
  Reply ask(std::string_view operation, const Principal& who, const Request& request) {
    CallDouble call(who, from());
    call.json = boost::json::parse(request.body);
    call.id = request.id;
    call.version = request.version;
    call.all = request.all;
    Reply reply = handlers_.find(operation)->second(call);
    audited_ = call.was_audited;
    return reply;
  }
  static std::string text(const Reply& reply, std::string_view pointer) {
    boost::json::error_code error;
    const Json* found = reply.body.find_pointer(pointer, error);
    if (found == nullptr) return "(none)";
    return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
  }
  static std::string header(const Reply& reply, std::string_view name) {
    return std::string(net::find_header(reply.headers, name));
  }

  RestParts parts_;
  HandlerTable handlers_;
  bool audited_ = false;
};

TEST_F(AccessRest, SetUpAndSignIn) {
  EXPECT_EQ(text(ask("getSetUp", {}, {}), "/needed"), "true");
  const std::string token = access_->make_set_up_token().value();
  const Reply made =
      ask("setUp", {}, {R"({"token":")" + token + R"(","name":"ada","password":"seven green lanterns"})"});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(text(ask("getSetUp", {}, {}), "/needed"), "false");
  const Reply in = ask("signIn", {}, {R"({"name":"ada","password":"seven green lanterns"})"});
  ASSERT_EQ(in.status, 200);
  const std::string cookie = header(in, "Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("__Host-vedette=vds_")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict")) << cookie;
  EXPECT_EQ(text(in, "/token"), "(none)");
  EXPECT_EQ(text(in, "/user/name"), "ada");
  EXPECT_FALSE(text(in, "/csrf_token").empty());
  EXPECT_EQ(boost::json::serialize(in.body).find("argon2"), std::string::npos);
  const Reply bearer =
      ask("signIn", {}, {R"({"name":"ada","password":"seven green lanterns","token":true})"});
  EXPECT_TRUE(text(bearer, "/token").starts_with("vds_"));
  EXPECT_EQ(header(bearer, "Set-Cookie"), "");
  EXPECT_EQ(ask("signIn", {}, {R"({"name":"ada","password":"wrong wrong wrong"})"}).status, 401);
  const Principal who = principal(text(bearer, "/token"));
  const Reply me = ask("getSession", who, {});
  EXPECT_EQ(text(me, "/csrf_token"), who.csrf_token);
  EXPECT_EQ(text(me, "/expires"), text(bearer, "/expires"));
  const Reply out = ask("signOut", who, {});
  EXPECT_EQ(out.status, 204);
  EXPECT_NE(header(out, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_REFUSED(access_->principal_of(text(bearer, "/token"), from()), credentials);
}

TEST_F(AccessRest, RotatedTokensGoWhereTheOldOneWas) {
  SignedIn ada = set_up();
  Principal who = ada.principal;
  const Reply as_bearer = ask("confirmSession", who, {R"({"password":"seven green lanterns"})"});
  EXPECT_TRUE(text(as_bearer, "/token").starts_with("vds_"));
  who.by_cookie = true;
  const Reply as_cookie = ask("confirmSession", who, {R"({"password":"seven green lanterns"})"});
  EXPECT_EQ(text(as_cookie, "/token"), "(none)");
  EXPECT_TRUE(header(as_cookie, "Set-Cookie").starts_with("__Host-vedette=vds_"));
}

TEST_F(AccessRest, UsersWithVersions) {
  const Principal ada = set_up().principal;
  const Reply made = ask("createUser", ada, {R"({"name":"bob","roles":["viewer"]})"});
  ASSERT_EQ(made.status, 201);
  EXPECT_TRUE(audited_);
  const std::string id = text(made, "/id");
  EXPECT_EQ(header(made, "Location"), "/api/v1/users/" + id);
  EXPECT_EQ(made.etag, "1");
  EXPECT_EQ(text(made, "/must_change_password"), "false") << "there is none to change";
  EXPECT_EQ(ask("updateUser", ada, {R"({"email":"b@example.org"})", id, std::nullopt}).status, 428);
  EXPECT_EQ(ask("updateUser", ada, {R"({"email":"b@example.org"})", id, 7}).status, 412);
  const Reply changed = ask("updateUser", ada, {R"({"email":"b@example.org"})", id, 1});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.etag, "2");
  EXPECT_EQ(text(changed, "/name"), "bob");
  EXPECT_EQ(text(changed, "/roles"), R"(["viewer"])");
  EXPECT_EQ(ask("createUser", ada, {R"({"name":"bob"})"}).status, 409);
  EXPECT_EQ(ask("deleteUser", ada, {"null", ada.user_id, std::nullopt}).status, 409);
  EXPECT_FALSE(audited_);
  EXPECT_EQ(ask("deleteUser", ada, {"null", id, 1}).status, 412);
  EXPECT_EQ(ask("deleteUser", ada, {"null", id, 2}).status, 204);
  EXPECT_EQ(ask("getUser", ada, {"null", id, std::nullopt}).status, 404);
  EXPECT_EQ(text(ask("listUsers", ada, {}), "/items/0/name"), "ada");
}

TEST_F(AccessRest, OtherRolesAskForAConfirmation) {
  const Principal ada = set_up().principal;
  const std::string id = text(ask("createUser", ada, {R"({"name":"bob"})"}), "/id");
  now_ += kHour;
  EXPECT_EQ(ask("updateUser", ada, {R"({"email":"b@example.org"})", id, 1}).status, 200);
  EXPECT_EQ(ask("updateUser", ada, {R"({"roles":["viewer"]})", id, 2}).status, 403);
  const auto in = access_->confirm(ada, kGood, "", from());
  EXPECT_EQ(ask("updateUser", in->principal, {R"({"roles":["viewer"]})", id, 2}).status, 200);
}

TEST_F(AccessRest, RolesKeysAndTenants) {
  const Principal ada = set_up().principal;
  const Reply role =
      ask("createRole", ada,
          {R"({"name":"web","permissions":["events.read"],"datasets":["web.*"],"filter":"a: 1"})"});
  ASSERT_EQ(role.status, 201);
  EXPECT_EQ(text(role, "/datasets"), R"(["web.*"])");
  const std::string id = text(role, "/id");
  EXPECT_EQ(ask("updateRole", ada, {R"({"name":"web","permissions":["no.such"]})", id, 1}).status, 422);
  EXPECT_EQ(ask("updateRole", ada, {R"({"name":"web","permissions":["alerts.read"]})", id, 1}).status, 200);
  EXPECT_EQ(ask("updateRole", ada, {R"({"name":"web","permissions":["alerts.read"]})", id, 1}).status, 412);
  EXPECT_EQ(ask("updateRole", ada, {R"({"name":"web","permissions":[]})", "viewer", 1}).status, 403);
  EXPECT_EQ(ask("deleteRole", ada, {"null", id, std::nullopt}).status, 204);
  EXPECT_EQ(ask("getRole", ada, {"null", id, std::nullopt}).status, 404);
  EXPECT_EQ(text(ask("listPermissions", ada, {}), "/items/0/name"), "events.read");
  const std::string expires = base::format_rfc3339(now_ + kHour);
  const Reply key = ask("createKey", ada,
                        {R"({"name":"ci","permissions":["rules.write"],"expires":")" + expires + R"("})"});
  ASSERT_EQ(key.status, 201);
  EXPECT_TRUE(text(key, "/token").starts_with("vdk_"));
  EXPECT_EQ(text(key, "/key/secret_hash"), "(none)");
  EXPECT_EQ(text(ask("listKeys", ada, {}), "/items/0/name"), "ci");
  EXPECT_EQ(ask("deleteKey", ada, {"null", text(key, "/key/id"), std::nullopt}).status, 204);
  EXPECT_EQ(ask("createTenant", ada, {R"({"id":"acme","name":"Acme"})"}).status, 201);
  EXPECT_EQ(ask("createTenant", ada, {R"({"id":"acme","name":"Acme"})"}).status, 409);
  EXPECT_EQ(ask("updateTenant", ada, {R"({"name":"ACME"})", "acme", 1}).status, 200);
  EXPECT_EQ(ask("updateTenant", ada, {R"({"name":"ACME"})", "acme", 1}).status, 412);
  EXPECT_EQ(ask("updateTenant", ada, {R"({"name":"ACME"})", "nowhere", 1}).status, 404);
}

class OidcDouble final : public Oidc {
 public:
  explicit OidcDouble(OidcOptions options) : Oidc(std::move(options)) {}
  base::Result<Start> begin(const base::CancellationToken&) override {
    return Start{"https://id.example/auth?x", "st"};
  }
  base::Result<OidcIdentity> finish(std::string_view state, std::string_view code, std::string_view,
                                    const base::CancellationToken&) override {
    if (state != "st" || code != "good") return base::make_error(base::ErrorCode::invalid_argument, "no");
    OidcIdentity eve;
    eve.subject = "42";
    eve.preferred_name = "eve";
    return eve;
  }
};

TEST_F(AccessRest, SignInAtAProvider) {
  set_up();
  EXPECT_EQ(ask("startOidc", {}, {}).status, 404);
  OidcOptions options;
  options.issuer = "https://id.example";
  options.create = true;
  options.roles = {"viewer"};
  OidcDouble provider(options);
  parts_.oidc = &provider;
  const Reply start = ask("startOidc", {}, {});
  EXPECT_EQ(start.status, 303);
  EXPECT_EQ(header(start, "Location"), "https://id.example/auth?x");
  EXPECT_EQ(header(start, "Set-Cookie"),
            "__Host-vedette-oidc=st; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600");
  const auto come_back = [&](std::string cookie, std::map<std::string, std::string> queries) {
    CallDouble call(Principal(), from());
    call.state = std::move(cookie);
    call.queries = std::move(queries);
    return handlers_.find("finishOidc")->second(call);
  };
  EXPECT_EQ(come_back("", {{"state", "st"}, {"code", "good"}}).status, 401);
  EXPECT_EQ(come_back("other", {{"state", "st"}, {"code", "good"}}).status, 401);
  EXPECT_EQ(come_back("", {{"code", "good"}}).status, 401);
  EXPECT_EQ(come_back("st", {{"state", "st"}, {"error", "access_denied"}}).status, 401);
  EXPECT_EQ(come_back("st", {{"state", "st"}, {"code", "bad"}}).status, 401);
  const Reply in = come_back("st", {{"state", "st"}, {"code", "good"}});
  EXPECT_EQ(in.status, 303);
  EXPECT_EQ(header(in, "Location"), "/");
  const std::string cookie = header(in, "Set-Cookie");
  ASSERT_TRUE(cookie.starts_with("__Host-vedette=vds_"));
  const Principal eve = principal(cookie.substr(15, cookie.find(';') - 15));
  EXPECT_EQ(eve.name, "eve");
  EXPECT_TRUE(eve.permissions.has(Permission::events_read));
}

TEST_F(AccessRest, KeysOfOthersAskForAConfirmation) {
  const Principal ada = set_up().principal;
  const Principal bob = person(ada, "bob", {"analyst"});
  ApiKey wanted;
  wanted.name = "b";
  wanted.permissions = {"events.read"};
  wanted.expires = now_ + 24 * kHour;
  const auto key = access_->make_key(bob, wanted, from());
  EXPECT_EQ(text(ask("listKeys", bob, {}), "/items/0/id"), key->key.id);
  EXPECT_EQ(text(ask("listKeys", ada, {}), "/items"), "[]");
  EXPECT_EQ(ask("listKeys", bob, {"null", "", std::nullopt, true}).status, 403);
  EXPECT_EQ(text(ask("listKeys", ada, {"null", "", std::nullopt, true}), "/items/0/id"), key->key.id);
  now_ += kHour;
  EXPECT_EQ(ask("deleteKey", ada, {"null", key->key.id, std::nullopt}).status, 403);
  EXPECT_TRUE(access_->principal_of(key->token, from()).ok());
}

}  // namespace
}  // namespace vedette::api
