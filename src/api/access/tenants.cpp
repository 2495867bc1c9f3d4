#include <algorithm>

#include "access/impl.hpp"
#include "access/text_checks.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

// As events name it (vedette.tenant) and URLs do.
bool is_tenant_id(std::string_view id) {
  return !id.empty() && id.size() <= 63 && id != "default" && id.front() != '-' && id.front() != '_' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return base::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
         });
}

}  // namespace

Allowed<std::vector<Tenant>> AccessImpl::tenants(const Principal& who) const {
  const bool all = who.kind == Principal::Kind::system || who.permissions.has(Permission::tenants_write);
  std::vector<Tenant> out;
  if (all || who.scope.tenant.empty()) out.push_back(Tenant{{}, "Default", 1});
  ports::RecordQuery query;
  query.collection = kTenants;
  ALLOW_ASSIGN(std::vector<TenantDocument> found, load_all<TenantDocument>(query, 10'000, read_tenant));
  for (TenantDocument& tenant : found) {
    if (all || tenant.tenant.id == who.scope.tenant) out.push_back(std::move(tenant.tenant));
  }
  return out;
}

Allowed<Tenant> AccessImpl::put_tenant(const Principal& who, const Tenant& wanted, const Origin& origin) {
  if (who.kind != Principal::Kind::system && !who.permissions.has(Permission::tenants_write)) {
    return forbidden("this needs tenants.write");
  }
  if (!is_tenant_id(wanted.id)) {
    return invalid(
        "/id", "an id is 1 to 63 of a-z, 0-9, - and _, begins with a letter or digit, and is not default");
  }
  ALLOW(check_text("/name", wanted.name, 1, 128));
  const Lock lock(change_mutex_);
  ALLOW_ASSIGN(const auto before, load<TenantDocument>(kTenants, wanted.id, read_tenant));
  if (before && wanted.version == 0)
    return refused(Refusal::Kind::conflict, "there is a tenant of this id already");
  if (!before && wanted.version != 0) return not_there("tenant");
  if (before && before->tenant.version != wanted.version) {
    return refused(Refusal::Kind::conflict, "the tenant was changed at the same time: read it again");
  }
  TenantDocument after{wanted, before ? before->record : 0};
  AuditEntry told = entry(who, origin, before ? "updateTenant" : "createTenant", "tenants/" + wanted.id);
  if (before) told.details.emplace_back("name.before", before->tenant.name);
  told.details.emplace_back("name.after", wanted.name);
  ALLOW(commit({put_tenant_document(after)}, told));
  after.tenant.version = after.record + 1;
  return std::move(after.tenant);
}

}  // namespace vedette::api::access
