#include "vedette/api/principal.hpp"

#include <algorithm>
#include <array>

namespace vedette::api {
namespace {

struct PermissionText {
  std::string_view name, summary;
};
constexpr std::array<PermissionText, kPermissions> kPermissionTexts = {{
#define VEDETTE_PERMISSION(id, name, summary) {name, summary},
#include "vedette/api/permissions.def"
#undef VEDETTE_PERMISSION
}};

}  // namespace

std::string_view permission_name(Permission permission) {
  return kPermissionTexts[static_cast<std::size_t>(permission)].name;
}

std::string_view permission_summary(Permission permission) {
  return kPermissionTexts[static_cast<std::size_t>(permission)].summary;
}

std::optional<Permission> find_permission(std::string_view name) {
  for (std::size_t i = 0; i < kPermissions; ++i) {
    if (kPermissionTexts[i].name == name) return static_cast<Permission>(i);
  }
  return std::nullopt;
}

std::vector<std::string> PermissionSet::names() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kPermissions; ++i) {
    if (bits_[i]) out.emplace_back(kPermissionTexts[i].name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool DataScope::sees_all_rows() const {
  return std::any_of(rows.begin(), rows.end(), [](const Rows& some) {
    return some.datasets.empty() && some.filter.kind == model::Predicate::Kind::always;
  });
}

}  // namespace vedette::api
