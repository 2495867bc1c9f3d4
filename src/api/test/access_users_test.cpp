#include "access_doubles.hpp"

namespace vedette::api {
namespace {

class AccessUsers : public AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    ada_ = set_up();
  }
  const Principal& ada() const { return ada_.principal; }
  Role make_role(const Principal& who, std::string name, std::vector<std::string> permissions,
                 std::vector<std::string> datasets = {}, std::string filter = {},
                 std::vector<std::string> masked = {}) {
    Role role;
    role.name = std::move(name);
    role.permissions = std::move(permissions);
    role.rows.datasets = std::move(datasets);
    role.rows.filter_text = std::move(filter);
    role.masked_fields = std::move(masked);
    role.tenant = who.scope.tenant;
    auto made = access_->put_role(who, role, from());
    EXPECT_TRUE(made.ok()) << made.refusal().message;
    return *made;
  }
  void make_tenant(std::string id) {
    ASSERT_TRUE(access_->put_tenant(ada(), Tenant{id, id, 0}, from()).ok());
  }
  ApiKey key_of(std::vector<std::string> permissions, std::vector<std::string> addresses = {}) {
    ApiKey key;
    key.name = "deploy";
    key.permissions = std::move(permissions);
    key.addresses = std::move(addresses);
    key.expires = now_ + 24 * kHour;
    return key;
  }
  SignedIn ada_;
};

TEST_F(AccessUsers, NamesAreUniqueInATenantInAnyCase) {
  make_tenant("acme");
  ASSERT_TRUE(make_user(ada(), "bob", {"viewer"}).ok());
  EXPECT_REFUSED(make_user(ada(), "BOB", {"viewer"}), conflict);
  EXPECT_TRUE(make_user(ada(), "bob", {"viewer"}, "acme").ok());
  EXPECT_REFUSED(make_user(ada(), "bob", {"viewer"}, "nowhere"), invalid);
  const auto carol = make_user(ada(), "carol", {});
  User renamed = *carol;
  renamed.name = "Bob";
  EXPECT_REFUSED(access_->change_user(ada(), renamed, from()), conflict);
  renamed.name = "Carol the Second";
  ASSERT_TRUE(access_->change_user(ada(), renamed, from()).ok());
  EXPECT_TRUE(make_user(ada(), "carol", {}).ok()) << "the old name is free";
  EXPECT_TRUE(sign_in("carol the second", std::string(kOther)).ok());
}

TEST_F(AccessUsers, BadTextsAreRefused) {
  for (const std::string& name :
       {std::string(), std::string(129, 'x'), std::string(" bob"), std::string("b\nb"), std::string("b\xff"),
        std::string("b\0b", 3), std::string("b\xe2\x80\xae")}) {
    EXPECT_REFUSED(make_user(ada(), name, {"viewer"}), invalid);
  }
  EXPECT_REFUSED(make_user(ada(), "bob", {"no such role"}), invalid);
  NewUser weak;
  weak.name = "robert";
  weak.password = "robert likes cats";
  EXPECT_REFUSED(access_->make_user(ada(), weak, from()), invalid);
}

TEST_F(AccessUsers, ChangesNeedTheVersionThatWasRead) {
  User bob = *make_user(ada(), "bob", {"viewer"});
  ASSERT_TRUE(sign_in("bob", std::string(kOther)).ok());
  User first = bob, second = bob;
  first.email = "bob@example.org";
  EXPECT_TRUE(access_->change_user(ada(), first, from()).ok()) << "a sign-in between does not matter";
  second.email = "rob@example.org";
  EXPECT_REFUSED(access_->change_user(ada(), second, from()), conflict);
}

TEST_F(AccessUsers, OtherRolesAndLockingEndSessionsAtOnce) {
  User bob = *make_user(ada(), "bob", {"viewer"});
  auto in = sign_in("bob", std::string(kOther));
  ASSERT_TRUE(access_->principal_of(in->token, from()).ok());
  bob.roles = {"analyst"};
  bob = *access_->change_user(ada(), bob, from());
  EXPECT_REFUSED(access_->principal_of(in->token, from()), credentials);
  in = sign_in("bob", std::string(kOther));
  EXPECT_TRUE(principal(in->token).permissions.has(Permission::alerts_write));
  bob.email = "bob@example.org";
  bob = *access_->change_user(ada(), bob, from());
  EXPECT_TRUE(access_->principal_of(in->token, from()).ok());
  bob.locked = true;
  bob = *access_->change_user(ada(), bob, from());
  EXPECT_REFUSED(access_->principal_of(in->token, from()), credentials);
}

TEST_F(AccessUsers, TheLastAdministratorStays) {
  User self = *access_->user(ada(), ada().user_id);
  EXPECT_REFUSED(access_->remove_user(ada(), self.id, from()), conflict);
  User locked = self;
  locked.locked = true;
  EXPECT_REFUSED(access_->change_user(ada(), locked, from()), conflict);
  User less = self;
  less.roles = {"viewer"};
  EXPECT_REFUSED(access_->change_user(ada(), less, from()), conflict);
  // One who cannot sign in is none.
  NewUser later;
  later.name = "later";
  later.roles = {"administrator"};
  const auto made = access_->make_user(ada(), later, from());
  ASSERT_TRUE(made.ok());
  EXPECT_REFUSED(access_->remove_user(ada(), self.id, from()), conflict);
  const auto token = access_->reset_password(ada(), made->id, from());
  ASSERT_TRUE(access_->set_password(*token, kOther, from()).ok());
  EXPECT_TRUE(access_->remove_user(ada(), self.id, from()).ok());
  EXPECT_REFUSED(access_->principal_of(ada_.token, from()), credentials);
}

TEST_F(AccessUsers, RemovingTakesSessionsKeysAndNamesAway) {
  const Principal bob = person(ada(), "bob", {"analyst"});
  const auto in = sign_in("bob", std::string(kOther));
  const auto key = access_->make_key(in->principal, key_of({"events.read"}), from());
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE(access_->principal_of(key->token, from()).ok());
  ASSERT_TRUE(access_->remove_user(ada(), bob.user_id, from()).ok());
  EXPECT_REFUSED(access_->principal_of(in->token, from()), credentials);
  EXPECT_REFUSED(access_->principal_of(key->token, from()), credentials);
  EXPECT_REFUSED(access_->user(ada(), bob.user_id), not_found);
  EXPECT_TRUE(make_user(ada(), "bob", {}).ok());
}

TEST_F(AccessUsers, ResetTokensOnceForADay) {
  const auto bob = make_user(ada(), "bob", {"viewer"});
  const auto in = sign_in("bob", std::string(kOther));
  const auto old = access_->reset_password(ada(), bob->id, from());
  const auto token = access_->reset_password(ada(), bob->id, from());
  EXPECT_REFUSED(access_->set_password(*old, "four calm blue boats", from()), credentials);
  EXPECT_REFUSED(access_->set_password(*token, "bob bob bob bob", from()), invalid);
  ASSERT_TRUE(access_->set_password(*token, "four calm blue boats", from()).ok());
  EXPECT_REFUSED(access_->set_password(*token, "five calm blue boats", from()), credentials);
  EXPECT_REFUSED(access_->principal_of(in->token, from()), credentials);
  EXPECT_TRUE(sign_in("bob", "four calm blue boats").ok());
  const auto late = access_->reset_password(ada(), bob->id, from());
  now_ += 24 * kHour;
  EXPECT_REFUSED(access_->set_password(*late, "five calm blue boats", from()), credentials);
  EXPECT_REFUSED(access_->set_password("setup", "five calm blue boats", from()), credentials);
}

TEST_F(AccessUsers, NobodyGivesAwayWhatTheyHaveNot) {
  const Role helpdesk =
      make_role(ada(), "helpdesk", {"users.read", "users.write", "roles.write", "events.read"}, {"web.*"}, "",
                {"user.name"});
  const Principal bob = person(ada(), "bob", {helpdesk.id});
  EXPECT_REFUSED(make_user(bob, "eve", {"administrator"}), forbidden);
  EXPECT_REFUSED(make_user(bob, "eve", {"viewer"}), forbidden);  // sees all rows
  EXPECT_TRUE(make_user(bob, "eve", {helpdesk.id}).ok());
  Role role;
  role.name = "mine";
  role.permissions = {"rules.write"};
  EXPECT_REFUSED(access_->put_role(bob, role, from()), forbidden);
  role.permissions = {"events.read"};
  EXPECT_REFUSED(access_->put_role(bob, role, from()), forbidden);
  role.rows.datasets = {"web.access"};
  EXPECT_REFUSED(access_->put_role(bob, role, from()), forbidden);  // not masked
  role.masked_fields = {"user.*"};
  EXPECT_TRUE(access_->put_role(bob, role, from()).ok());
  // Nor do they take over one who has more.
  User self = *access_->user(bob, bob.user_id);
  self.roles = {"administrator"};
  EXPECT_REFUSED(access_->change_user(bob, self, from()), forbidden);
  EXPECT_REFUSED(access_->reset_password(bob, ada().user_id, from()), forbidden);
  EXPECT_REFUSED(access_->remove_totp(bob, ada().user_id, from()), forbidden);
  EXPECT_REFUSED(access_->remove_user(bob, ada().user_id, from()), forbidden);
  EXPECT_REFUSED(access_->end_session(bob, ada().session_id, from()), forbidden);
  User other = *access_->user(bob, ada().user_id);
  other.email = "x@example.org";
  EXPECT_REFUSED(access_->change_user(bob, other, from()), forbidden);
  const Role mighty = make_role(ada(), "mighty", {"rules.write"});
  Role weaker = mighty;
  weaker.permissions = {"users.read"};
  EXPECT_REFUSED(access_->put_role(bob, weaker, from()), forbidden);
}

TEST_F(AccessUsers, TenantsAreApart) {
  make_tenant("acme");
  const Principal boss = person(ada(), "boss", {"administrator"}, "acme");
  EXPECT_FALSE(boss.permissions.has(Permission::tenants_write));
  EXPECT_EQ(boss.scope.tenant, "acme");
  EXPECT_REFUSED(access_->user(boss, ada().user_id), not_found);
  EXPECT_REFUSED(access_->remove_user(boss, ada().user_id, from()), not_found);
  EXPECT_REFUSED(access_->sessions(boss, ada().user_id), not_found);
  EXPECT_REFUSED(make_user(boss, "eve", {"viewer"}), invalid);  // the default tenant
  EXPECT_REFUSED(make_user(boss, "eve", {"viewer"}, "nowhere"), invalid);
  EXPECT_REFUSED(access_->put_tenant(boss, Tenant{"mine", "Mine", 0}, from()), forbidden);
  EXPECT_EQ(access_->users(boss, "", 100)->items.size(), 1u);
  EXPECT_EQ(access_->users(ada(), "", 100)->items.size(), 2u);
  EXPECT_EQ(access_->tenants(boss)->size(), 1u);
  EXPECT_EQ(access_->tenants(ada())->size(), 2u);
  const Role ours = make_role(ada(), "ours", {"events.read"});
  EXPECT_REFUSED(make_user(boss, "eve", {ours.id}, "acme"), invalid);
  EXPECT_EQ(access_->roles(boss)->size(), 6u);
  EXPECT_REFUSED(access_->remove_role(boss, ours.id, from()), not_found);
  Role foreign = ours;
  EXPECT_REFUSED(access_->put_role(boss, foreign, from()), not_found);
  Role theirs;
  theirs.name = "theirs";
  theirs.permissions = {"tenants.write"};
  theirs.tenant = "acme";
  EXPECT_REFUSED(access_->put_role(boss, theirs, from()), forbidden);
  theirs.permissions = {"events.read"};
  theirs.tenant = "";
  EXPECT_REFUSED(access_->put_role(boss, theirs, from()), invalid);
  EXPECT_REFUSED(access_->put_tenant(ada(), Tenant{"acme", "again", 0}, from()), conflict);
  for (const char* id : {"", "default", "Acme", "-x", "a b", "../x"}) {
    EXPECT_REFUSED(access_->put_tenant(ada(), Tenant{id, "x", 0}, from()), invalid);
  }
}

TEST_F(AccessUsers, RolesHoldAtOnceAndStayWhileInUse) {
  Role role = make_role(ada(), "web", {"events.read"}, {"web.*"}, "host.name: a");
  EXPECT_REFUSED(access_->remove_role(ada(), "viewer", from()), forbidden);
  Role built_in = role;
  built_in.id = "viewer";
  EXPECT_REFUSED(access_->put_role(ada(), built_in, from()), forbidden);
  const auto bob = make_user(ada(), "bob", {role.id});
  const auto in = sign_in("bob", std::string(kOther));
  EXPECT_EQ(principal(in->token).scope.rows.at(0).filter_text, "host.name: a");
  EXPECT_EQ(principal(in->token).scope.rows.at(0).filter.kind, model::Predicate::Kind::test);
  Role changed = role;
  changed.permissions = {"events.read", "alerts.read"};
  changed.rows.filter_text = "host.name: (";
  EXPECT_REFUSED(access_->put_role(ada(), changed, from()), invalid);
  changed.rows.filter_text = "host.name: b";
  ASSERT_TRUE(access_->put_role(ada(), changed, from()).ok());
  EXPECT_TRUE(principal(in->token).permissions.has(Permission::alerts_read));
  EXPECT_EQ(principal(in->token).scope.rows.at(0).filter_text, "host.name: b");
  EXPECT_REFUSED(access_->put_role(ada(), changed, from()), conflict);  // version 1 no more
  EXPECT_REFUSED(access_->remove_role(ada(), role.id, from()), conflict);
  ASSERT_TRUE(access_->remove_user(ada(), bob->id, from()).ok());
  EXPECT_TRUE(access_->remove_role(ada(), role.id, from()).ok());
}

TEST_F(AccessUsers, KeysDoWhatTheirOwnerStillMay) {
  const auto bob = make_user(ada(), "bob", {"analyst"});
  const auto in = sign_in("bob", std::string(kOther));
  const auto made = access_->make_key(in->principal, key_of({"events.read", "alerts.write"}), from());
  ASSERT_TRUE(made.ok()) << made.refusal().message;
  EXPECT_TRUE(made->token.starts_with(made->key.prefix + "_"));
  const Principal key = principal(made->token);
  EXPECT_EQ(key.kind, Principal::Kind::key);
  EXPECT_EQ(key.name, "bob (key deploy)");
  EXPECT_EQ(key.permissions.names(), (std::vector<std::string>{"alerts.write", "events.read"}));
  EXPECT_FALSE(access_->confirmed_lately(key));
  EXPECT_REFUSED(access_->make_key(key, key_of({"events.read"}), from()), forbidden);
  EXPECT_REFUSED(access_->begin_totp(key), forbidden);
  EXPECT_REFUSED(access_->make_key(in->principal, key_of({"rules.write"}), from()), forbidden);
  const auto second = access_->make_key(in->principal, key_of({"events.read"}), from());
  EXPECT_REFUSED(access_->remove_key(key, second->key.id, from()), not_found);
  EXPECT_TRUE(access_->remove_key(principal(second->token), second->key.id, from()).ok());
  User less = *access_->user(ada(), bob->id);
  less.roles = {"viewer"};
  ASSERT_TRUE(access_->change_user(ada(), less, from()).ok());
  EXPECT_EQ(principal(made->token).permissions.names(), (std::vector<std::string>{"events.read"}));
  std::string wrong = made->token;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  EXPECT_REFUSED(access_->principal_of(wrong, from()), credentials);
  now_ += 24 * kHour;
  EXPECT_REFUSED(access_->principal_of(made->token, from()), credentials);
}

TEST_F(AccessUsers, KeysAreBoundInTimeAndPlace) {
  ApiKey key = key_of({"events.read"}, {"10.0.0.0/8", "2001:db8::/32"});
  const auto made = access_->make_key(ada(), key, from());
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(access_->principal_of(made->token, from("10.1.2.3")).ok());
  EXPECT_TRUE(access_->principal_of(made->token, from("2001:db8::5")).ok());
  EXPECT_REFUSED(access_->principal_of(made->token, from("192.0.2.7")), credentials);
  EXPECT_REFUSED(access_->principal_of(made->token, from("rubbish")), credentials);
  key.addresses = {"10.0.0.1/8"};
  EXPECT_REFUSED(access_->make_key(ada(), key, from()), invalid);
  key.addresses.clear();
  key.expires = 0;
  EXPECT_REFUSED(access_->make_key(ada(), key, from()), invalid);
  key.expires = now_ + 400 * 24 * kHour;
  EXPECT_REFUSED(access_->make_key(ada(), key, from()), invalid);
  key.expires = now_ + kHour;
  key.permissions = {"no.such"};
  EXPECT_REFUSED(access_->make_key(ada(), key, from()), invalid);
  key.permissions.clear();
  EXPECT_REFUSED(access_->make_key(ada(), key, from()), invalid);
}

TEST_F(AccessUsers, KeysOfOthersAreForThoseWhoMay) {
  const Principal bob = person(ada(), "bob", {"analyst"});
  const auto of_ada = access_->make_key(ada(), key_of({"events.read"}), from());
  const auto of_bob = access_->make_key(bob, key_of({"events.read"}), from());
  EXPECT_EQ(access_->keys(bob, false)->size(), 1u);
  EXPECT_REFUSED(access_->keys(bob, true), forbidden);
  EXPECT_EQ(access_->keys(ada(), true)->size(), 2u);
  EXPECT_REFUSED(access_->remove_key(bob, of_ada->key.id, from()), not_found);
  EXPECT_TRUE(access_->remove_key(ada(), of_bob->key.id, from()).ok());
  EXPECT_REFUSED(access_->principal_of(of_bob->token, from()), credentials);
  EXPECT_REFUSED(access_->end_session(bob, ada().session_id, from()), not_found);
}

TEST_F(AccessUsers, EveryChangeIsAudited) {
  const auto before = audit_->entries().size();
  User bob = *make_user(ada(), "bob", {"viewer"});
  bob.roles = {"analyst"};
  ASSERT_TRUE(access_->change_user(ada(), bob, from()).ok());
  const auto entries = audit_->entries();
  ASSERT_EQ(entries.size(), before + 2);
  const AuditEntry& entry = entries.back();
  EXPECT_EQ(entry.action, "updateUser");
  EXPECT_EQ(entry.target, "users/" + bob.id);
  EXPECT_EQ(entry.actor_name, "ada");
  EXPECT_EQ(entry.actor_kind, "user");
  EXPECT_EQ(entry.session_id, ada().session_id);
  EXPECT_EQ(entry.address, "192.0.2.7");
  const auto has = [&](const char* key, const char* value) {
    return std::find(entry.details.begin(), entry.details.end(),
                     std::pair<std::string, std::string>(key, value)) != entry.details.end();
  };
  EXPECT_TRUE(has("roles.before", "viewer"));
  EXPECT_TRUE(has("roles.after", "analyst"));
  audit_->fail = true;
  EXPECT_REFUSED(make_user(ada(), "carol", {"viewer"}), failed);
  audit_->fail = false;
  EXPECT_EQ(access_->users(ada(), "", 100)->items.size(), 2u) << "no change without its entry";
}

TEST_F(AccessUsers, PagesOfUsers) {
  for (const char* name : {"zoe", "bob", "carol", "dan"}) ASSERT_TRUE(make_user(ada(), name, {}).ok());
  std::vector<std::string> names;
  std::string after;
  do {
    const auto page = access_->users(ada(), after, 2);
    ASSERT_TRUE(page.ok());
    for (const User& user : page->items) names.push_back(user.name);
    after = page->next;
  } while (!after.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"ada", "bob", "carol", "dan", "zoe"}));
  EXPECT_REFUSED(access_->users(ada(), "rubbish", 2), invalid);
}

}  // namespace
}  // namespace vedette::api
