// Users, roles, API keys, sessions and tenants.
#include <algorithm>

#include <boost/json/object.hpp>

#include "rest/access_json.hpp"
#include "rest/groups.hpp"
#include "vedette/base/time.hpp"

namespace vedette::api {
namespace {

std::string id_of(const Call& call) {
  return std::string(call.path("id"));
}

Reply made(boost::json::object body, std::string_view location, std::uint64_t version) {
  Reply reply = versioned(201, std::move(body), version);
  reply.headers.emplace_back("Location", "/api/v1/" + std::string(location));
  return reply;
}

Reply done_reply(Call& call, const Allowed<Done>& done) {
  if (!done.ok()) return change_refused(done.refusal());
  call.audited();
  return no_content();
}

template <typename T>
Reply list_reply(const std::vector<T>& items) {
  boost::json::array out;
  for (const T& item : items) out.push_back(json_of(item));
  Reply reply;
  reply.body = page_json(std::move(out), {});
  return reply;
}

// --- users ---

Reply list_users(const RestParts& parts, Call& call) {
  const auto limit =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(call.integer("limit", 100), 1, 1000));
  REPLY_ASSIGN(
      const Page<User> page,
      parts.access->users(call.principal(), call.query("after").value_or(std::string_view()), limit));
  boost::json::array items;
  for (const User& user : page.items) items.push_back(json_of(user));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

Reply create_user(const RestParts& parts, Call& call) {
  const Json& body = call.body();
  NewUser user;
  user.name = text_in(body, "name");
  user.display_name = text_in(body, "display_name");
  user.email = text_in(body, "email");
  user.tenant = text_in(body, "tenant", call.principal().scope.tenant);
  user.password = text_in(body, "password");
  user.roles = texts_in(body, "roles");
  user.must_change_password = flag_in(body, "must_change_password", true);
  REPLY_ASSIGN(const User made_user, parts.access->make_user(call.principal(), user, call.origin()));
  call.target("users/" + made_user.id);
  call.audited();
  return made(json_of(made_user), "users/" + made_user.id, made_user.version);
}

Reply update_user(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(User user, parts.access->user(call.principal(), id_of(call)));
  if (auto refusal = check_version(call, user.version)) return std::move(*refusal);
  const Json& body = call.body();
  const std::vector<std::string> roles = user.roles;
  user.name = text_in(body, "name", user.name);
  user.display_name = text_in(body, "display_name", user.display_name);
  user.email = text_in(body, "email", user.email);
  user.roles = texts_in(body, "roles", user.roles);
  user.locked = flag_in(body, "locked", user.locked);
  if (user.roles != roles) {
    if (auto refusal = check_step_up(*parts.access, call.principal())) return std::move(*refusal);
  }
  const Allowed<User> outcome = parts.access->change_user(call.principal(), user, call.origin());
  if (!outcome.ok()) return change_refused(outcome.refusal());
  const User& changed = *outcome;
  call.target("users/" + changed.id);
  call.audited();
  return versioned(200, json_of(changed), changed.version);
}

Reply delete_user(const RestParts& parts, Call& call) {
  if (call.if_match()) {
    REPLY_ASSIGN(const User user, parts.access->user(call.principal(), id_of(call)));
    if (auto refusal = check_version(call, user.version)) return std::move(*refusal);
  }
  call.target("users/" + id_of(call));
  return done_reply(call, parts.access->remove_user(call.principal(), id_of(call), call.origin()));
}

Reply list_sessions(const RestParts& parts, Call& call, std::string_view user_id) {
  REPLY_ASSIGN(const std::vector<Session> sessions, parts.access->sessions(call.principal(), user_id));
  boost::json::array items;
  for (const Session& session : sessions) items.push_back(json_of(session, call.principal().session_id));
  Reply reply;
  reply.body = page_json(std::move(items), {});
  return reply;
}

// --- roles ---

Role role_in(const Call& call) {
  const Json& body = call.body();
  Role role;
  role.name = text_in(body, "name");
  role.description = text_in(body, "description");
  role.permissions = texts_in(body, "permissions");
  role.rows.datasets = texts_in(body, "datasets");
  role.rows.filter_text = text_in(body, "filter");
  role.masked_fields = texts_in(body, "masked_fields");
  role.second_factor = flag_in(body, "second_factor");
  return role;
}

Allowed<Role> find_role(const RestParts& parts, const Call& call) {
  const auto roles = parts.access->roles(call.principal());
  if (!roles.ok()) return roles.refusal();
  const std::string id = id_of(call);
  const auto found =
      std::find_if(roles->begin(), roles->end(), [&](const Role& role) { return role.id == id; });
  if (found != roles->end()) return *found;
  return Refusal{Refusal::Kind::not_found, "There is no such role, or it is not to be seen by you.", {}, 0};
}

Reply create_role(const RestParts& parts, Call& call) {
  Role role = role_in(call);
  role.tenant = text_in(call.body(), "tenant", call.principal().scope.tenant);
  REPLY_ASSIGN(const Role made_role, parts.access->put_role(call.principal(), role, call.origin()));
  call.target("roles/" + made_role.id);
  call.audited();
  return made(json_of(made_role), "roles/" + made_role.id, made_role.version);
}

Reply update_role(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const Role before, find_role(parts, call));
  if (auto refusal = check_version(call, before.version)) return std::move(*refusal);
  Role role = role_in(call);
  role.id = before.id;
  role.tenant = before.tenant;
  role.version = before.version;
  const Allowed<Role> outcome = parts.access->put_role(call.principal(), role, call.origin());
  if (!outcome.ok()) return change_refused(outcome.refusal());
  const Role& changed = *outcome;
  call.target("roles/" + changed.id);
  call.audited();
  return versioned(200, json_of(changed), changed.version);
}

Reply delete_role(const RestParts& parts, Call& call) {
  if (call.if_match()) {
    REPLY_ASSIGN(const Role role, find_role(parts, call));
    if (auto refusal = check_version(call, role.version)) return std::move(*refusal);
  }
  call.target("roles/" + id_of(call));
  return done_reply(call, parts.access->remove_role(call.principal(), id_of(call), call.origin()));
}

Reply list_permissions() {
  boost::json::array items;
  for (std::size_t i = 0; i < kPermissions; ++i) {
    const auto permission = static_cast<Permission>(i);
    items.push_back(boost::json::object{{"name", permission_name(permission)},
                                        {"summary", permission_summary(permission)}});
  }
  Reply reply;
  reply.body = page_json(std::move(items), {});
  return reply;
}

// --- keys ---

Reply create_key(const RestParts& parts, Call& call) {
  const Json& body = call.body();
  ApiKey key;
  key.name = text_in(body, "name");
  key.permissions = texts_in(body, "permissions");
  key.addresses = texts_in(body, "addresses");
  const auto expires = base::parse_iso8601(text_in(body, "expires"));
  if (!expires)
    return problem(422, "invalid", "The time is not one.", {{"/expires", "a time of RFC 3339", 0}});
  key.expires = *expires;
  REPLY_ASSIGN(const Access::MadeKey made_key, parts.access->make_key(call.principal(), key, call.origin()));
  call.target("keys/" + made_key.key.id);
  call.audited();
  Reply reply;
  reply.status = 201;
  reply.body = boost::json::object{{"key", json_of(made_key.key)}, {"token", made_key.token}};
  reply.headers.emplace_back("Location", "/api/v1/keys/" + made_key.key.id);
  return reply;
}

Reply delete_key(const RestParts& parts, Call& call) {
  const std::string id = id_of(call);
  REPLY_ASSIGN(const std::vector<ApiKey> own, parts.access->keys(call.principal(), false));
  const bool is_own = std::any_of(own.begin(), own.end(), [&](const ApiKey& key) { return key.id == id; });
  // One who may not delete keys of others is not told whether there is such a key.
  if (!is_own && call.principal().permissions.has(Permission::users_write)) {
    if (auto refusal = check_step_up(*parts.access, call.principal())) return std::move(*refusal);
  }
  call.target("keys/" + id);
  return done_reply(call, parts.access->remove_key(call.principal(), id, call.origin()));
}

// --- tenants ---

Reply create_tenant(const RestParts& parts, Call& call) {
  Tenant tenant;
  tenant.id = text_in(call.body(), "id");
  tenant.name = text_in(call.body(), "name");
  REPLY_ASSIGN(const Tenant made_tenant, parts.access->put_tenant(call.principal(), tenant, call.origin()));
  call.target("tenants/" + made_tenant.id);
  call.audited();
  return made(json_of(made_tenant), "tenants/" + made_tenant.id, made_tenant.version);
}

Reply update_tenant(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const std::vector<Tenant> tenants, parts.access->tenants(call.principal()));
  const std::string id = id_of(call);
  const auto found =
      std::find_if(tenants.begin(), tenants.end(), [&](const Tenant& one) { return one.id == id; });
  if (found == tenants.end()) return not_found("tenant");
  Tenant tenant = *found;
  if (auto refusal = check_version(call, tenant.version)) return std::move(*refusal);
  tenant.name = text_in(call.body(), "name", tenant.name);
  const Allowed<Tenant> outcome = parts.access->put_tenant(call.principal(), tenant, call.origin());
  if (!outcome.ok()) return change_refused(outcome.refusal());
  const Tenant& changed = *outcome;
  call.target("tenants/" + changed.id);
  call.audited();
  return versioned(200, json_of(changed), changed.version);
}

void add_role_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listRoles"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const std::vector<Role> roles, parts.access->roles(call.principal()));
    return list_reply(roles);
  };
  handlers["getRole"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const Role role, find_role(parts, call));
    return versioned(200, json_of(role), role.version);
  };
  handlers["createRole"] = [&parts](Call& call) { return create_role(parts, call); };
  handlers["updateRole"] = [&parts](Call& call) { return update_role(parts, call); };
  handlers["deleteRole"] = [&parts](Call& call) { return delete_role(parts, call); };
  handlers["listPermissions"] = [](Call&) { return list_permissions(); };
}

void add_key_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listKeys"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const std::vector<ApiKey> keys, parts.access->keys(call.principal(), call.flag("all")));
    return list_reply(keys);
  };
  handlers["createKey"] = [&parts](Call& call) { return create_key(parts, call); };
  handlers["deleteKey"] = [&parts](Call& call) { return delete_key(parts, call); };
}

void add_tenant_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listTenants"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const std::vector<Tenant> tenants, parts.access->tenants(call.principal()));
    return list_reply(tenants);
  };
  handlers["createTenant"] = [&parts](Call& call) { return create_tenant(parts, call); };
  handlers["updateTenant"] = [&parts](Call& call) { return update_tenant(parts, call); };
}

}  // namespace

void add_user_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listUsers"] = [&parts](Call& call) { return list_users(parts, call); };
  handlers["createUser"] = [&parts](Call& call) { return create_user(parts, call); };
  handlers["getUser"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const User user, parts.access->user(call.principal(), id_of(call)));
    return versioned(200, json_of(user), user.version);
  };
  handlers["updateUser"] = [&parts](Call& call) { return update_user(parts, call); };
  handlers["deleteUser"] = [&parts](Call& call) { return delete_user(parts, call); };
  handlers["resetPassword"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const std::string token,
                 parts.access->reset_password(call.principal(), id_of(call), call.origin()));
    call.target("users/" + id_of(call));
    call.audited();
    Reply reply;
    reply.body = boost::json::object{{"token", token}};
    return reply;
  };
  handlers["removeTotpOfUser"] = [&parts](Call& call) {
    call.target("users/" + id_of(call));
    return done_reply(call, parts.access->remove_totp(call.principal(), id_of(call), call.origin()));
  };
  handlers["listSessionsOfUser"] = [&parts](Call& call) {
    return list_sessions(parts, call, call.path("id"));
  };
  handlers["listSessions"] = [&parts](Call& call) {
    return list_sessions(parts, call, call.principal().user_id);
  };
  handlers["endSession"] = [&parts](Call& call) {
    call.target("sessions/" + id_of(call));
    return done_reply(call, parts.access->end_session(call.principal(), id_of(call), call.origin()));
  };
  add_role_handlers(handlers, parts);
  add_key_handlers(handlers, parts);
  add_tenant_handlers(handlers, parts);
}

}  // namespace vedette::api
