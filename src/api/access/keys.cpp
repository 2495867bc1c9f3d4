// API keys and sessions, as they are listed, made and ended.
#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "access/text_checks.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::api::access {
namespace {

constexpr base::TimeNs kMaxKeyAge = 366LL * 86'400 * base::kNsPerSecond;
constexpr std::size_t kMaxKeys = 100, kMaxAddresses = 64;

std::string comma_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

}  // namespace

Allowed<Access::MadeKey> AccessImpl::make_key(const Principal& who, const ApiKey& wanted,
                                              const Origin& origin) {
  ALLOW(check_text("/name", wanted.name, 1, 128));
  if (wanted.permissions.empty()) return invalid("/permissions", "a key needs at least one permission");
  for (std::size_t i = 0; i < wanted.permissions.size(); ++i) {
    const auto permission = find_permission(wanted.permissions[i]);
    const std::string at = "/permissions/" + std::to_string(i);
    if (!permission) return invalid(at, "there is no such permission");
    if (!who.permissions.has(*permission)) return forbidden("a key cannot do what you may not do yourself");
  }
  if (wanted.addresses.size() > kMaxAddresses) return invalid("/addresses", "at most 64 networks are taken");
  for (std::size_t i = 0; i < wanted.addresses.size(); ++i) {
    const auto network = base::IpNetwork::parse(wanted.addresses[i]);
    if (!network.ok()) return invalid("/addresses/" + std::to_string(i), network.error().message);
  }
  if (wanted.expires <= now()) return invalid("/expires", "a key needs a time to come at which it expires");
  if (wanted.expires - now() > kMaxKeyAge) return invalid("/expires", "a key is good for a year at most");
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const UserDocument owner, own_account(who));
  ALLOW_ASSIGN(const std::uint64_t count, records_.count(query_of(kApiKeys, "owner_id", owner.user.id)));
  if (count >= kMaxKeys) return refused(Refusal::Kind::conflict, "you have 100 keys already: remove some");
  KeyDocument document;
  document.key = wanted;
  ApiKey& key = document.key;
  std::sort(key.permissions.begin(), key.permissions.end());
  key.permissions.erase(std::unique(key.permissions.begin(), key.permissions.end()), key.permissions.end());
  key.id = random_id("k");
  key.owner_id = owner.user.id;
  key.owner_name = owner.user.name;
  key.tenant = owner.user.tenant;
  key.prefix = "vdk_" + key.id;
  key.created = now();
  key.last_used = 0;
  const std::string secret = base64url(random_bytes(32));
  document.secret_hash = sha256_hex(secret);
  AuditEntry told = entry(who, origin, "createKey", "keys/" + key.id);
  told.details.emplace_back("name", key.name);
  told.details.emplace_back("permissions", comma_list(key.permissions));
  told.details.emplace_back("addresses", comma_list(key.addresses));
  ALLOW(commit({put_key(document)}, told));
  MadeKey out;
  out.token = key.prefix + "_" + secret;
  out.key = std::move(document.key);
  return out;
}

Allowed<std::vector<ApiKey>> AccessImpl::keys(const Principal& who, bool of_everyone) const {
  ports::RecordQuery query = query_of(kApiKeys, "owner_id", who.user_id);
  const bool system = who.kind == Principal::Kind::system;
  if (of_everyone) {
    if (!system && !who.permissions.has(Permission::users_read)) {
      return forbidden("keys of others are for those who have users.read");
    }
    query = query_of(kApiKeys, "tenant", who.scope.tenant);
    if (system || who.permissions.has(Permission::tenants_write)) query.tests.clear();
  }
  ALLOW_ASSIGN(std::vector<KeyDocument> found, load_all<KeyDocument>(query, 10'000, read_key));
  std::vector<ApiKey> out;
  for (KeyDocument& key : found) out.push_back(std::move(key.key));
  return out;
}

Allowed<Done> AccessImpl::remove_key(const Principal& who, std::string_view id, const Origin& origin) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const auto key, load<KeyDocument>(kApiKeys, id, read_key));
  if (!key) return not_there("key");
  // A key takes itself away, but not the other keys of its owner.
  const bool own =
      key->key.owner_id == who.user_id && (who.kind == Principal::Kind::user || key->key.id == who.key_id);
  if (!own) {
    const bool may = who.kind == Principal::Kind::system || who.permissions.has(Permission::users_write);
    if (!may || !sees_tenant(who, key->key.tenant)) return not_there("key");
    ALLOW_ASSIGN(const UserDocument owner, managed_user(who, key->key.owner_id));
  }
  AuditEntry told = entry(who, origin, "deleteKey", "keys/" + key->key.id);
  told.details.emplace_back("owner", key->key.owner_id);
  ALLOW(commit({remove_record(kApiKeys, key->key.id)}, told));
  return Done{};
}

Allowed<std::vector<Session>> AccessImpl::sessions(const Principal& who, std::string_view user_id) const {
  ALLOW_ASSIGN(const UserDocument user, visible_user(who, user_id));
  ALLOW_ASSIGN(std::vector<SessionDocument> found, sessions_of(user.user.id));
  std::vector<Session> out;
  for (SessionDocument& session : found) {
    const bool alive =
        now() < session.session.expires && now() < session.session.last_used + options_.session_idle;
    if (alive) out.push_back(std::move(session.session));
  }
  std::sort(out.begin(), out.end(), [](const Session& a, const Session& b) { return a.created > b.created; });
  return out;
}

Allowed<Done> AccessImpl::end_session(const Principal& who, std::string_view id, const Origin& origin) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const auto session, find_session(id));
  if (!session) return not_there("session");
  const std::string& owner = session->session.user_id;
  if (who.kind != Principal::Kind::user || owner != who.user_id) {
    const bool may = who.kind == Principal::Kind::system || who.permissions.has(Permission::users_write);
    if (!may) return not_there("session");
    ALLOW_ASSIGN(const UserDocument user, visible_user(who, owner));
    ALLOW_ASSIGN(const UserDocument managed, managed_user(who, owner));
  }
  ALLOW(commit({remove_record(kSessions, session->session.id)},
               entry(who, origin, "endSession", "sessions/" + session->session.id)));
  return Done{};
}

}  // namespace vedette::api::access
