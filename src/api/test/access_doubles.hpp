// A node's access for tests: real records, in-test audit log and secret store, a clock that stands still.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/crypto.hpp"
#include "access/totp.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/api/access.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {

class AuditDouble final : public AuditLog {
 public:
  explicit AuditDouble(ports::RecordStore& records) : records_(records) {}
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> changes,
                                                 std::span<const AuditEntry> entries) override {
    const std::lock_guard lock(mutex_);
    if (fail) return base::make_error(base::ErrorCode::io, "the disk is gone");
    base::Result<std::vector<std::uint64_t>> done = std::vector<std::uint64_t>();
    if (!changes.empty()) done = records_.apply(changes);
    if (done.ok()) entries_.insert(entries_.end(), entries.begin(), entries.end());
    return done;
  }
  std::string head() const override { return {}; }
  std::vector<AuditEntry> entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  std::size_t count(std::string_view action) const {
    std::size_t n = 0;
    for (const AuditEntry& entry : entries()) n += entry.action == action ? 1 : 0;
    return n;
  }
  std::atomic<bool> fail{false};

 private:
  ports::RecordStore& records_;
  mutable std::mutex mutex_;
  std::vector<AuditEntry> entries_;
};

class SecretDouble final : public ports::SecretStore {
 public:
  base::Result<std::string> seal(std::string_view secret, std::string_view purpose) const override {
    return "sealed:" + base::hex_encode(purpose) + ":" + base::hex_encode(secret);
  }
  base::Result<std::string> open(std::string_view sealed, std::string_view purpose) const override {
    const auto parts = base::split(sealed, ':');
    if (parts.size() != 3 || parts[1] != base::hex_encode(purpose)) {
      return base::make_error(base::ErrorCode::corrupt, "not sealed for this");
    }
    return *base::hex_decode(parts[2]);
  }
  base::Result<std::string> rewrap(std::string_view sealed, std::string_view) const override {
    return std::string(sealed);
  }
  base::Result<std::string> rotate() override { return std::string("1"); }
  std::string current_key() const override { return "1"; }
};

inline constexpr base::TimeNs kSecond = base::kNsPerSecond, kMinute = 60 * kSecond, kHour = 60 * kMinute;
inline constexpr std::string_view kGood = "seven green lanterns";
inline constexpr std::string_view kOther = "a quiet harbour at dawn";

class AccessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const int fd = ::mkstemp(file_.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    ::unlink(file_.c_str());
    adapters::SqliteOptions options;
    options.file = file_;
    options.collections = access_collections();
    records_ = std::move(adapters::open_sqlite(options).value());
    audit_ = std::make_unique<AuditDouble>(*records_);
    open_access();
  }
  void TearDown() override {
    access_.reset();
    records_.reset();
    for (const char* end : {"", "-wal", "-shm", ".lock"}) ::unlink((file_ + end).c_str());
  }

  void open_access() {
    options_.now = [this] { return now_.load(); };
    options_.argon2_memory_kib = 8;
    options_.argon2_passes = 1;
    access_ = std::move(Access::open(*records_, *audit_, secrets_, options_).value());
  }

  Origin from(std::string address = "192.0.2.7") const { return {std::move(address), "test", "r1"}; }
  SignedIn set_up() {
    const std::string token = access_->make_set_up_token().value();
    NewUser ada;
    ada.name = "ada";
    ada.password = kGood;
    auto in = access_->set_up(token, ada, from());
    EXPECT_TRUE(in.ok());
    return *in;
  }
  Allowed<SignedIn> sign_in(std::string name, std::string password, std::string code = {},
                            std::string address = "192.0.2.7", std::string tenant = {}) {
    return access_->sign_in({std::move(tenant), std::move(name), std::move(password), std::move(code)},
                            from(std::move(address)));
  }
  Allowed<User> make_user(const Principal& who, std::string name, std::vector<std::string> roles,
                          std::string tenant = {}) {
    NewUser user;
    user.name = std::move(name);
    user.password = kOther;
    user.roles = std::move(roles);
    user.tenant = std::move(tenant);
    user.must_change_password = false;
    return access_->make_user(who, user, from());
  }
  Principal principal(const std::string& token, std::string address = "192.0.2.7") {
    auto who = access_->principal_of(token, from(std::move(address)));
    EXPECT_TRUE(who.ok());
    return who.ok() ? *who : Principal();
  }
  // A principal of a new user with these roles.
  Principal person(const Principal& maker, std::string name, std::vector<std::string> roles,
                   std::string tenant = {}) {
    auto made = make_user(maker, name, std::move(roles), tenant);
    EXPECT_TRUE(made.ok()) << made.refusal().message;
    auto in = sign_in(name, std::string(kOther), {}, "192.0.2.7", tenant);
    EXPECT_TRUE(in.ok()) << in.refusal().message;
    return in->principal;
  }
  std::string code_of(std::string_view seed, int steps = 0) {
    return access::totp_code(seed, access::totp_step(now_) + steps);
  }
  // Sets up one-time codes; the seed.
  std::string enrol(const Principal& who, std::vector<std::string>* recovery = nullptr) {
    const auto begun = access_->begin_totp(who);
    EXPECT_TRUE(begun.ok());
    std::string seed = base32_bytes(begun->secret_base32);
    auto codes = access_->finish_totp(who, code_of(seed), from());
    EXPECT_TRUE(codes.ok());
    if (recovery != nullptr) *recovery = *codes;
    return seed;
  }
  static std::string base32_bytes(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : text) {
      held = held << 5 | static_cast<std::uint32_t>(kDigits.find(c));
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out += static_cast<char>(held >> bits & 0xFF);
      }
    }
    return out;
  }

  std::string file_ = ::testing::TempDir() + "vedette-access-XXXXXX";
  std::atomic<base::TimeNs> now_{1'800'000'000 * kSecond};
  AccessOptions options_;
  SecretDouble secrets_;
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<AuditDouble> audit_;
  std::unique_ptr<Access> access_;
};

#define EXPECT_REFUSED(expression, wanted)                                                        \
  do {                                                                                            \
    const auto outcome_ = (expression);                                                           \
    ASSERT_FALSE(outcome_.ok()) << "it was allowed";                                              \
    EXPECT_EQ(static_cast<int>(outcome_.refusal().kind), static_cast<int>(Refusal::Kind::wanted)) \
        << outcome_.refusal().message;                                                            \
  } while (false)

}  // namespace vedette::api
