// One's own account: password and one-time codes; and passwords set by reset tokens.
#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "access/totp.hpp"

namespace vedette::api::access {
namespace {

void append(Writes& to, Writes from) {
  for (ports::RecordWrite& write : from) to.push_back(std::move(write));
}

}  // namespace

Allowed<SignedIn> AccessImpl::change_password(const Principal& who, std::string_view old_password,
                                              std::string_view new_password, const Origin& origin) {
  ALLOW_ASSIGN(const UserDocument user, own_account(who));
  if (user.password.empty()) return forbidden("this account has no password: it signs in elsewhere");
  const std::string fault = rules_->fault_of(new_password, user.user.name);
  if (!fault.empty()) return invalid("/new_password", fault);
  if (old_password.size() > kMaxPasswordBytes) return invalid("/old_password", "the password is not right");
  if (old_password == new_password) return invalid("/new_password", "this is the password as it was");
  ALLOW_ASSIGN(std::string hash, hasher_.hash(new_password));
  Attempt attempt = attempt_of(user, origin);
  attempt.password = old_password;
  attempt.with_code = false;
  Lock lock;
  ALLOW_ASSIGN(UserDocument proven, prove(attempt, user, origin, lock));
  proven.password = std::move(hash);
  proven.user.must_change_password = false;
  ++proven.user.version;
  ALLOW_ASSIGN(Writes writes, removals(kSessions, "user_id", proven.user.id, who.session_id));
  ALLOW_ASSIGN(Writes tokens, removals(kAccessTokens, "user_id", proven.user.id, {}));
  append(writes, std::move(tokens));
  return rotate_session(who, proven, std::move(writes), "changePassword", origin);
}

Allowed<Access::TotpEnrolment> AccessImpl::begin_totp(const Principal& who) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(UserDocument user, own_account(who));
  if (!user.totp.empty()) {
    return refused(Refusal::Kind::conflict, "there are one-time codes already: remove them first");
  }
  const std::string seed = random_bytes(kTotpSeedBytes);
  ALLOW_ASSIGN(user.totp_pending, secrets_.seal(seed, "totp:" + user.user.id));
  ALLOW(commit({put_user(user)}, entry(who, {}, "beginTotp", "users/" + user.user.id)));
  TotpEnrolment out;
  out.secret_base32 = base32(seed);
  out.uri = totp_uri(options_.issuer, user.user.name, out.secret_base32);
  return out;
}

Allowed<std::vector<std::string>> AccessImpl::finish_totp(const Principal& who, std::string_view code,
                                                          const Origin& origin) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(UserDocument user, own_account(who));
  if (user.totp_pending.empty()) {
    return refused(Refusal::Kind::conflict, "no one-time codes are being set up: begin first");
  }
  ALLOW_ASSIGN(const std::string seed, secrets_.open(user.totp_pending, "totp:" + user.user.id));
  const auto step = match_totp(seed, code, now(), 0);
  if (!step) return invalid("/code", "the code is not right: is the clock of the device?");
  user.totp = std::move(user.totp_pending);
  user.totp_pending.clear();
  user.totp_step = *step;
  user.recovery.clear();
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(make_recovery_code());
    user.recovery.push_back(recovery_hash(user.user.id, codes.back()));
  }
  ++user.user.version;
  ALLOW(commit({put_user(user)}, entry(who, origin, "finishTotp", "users/" + user.user.id)));
  return codes;
}

Allowed<Done> AccessImpl::remove_totp(const Principal& who, std::string_view user_id, const Origin& origin) {
  const Lock lock(change_mutex_);
  const bool own = who.kind == Principal::Kind::user && who.user_id == user_id;
  ALLOW_ASSIGN(UserDocument user, own ? own_account(who) : managed_user(who, user_id));
  if (user.totp.empty() && user.totp_pending.empty()) return not_there("second factor of this user");
  user.totp.clear();
  user.totp_pending.clear();
  user.recovery.clear();
  ++user.user.version;
  Writes writes{put_user(user)};
  // Sessions that were begun with both factors are not kept on with one; one's own has just confirmed.
  ALLOW_ASSIGN(Writes sessions, removals(kSessions, "user_id", user.user.id, own ? who.session_id : ""));
  append(writes, std::move(sessions));
  ALLOW(commit(writes, entry(who, origin, own ? "removeTotp" : "removeTotpOfUser", "users/" + user.user.id)));
  return Done{};
}

Allowed<Done> AccessImpl::set_password(std::string_view reset_token, std::string_view password,
                                       const Origin& origin) {
  const auto token_now = [&]() -> Allowed<TokenDocument> {
    ALLOW_ASSIGN(std::optional<TokenDocument> token,
                 load<TokenDocument>(kAccessTokens, sha256_hex(reset_token), read_token));
    if (!token || token->kind != "reset" || now() >= token->expires) {
      return refused(Refusal::Kind::credentials, "this token is not valid any more: ask for another");
    }
    return std::move(*token);
  };
  ALLOW_ASSIGN(const TokenDocument early, token_now());
  ALLOW_ASSIGN(const std::optional<UserDocument> before, find_user(early.user_id));
  if (!before) return not_there("user");
  const std::string fault = rules_->fault_of(password, before->user.name);
  if (!fault.empty()) return invalid("/password", fault);
  ALLOW_ASSIGN(std::string hash, hasher_.hash(password));
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const TokenDocument token, token_now());
  ALLOW_ASSIGN(std::optional<UserDocument> user, find_user(token.user_id));
  if (!user) return not_there("user");
  user->password = std::move(hash);
  user->user.must_change_password = false;
  ++user->user.version;
  Writes writes{put_user(*user)};
  ALLOW_ASSIGN(Writes sessions, removals(kSessions, "user_id", user->user.id, {}));
  ALLOW_ASSIGN(Writes tokens, removals(kAccessTokens, "user_id", user->user.id, {}));
  append(writes, std::move(sessions));
  append(writes, std::move(tokens));
  Principal holder;
  holder.user_id = user->user.id;
  holder.name = user->user.name;
  holder.scope.tenant = user->user.tenant;
  ALLOW(commit(writes, entry(holder, origin, "setPassword", "users/" + user->user.id)));
  return Done{};
}

}  // namespace vedette::api::access
