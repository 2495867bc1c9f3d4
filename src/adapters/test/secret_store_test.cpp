#include "vedette/adapters/secret_store.hpp"

#include <set>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret_crypto.hpp"
#include "vedette/base/files.hpp"

namespace vedette::adapters {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::Not;

class SecretStoreTest : public ::testing::Test {
 protected:
  SecretStoreTest() {
    std::string pattern = testing::TempDir() + "vedette-secrets-XXXXXX";
    if (::mkdtemp(pattern.data())) folder_ = pattern;
    file_ = folder_ + "/secrets.keys";
  }
  ~SecretStoreTest() override {
    ::unlink(file_.c_str());
    ::unlink((file_ + ".new").c_str());
    ::rmdir(folder_.c_str());
  }

  std::unique_ptr<ports::SecretStore> open() const { return opened({file_, {}}); }
  static std::unique_ptr<ports::SecretStore> opened(const SecretStoreOptions& options) {
    auto store = open_secret_store(options);
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message);
    return std::move(store).value();
  }
  static std::string sealed(const ports::SecretStore& store, std::string_view secret,
                            std::string_view purpose = "totp:u1") {
    auto text = store.seal(secret, purpose);
    EXPECT_TRUE(text.ok());
    return std::move(text).value();
  }
  mode_t mode() const {
    struct stat info {};
    EXPECT_EQ(::stat(file_.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  std::string folder_, file_;
};

std::string key_text(char fill) {
  return to_base64url(std::string(kKeyBytes, fill));
}

TEST_F(SecretStoreTest, WhatIsSealedOpens) {
  const auto store = open();
  std::string bytes("\0\x01\xff:\n", 5);
  for (const std::string& secret :
       {std::string(), std::string("hunter2"), bytes, std::string(ports::kMaxSecretBytes, 's')}) {
    const std::string text = sealed(*store, secret);
    const auto back = store->open(text, "totp:u1");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, secret);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:"),
              std::string::npos);
    EXPECT_TRUE(text.starts_with("v1:" + store->current_key() + ":"));
  }
  EXPECT_EQ(store->seal(std::string(ports::kMaxSecretBytes + 1, 's'), "p").error().code, ErrorCode::limit);
}

TEST_F(SecretStoreTest, NoTwoSealsAreAlike) {
  const auto store = open();
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.insert(sealed(*store, "same"));
  EXPECT_EQ(texts.size(), 100u);
}

TEST_F(SecretStoreTest, EveryChangedByteIsFound) {
  const auto store = open();
  const std::string text = sealed(*store, "hunter2");
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char other : {'A', 'B', '_', 'f', '0', ':', '=', '\n'}) {
      if (text[at] == other) continue;
      std::string changed = text;
      changed[at] = other;
      const auto opened = store->open(changed, "totp:u1");
      ASSERT_FALSE(opened.ok()) << at << " " << other;
      EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
      EXPECT_THAT(opened.error().message, Not(HasSubstr("hunter2")));
      EXPECT_FALSE(store->rewrap(changed, "totp:u1").ok());
    }
    EXPECT_FALSE(store->open(text.substr(0, at), "totp:u1").ok());
    std::string longer = text;
    longer.insert(at, "A");
    EXPECT_FALSE(store->open(longer, "totp:u1").ok());
  }
  EXPECT_FALSE(store->open(text + "A", "totp:u1").ok());
}

TEST_F(SecretStoreTest, PartsOfTwoTextsMakeNone) {
  const auto store = open();
  const std::string one = sealed(*store, "one"), two = sealed(*store, "two");
  EXPECT_FALSE(store->open(one.substr(0, one.rfind(':')) + two.substr(two.rfind(':')), "totp:u1").ok());
}

TEST_F(SecretStoreTest, AnotherPurposeDoesNotOpen) {
  const auto store = open();
  const std::string text = sealed(*store, "hunter2");
  for (const char* purpose : {"", "totp:u2", "totp:u1 ", "TOTP:u1"}) {
    EXPECT_EQ(store->open(text, purpose).error().code, ErrorCode::corrupt);
    EXPECT_FALSE(store->rewrap(text, purpose).ok());
  }
}

TEST_F(SecretStoreTest, KeysOutliveTheProcess) {
  const std::string text = sealed(*open(), "hunter2");
  EXPECT_EQ(*open()->open(text, "totp:u1"), "hunter2");
  EXPECT_EQ(mode(), mode_t{0600});
}

TEST_F(SecretStoreTest, ARotationKeepsOldKeysAndRewraps) {
  const auto store = open();
  const std::string text = sealed(*store, "hunter2");
  EXPECT_EQ(*store->rewrap(text, "totp:u1"), text);
  const std::string first = store->current_key();
  const auto second = store->rotate();
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_NE(*second, first);
  EXPECT_EQ(store->current_key(), *second);
  EXPECT_EQ(*store->open(text, "totp:u1"), "hunter2");
  const auto wrapped = store->rewrap(text, "totp:u1");
  ASSERT_TRUE(wrapped.ok());
  EXPECT_TRUE(wrapped->starts_with("v1:" + *second + ":"));
  EXPECT_EQ(wrapped->substr(wrapped->rfind(':')), text.substr(text.rfind(':')));
  const auto again = open();
  EXPECT_EQ(again->current_key(), *second);
  EXPECT_EQ(*again->open(text, "totp:u1"), "hunter2");
  EXPECT_EQ(*again->open(*wrapped, "totp:u1"), "hunter2");
  EXPECT_EQ(mode(), mode_t{0600});
}

TEST_F(SecretStoreTest, TwoProcessesLoseNoKey) {
  const auto one = open(), other = open();
  ASSERT_TRUE(one->rotate().ok());
  const std::string text = sealed(*one, "hunter2");
  ASSERT_TRUE(other->rotate().ok());
  EXPECT_EQ(*other->open(text, "totp:u1"), "hunter2");
  EXPECT_EQ(*open()->open(text, "totp:u1"), "hunter2");
}

TEST_F(SecretStoreTest, ALostKeyIsNamed) {
  const auto store = open();
  const std::string text = sealed(*store, "hunter2"), lost = store->current_key();
  ::unlink(file_.c_str());
  const auto opened = open()->open(text, "totp:u1");
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  EXPECT_THAT(opened.error().message, HasSubstr(lost));
}

TEST_F(SecretStoreTest, AFileThatOthersMayUseIsRefused) {
  { open(); }
  for (const mode_t bad : {0640, 0604, 0620, 0602, 0610, 0666}) {
    ASSERT_EQ(::chmod(file_.c_str(), bad), 0);
    const auto store = open_secret_store({file_, {}});
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, ErrorCode::io);
    EXPECT_THAT(store.error().message, HasSubstr("0600"));
  }
  ASSERT_EQ(::chmod(file_.c_str(), 0400), 0);
  EXPECT_TRUE(open_secret_store({file_, {}}).ok());
}

TEST_F(SecretStoreTest, ALinkOrAPipeIsRefused) {
  ASSERT_EQ(::symlink("/nowhere", file_.c_str()), 0);
  EXPECT_FALSE(open_secret_store({file_, {}}).ok());
  ::unlink(file_.c_str());
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_FALSE(open_secret_store({file_, {}}).ok());
}

TEST_F(SecretStoreTest, ADamagedFileIsRefusedAndLeft) {
  { open(); }
  const std::string good = *base::read_file(file_);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = bad[at] == 'x' ? 'y' : 'x';
    ASSERT_TRUE(base::write_file_atomically(file_, bad).ok());
    const auto store = open_secret_store({file_, {}});
    ASSERT_FALSE(store.ok()) << at;
    EXPECT_EQ(store.error().code, ErrorCode::corrupt);
    EXPECT_THAT(store.error().message, Not(HasSubstr(good.substr(good.size() - 20, 10))));
    EXPECT_EQ(*base::read_file(file_), bad);
    ASSERT_TRUE(base::write_file_atomically(file_, good.substr(0, at)).ok());
    EXPECT_FALSE(open_secret_store({file_, {}}).ok()) << at;
  }
}

TEST_F(SecretStoreTest, KeysOfTheConfiguration) {
  const std::string a = key_text('a'), b = key_text('b');
  const auto first = opened({file_, {a + "=\n"}});
  EXPECT_NE(::access(file_.c_str(), F_OK), 0);
  const std::string text = sealed(*first, "hunter2");
  EXPECT_EQ(first->rotate().error().code, ErrorCode::unsupported);
  const auto both = opened({"", {b, a}});
  EXPECT_NE(both->current_key(), first->current_key());
  EXPECT_EQ(*both->open(text, "totp:u1"), "hunter2");
  const std::string wrapped = *both->rewrap(text, "totp:u1");
  EXPECT_EQ(*opened({"", {b}})->open(wrapped, "totp:u1"), "hunter2");
  EXPECT_FALSE(opened({"", {b}})->open(text, "totp:u1").ok());
}

TEST_F(SecretStoreTest, BadKeysAreRefusedAndNotRepeated) {
  for (const std::string& bad : {std::string("hunter2"), std::string(), to_base64url(std::string(31, 'k')),
                                 to_base64url(std::string(33, 'k')), key_text('a') + "!"}) {
    const auto store = open_secret_store({file_, {bad}});
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, ErrorCode::invalid_argument);
    if (!bad.empty()) {
      EXPECT_THAT(store.error().message, Not(HasSubstr(bad)));
    }
  }
  EXPECT_FALSE(open_secret_store({"", {key_text('a'), key_text('a')}}).ok());
  EXPECT_FALSE(open_secret_store({"", {}}).ok());
}

TEST_F(SecretStoreTest, HostileTextsAreRefused) {
  const auto store = open();
  for (const std::string& text :
       {std::string(), std::string(":::"), std::string("v2:a:b:c"), std::string("v1:0123456789abcdef::"),
        "v1:" + store->current_key() + "::", "v1:" + store->current_key() + ":AAAA:AAAA",
        std::string(1 << 20, ':'), std::string(1 << 20, 'A')}) {
    EXPECT_EQ(store->open(text, "p").error().code, ErrorCode::corrupt);
  }
}

TEST_F(SecretStoreTest, ManyThreads) {
  const auto store = open();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        const std::string secret = std::to_string(i) + "-" + std::to_string(round);
        const std::string text = sealed(*store, secret);
        if (i == 0 && round % 5 == 0) {
          EXPECT_TRUE(store->rotate().ok());
        }
        EXPECT_EQ(*store->open(text, "totp:u1"), secret);
        EXPECT_EQ(*store->open(*store->rewrap(text, "totp:u1"), "totp:u1"), secret);
      }
    });
  }
}

// NIST's example of AES-256-GCM (test case 16 of the GCM specification).
TEST(SecretCrypto, IsAes256Gcm) {
  const auto hex = [](std::string_view digits) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2)
      out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return out;
  };
  const std::string key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string sealed =
      hex("cafebabefacedbaddecaf888"
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          "76fc6ece0f4e1768cddf8853bb2d551b");
  const auto text = decrypt(key, sealed, hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->view(), hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                              "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
}

TEST(SecretCrypto, OneTextForSomeBytes) {
  EXPECT_EQ(to_base64url("\xff\xfe"), "__4");
  EXPECT_EQ(*from_base64url("__4"), "\xff\xfe");
  for (const char* bad : {"__5", "_", "__4=", "_ _", "//4"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

}  // namespace
}  // namespace vedette::adapters
