#include <set>
#include <thread>

#include "access/throttle.hpp"
#include "access_doubles.hpp"

namespace vedette::api {
namespace {

using AccessSignIn = AccessTest;

TEST_F(AccessSignIn, SetUpOnceWithTheLastToken) {
  EXPECT_TRUE(access_->needs_set_up());
  const std::string first = access_->make_set_up_token().value();
  const std::string last = access_->make_set_up_token().value();
  NewUser ada;
  ada.name = "ada";
  ada.password = kGood;
  ada.tenant = "acme";  // not taken: the first administrator is of the default tenant
  EXPECT_REFUSED(access_->set_up(first, ada, from()), credentials);
  EXPECT_REFUSED(access_->set_up("", ada, from()), credentials);
  NewUser weak = ada;
  weak.password = "short";
  EXPECT_REFUSED(access_->set_up(last, weak, from()), invalid);
  now_ += 24 * kHour;
  EXPECT_REFUSED(access_->set_up(last, ada, from()), credentials);
  const std::string fresh = access_->make_set_up_token().value();
  const auto in = access_->set_up(fresh, ada, from());
  ASSERT_TRUE(in.ok()) << in.refusal().message;
  EXPECT_TRUE(in->principal.permissions.has(Permission::tenants_write));
  EXPECT_TRUE(in->principal.scope.tenant.empty());
  EXPECT_FALSE(access_->needs_set_up());
  EXPECT_REFUSED(access_->set_up(fresh, ada, from()), conflict);
  EXPECT_FALSE(access_->make_set_up_token().ok());
  EXPECT_EQ(audit_->count("setUp"), 1u);
}

TEST_F(AccessSignIn, TokensAreOpaqueKeptHashedAndAlwaysNew) {
  const SignedIn first = set_up();
  EXPECT_TRUE(first.token.starts_with("vds_"));
  EXPECT_EQ(first.token.size(), 47u);
  const auto second = sign_in("ADA", std::string(kGood));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first.token, second->token);
  EXPECT_NE(first.csrf_token, second->csrf_token);
  ports::RecordQuery query;
  query.collection = "sessions";
  const ports::RecordPage page = records_->find(query).value();
  for (const auto& record : page.records) {
    EXPECT_EQ(record.document.find(first.token.substr(4)), std::string::npos);
    EXPECT_EQ(record.document.find(second->token.substr(4)), std::string::npos);
  }
  const Principal who = principal(second->token);
  EXPECT_EQ(who.name, "ada");
  EXPECT_EQ(who.csrf_token, second->csrf_token);
  EXPECT_EQ(who.session_id, second->principal.session_id);
  EXPECT_TRUE(access_->confirmed_lately(who));
}

TEST_F(AccessSignIn, WrongUnknownAndLockedLookAlike) {
  const SignedIn ada = set_up();
  person(ada.principal, "bob", {"viewer"});
  auto users = access_->users(ada.principal, "", 10);
  User bob = users->items[1];
  bob.locked = true;
  ASSERT_TRUE(access_->change_user(ada.principal, bob, from()).ok());
  const auto wrong = sign_in("ada", "not this at all");
  const auto unknown = sign_in("nobody", "not this at all");
  const auto locked = sign_in("bob", std::string(kOther));
  const auto other_tenant = sign_in("ada", std::string(kGood), "", "192.0.2.7", "acme");
  for (const auto* outcome : {&wrong, &unknown, &locked, &other_tenant}) {
    ASSERT_FALSE(outcome->ok());
    EXPECT_EQ(outcome->refusal().kind, Refusal::Kind::credentials);
    EXPECT_EQ(outcome->refusal().message, wrong.refusal().message);
  }
  EXPECT_EQ(audit_->count("auth.refused"), 4u);
  // What an unknown one typed as a name may be a password.
  for (const AuditEntry& entry : audit_->entries()) {
    for (const auto& [key, value] : entry.details) EXPECT_EQ(value.find("nobody"), std::string::npos);
    for (const auto& [key, value] : entry.details) EXPECT_EQ(value.find("not this"), std::string::npos);
  }
}

TEST_F(AccessSignIn, GuessingIsSlowedWithoutLockingOutOthers) {
  set_up();
  for (int i = 0; i < access::Throttle::kFreeTries; ++i) {
    EXPECT_REFUSED(sign_in("ada", "guess number one", "", "198.51.100.9"), credentials);
  }
  const auto slowed = sign_in("ada", std::string(kGood), "", "198.51.100.9");
  ASSERT_FALSE(slowed.ok());
  EXPECT_EQ(slowed.refusal().kind, Refusal::Kind::too_often);
  EXPECT_GT(slowed.refusal().retry_after, 0);
  EXPECT_TRUE(sign_in("ada", std::string(kGood)).ok()) << "from elsewhere";
  // Names that are there and names that are not are slowed alike.
  for (int i = 0; i < access::Throttle::kFreeTries; ++i) {
    EXPECT_REFUSED(sign_in("nobody", "guess number one", "", "198.51.100.9"), credentials);
  }
  EXPECT_REFUSED(sign_in("nobody", "guess number one", "", "198.51.100.9"), too_often);
  // A swarm: networks from which ada never came wait, hers does not.
  for (int i = 0; i < 60; ++i) sign_in("ada", "guess", "", "10." + std::to_string(i) + ".0.1");
  EXPECT_REFUSED(sign_in("ada", std::string(kGood), "", "10.200.0.1"), too_often);
  EXPECT_TRUE(sign_in("ada", std::string(kGood)).ok());
  now_ += kMinute;
  EXPECT_TRUE(sign_in("ada", std::string(kGood), "", "10.200.0.1").ok());
}

TEST_F(AccessSignIn, FloodsOfRefusalsAreCountedNotWritten) {
  set_up();
  for (int i = 0; i < 300; ++i) sign_in("user" + std::to_string(i), "guess");
  EXPECT_LE(audit_->count("auth.refused"), 120u);
  now_ += kMinute;
  sign_in("one more", "guess");
  const AuditEntry last = audit_->entries().back();
  ASSERT_EQ(last.action, "auth.refused");
  EXPECT_EQ(last.details.back(),
            (std::pair<std::string, std::string>("refused_before_without_entry", "180")));
}

TEST_F(AccessSignIn, NobodyGetsInWithoutAnAuditEntry) {
  set_up();
  audit_->fail = true;
  EXPECT_REFUSED(sign_in("ada", std::string(kGood)), failed);
  EXPECT_REFUSED(sign_in("ada", "not this at all"), credentials);
}

TEST_F(AccessSignIn, OneTimeCodesOnceEach) {
  const SignedIn ada = set_up();
  std::vector<std::string> recovery;
  const std::string seed = enrol(ada.principal, &recovery);
  ASSERT_EQ(recovery.size(), 10u);
  EXPECT_EQ(std::set<std::string>(recovery.begin(), recovery.end()).size(), 10u);
  EXPECT_REFUSED(sign_in("ada", std::string(kGood)), second_factor);
  EXPECT_REFUSED(sign_in("ada", "not this at all", code_of(seed, 1)), credentials);
  EXPECT_REFUSED(sign_in("ada", std::string(kGood), code_of(seed)), second_factor);  // used when enrolling
  EXPECT_TRUE(sign_in("ada", std::string(kGood), code_of(seed, 1)).ok());
  EXPECT_REFUSED(sign_in("ada", std::string(kGood), code_of(seed, 1)), second_factor);  // replayed
  now_ += 2 * kMinute;
  EXPECT_TRUE(sign_in("ada", std::string(kGood), code_of(seed)).ok());
  EXPECT_TRUE(sign_in("ada", std::string(kGood), recovery[3]).ok());
  EXPECT_REFUSED(sign_in("ada", std::string(kGood), recovery[3]), second_factor);
  std::string typed = recovery[4];
  std::erase(typed, '-');
  for (char& c : typed) c = static_cast<char>(::toupper(c));
  EXPECT_TRUE(sign_in("ada", std::string(kGood), typed).ok());
  EXPECT_REFUSED(access_->begin_totp(ada.principal), conflict);
}

TEST_F(AccessSignIn, CodesAreThrottledLikePasswords) {
  const SignedIn ada = set_up();
  const std::string seed = enrol(ada.principal);
  now_ += 5 * kMinute;
  for (int i = 0; i < access::Throttle::kFreeTries; ++i) {
    EXPECT_REFUSED(sign_in("ada", std::string(kGood), "000000"), second_factor);
  }
  EXPECT_REFUSED(sign_in("ada", std::string(kGood), code_of(seed)), too_often);
}

TEST_F(AccessSignIn, SeedsAndCodesAreNotInTheRecords) {
  const SignedIn ada = set_up();
  std::vector<std::string> recovery;
  const std::string seed = enrol(ada.principal, &recovery);
  const auto record = records_->get("users", ada.principal.user_id)->value();
  EXPECT_EQ(record.document.find(access::base32(seed)), std::string::npos);
  EXPECT_EQ(record.document.find(recovery[0]), std::string::npos);
  EXPECT_EQ(record.document.find(kGood), std::string::npos);
}

TEST_F(AccessSignIn, SessionsEndIdleAndOld) {
  const SignedIn ada = set_up();
  for (int i = 0; i < 13; ++i) {
    now_ += 11 * kHour;
    EXPECT_TRUE(access_->principal_of(ada.token, from()).ok()) << i;
  }
  const auto idle = sign_in("ada", std::string(kGood));
  now_ += options_.session_idle + kMinute;
  EXPECT_REFUSED(access_->principal_of(idle->token, from()), credentials);
  now_ += 2 * 24 * kHour;
  EXPECT_REFUSED(access_->principal_of(ada.token, from()), credentials);  // a week
}

TEST_F(AccessSignIn, LastUseIsWrittenAtMostEachMinute) {
  const SignedIn ada = set_up();
  const auto version = [&] { return records_->get("sessions", ada.principal.session_id)->value().version; };
  const auto before = version();
  for (int i = 0; i < 50; ++i) {
    now_ += kSecond;
    principal(ada.token);
  }
  EXPECT_EQ(version(), before);
  now_ += 20 * kSecond;
  principal(ada.token);
  principal(ada.token);
  EXPECT_EQ(version(), before + 1);
  EXPECT_EQ(access_->sessions(ada.principal, ada.principal.user_id)->front().last_used, now_.load());
}

TEST_F(AccessSignIn, RubbishIsNoToken) {
  const SignedIn ada = set_up();
  for (const std::string& token : {std::string(), std::string("vds_"), std::string("vdk_"),
                                   std::string("vdk_a_b"), std::string("vds_") + std::string(10'000, 'a'),
                                   ada.token + "x", ada.token.substr(0, 46), std::string("vdk_\0_\xff", 7)}) {
    EXPECT_REFUSED(access_->principal_of(token, from()), credentials);
  }
}

TEST_F(AccessSignIn, ConfirmingRotatesTheToken) {
  const SignedIn ada = set_up();
  const std::string seed = enrol(ada.principal);
  now_ += kHour;
  const Principal who = principal(ada.token);
  EXPECT_FALSE(access_->confirmed_lately(who));
  EXPECT_REFUSED(access_->confirm(who, kGood, "", from()), second_factor);
  EXPECT_REFUSED(access_->confirm(who, "not this at all", code_of(seed), from()), credentials);
  const auto confirmed = access_->confirm(who, kGood, code_of(seed), from());
  ASSERT_TRUE(confirmed.ok()) << confirmed.refusal().message;
  EXPECT_NE(confirmed->token, ada.token);
  EXPECT_REFUSED(access_->principal_of(ada.token, from()), credentials);
  const Principal after = principal(confirmed->token);
  EXPECT_TRUE(access_->confirmed_lately(after));
  EXPECT_EQ(after.session_id, who.session_id);
  now_ += options_.step_up_age;
  EXPECT_FALSE(access_->confirmed_lately(after));
}

TEST_F(AccessSignIn, SigningOutEndsTheSessionAtOnce) {
  const SignedIn ada = set_up();
  const auto other = sign_in("ada", std::string(kGood));
  EXPECT_TRUE(access_->principal_of(ada.token, from()).ok());
  ASSERT_TRUE(access_->sign_out(ada.principal, from()).ok());
  EXPECT_REFUSED(access_->principal_of(ada.token, from()), credentials);
  EXPECT_TRUE(access_->principal_of(other->token, from()).ok());
}

TEST_F(AccessSignIn, ANewPasswordEndsOtherSessions) {
  const SignedIn ada = set_up();
  const auto other = sign_in("ada", std::string(kGood));
  EXPECT_REFUSED(access_->change_password(ada.principal, "not this at all", kOther, from()), credentials);
  EXPECT_REFUSED(access_->change_password(ada.principal, kGood, kGood, from()), invalid);
  EXPECT_REFUSED(access_->change_password(ada.principal, kGood, "password12345", from()), invalid);
  const auto changed = access_->change_password(ada.principal, kGood, kOther, from());
  ASSERT_TRUE(changed.ok()) << changed.refusal().message;
  EXPECT_REFUSED(access_->principal_of(other->token, from()), credentials);
  EXPECT_REFUSED(access_->principal_of(ada.token, from()), credentials);
  EXPECT_TRUE(access_->principal_of(changed->token, from()).ok());
  EXPECT_REFUSED(sign_in("ada", std::string(kGood)), credentials);
  EXPECT_TRUE(sign_in("ada", std::string(kOther)).ok());
}

TEST_F(AccessSignIn, HashesAreMadeAnewWhenTheirCostChanges) {
  const SignedIn ada = set_up();
  const auto document = [&] { return records_->get("users", ada.principal.user_id)->value().document; };
  EXPECT_NE(document().find("m=8,t=1"), std::string::npos);
  access_.reset();
  options_.argon2_passes = 2;
  options_.now = [this] { return now_.load(); };
  access_ = std::move(Access::open(*records_, *audit_, secrets_, options_).value());
  ASSERT_TRUE(sign_in("ada", std::string(kGood)).ok());
  EXPECT_NE(document().find("m=8,t=2"), std::string::npos);
  EXPECT_TRUE(sign_in("ada", std::string(kGood)).ok());
}

TEST_F(AccessSignIn, WithoutTheSecondFactorThatIsAskedForNothingIsAllowed) {
  const SignedIn ada = set_up();
  Role strict;
  strict.name = "strict";
  strict.permissions = {"events.read"};
  strict.second_factor = true;
  const auto role = access_->put_role(ada.principal, strict, from());
  ASSERT_TRUE(role.ok()) << role.refusal().message;
  const Principal bob = person(ada.principal, "bob", {role->id});
  EXPECT_TRUE(bob.permissions.names().empty());
  const std::string seed = enrol(bob);
  now_ += kMinute;
  const auto in = sign_in("bob", std::string(kOther), code_of(seed));
  ASSERT_TRUE(in.ok());
  EXPECT_TRUE(in->principal.permissions.has(Permission::events_read));
}

TEST_F(AccessSignIn, AFirstPasswordMustBeChanged) {
  const SignedIn ada = set_up();
  NewUser bob;
  bob.name = "bob";
  bob.password = kOther;
  bob.roles = {"viewer"};
  ASSERT_TRUE(access_->make_user(ada.principal, bob, from()).ok());
  const auto in = sign_in("bob", std::string(kOther));
  EXPECT_TRUE(in->principal.permissions.names().empty());
  const auto changed = access_->change_password(in->principal, kOther, "four calm blue boats", from());
  ASSERT_TRUE(changed.ok());
  EXPECT_TRUE(changed->principal.permissions.has(Permission::events_read));
}

TEST_F(AccessSignIn, Subjects) {
  const SignedIn ada = set_up();
  NewUser eve;
  eve.name = "eve";
  eve.roles = {"viewer"};
  EXPECT_REFUSED(access_->sign_in_subject("https://id.example", "42", eve, false, from()), credentials);
  const auto made = access_->sign_in_subject("https://id.example", "42", eve, true, from());
  ASSERT_TRUE(made.ok()) << made.refusal().message;
  EXPECT_TRUE(made->principal.permissions.has(Permission::events_read));
  const auto again = access_->sign_in_subject("https://id.example", "42", NewUser(), false, from());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->principal.user_id, made->principal.user_id);
  EXPECT_REFUSED(access_->sign_in_subject("https://other.example", "42", eve, false, from()), credentials);
  // A name that is taken is not taken over.
  NewUser as_ada = eve;
  as_ada.name = "ada";
  EXPECT_FALSE(access_->sign_in_subject("https://id.example", "43", as_ada, true, from()).ok());
  EXPECT_REFUSED(sign_in("eve", ""), credentials);
}

TEST_F(AccessSignIn, ManyAtOnce) {
  const SignedIn ada = set_up();
  options_.argon2_queue = 1000;
  std::vector<std::thread> threads;
  std::atomic<int> in{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k) {
        const auto signed_in = sign_in("ada", std::string(kGood), "", "192.0." + std::to_string(i) + ".1");
        if (signed_in.ok() && access_->principal_of(signed_in->token, from()).ok()) ++in;
        EXPECT_TRUE(access_->principal_of(ada.token, from()).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 40);
}

}  // namespace
}  // namespace vedette::api
