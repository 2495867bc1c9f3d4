// Roles: the built-in ones, what several of them allow together, and whether somebody may hand one on.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "vedette/api/access.hpp"

namespace vedette::api::access {

// What somebody may do and see.
struct Reach {
  PermissionSet permissions;
  DataScope scope;
  bool second_factor = false;  // a role asks for it
};

const std::vector<Role>& built_in_roles();
const Role* find_built_in(std::string_view id);

// Names of permissions that are none are left out.
PermissionSet permissions_of(std::span<const std::string> names);
// Compiles the row filter; invalid_argument if it cannot be. `now`: what the filter's "now" is.
base::Result<DataScope::Rows> compile_rows(const DataScope::Rows& written, base::TimeNs now = 0);

// Of several roles: all their permissions; the rows that any of those shows that lets somebody at data at all
// (so that an auditor's role does not show an analyst more); masked what all of these mask. Patterns that
// overlap without one covering the other mask the whole of one: rather too much than too little. A role whose
// filter cannot be compiled shows no rows. Outside the default tenant nobody has tenants.write.
Reach reach_of(std::span<const Role> roles, std::string_view tenant, base::TimeNs now = 0);

// Whether all that `inner` allows and shows `outer` does, too. Filters are compared as written: false where
// it cannot be told.
bool covers(const PermissionSet& outer_permissions, const DataScope& outer, const Reach& inner);
// Whether every name that `pattern` means is meant by `wide`, too.
bool pattern_covers(std::string_view wide, std::string_view pattern);
// Whether there are names that both mean.
bool patterns_overlap(std::string_view a, std::string_view b);

}  // namespace vedette::api::access
