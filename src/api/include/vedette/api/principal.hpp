// Principal: who asks, what they may do and what they may see. Plain data.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::api {

// permissions.def lists them: name as in openapi.yaml's x-permission and in roles, and what it allows.
enum class Permission : std::uint8_t {
#define VEDETTE_PERMISSION(id, name, summary) id,
#include "vedette/api/permissions.def"
#undef VEDETTE_PERMISSION
};
inline constexpr std::size_t kPermissions = 0
#define VEDETTE_PERMISSION(id, name, summary) +1
#include "vedette/api/permissions.def"
#undef VEDETTE_PERMISSION
    ;
std::string_view permission_name(Permission permission);
std::string_view permission_summary(Permission permission);
std::optional<Permission> find_permission(std::string_view name);

class PermissionSet {
 public:
  bool has(Permission permission) const { return bits_[static_cast<std::size_t>(permission)]; }
  void add(Permission permission) { bits_.set(static_cast<std::size_t>(permission)); }
  void add(const PermissionSet& other) { bits_ |= other.bits_; }
  // What both have: a key never does more than its owner.
  void keep(const PermissionSet& other) { bits_ &= other.bits_; }
  bool contains(const PermissionSet& other) const { return (other.bits_ & ~bits_).none(); }
  std::vector<std::string> names() const;  // sorted

 private:
  std::bitset<kPermissions> bits_;
};

// What of the events somebody sees; scoped_store.hpp enforces it. Of several roles: the rows that any of them
// shows; a field is masked if every role that shows rows masks it.
struct DataScope {
  std::string tenant;  // empty: the default tenant
  // Rows: of one of these data sets (event.dataset; * and ? as wildcards) and passing the filter. No entry:
  // none are seen. {{}, always}: all.
  struct Rows {
    std::vector<std::string> datasets;  // empty: every one
    std::string filter_text;            // KQL as written; empty: none
    model::Predicate filter{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  };
  std::vector<Rows> rows;
  std::vector<std::string> masked_fields;  // names or wildcard patterns; as if the events had not got them

  bool sees_all_rows() const;  // of the tenant
};

struct Principal {
  enum class Kind : std::uint8_t { anonymous, user, key, system };
  Kind kind = Kind::anonymous;
  std::string user_id;  // of a key: its owner
  std::string name;     // for people: "ada", "ada (key deploy)"
  std::string session_id, key_id;
  std::vector<std::string> roles;
  PermissionSet permissions;
  DataScope scope;
  base::TimeNs confirmed = 0;  // when the session last proved its factors (step-up); 0: never
  bool by_cookie = false;      // then changes need the CSRF token
  std::string csrf_token;
};

}  // namespace vedette::api
