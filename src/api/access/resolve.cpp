#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::api::access {
namespace {

constexpr std::size_t kMaxKnown = 8192;
constexpr base::TimeNs kTouchEvery = 60 * base::kNsPerSecond;
// Records that another process changed hold at the latest after this; changes by this one at once.
constexpr base::TimeNs kKnownFor = 5 * base::kNsPerSecond;

Refusal ended() {
  return refused(Refusal::Kind::credentials, "the session has ended, or the key is not valid: sign in again");
}

}  // namespace

// What a token meant when `generation` was the newest.
struct AccessImpl::Known {
  std::uint64_t generation = 0;
  base::TimeNs loaded = 0, expires = 0;
  Principal principal;
  std::vector<base::IpNetwork> networks;  // of a key; empty: any
  std::atomic<base::TimeNs> last_used{0}, written{0};
};

Principal AccessImpl::principal_of_session(const SessionDocument& session, const UserDocument& user,
                                           const Reach& reach) const {
  Principal out;
  out.kind = Principal::Kind::user;
  out.user_id = user.user.id;
  out.name = user.user.name;
  out.session_id = session.session.id;
  out.roles = user.user.roles;
  out.scope = reach.scope;
  out.confirmed = session.confirmed;
  // Until then nothing but one's own account.
  if (!user.user.must_change_password && !lacks_second_factor(user, reach))
    out.permissions = reach.permissions;
  return out;
}

std::optional<Refusal> AccessImpl::resolve_session(const std::string& hash, Known& known) const {
  ports::RecordQuery query = query_of(kSessions, "token_hash", hash);
  query.limit = 1;
  const auto page = records_.find(query);
  if (!page.ok()) return refusal_of(page.error());
  if (page->records.empty()) return ended();
  const auto session = read_session(page->records.front());
  if (!session.ok()) return refusal_of(session.error());
  const auto user = find_user(session->session.user_id);
  if (!user.ok()) return refusal_of(user.error());
  if (!*user || (*user)->user.locked) return ended();
  const auto reach = reach_of_user((*user)->user);
  if (!reach.ok()) return refusal_of(reach.error());
  known.principal = principal_of_session(*session, **user, *reach);
  known.expires = session->session.expires;
  known.last_used = session->session.last_used;
  known.written = session->session.last_used;
  return std::nullopt;
}

std::optional<Refusal> AccessImpl::resolve_key(std::string_view token, Known& known) const {
  const std::string_view rest = token.substr(4);
  const std::size_t at = rest.find('_');
  if (at == std::string_view::npos) return ended();
  const auto key = load<KeyDocument>(kApiKeys, rest.substr(0, at), read_key);
  if (!key.ok()) return refusal_of(key.error());
  if (!*key || !equal_secrets((*key)->secret_hash, sha256_hex(rest.substr(at + 1)))) return ended();
  const ApiKey& made = (*key)->key;
  const auto owner = find_user(made.owner_id);
  if (!owner.ok()) return refusal_of(owner.error());
  if (!*owner || (*owner)->user.locked) return ended();
  const auto reach = reach_of_user((*owner)->user);
  if (!reach.ok()) return refusal_of(reach.error());
  for (const std::string& text : made.addresses) {
    const auto network = base::IpNetwork::parse(text);
    if (!network.ok()) return ended();
    known.networks.push_back(*network);
  }
  Principal& out = known.principal;
  out.kind = Principal::Kind::key;
  out.user_id = made.owner_id;
  out.key_id = made.id;
  out.name = (*owner)->user.name + " (key " + made.name + ")";
  out.roles = (*owner)->user.roles;
  out.permissions = permissions_of(made.permissions);
  out.permissions.keep(reach->permissions);
  out.scope = reach->scope;
  known.expires = made.expires;
  known.last_used = made.last_used;
  known.written = made.last_used;
  return std::nullopt;
}

Allowed<Principal> AccessImpl::principal_of(std::string_view token, const Origin& origin) {
  if (token.size() > 256 || !(token.starts_with("vds_") || token.starts_with("vdk_"))) return ended();
  const std::string hash = sha256_hex(token);
  std::shared_ptr<Known> known;
  {
    const std::lock_guard lock(known_mutex_);
    const auto found = known_.find(hash);
    if (found != known_.end()) known = found->second;
  }
  const base::TimeNs age = known ? now() - known->loaded : 0;
  if (!known || known->generation != generation_.load() || age < 0 || age >= kKnownFor) {
    auto fresh = std::make_shared<Known>();
    // Read before the records: what changes while they are read outdates this.
    fresh->generation = generation_.load();
    fresh->loaded = now();
    ALLOW(token.starts_with("vds_") ? resolve_session(hash, *fresh) : resolve_key(token, *fresh));
    if (fresh->principal.kind == Principal::Kind::user) {
      fresh->principal.csrf_token = base64url(hmac_sha256(token, "vedette csrf"));
    }
    // Uses that are not written yet.
    if (known) fresh->last_used = std::max(fresh->last_used.load(), known->last_used.load());
    known = fresh;
    const std::lock_guard lock(known_mutex_);
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[hash] = fresh;
  }
  return use(*known, origin);
}

Allowed<Principal> AccessImpl::use(Known& known, const Origin& origin) {
  const base::TimeNs at = now();
  if (at >= known.expires) return ended();
  if (known.principal.kind == Principal::Kind::user && at >= known.last_used + options_.session_idle) {
    return ended();
  }
  if (!known.networks.empty()) {
    const auto address = base::IpAddress::parse(origin.address);
    const bool inside =
        address && std::any_of(known.networks.begin(), known.networks.end(),
                               [&](const base::IpNetwork& network) { return network.contains(*address); });
    if (!inside) return ended();
  }
  known.last_used = at;
  if (at - known.written >= kTouchEvery) touch(known);
  return known.principal;
}

void AccessImpl::touch(Known& known) {
  const std::unique_lock lock(change_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;  // the next use
  const base::TimeNs at = known.last_used;
  if (at - known.written < kTouchEvery) return;
  known.written = at;
  Writes writes;
  if (known.principal.kind == Principal::Kind::user) {
    auto session = find_session(known.principal.session_id);
    if (!session.ok() || !*session) return;
    (*session)->session.last_used = at;
    writes.push_back(put_session(**session));
  } else {
    auto key = load<KeyDocument>(kApiKeys, known.principal.key_id, read_key);
    if (!key.ok() || !*key) return;
    (*key)->key.last_used = at;
    writes.push_back(put_key(**key));
  }
  // Only a time; a failure shows in what is written for a reason.
  (void)records_.apply(writes);
}

}  // namespace vedette::api::access
