#include <algorithm>

#include "access/crypto.hpp"
#include "access/impl.hpp"
#include "access/text_checks.hpp"

namespace vedette::api::access {
namespace {

constexpr std::size_t kMaxRoles = 500;  // custom ones of a tenant
constexpr std::size_t kMaxPatterns = 200, kMaxPattern = 256, kMaxFilter = 8192;

std::optional<Refusal> check_patterns(std::string_view field, const std::vector<std::string>& patterns) {
  if (patterns.size() > kMaxPatterns) return invalid(std::string(field), "at most 200 are taken");
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::string at = std::string(field) + "/" + std::to_string(i);
    if (auto refusal = check_text(at, patterns[i], 1, kMaxPattern)) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> check_role(const Role& role) {
  if (auto refusal = check_text("/name", role.name, 1, 128)) return refusal;
  if (auto refusal = check_text("/description", role.description, 0, 1024)) return refusal;
  if (find_built_in(role.name) != nullptr) return invalid("/name", "a built-in role has this name");
  for (std::size_t i = 0; i < role.permissions.size(); ++i) {
    if (!find_permission(role.permissions[i])) {
      return invalid("/permissions/" + std::to_string(i), "there is no such permission");
    }
  }
  if (auto refusal = check_patterns("/datasets", role.rows.datasets)) return refusal;
  if (auto refusal = check_patterns("/masked_fields", role.masked_fields)) return refusal;
  if (role.rows.filter_text.size() > kMaxFilter) return invalid("/filter", "this is longer than 8,192 bytes");
  const auto rows = compile_rows(role.rows);
  if (!rows.ok()) return invalid("/filter", rows.error().message);
  return std::nullopt;
}

void sort_unique(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

void describe(AuditEntry& entry, std::string_view when, const Role& role) {
  const std::string suffix = "." + std::string(when);
  entry.details.emplace_back("name" + suffix, role.name);
  entry.details.emplace_back("permissions" + suffix, listed(role.permissions));
  entry.details.emplace_back("datasets" + suffix, listed(role.rows.datasets));
  entry.details.emplace_back("filter" + suffix, role.rows.filter_text);
  entry.details.emplace_back("masked_fields" + suffix, listed(role.masked_fields));
}

}  // namespace

Allowed<std::vector<Role>> AccessImpl::roles(const Principal& who) const {
  ports::RecordQuery query;
  query.collection = kRoles;
  if (who.kind != Principal::Kind::system && !who.permissions.has(Permission::tenants_write)) {
    query = query_of(kRoles, "tenant", who.scope.tenant);
  }
  query.order_by = "name";
  std::vector<Role> out = built_in_roles();
  ALLOW_ASSIGN(std::vector<RoleDocument> own, load_all<RoleDocument>(query, 10'000, read_role));
  for (RoleDocument& role : own) out.push_back(std::move(role.role));
  return out;
}

Allowed<Role> AccessImpl::put_role(const Principal& who, const Role& wanted, const Origin& origin) {
  if (find_built_in(wanted.id) != nullptr)
    return forbidden("built-in roles cannot be changed: make another one");
  ALLOW(check_role(wanted));
  const Lock lock(change_mutex_);
  RoleDocument document;
  std::optional<RoleDocument> before;
  if (!wanted.id.empty()) {
    ALLOW_ASSIGN(before, load<RoleDocument>(kRoles, wanted.id, read_role));
    if (!before || !sees_tenant(who, before->role.tenant)) return not_there("role");
    if (before->role.version != wanted.version) {
      return refused(Refusal::Kind::conflict, "the role was changed at the same time: read it again");
    }
    if (!may_hand_on(who, reach_of(std::span(&before->role, 1), before->role.tenant))) {
      return forbidden("this role allows or shows what you may not do or see");
    }
  }
  document.role = wanted;
  document.role.built_in = false;
  document.role.tenant = before ? before->role.tenant : wanted.tenant;
  document.record = before ? before->record : 0;
  if (!before) document.role.id = random_id("r_");
  sort_unique(document.role.permissions);
  if (!sees_tenant(who, document.role.tenant)) return invalid("/tenant", "there is no such tenant");
  if (!before && !document.role.tenant.empty()) {
    ALLOW_ASSIGN(const auto tenant, load<TenantDocument>(kTenants, document.role.tenant, read_tenant));
    if (!tenant) return invalid("/tenant", "there is no such tenant");
  }
  // The permissions themselves, too, whatever the tenant takes away from them.
  Reach reach = reach_of(std::span(&document.role, 1), document.role.tenant);
  reach.permissions.add(permissions_of(document.role.permissions));
  if (!may_hand_on(who, reach))
    return forbidden("the role allows or shows what you may not do or see yourself");
  ports::RecordQuery of_tenant = query_of(kRoles, "tenant", document.role.tenant);
  ALLOW_ASSIGN(const std::uint64_t count, records_.count(of_tenant));
  if (!before && count >= kMaxRoles) return refused(Refusal::Kind::conflict, "there are 500 roles already");
  AuditEntry told = entry(who, origin, before ? "updateRole" : "createRole", "roles/" + document.role.id);
  if (before) describe(told, "before", before->role);
  describe(told, "after", document.role);
  ALLOW(commit({put_role_document(document)}, told));
  document.role.version = document.record + 1;
  return std::move(document.role);
}

Allowed<Done> AccessImpl::remove_role(const Principal& who, std::string_view id, const Origin& origin) {
  if (find_built_in(id) != nullptr) return forbidden("built-in roles cannot be removed");
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const auto role, load<RoleDocument>(kRoles, id, read_role));
  if (!role || !sees_tenant(who, role->role.tenant)) return not_there("role");
  ports::RecordQuery users;
  users.collection = kUsers;
  users.tests.push_back({"roles", ports::ColumnTest::Op::contains, {role_column({role->role.id})}});
  ALLOW_ASSIGN(const std::uint64_t used, records_.count(users));
  if (used > 0) {
    return refused(Refusal::Kind::conflict,
                   "users have this role (" + std::to_string(used) + "): take it away from them first");
  }
  AuditEntry told = entry(who, origin, "deleteRole", "roles/" + role->role.id);
  describe(told, "before", role->role);
  ALLOW(commit({remove_record(kRoles, role->role.id, role->record)}, told));
  return Done{};
}

}  // namespace vedette::api::access
