#include "access/passwords.hpp"

#include <algorithm>

#include <argon2.h>

#include "access/crypto.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr std::size_t kHashBytes = 32, kSaltBytes = 16;

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) base::decode_utf8(text, at);
  return count;
}

std::string argon2id(std::string_view password, std::uint32_t memory_kib, std::uint32_t passes) {
  const std::string salt = random_bytes(kSaltBytes);
  std::string out(::argon2_encodedlen(passes, memory_kib, 1, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int status = ::argon2id_hash_encoded(passes, memory_kib, 1, password.data(), password.size(),
                                             salt.data(), salt.size(), kHashBytes, out.data(), out.size());
  if (status != ARGON2_OK) return {};
  out.resize(out.find('\0'));
  return out;
}

}  // namespace

class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher), refusal_(hasher.enter()) {}
  ~Turn() {
    if (!refusal_) hasher_.leave();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  PasswordHasher& hasher_;
  std::optional<Refusal> refusal_;
};

PasswordHasher::PasswordHasher(const AccessOptions& options)
    : memory_kib_(std::max(options.argon2_memory_kib, 8u)),
      passes_(std::max(options.argon2_passes, 1u)),
      at_once_(std::max(options.argon2_at_once, 1)),
      queue_(options.argon2_queue),
      decoy_(argon2id(random_bytes(16), memory_kib_, passes_)) {}

std::optional<Refusal> PasswordHasher::enter() {
  std::unique_lock lock(mutex_);
  if (running_ >= at_once_) {
    if (waiting_ >= queue_) {
      return Refusal{Refusal::Kind::too_often, "too many are signing in at this moment: try again", {}, 1};
    }
    ++waiting_;
    free_.wait(lock, [&] { return running_ < at_once_; });
    --waiting_;
  }
  ++running_;
  return std::nullopt;
}

void PasswordHasher::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  free_.notify_one();
}

Allowed<std::string> PasswordHasher::hash(std::string_view password) {
  const Turn turn(*this);
  if (turn.refusal()) return *turn.refusal();
  std::string out = argon2id(password, memory_kib_, passes_);
  if (out.empty()) return Refusal{Refusal::Kind::failed, "there is no memory to hash the password", {}, 0};
  return out;
}

Allowed<PasswordHasher::Verdict> PasswordHasher::verify(std::string_view password,
                                                        const std::string& stored) {
  const Turn turn(*this);
  if (turn.refusal()) return *turn.refusal();
  const std::string& against = stored.empty() ? decoy_ : stored;
  const int status = ::argon2id_verify(against.c_str(), password.data(), password.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) {
    return Refusal{Refusal::Kind::failed, "there is no memory to check the password", {}, 0};
  }
  const bool right = status == ARGON2_OK && !stored.empty();
  return Verdict{right, right && is_stale(stored)};
}

bool PasswordHasher::is_stale(const std::string& stored) const {
  const std::string wanted =
      "$argon2id$v=19$m=" + std::to_string(memory_kib_) + ",t=" + std::to_string(passes_) + ",p=1$";
  return !stored.starts_with(wanted);
}

base::Result<std::unique_ptr<PasswordRules>> PasswordRules::create(const AccessOptions& options) {
  TRY_ASSIGN(BreachedPasswords breached,
             BreachedPasswords::load(options.breached_passwords, options.min_password));
  return std::unique_ptr<PasswordRules>(new PasswordRules(options.min_password, std::move(breached)));
}

std::string PasswordRules::fault_of(std::string_view password, std::string_view user_name) const {
  if (password.size() > kMaxPasswordBytes) return "the password is longer than 1,024 bytes";
  if (!base::is_valid_utf8(password)) return "the password is not UTF-8 text";
  if (code_points(password) < least_) {
    return "the password is shorter than " + std::to_string(least_) +
           " characters: a sentence of a few words is easy to keep in mind";
  }
  const std::string folded = base::folded(password);
  const std::string name = base::folded(user_name);
  if (code_points(name) >= 3 && folded.find(name) != std::string::npos) {
    return "the password contains the user's name";
  }
  if (breached_.contains(password)) {
    return "the password is among those that are tried first: choose another";
  }
  return {};
}

}  // namespace vedette::api::access
