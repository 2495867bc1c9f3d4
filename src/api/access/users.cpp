#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "access/text_checks.hpp"

namespace vedette::api::access {
namespace {

constexpr base::TimeNs kResetAge = 24LL * 3600 * base::kNsPerSecond;
constexpr std::size_t kMaxName = 128, kMaxDisplayName = 256, kMaxEmail = 320;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::optional<Refusal> check_texts(std::string_view name, std::string_view display_name,
                                   std::string_view email) {
  if (auto refusal = check_text("/name", name, 1, kMaxName)) return refusal;
  if (auto refusal = check_text("/display_name", display_name, 0, kMaxDisplayName)) return refusal;
  return check_text("/email", email, 0, kMaxEmail);
}

void tidy(std::vector<std::string>& roles) {
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
}

void add_all(Writes& to, Writes from) {
  for (ports::RecordWrite& write : from) to.push_back(std::move(write));
}

// What changed, for the audit log.
void note_changes(AuditEntry& entry, const User& before, const User& after) {
  const auto note = [&](std::string_view field, const std::string& was, const std::string& is) {
    if (was == is) return;
    entry.details.emplace_back(std::string(field) + ".before", was);
    entry.details.emplace_back(std::string(field) + ".after", is);
  };
  note("name", before.name, after.name);
  note("display_name", before.display_name, after.display_name);
  note("email", before.email, after.email);
  note("roles", joined(before.roles), joined(after.roles));
  note("locked", before.locked ? "true" : "false", after.locked ? "true" : "false");
}

}  // namespace

Allowed<UserDocument> AccessImpl::new_account(const NewUser& user) const {
  ALLOW(check_texts(user.name, user.display_name, user.email));
  if (!user.tenant.empty()) {
    ALLOW_ASSIGN(const auto tenant, load<TenantDocument>(kTenants, user.tenant, read_tenant));
    if (!tenant) return invalid("/tenant", "there is no such tenant");
  }
  UserDocument out;
  out.user.id = random_id("u_");
  out.user.name = user.name;
  out.user.display_name = user.display_name;
  out.user.email = user.email;
  out.user.tenant = user.tenant;
  out.user.roles = user.roles;
  tidy(out.user.roles);
  out.user.created = now();
  out.user.version = 1;
  if (!user.password.empty()) {
    const std::string fault = rules_->fault_of(user.password, user.name);
    if (!fault.empty()) return invalid("/password", fault);
    ALLOW_ASSIGN(out.password, hasher_.hash(user.password));
    out.user.has_password = true;
    out.user.must_change_password = user.must_change_password;
  }
  return out;
}

Allowed<Page<User>> AccessImpl::users(const Principal& who, std::string_view after,
                                      std::uint32_t limit) const {
  ports::RecordQuery query;
  query.collection = kUsers;
  if (who.kind != Principal::Kind::system && !who.permissions.has(Permission::tenants_write)) {
    query = query_of(kUsers, "tenant", who.scope.tenant);
  }
  query.order_by = "name";
  query.after = after;
  query.limit = std::clamp(limit, 1u, 1000u);
  const auto page = records_.find(query);
  if (!page.ok() && page.error().code == base::ErrorCode::invalid_argument) {
    return invalid("query:after", "this is not a cursor of this list");
  }
  if (!page.ok()) return refusal_of(page.error());
  Page<User> out;
  for (const ports::StoredRecord& record : page->records) {
    ALLOW_ASSIGN(UserDocument user, read_user(record));
    out.items.push_back(std::move(user.user));
  }
  out.next = page->next;
  return out;
}

Allowed<User> AccessImpl::user(const Principal& who, std::string_view id) const {
  ALLOW_ASSIGN(UserDocument user, visible_user(who, id));
  return std::move(user.user);
}

Allowed<User> AccessImpl::make_user(const Principal& who, const NewUser& user, const Origin& origin) {
  if (!sees_tenant(who, user.tenant)) return invalid("/tenant", "there is no such tenant");
  User asked;
  asked.roles = user.roles;
  asked.tenant = user.tenant;
  ALLOW(check_roles(who, asked));
  ALLOW_ASSIGN(UserDocument made, new_account(user));
  const Lock lock(change_mutex_);
  ALLOW(check_roles(who, made.user));
  const std::string name = name_id(user.tenant, user.name);
  ALLOW_ASSIGN(const auto taken, load<std::string>(kUserNames, name, read_name));
  if (taken) return refused(Refusal::Kind::conflict, "there is a user of this name already");
  AuditEntry told = entry(who, origin, "createUser", "users/" + made.user.id);
  told.details.emplace_back("name", user.name);
  told.details.emplace_back("tenant", user.tenant);
  told.details.emplace_back("roles", joined(made.user.roles));
  ALLOW(commit({put_name(name, made.user.id), put_user(made)}, told));
  return std::move(made.user);
}

Allowed<User> AccessImpl::change_user(const Principal& who, const User& wanted, const Origin& origin) {
  ALLOW(check_texts(wanted.name, wanted.display_name, wanted.email));
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const UserDocument before, managed_user(who, wanted.id));
  if (before.user.version != wanted.version) {
    return refused(Refusal::Kind::conflict, "the user was changed at the same time: read it again");
  }
  UserDocument after = before;
  after.user.name = wanted.name;
  after.user.display_name = wanted.display_name;
  after.user.email = wanted.email;
  after.user.roles = wanted.roles;
  after.user.locked = wanted.locked;
  tidy(after.user.roles);
  ++after.user.version;
  Writes writes{put_user(after)};
  const bool other_roles = after.user.roles != before.user.roles;
  if (other_roles) ALLOW(check_roles(who, after.user));
  ALLOW(keep_an_administrator(before, &after));
  const std::string old_name = name_id(before.user.tenant, before.user.name);
  const std::string new_name = name_id(after.user.tenant, after.user.name);
  if (old_name != new_name) {
    ALLOW_ASSIGN(const auto taken, load<std::string>(kUserNames, new_name, read_name));
    if (taken) return refused(Refusal::Kind::conflict, "there is a user of this name already");
    writes.push_back(remove_record(kUserNames, old_name));
    writes.push_back(put_name(new_name, after.user.id));
  }
  if (other_roles || after.user.locked) {
    ALLOW_ASSIGN(Writes sessions, removals(kSessions, "user_id", after.user.id, {}));
    add_all(writes, std::move(sessions));
  }
  AuditEntry told = entry(who, origin, "updateUser", "users/" + after.user.id);
  note_changes(told, before.user, after.user);
  ALLOW(commit(writes, told));
  return std::move(after.user);
}

Allowed<Done> AccessImpl::remove_user(const Principal& who, std::string_view id, const Origin& origin) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const UserDocument user, managed_user(who, id));
  ALLOW(keep_an_administrator(user, nullptr));
  Writes writes{remove_record(kUsers, user.user.id, user.record)};
  for (const auto& [collection, column] :
       {std::pair(kUserNames, "user_id"), std::pair(kSessions, "user_id"),
        std::pair(kAccessTokens, "user_id"), std::pair(kApiKeys, "owner_id")}) {
    ALLOW_ASSIGN(Writes more, removals(collection, column, user.user.id, {}));
    add_all(writes, std::move(more));
  }
  AuditEntry told = entry(who, origin, "deleteUser", "users/" + user.user.id);
  told.details.emplace_back("name", user.user.name);
  ALLOW(commit(writes, told));
  return Done{};
}

Allowed<std::string> AccessImpl::reset_password(const Principal& who, std::string_view id,
                                                const Origin& origin) {
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const UserDocument user, managed_user(who, id));
  const std::string token = random_token("vrt_");
  TokenDocument document;
  document.id = document.token_hash = sha256_hex(token);
  document.kind = "reset";
  document.user_id = user.user.id;
  document.expires = now() + kResetAge;
  ALLOW_ASSIGN(Writes writes, removals(kAccessTokens, "user_id", user.user.id, {}));
  writes.push_back(put_token(document));
  ALLOW(commit(writes, entry(who, origin, "resetPassword", "users/" + user.user.id)));
  return token;
}

}  // namespace vedette::api::access
