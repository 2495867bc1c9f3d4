#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr std::string_view kinds_of_principals[] = {"anonymous", "user", "key", "system"};

std::string cut(std::string_view text, std::size_t most) {
  return base::escape_control(base::to_valid_utf8(text.substr(0, most)));
}

}  // namespace

Refusal refusal_of(const base::Error& error) {
  if (error.code == base::ErrorCode::busy) {
    return refused(Refusal::Kind::conflict, "it was changed at the same time: read it again");
  }
  if (error.code == base::ErrorCode::invalid_argument) return refused(Refusal::Kind::invalid, error.message);
  return refused(Refusal::Kind::failed, "the records cannot be read or written: see the log of the node");
}

base::Result<std::optional<UserDocument>> AccessImpl::find_user(std::string_view id) const {
  return load<UserDocument>(kUsers, id, read_user);
}

base::Result<std::optional<UserDocument>> AccessImpl::find_user_by(const std::string& unique_id) const {
  TRY_ASSIGN(const std::optional<std::string> id, load<std::string>(kUserNames, unique_id, read_name));
  if (!id) return std::optional<UserDocument>();
  return find_user(*id);
}

base::Result<std::optional<SessionDocument>> AccessImpl::find_session(std::string_view id) const {
  return load<SessionDocument>(kSessions, id, read_session);
}

base::Result<std::vector<SessionDocument>> AccessImpl::sessions_of(std::string_view user_id) const {
  return load_all<SessionDocument>(query_of(kSessions, "user_id", user_id), 10'000, read_session);
}

base::Result<std::vector<Role>> AccessImpl::roles_named(const std::vector<std::string>& ids) const {
  std::vector<Role> out;
  for (const std::string& id : ids) {
    if (const Role* role = find_built_in(id)) {
      out.push_back(*role);
      continue;
    }
    TRY_ASSIGN(std::optional<RoleDocument> role, load<RoleDocument>(kRoles, id, read_role));
    if (role) out.push_back(std::move(role->role));
  }
  return out;
}

base::Result<Reach> AccessImpl::reach_of_user(const User& user) const {
  TRY_ASSIGN(const std::vector<Role> roles, roles_named(user.roles));
  return reach_of(roles, user.tenant, now());
}

bool AccessImpl::lacks_second_factor(const UserDocument& user, const Reach& reach) const {
  // The provider of one who has no password here looks after the factors.
  const bool elsewhere = user.password.empty() && !user.user.oidc_subject.empty();
  return (options_.second_factor_required || reach.second_factor) && user.totp.empty() && !elsewhere;
}

Allowed<UserDocument> AccessImpl::own_account(const Principal& who) const {
  if (who.kind != Principal::Kind::user) return forbidden("only a person who is signed in may do this");
  ALLOW_ASSIGN(std::optional<UserDocument> user, find_user(who.user_id));
  if (!user) return not_there("user");
  return std::move(*user);
}

bool AccessImpl::sees_tenant(const Principal& who, std::string_view tenant) const {
  return who.kind == Principal::Kind::system || who.scope.tenant == tenant ||
         who.permissions.has(Permission::tenants_write);
}

bool AccessImpl::may_hand_on(const Principal& who, const Reach& reach) const {
  return who.kind == Principal::Kind::system || covers(who.permissions, who.scope, reach);
}

Allowed<UserDocument> AccessImpl::visible_user(const Principal& who, std::string_view id) const {
  ALLOW_ASSIGN(std::optional<UserDocument> user, find_user(id));
  if (!user || !sees_tenant(who, user->user.tenant)) return not_there("user");
  return std::move(*user);
}

Allowed<UserDocument> AccessImpl::managed_user(const Principal& who, std::string_view id) const {
  ALLOW_ASSIGN(UserDocument user, visible_user(who, id));
  ALLOW_ASSIGN(const Reach reach, reach_of_user(user.user));
  if (!may_hand_on(who, reach)) return forbidden("this user may do or see what you may not");
  return user;
}

AuditEntry AccessImpl::entry(const Principal& who, const Origin& origin, std::string_view action,
                             std::string_view target) const {
  AuditEntry out;
  out.tenant = who.scope.tenant;
  out.actor_id = who.user_id;
  out.actor_name = who.name;
  out.actor_kind = kinds_of_principals[static_cast<std::size_t>(who.kind)];
  out.session_id = who.session_id;
  out.key_id = who.key_id;
  out.address = cut(origin.address, 64);
  out.action = action;
  out.target = target;
  out.outcome = "success";
  out.request_id = cut(origin.request_id, 128);
  if (!origin.user_agent.empty()) out.details.emplace_back("user_agent", cut(origin.user_agent, 256));
  return out;
}

std::optional<Refusal> AccessImpl::commit(const Writes& writes, const AuditEntry& entry) {
  const auto done = audit_.apply(writes, std::span(&entry, 1));
  outdate();
  if (!done.ok()) return refusal_of(done.error());
  return std::nullopt;
}

std::optional<Refusal> AccessImpl::keep_an_administrator(const UserDocument& before,
                                                         const UserDocument* after) const {
  if (!is_administrator(before) || (after != nullptr && is_administrator(*after))) return std::nullopt;
  ports::RecordQuery query;
  query.collection = kUsers;
  query.tests.push_back({"administrator", ports::ColumnTest::Op::equals, {std::int64_t{1}}});
  const auto count = records_.count(query);
  if (!count.ok()) return refusal_of(count.error());
  if (*count > 1) return std::nullopt;
  return refused(Refusal::Kind::conflict,
                 "this is the last administrator who can sign in: make another one first");
}

base::Result<Writes> AccessImpl::removals(std::string_view collection, std::string_view user_column,
                                          std::string_view user_id, std::string_view except) const {
  Writes writes;
  ports::RecordQuery query = query_of(collection, user_column, user_id);
  query.limit = 1000;
  do {
    TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
    for (const ports::StoredRecord& record : page.records) {
      if (record.id != except) writes.push_back(remove_record(collection, record.id));
    }
    query.after = page.next;
  } while (!query.after.empty());
  return writes;
}

std::optional<Refusal> AccessImpl::check_roles(const Principal& who, const User& user) const {
  if (user.roles.size() > 32) return invalid("/roles", "a user has at most 32 roles");
  const auto roles = roles_named(user.roles);
  if (!roles.ok()) return refusal_of(roles.error());
  for (const std::string& id : user.roles) {
    const bool there = std::any_of(roles->begin(), roles->end(), [&](const Role& role) {
      return role.id == id && (role.built_in || role.tenant == user.tenant);
    });
    if (!there) return invalid("/roles", "there is no such role: " + base::escape_control(id.substr(0, 64)));
  }
  if (!may_hand_on(who, reach_of(*roles, user.tenant))) {
    return forbidden("these roles allow or show what you may not do or see yourself");
  }
  return std::nullopt;
}

}  // namespace vedette::api::access
