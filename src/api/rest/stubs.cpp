// Stand-ins for what is not written yet; a line goes when the real one comes.
#include "rest/groups.hpp"

namespace vedette::api {

void add_session_handlers(HandlerTable&, const RestParts&) {}
void add_user_handlers(HandlerTable&, const RestParts&) {}
void add_search_handlers(HandlerTable&, const RestParts&) {}
void add_saved_search_handlers(HandlerTable&, const RestParts&) {}
void add_alert_handlers(HandlerTable&, const RestParts&) {}
void add_stream_handlers(HandlerTable&, const RestParts&) {}

bool Access::confirmed_lately(const Principal& who) const {
  return who.confirmed > 0 && options_.now() - who.confirmed <= options_.step_up_age;
}

namespace {
struct NamedPermission {
  Permission permission;
  std::string_view name;
};
constexpr NamedPermission kStubPermissions[] = {
#define VEDETTE_PERMISSION(id, name, summary) {Permission::id, name},
#include "vedette/api/permissions.def"
#undef VEDETTE_PERMISSION
};
}  // namespace

std::optional<Permission> find_permission(std::string_view name) {
  for (const NamedPermission& known : kStubPermissions) {
    if (known.name == name) return known.permission;
  }
  return std::nullopt;
}

std::string_view permission_name(Permission permission) {
  return kStubPermissions[static_cast<std::size_t>(permission)].name;
}

}  // namespace vedette::api
