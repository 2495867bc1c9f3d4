// The records of access as they are stored: documents, and the writes that put and remove them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/api/access.hpp"

namespace vedette::api::access {

inline constexpr std::string_view kUsers = "users", kUserNames = "user_names", kRoles = "roles",
                                  kSessions = "sessions", kApiKeys = "api_keys", kTenants = "tenants",
                                  kAccessTokens = "access_tokens";

// `record` is the version of the record, for the write that follows; User::version counts the changes that
// people make, so that a sign-in does not outdate an ETag.
struct UserDocument {
  User user;
  std::string password;               // PHC; empty: none
  std::string totp, totp_pending;     // sealed seeds
  std::int64_t totp_step = 0;         // the last that was used
  std::vector<std::string> recovery;  // hashes of unused codes
  std::vector<std::string> networks;  // signed in from, newest last
  std::uint64_t record = 0;
};
struct RoleDocument {
  Role role;
  std::uint64_t record = 0;
};
struct SessionDocument {
  Session session;
  std::string token_hash;
  base::TimeNs confirmed = 0;
  std::uint64_t record = 0;
};
struct KeyDocument {
  ApiKey key;
  std::string secret_hash;
  std::uint64_t record = 0;
};
struct TenantDocument {
  Tenant tenant;
  std::uint64_t record = 0;
};
// A set-up or reset token: its id is the hash of the token, or "setup".
struct TokenDocument {
  std::string id, kind, user_id, token_hash;
  base::TimeNs expires = 0;
  std::uint64_t record = 0;
};

// Reading. corrupt: a document that is not one of ours.
base::Result<UserDocument> read_user(const ports::StoredRecord& record);
base::Result<RoleDocument> read_role(const ports::StoredRecord& record);
base::Result<SessionDocument> read_session(const ports::StoredRecord& record);
base::Result<KeyDocument> read_key(const ports::StoredRecord& record);
base::Result<TenantDocument> read_tenant(const ports::StoredRecord& record);
base::Result<TokenDocument> read_token(const ports::StoredRecord& record);

// Puts that expect the version that was read (0: a new one).
ports::RecordWrite put_user(const UserDocument& user);
ports::RecordWrite put_role_document(const RoleDocument& role);
ports::RecordWrite put_session(const SessionDocument& session);
ports::RecordWrite put_key(const KeyDocument& key);
ports::RecordWrite put_tenant_document(const TenantDocument& tenant);
ports::RecordWrite put_token(const TokenDocument& token);
ports::RecordWrite remove_record(std::string_view collection, std::string_view id,
                                 std::uint64_t version = ports::RecordWrite::kAnyVersion);

// What makes names unique in a tenant: a record of user_names whose id is derived from tenant and folded name
// and whose document names the user; of subjects of OpenID Connect likewise.
std::string name_id(std::string_view tenant, std::string_view name);
std::string subject_id(std::string_view issuer_and_subject);
ports::RecordWrite put_name(std::string id, std::string_view user_id);  // refused if taken
base::Result<std::string> read_name(const ports::StoredRecord& record);

// Somebody who can sign in and may do everything, in the default tenant.
bool is_administrator(const UserDocument& user);
// As the column `roles` of users holds them: " viewer r_12 ".
std::string role_column(const std::vector<std::string>& roles);

}  // namespace vedette::api::access
