#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "access/breached.hpp"
#include "access/crypto.hpp"
#include "access/passwords.hpp"
#include "access/roles.hpp"
#include "access/throttle.hpp"
#include "access/totp.hpp"

namespace vedette::api::access {
namespace {

constexpr base::TimeNs kOneSecond = base::kNsPerSecond;

AccessOptions cheap() {
  AccessOptions options;
  options.now = [] { return base::TimeNs{0}; };
  options.argon2_memory_kib = 8;
  options.argon2_passes = 1;
  return options;
}

TEST(AccessCrypto, KnownAnswers) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");  // RFC 4648 section 10
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
  EXPECT_FALSE(base64url_decode("+/8"));
  EXPECT_TRUE(equal_secrets("same", "same"));
  EXPECT_FALSE(equal_secrets("same", "sane"));
  EXPECT_FALSE(equal_secrets("same", "same "));
  EXPECT_EQ(random_token("vds_").size(), 4u + 43u);
  EXPECT_NE(random_token(""), random_token(""));
}

TEST(AccessTotp, Rfc6238Vectors) {
  const std::string_view seed = "12345678901234567890";
  EXPECT_EQ(totp_code(seed, totp_step(59 * kOneSecond)), "287082");
  EXPECT_EQ(totp_code(seed, totp_step(1111111109 * kOneSecond)), "081804");
  EXPECT_EQ(totp_code(seed, totp_step(20000000000 / 4 * kOneSecond)), totp_code(seed, 5000000000 / 30));
  EXPECT_EQ(totp_code(seed, totp_step(2000000000 * kOneSecond)), "279037");
}

TEST(AccessTotp, OneStepEitherWayAndEachOnce) {
  const std::string_view seed = "12345678901234567890";
  const base::TimeNs now = 2000000000 * kOneSecond;
  const std::int64_t step = totp_step(now);
  EXPECT_EQ(match_totp(seed, totp_code(seed, step), now, 0), step);
  EXPECT_EQ(match_totp(seed, totp_code(seed, step - 1), now, 0), step - 1);
  EXPECT_EQ(match_totp(seed, totp_code(seed, step + 1), now, 0), step + 1);
  EXPECT_FALSE(match_totp(seed, totp_code(seed, step - 2), now, 0));
  EXPECT_FALSE(match_totp(seed, totp_code(seed, step + 2), now, 0));
  EXPECT_FALSE(match_totp(seed, totp_code(seed, step), now, step));
  EXPECT_FALSE(match_totp(seed, totp_code(seed, step - 1), now, step));
  EXPECT_FALSE(match_totp(seed, "", now, 0));
}

TEST(AccessPasswords, HashesArePhcStringsAndStaleOnesAreTold) {
  PasswordHasher hasher(cheap());
  const std::string hash = *hasher.hash("seven green lanterns");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
  EXPECT_TRUE(hasher.verify("seven green lanterns", hash)->right);
  EXPECT_FALSE(hasher.verify("seven green lanterns", hash)->stale);
  EXPECT_FALSE(hasher.verify("seven green lantern", hash)->right);
  EXPECT_FALSE(hasher.verify("seven green lanterns", "")->right);
  EXPECT_FALSE(hasher.verify("seven green lanterns", "rubbish")->right);
  AccessOptions dearer = cheap();
  dearer.argon2_passes = 2;
  EXPECT_TRUE(PasswordHasher(dearer).verify("seven green lanterns", hash)->stale);
}

TEST(AccessPasswords, MoreThanTheQueueHoldsAreRefused) {
  AccessOptions options = cheap();
  options.argon2_memory_kib = 4096;
  options.argon2_passes = 3;
  options.argon2_at_once = 1;
  options.argon2_queue = 1;
  PasswordHasher hasher(options);
  std::atomic<int> refused{0}, done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto hash = hasher.hash("seven green lanterns");
      ++(hash.ok() ? done : refused);
      if (!hash.ok()) {
        EXPECT_EQ(hash.refusal().kind, Refusal::Kind::too_often);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done + refused, 16);
  EXPECT_GE(done, 1);
}

TEST(AccessPasswords, Rules) {
  const auto rules = std::move(PasswordRules::create(cheap()).value());
  const auto fine = [&](std::string_view password) { return rules->fault_of(password, "ada").empty(); };
  EXPECT_TRUE(fine("seven green lanterns"));
  EXPECT_TRUE(fine("äöüäöüßäöüxy"));  // 12 code points
  EXPECT_FALSE(fine("äöüäöüßäöüx"));  // 11, though 21 bytes
  EXPECT_FALSE(fine("the flag of canADA is red"));
  EXPECT_FALSE(fine(std::string(1025, 'x')));
  EXPECT_FALSE(fine("Password123456"));
  EXPECT_FALSE(fine("passwordpassword"));
  EXPECT_FALSE(fine("!!!Administrator2026"));
  EXPECT_FALSE(fine("aaaaaaaaaaaaaaaa"));
  EXPECT_FALSE(fine("abcdefghijklmnop"));
  EXPECT_FALSE(fine("12345678901234"));
  EXPECT_FALSE(fine("seven green\xff lanterns"));
  EXPECT_TRUE(rules->fault_of("the flag of canada is red", "li").empty());  // too short a name to matter
}

TEST(AccessPasswords, ListInAFile) {
  const std::string file = ::testing::TempDir() + "vedette-breached-" + random_id("");
  std::ofstream(file) << "short\nTrombone Umbrella\r\nanother long line here\n";
  AccessOptions options = cheap();
  options.breached_passwords = file;
  const auto rules = std::move(PasswordRules::create(options).value());
  EXPECT_FALSE(rules->fault_of("trombone umbrella", "ada").empty());
  EXPECT_FALSE(rules->fault_of("another long line here", "ada").empty());
  EXPECT_TRUE(rules->fault_of("another long line there", "ada").empty());
  ::unlink(file.c_str());
  EXPECT_FALSE(PasswordRules::create(options).ok());
}

TEST(AccessThrottle, SlowsThePairAndNotTheOthers) {
  Throttle throttle;
  base::TimeNs now = 1'000'000 * kOneSecond;
  for (int i = 0; i < Throttle::kFreeTries; ++i) EXPECT_EQ(throttle.begin("ada", "net1", false, now), 0);
  EXPECT_EQ(throttle.begin("ada", "net1", false, now), 1);
  EXPECT_EQ(throttle.begin("ada", "net2", false, now), 0);
  EXPECT_EQ(throttle.begin("bob", "net1", false, now), 0);
  now += kOneSecond;
  EXPECT_EQ(throttle.begin("ada", "net1", false, now), 0);
  EXPECT_EQ(throttle.begin("ada", "net1", false, now), 2);
  now += 2 * kOneSecond;
  EXPECT_EQ(throttle.begin("ada", "net1", false, now), 0);
  EXPECT_EQ(throttle.begin("ada", "net1", false, now), 4);
  for (int i = 0; i < 40; ++i) {
    now += Throttle::kLongestWait;
    ASSERT_EQ(throttle.begin("ada", "net1", true, now), 0) << "never longer than the longest wait";
  }
  now += Throttle::kLongestWait;
  EXPECT_EQ(throttle.begin("ada", "net1", true, now), 0);
  throttle.succeeded("ada", "net1");
  EXPECT_EQ(throttle.begin("ada", "net1", true, now), 0);
}

TEST(AccessThrottle, ManyNetworksSlowUnknownOnesOnly) {
  Throttle throttle;
  base::TimeNs now = 1'000'000 * kOneSecond;
  for (int i = 0; i < Throttle::kFreeAcross; ++i) {
    EXPECT_EQ(throttle.begin("ada", "bot" + std::to_string(i), false, now), 0);
  }
  EXPECT_GT(throttle.begin("ada", "bot-new", false, now), 0);
  EXPECT_EQ(throttle.begin("ada", "home", true, now), 0);
  for (int i = 0; i < 200; ++i) {
    now += Throttle::kLongestAcrossWait;
    ASSERT_EQ(throttle.begin("ada", "bot-" + std::to_string(i), false, now), 0);
  }
}

TEST(AccessThrottle, IsBounded) {
  Throttle throttle;
  for (int i = 0; i < 100'000; ++i) throttle.begin("name" + std::to_string(i), "net", false, kOneSecond);
  EXPECT_LE(throttle.size(), Throttle::kMaxEntries);
}

TEST(AccessThrottle, Networks) {
  EXPECT_EQ(network_of("192.0.2.7"), network_of("192.0.2.200"));
  EXPECT_NE(network_of("192.0.2.7"), network_of("192.0.3.7"));
  EXPECT_EQ(network_of("2001:db8:1:2ff::1"), network_of("2001:db8:1:200:5::2"));
  EXPECT_NE(network_of("2001:db8:1:200::1"), network_of("2001:db8:1:300::1"));
}

TEST(AccessThrottle, QuotaCountsWhatItPassesOver) {
  Quota quota(2);
  std::uint64_t passed = 0;
  EXPECT_TRUE(quota.take(0, passed));
  EXPECT_TRUE(quota.take(0, passed));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(quota.take(kOneSecond, passed));
  EXPECT_TRUE(quota.take(60 * kOneSecond, passed));
  EXPECT_EQ(passed, 5u);
  EXPECT_TRUE(quota.take(60 * kOneSecond, passed));
  EXPECT_EQ(passed, 0u);
}

Role role(std::vector<std::string> permissions, std::vector<std::string> datasets, std::string filter,
          std::vector<std::string> masked) {
  Role out;
  out.id = out.name = "r";
  out.permissions = std::move(permissions);
  out.rows.datasets = std::move(datasets);
  out.rows.filter_text = std::move(filter);
  out.masked_fields = std::move(masked);
  return out;
}

TEST(AccessRoles, BuiltIn) {
  EXPECT_EQ(built_in_roles().size(), 6u);
  const Role auditor = *find_built_in("auditor");
  const PermissionSet permissions = permissions_of(auditor.permissions);
  EXPECT_TRUE(permissions.has(Permission::audit_read));
  EXPECT_TRUE(permissions.has(Permission::users_read));
  EXPECT_TRUE(permissions.has(Permission::settings_read));
  for (const std::string& name : auditor.permissions) EXPECT_TRUE(name.ends_with(".read")) << name;
  const Role administrator = *find_built_in("administrator");
  EXPECT_EQ(permissions_of(administrator.permissions).names().size(), kPermissions);
  for (const Role& built_in : built_in_roles()) {
    EXPECT_EQ(permissions_of(built_in.permissions).names(), built_in.permissions) << built_in.id;
    const Reach reach = reach_of(std::span(&built_in, 1), "");
    EXPECT_EQ(reach.scope.sees_all_rows(), built_in.id != "auditor") << built_in.id;
  }
}

TEST(AccessRoles, RowsOfAnyAndMasksOfAll) {
  const Role web = role({"events.read"}, {"web.*"}, "host.name: a", {"user.*", "source.ip"});
  const Role dns = role({"events.read"}, {"dns.*"}, "", {"user.name", "source.ip", "dns.question.name"});
  const std::vector both{web, dns};
  const Reach reach = reach_of(both, "acme");
  EXPECT_EQ(reach.scope.tenant, "acme");
  EXPECT_EQ(reach.scope.rows.size(), 2u);
  EXPECT_FALSE(reach.scope.sees_all_rows());
  EXPECT_EQ(reach.scope.masked_fields, (std::vector<std::string>{"source.ip", "user.name"}));
  // A role that lets at no events shows none and unmasks none.
  const std::vector with_auditor{web, *find_built_in("auditor")};
  EXPECT_FALSE(reach_of(with_auditor, "").scope.sees_all_rows());
  EXPECT_EQ(reach_of(with_auditor, "").scope.masked_fields.size(), 2u);
  const std::vector with_viewer{web, *find_built_in("viewer")};
  EXPECT_TRUE(reach_of(with_viewer, "").scope.sees_all_rows());
  EXPECT_TRUE(reach_of(with_viewer, "").scope.masked_fields.empty());
  EXPECT_TRUE(reach_of({}, "").scope.rows.empty());
}

TEST(AccessRoles, FilterThatCannotBeReadShowsNothing) {
  const Role broken = role({"events.read"}, {}, "host.name: (", {});
  EXPECT_FALSE(compile_rows(broken.rows).ok());
  EXPECT_TRUE(reach_of(std::span(&broken, 1), "").scope.rows.empty());
}

TEST(AccessRoles, OverlappingMasksMaskWhatBothMean) {
  const Role a = role({"events.read"}, {}, "x: 1", {"user.*"});
  const Role b = role({"events.read"}, {}, "x: 2", {"*.name"});
  const std::vector both{a, b};
  const auto masked = reach_of(both, "").scope.masked_fields;
  const bool hides = std::any_of(masked.begin(), masked.end(), [](const std::string& pattern) {
    return pattern_covers(pattern, "user.name");
  });
  EXPECT_TRUE(hides);
}

TEST(AccessRoles, TenantsHaveNoTenants) {
  const Role administrator = *find_built_in("administrator");
  EXPECT_TRUE(reach_of(std::span(&administrator, 1), "").permissions.has(Permission::tenants_write));
  EXPECT_FALSE(reach_of(std::span(&administrator, 1), "acme").permissions.has(Permission::tenants_write));
}

TEST(AccessRoles, Patterns) {
  EXPECT_TRUE(pattern_covers("*", "user.*"));
  EXPECT_TRUE(pattern_covers("user.*", "user.name"));
  EXPECT_TRUE(pattern_covers("u*e", "user.?ame"));
  EXPECT_FALSE(pattern_covers("user.?", "user.*"));
  EXPECT_FALSE(pattern_covers("user.name", "user.*"));
  EXPECT_FALSE(pattern_covers("user.*", "*"));
  EXPECT_TRUE(patterns_overlap("user.*", "*.name"));
  EXPECT_TRUE(patterns_overlap("a?c", "ab*"));
  EXPECT_FALSE(patterns_overlap("user.*", "host.*"));
  EXPECT_FALSE(patterns_overlap("a", "ab"));
}

TEST(AccessRoles, Covers) {
  const Role wide = role({"events.read", "alerts.read"}, {"web.*"}, "", {"user.name"});
  const Reach outer = reach_of(std::span(&wide, 1), "");
  const auto covered = [&](const Role& inner) {
    return covers(outer.permissions, outer.scope, reach_of(std::span(&inner, 1), ""));
  };
  EXPECT_TRUE(covered(wide));
  EXPECT_TRUE(covered(role({"events.read"}, {"web.access"}, "a: 1", {"user.*"})));
  EXPECT_FALSE(covered(role({"rules.write"}, {"web.*"}, "", {"user.name"})));
  EXPECT_FALSE(covered(role({"events.read"}, {}, "", {"user.name"})));
  EXPECT_FALSE(covered(role({"events.read"}, {"dns"}, "", {"user.name"})));
  EXPECT_FALSE(covered(role({"events.read"}, {"web.*"}, "", {})));
}

}  // namespace
}  // namespace vedette::api::access
