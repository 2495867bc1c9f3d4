#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "access/text_checks.hpp"
#include "access/totp.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr std::size_t kMaxSessions = 100;  // of a user; the oldest go
constexpr std::size_t kMaxNetworks = 32;   // that an account is known to sign in from
constexpr std::string_view kWrong = "the name or the password is not right";

std::string shown(std::string_view text, std::size_t most) {
  return base::escape_control(base::to_valid_utf8(text.substr(0, most)));
}

bool is_known(const UserDocument& user, const std::string& network) {
  return std::find(user.networks.begin(), user.networks.end(), network) != user.networks.end();
}

void remember_network(UserDocument& user, const std::string& network) {
  std::erase(user.networks, network);
  user.networks.push_back(network);
  if (user.networks.size() > kMaxNetworks) user.networks.erase(user.networks.begin());
}

}  // namespace

AccessImpl::Attempt AccessImpl::attempt_of(const UserDocument& user, const Origin& origin) const {
  Attempt attempt;
  attempt.account = name_id(user.user.tenant, user.user.name);
  attempt.network = network_of(origin.address);
  attempt.tenant = user.user.tenant;
  attempt.name = user.user.name;
  return attempt;
}

void AccessImpl::audit_refusal(const Attempt& attempt, std::string_view why, const UserDocument* user,
                               const Origin& origin) {
  std::uint64_t passed_over = 0;
  if (!refusals_.take(now(), passed_over)) return;
  Principal nobody;
  nobody.scope.tenant = user != nullptr ? user->user.tenant : std::string();
  AuditEntry refusal = entry(nobody, origin, "auth.refused", {});
  // What was typed as a name may be a password: it is told only if it is a user's.
  if (user != nullptr) {
    refusal.target = "users/" + user->user.id;
    refusal.details.emplace_back("name", attempt.name);
  }
  refusal.outcome = "denied";
  refusal.reason = why;
  if (passed_over > 0)
    refusal.details.emplace_back("refused_before_without_entry", std::to_string(passed_over));
  // A log that cannot be written must not let anybody in, nor tell more than a refusal does.
  (void)audit_.apply({}, std::span(&refusal, 1));
}

AccessImpl::Code AccessImpl::check_code(UserDocument& user, std::string_view code) const {
  if (user.totp.empty()) return Code::right;
  if (code.empty()) return Code::missing;
  if (code.size() == 6 && std::all_of(code.begin(), code.end(), base::is_digit)) {
    const auto seed = secrets_.open(user.totp, "totp:" + user.user.id);
    if (!seed.ok()) return Code::failed;
    const auto step = match_totp(*seed, code, now(), user.totp_step);
    if (step) user.totp_step = *step;
    return step ? Code::right : Code::wrong;
  }
  const std::string hash = recovery_hash(user.user.id, code);
  const auto found = std::find_if(user.recovery.begin(), user.recovery.end(),
                                  [&](const std::string& unused) { return equal_secrets(unused, hash); });
  if (found == user.recovery.end()) return Code::wrong;
  user.recovery.erase(found);
  return Code::right;
}

Allowed<UserDocument> AccessImpl::prove(const Attempt& attempt, const std::optional<UserDocument>& user,
                                        const Origin& origin, Lock& lock) {
  const UserDocument* named = user ? &*user : nullptr;
  const int wait = throttle_.begin(attempt.account, attempt.network,
                                   named != nullptr && is_known(*named, attempt.network), now());
  if (wait > 0) {
    audit_refusal(attempt, "too many tries", named, origin);
    return Refusal{Refusal::Kind::too_often, "too many tries: wait a little", {}, wait};
  }
  const auto refuse = [&](Refusal::Kind kind, std::string_view message, std::string_view why) {
    audit_refusal(attempt, why, named, origin);
    return refused(kind, std::string(message));
  };
  const auto verdict = hasher_.verify(attempt.password, named != nullptr ? named->password : std::string());
  if (!verdict.ok()) {
    throttle_.undecided(attempt.account, attempt.network);
    return verdict.refusal();
  }
  if (!verdict->right) {
    return refuse(Refusal::Kind::credentials, kWrong, named != nullptr ? "wrong password" : "unknown user");
  }
  std::string fresh_hash;
  if (verdict->stale) {
    ALLOW_ASSIGN(fresh_hash, hasher_.hash(attempt.password));
  }
  lock = Lock(change_mutex_);
  ALLOW_ASSIGN(std::optional<UserDocument> current, find_user(named->user.id));
  if (!current || current->password != named->password) {
    return refuse(Refusal::Kind::credentials, kWrong, "changed meanwhile");
  }
  if (current->user.locked) return refuse(Refusal::Kind::credentials, kWrong, "locked");
  switch (attempt.with_code ? check_code(*current, attempt.code) : Code::right) {
    case Code::right:
      break;
    case Code::missing:
      throttle_.undecided(attempt.account, attempt.network);
      return refused(Refusal::Kind::second_factor, "a one-time code is needed");
    case Code::wrong:
      return refuse(Refusal::Kind::second_factor, "the code is not right, or was used before", "wrong code");
    case Code::failed:
      throttle_.undecided(attempt.account, attempt.network);
      return refused(Refusal::Kind::failed, "the seed of the one-time codes cannot be opened: see the log");
  }
  throttle_.succeeded(attempt.account, attempt.network);
  if (!fresh_hash.empty()) current->password = fresh_hash;
  return std::move(*current);
}

Allowed<SignedIn> AccessImpl::sign_in(const Credentials& credentials, const Origin& origin) {
  if (credentials.name.size() > 1024 || credentials.tenant.size() > 1024 ||
      credentials.password.size() > kMaxPasswordBytes) {
    return refused(Refusal::Kind::credentials, std::string(kWrong));
  }
  Attempt attempt;
  attempt.account = name_id(credentials.tenant, credentials.name);
  attempt.network = network_of(origin.address);
  attempt.tenant = credentials.tenant;
  attempt.name = shown(credentials.name, 128);
  attempt.password = credentials.password;
  attempt.code = credentials.code;
  ALLOW_ASSIGN(const std::optional<UserDocument> user, find_user_by(attempt.account));
  Lock lock;
  ALLOW_ASSIGN(UserDocument proven, prove(attempt, user, origin, lock));
  return start_session(std::move(proven), {}, "auth.sign_in", origin);
}

Allowed<SignedIn> AccessImpl::sign_in_subject(std::string_view issuer, std::string_view subject,
                                              const NewUser& user, bool create, const Origin& origin) {
  if (issuer.empty() || subject.empty() || issuer.size() + subject.size() > 2048) {
    return refused(Refusal::Kind::credentials, "the provider named no subject");
  }
  const std::string bound = std::string(issuer) + "|" + std::string(subject);
  const std::string id = subject_id(bound);
  Attempt attempt;
  attempt.name = shown(user.name, 128);
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(std::optional<UserDocument> found, find_user_by(id));
  Writes writes;
  if (!found && create) {
    NewUser wanted = user;
    wanted.password.clear();
    wanted.must_change_password = false;
    ALLOW_ASSIGN(found, new_account(wanted));
    found->user.oidc_subject = bound;
    writes.push_back(put_name(name_id(wanted.tenant, wanted.name), found->user.id));
    writes.push_back(put_name(id, found->user.id));
  }
  if (!found || found->user.locked) {
    audit_refusal(attempt, found ? "locked" : "no user of this subject", found ? &*found : nullptr, origin);
    return refused(Refusal::Kind::credentials, "no account here belongs to this sign-in");
  }
  return start_session(std::move(*found), std::move(writes), "auth.sign_in", origin);
}

Allowed<SignedIn> AccessImpl::start_session(UserDocument user, Writes writes, std::string_view action,
                                            const Origin& origin) {
  sweep();
  ALLOW_ASSIGN(std::vector<SessionDocument> sessions, sessions_of(user.user.id));
  std::sort(sessions.begin(), sessions.end(), [](const SessionDocument& a, const SessionDocument& b) {
    return a.session.last_used < b.session.last_used;
  });
  for (std::size_t i = 0; i + kMaxSessions <= sessions.size(); ++i) {
    writes.push_back(remove_record(kSessions, sessions[i].session.id));
  }
  SessionDocument session;
  const std::string token = random_token("vds_");
  session.session.id = random_id("s_");
  session.session.user_id = user.user.id;
  session.session.user_name = user.user.name;
  session.session.address = shown(origin.address, 64);
  session.session.user_agent = shown(origin.user_agent, 256);
  session.session.created = session.session.last_used = session.confirmed = now();
  session.session.expires = now() + options_.session_age;
  session.token_hash = sha256_hex(token);
  user.user.last_sign_in = now();
  remember_network(user, network_of(origin.address));
  writes.push_back(put_user(user));
  writes.push_back(put_session(session));
  ALLOW_ASSIGN(SignedIn out, signed_in(session, user, token));
  ALLOW(commit(writes, entry(out.principal, origin, action, "users/" + user.user.id)));
  return out;
}

Allowed<SignedIn> AccessImpl::rotate_session(const Principal& who, const UserDocument& user, Writes writes,
                                             std::string_view action, const Origin& origin) {
  ALLOW_ASSIGN(std::optional<SessionDocument> session, find_session(who.session_id));
  if (!session || session->session.user_id != user.user.id) {
    return refused(Refusal::Kind::credentials, "the session has ended: sign in again");
  }
  const std::string token = random_token("vds_");
  session->token_hash = sha256_hex(token);
  session->confirmed = session->session.last_used = now();
  writes.push_back(put_user(user));
  writes.push_back(put_session(*session));
  ALLOW_ASSIGN(SignedIn out, signed_in(*session, user, token));
  ALLOW(commit(writes, entry(who, origin, action, "users/" + user.user.id)));
  return out;
}

Allowed<SignedIn> AccessImpl::signed_in(const SessionDocument& session, const UserDocument& user,
                                        std::string token) const {
  ALLOW_ASSIGN(const Reach reach, reach_of_user(user.user));
  SignedIn out;
  out.principal = principal_of_session(session, user, reach);
  out.principal.csrf_token = out.csrf_token = base64url(hmac_sha256(token, "vedette csrf"));
  out.token = std::move(token);
  out.expires = session.session.expires;
  return out;
}

Allowed<SignedIn> AccessImpl::confirm(const Principal& who, std::string_view password, std::string_view code,
                                      const Origin& origin) {
  ALLOW_ASSIGN(const UserDocument user, own_account(who));
  if (user.password.empty()) return forbidden("this account has no password: sign in again where it has one");
  if (password.size() > kMaxPasswordBytes) return refused(Refusal::Kind::credentials, std::string(kWrong));
  Attempt attempt = attempt_of(user, origin);
  attempt.password = password;
  attempt.code = code;
  Lock lock;
  ALLOW_ASSIGN(const UserDocument proven, prove(attempt, user, origin, lock));
  return rotate_session(who, proven, {}, "auth.confirm", origin);
}

Allowed<Done> AccessImpl::sign_out(const Principal& who, const Origin& origin) {
  if (who.session_id.empty()) return forbidden("only a session can be signed out");
  const std::lock_guard lock(change_mutex_);
  ALLOW(commit({remove_record(kSessions, who.session_id)},
               entry(who, origin, "auth.sign_out", "users/" + who.user_id)));
  return Done{};
}

void AccessImpl::sweep() {
  for (const std::string_view collection : {kSessions, kAccessTokens}) {
    ports::RecordQuery query;
    query.collection = collection;
    query.tests.push_back({"expires", ports::ColumnTest::Op::less, {now()}});
    query.limit = 1000;
    const auto page = records_.find(query);
    if (!page.ok() || page->records.empty()) continue;
    Writes writes;
    for (const ports::StoredRecord& record : page->records) {
      writes.push_back(remove_record(collection, record.id, record.version));
    }
    // What is left over goes the next time; it is refused for its age anyway.
    (void)records_.apply(writes);
  }
}

}  // namespace vedette::api::access
