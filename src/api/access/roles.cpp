#include "access/roles.hpp"

#include <algorithm>
#include <iterator>

#include "vedette/query/query.hpp"

namespace vedette::api::access {
namespace {

using P = Permission;

Role built_in(std::string id, std::string description, std::initializer_list<Permission> permissions) {
  Role role;
  role.id = role.name = std::move(id);
  role.description = std::move(description);
  role.built_in = true;
  for (const Permission permission : permissions) role.permissions.emplace_back(permission_name(permission));
  std::sort(role.permissions.begin(), role.permissions.end());
  role.version = 1;
  return role;
}

std::vector<Role> make_built_in() {
  std::vector<Role> roles;
  roles.push_back(built_in("viewer", "sees events, alerts, incidents, rules, indicators and sources",
                           {P::events_read, P::alerts_read, P::incidents_read, P::rules_read, P::intel_read,
                            P::sources_read, P::system_read, P::metrics_read}));
  roles.push_back(built_in("analyst", "works on alerts and incidents",
                           {P::events_read, P::events_export, P::searches_write, P::alerts_read,
                            P::alerts_write, P::incidents_read, P::incidents_write, P::rules_read,
                            P::intel_read, P::sources_read, P::system_read, P::metrics_read, P::keys_own}));
  roles.push_back(built_in("responder",
                           "works on alerts and incidents, sets service levels and notifications, adds "
                           "indicators and runs responses",
                           {P::events_read, P::events_export, P::searches_write, P::alerts_read,
                            P::alerts_write, P::incidents_read, P::incidents_write, P::incidents_manage,
                            P::rules_read, P::intel_read, P::intel_write, P::sources_read, P::system_read,
                            P::metrics_read, P::notifications_manage, P::respond_run, P::keys_own}));
  roles.push_back(
      built_in("detection_engineer", "writes, tests and activates rules and exceptions",
               {P::events_read, P::events_export, P::searches_write, P::alerts_read, P::alerts_write,
                P::incidents_read, P::incidents_write, P::rules_read, P::rules_write, P::rules_activate,
                P::exceptions_write, P::intel_read, P::intel_write, P::sources_read, P::dead_letters_read,
                P::dead_letters_replay, P::system_read, P::metrics_read, P::keys_own}));
  Role administrator = built_in("administrator", "may do everything", {});
  for (std::size_t i = 0; i < kPermissions; ++i) {
    administrator.permissions.emplace_back(permission_name(static_cast<Permission>(i)));
  }
  std::sort(administrator.permissions.begin(), administrator.permissions.end());
  roles.push_back(std::move(administrator));
  roles.push_back(built_in("auditor", "reads the audit log, users and settings, and changes nothing",
                           {P::audit_read, P::users_read, P::settings_read, P::system_read}));
  return roles;
}

// Permissions that let somebody at events or at what is made of them.
constexpr Permission kOfData[] = {
    P::events_read,     P::events_export,        P::alerts_read,        P::alerts_write, P::incidents_read,
    P::incidents_write, P::notifications_manage, P::metrics_read,       P::rules_write,  P::exceptions_write,
    P::respond_run,     P::dead_letters_read,    P::dead_letters_replay};

bool shows_rows(const PermissionSet& permissions) {
  return std::any_of(std::begin(kOfData), std::end(kOfData),
                     [&](Permission permission) { return permissions.has(permission); });
}

// What both lists mask.
std::vector<std::string> masked_by_both(const std::vector<std::string>& a,
                                        const std::vector<std::string>& b) {
  std::vector<std::string> out;
  for (const std::string& x : a) {
    for (const std::string& y : b) {
      if (pattern_covers(y, x)) {
        out.push_back(x);
      } else if (pattern_covers(x, y)) {
        out.push_back(y);
      } else if (patterns_overlap(x, y)) {
        out.push_back(x.size() >= y.size() ? x : y);
      }
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool same_rows(const DataScope::Rows& a, const DataScope::Rows& b) {
  return a.datasets == b.datasets && a.filter_text == b.filter_text;
}

bool rows_cover(const DataScope::Rows& outer, const DataScope::Rows& inner) {
  if (!outer.filter_text.empty() && outer.filter_text != inner.filter_text) return false;
  // Text and predicate belong together; a scope made by hand may have the predicate alone.
  if (outer.filter_text.empty() && outer.filter.kind != model::Predicate::Kind::always) return false;
  if (outer.datasets.empty()) return true;
  return !inner.datasets.empty() &&
         std::all_of(inner.datasets.begin(), inner.datasets.end(), [&](const std::string& dataset) {
           return std::any_of(outer.datasets.begin(), outer.datasets.end(),
                              [&](const std::string& wide) { return pattern_covers(wide, dataset); });
         });
}

}  // namespace

const std::vector<Role>& built_in_roles() {
  static const std::vector<Role> roles = make_built_in();
  return roles;
}

const Role* find_built_in(std::string_view id) {
  for (const Role& role : built_in_roles()) {
    if (role.id == id) return &role;
  }
  return nullptr;
}

PermissionSet permissions_of(std::span<const std::string> names) {
  PermissionSet set;
  for (const std::string& name : names) {
    if (const auto permission = find_permission(name)) set.add(*permission);
  }
  return set;
}

base::Result<DataScope::Rows> compile_rows(const DataScope::Rows& written, base::TimeNs now) {
  DataScope::Rows rows = written;
  rows.filter = {.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  if (rows.filter_text.empty()) return rows;
  TRY_ASSIGN(rows.filter, query::parse_filter(rows.filter_text, {.now = now, .known_fields = {}}));
  return rows;
}

Reach reach_of(std::span<const Role> roles, std::string_view tenant, base::TimeNs now) {
  Reach reach;
  reach.scope.tenant = tenant;
  bool first = true;
  for (const Role& role : roles) {
    PermissionSet permissions;
    for (const std::string& name : role.permissions) {
      const auto permission = find_permission(name);
      if (permission && (tenant.empty() || *permission != P::tenants_write)) permissions.add(*permission);
    }
    reach.permissions.add(permissions);
    reach.second_factor = reach.second_factor || role.second_factor;
    if (!shows_rows(permissions)) continue;
    base::Result<DataScope::Rows> rows = compile_rows(role.rows, now);
    if (!rows.ok()) continue;
    const bool there = std::any_of(reach.scope.rows.begin(), reach.scope.rows.end(),
                                   [&](const DataScope::Rows& other) { return same_rows(other, *rows); });
    if (!there) reach.scope.rows.push_back(std::move(*rows));
    reach.scope.masked_fields =
        first ? role.masked_fields : masked_by_both(reach.scope.masked_fields, role.masked_fields);
    first = false;
  }
  return reach;
}

bool covers(const PermissionSet& outer_permissions, const DataScope& outer, const Reach& inner) {
  if (!outer_permissions.contains(inner.permissions)) return false;
  for (const DataScope::Rows& rows : inner.scope.rows) {
    const bool shown = std::any_of(outer.rows.begin(), outer.rows.end(),
                                   [&](const DataScope::Rows& wide) { return rows_cover(wide, rows); });
    if (!shown) return false;
  }
  if (inner.scope.rows.empty()) return true;
  return std::all_of(outer.masked_fields.begin(), outer.masked_fields.end(), [&](const std::string& field) {
    return std::any_of(inner.scope.masked_fields.begin(), inner.scope.masked_fields.end(),
                       [&](const std::string& wide) { return pattern_covers(wide, field); });
  });
}

bool pattern_covers(std::string_view wide, std::string_view pattern) {
  // Greedy matching of `wide` against `pattern` as a text, whose * only a * can match.
  std::size_t w = 0, p = 0, star = std::string_view::npos, retry = 0;
  while (p < pattern.size()) {
    if (w < wide.size() && wide[w] == '*') {
      star = w++;
      retry = p;
    } else if (w < wide.size() && ((wide[w] == '?' && pattern[p] != '*') || wide[w] == pattern[p])) {
      ++w, ++p;
    } else if (star != std::string_view::npos) {
      w = star + 1;
      p = ++retry;
    } else {
      return false;
    }
  }
  while (w < wide.size() && wide[w] == '*') ++w;
  return w == wide.size();
}

bool patterns_overlap(std::string_view a, std::string_view b) {
  // reachable[j]: some text is meant by a[0..i) and b[0..j).
  std::vector<char> now(b.size() + 1, 0), next(b.size() + 1, 0);
  for (std::size_t i = 0; i <= a.size(); ++i) {
    std::fill(next.begin(), next.end(), char{0});
    for (std::size_t j = 0; j <= b.size(); ++j) {
      bool ok = i == 0 && j == 0;
      if (i > 0 && a[i - 1] == '*') ok = ok || now[j] || (j > 0 && next[j - 1]);
      if (j > 0 && b[j - 1] == '*') ok = ok || next[j - 1] || (i > 0 && now[j]);
      if (i > 0 && j > 0 && a[i - 1] != '*' && b[j - 1] != '*') {
        ok = ok || (now[j - 1] && (a[i - 1] == b[j - 1] || a[i - 1] == '?' || b[j - 1] == '?'));
      }
      next[j] = ok ? 1 : 0;
    }
    std::swap(now, next);
  }
  return now[b.size()] != 0;
}

}  // namespace vedette::api::access
