// Passwords: how they are hashed (argon2id, PHC strings) and which are taken.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/breached.hpp"
#include "vedette/api/access.hpp"

namespace vedette::api::access {

inline constexpr std::size_t kMaxPasswordBytes = 1024;

// Thread safe. At most `argon2_at_once` hash, at most `argon2_queue` wait: too_often beyond.
class PasswordHasher {
 public:
  explicit PasswordHasher(const AccessOptions& options);

  Allowed<std::string> hash(std::string_view password);
  struct Verdict {
    bool right = false;
    bool stale = false;  // right, but hashed with other parameters than today's
  };
  // An empty `stored` costs the same and is never right.
  Allowed<Verdict> verify(std::string_view password, const std::string& stored);

 private:
  class Turn;
  std::optional<Refusal> enter();
  void leave();
  bool is_stale(const std::string& stored) const;

  const std::uint32_t memory_kib_, passes_;
  const int at_once_;
  const std::size_t queue_;
  std::string decoy_;  // what an unknown user's password is compared with
  std::mutex mutex_;   // guards running_ and waiting_
  std::condition_variable free_;
  int running_ = 0;
  std::size_t waiting_ = 0;
};

// What is wrong with a new password, as a sentence; empty: nothing. No rules of composition.
class PasswordRules {
 public:
  static base::Result<std::unique_ptr<PasswordRules>> create(const AccessOptions& options);
  std::string fault_of(std::string_view password, std::string_view user_name) const;

 private:
  PasswordRules(std::size_t least, BreachedPasswords breached)
      : least_(least), breached_(std::move(breached)) {}
  std::size_t least_;
  BreachedPasswords breached_;
};

}  // namespace vedette::api::access
