// Access: who is who (users, passwords, second factors, sessions, API keys) and who may what (roles,
// tenants).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/api/audit.hpp"
#include "vedette/api/principal.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"
#include "vedette/ports/secret_store.hpp"

namespace vedette::api {

std::vector<ports::CollectionSchema> access_collections();

struct AccessOptions {
  std::function<base::TimeNs()> now;  // not null
  base::TimeNs session_idle = 12LL * 3600 * base::kNsPerSecond;
  base::TimeNs session_age = 7LL * 86'400 * base::kNsPerSecond;  // at most, however busy
  base::TimeNs step_up_age = 10LL * 60 * base::kNsPerSecond;     // a confirmation holds so long
  std::size_t min_password = 12;                                 // code points; at most 1,024 bytes
  std::string breached_passwords;  // a file of one password a line besides the shipped list; empty: none
  std::uint32_t argon2_memory_kib = 19'456, argon2_passes = 2;  // OWASP's least for argon2id
  int argon2_at_once = 2;  // further sign-ins wait, at most `argon2_queue` of them
  std::size_t argon2_queue = 32;
  std::string issuer = "Vedette";       // of one-time codes
  bool second_factor_required = false;  // for everyone; roles can ask for it, too
};

// Why something was refused. The message is for the one who asked and tells nothing of others: a wrong
// password, an unknown user and a locked one look and take alike.
struct Refusal {
  enum class Kind : std::uint8_t {
    credentials,    // 401
    second_factor,  // 401: the password was right, a code is needed (or was wrong)
    too_often,      // 429
    forbidden,      // 403
    step_up,        // 403: confirm first
    invalid,        // 422: a password against the rules, a bad name, an unknown role
    conflict,       // 409
    not_found,      // 404
    failed,         // 500
  };
  Kind kind = Kind::credentials;
  std::string message;
  std::string field;    // of `invalid`: a JSON pointer
  int retry_after = 0;  // seconds
};
// A value or why not.
template <typename T>
class Allowed {
 public:
  Allowed(T value) : value_(std::move(value)) {}
  Allowed(Refusal refusal) : refusal_(std::move(refusal)) {}
  bool ok() const { return value_.has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  std::optional<T> value_;
  Refusal refusal_;
};
struct Done {};

// Where a request comes from; goes into the audit log.
struct Origin {
  std::string address, user_agent, request_id;
};

struct SignedIn {
  std::string token;  // opaque, "vds_..."; kept hashed only
  std::string csrf_token;
  Principal principal;
  base::TimeNs expires = 0;
};

struct User {
  std::string id, name, display_name, email, tenant;
  std::vector<std::string> roles;
  bool locked = false;  // by an administrator
  bool has_password = false, has_totp = false, must_change_password = false;
  std::string oidc_subject;  // "issuer|sub"; empty: none
  base::TimeNs created = 0, last_sign_in = 0;
  std::uint64_t version = 0;
};
struct NewUser {
  std::string name, display_name, email, tenant, password;  // no password: it must be set by a reset token
  std::vector<std::string> roles;
  bool must_change_password = true;
};
struct Role {
  std::string id, name, description, tenant;  // tenant empty for built-in ones: good for all
  bool built_in = false;
  std::vector<std::string> permissions;
  DataScope::Rows rows;  // datasets and filter_text
  std::vector<std::string> masked_fields;
  bool second_factor = false;
  std::uint64_t version = 0;
};
struct Session {
  std::string id, user_id, user_name, address, user_agent;
  base::TimeNs created = 0, last_used = 0, expires = 0;
};
struct ApiKey {
  std::string id, name, owner_id, owner_name, tenant, prefix;  // prefix: first characters, to recognise it
  std::vector<std::string> permissions;  // of the owner's; what the owner loses the key loses
  std::vector<std::string> addresses;    // networks it may be used from; empty: any
  base::TimeNs created = 0, expires = 0, last_used = 0;
};
struct Tenant {
  std::string id, name;
  std::uint64_t version = 0;
};
template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;  // cursor; empty: that was all
};

// Thread safe; passwords are hashed on the thread that calls. Everything that changes something is written
// with its audit entry in one transaction. Who may call what is the router's business, except where it
// depends on the data: nobody gives away (by roles, keys, scopes) what they have not got, touches another
// tenant without tenants.write, or takes away the last administrator.
class Access {
 public:
  // Makes the built-in roles (viewer, analyst, responder, detection_engineer, administrator, auditor).
  static base::Result<std::unique_ptr<Access>> open(ports::RecordStore& records, AuditLog& audit,
                                                    const ports::SecretStore& secrets, AccessOptions options);
  virtual ~Access() = default;

  // Set-up: as long as there is no user. A new token each time; the last one counts, for 24 hours and once.
  virtual bool needs_set_up() const = 0;
  virtual base::Result<std::string> make_set_up_token() = 0;
  virtual Allowed<SignedIn> set_up(std::string_view token, const NewUser& administrator,
                                   const Origin& origin) = 0;

  struct Credentials {
    std::string tenant, name, password;
    std::string code;  // one-time code or recovery code; empty: none
  };
  virtual Allowed<SignedIn> sign_in(const Credentials& credentials, const Origin& origin) = 0;
  // After OpenID Connect: the user bound to the subject, or made with these roles if `create`.
  virtual Allowed<SignedIn> sign_in_subject(std::string_view issuer, std::string_view subject,
                                            const NewUser& user, bool create, const Origin& origin) = 0;
  virtual Allowed<Done> sign_out(const Principal& who, const Origin& origin) = 0;
  // Password (and code) once more; the session token is rotated.
  virtual Allowed<SignedIn> confirm(const Principal& who, std::string_view password, std::string_view code,
                                    const Origin& origin) = 0;
  bool confirmed_lately(const Principal& who) const;

  // Of a session token or an API key; what it may is looked up afresh, so that changes hold at once.
  virtual Allowed<Principal> principal_of(std::string_view token, const Origin& origin) = 0;

  // Ends all other sessions; the token of this one is rotated.
  virtual Allowed<SignedIn> change_password(const Principal& who, std::string_view old_password,
                                            std::string_view new_password, const Origin& origin) = 0;
  struct TotpEnrolment {
    std::string secret_base32, uri;  // otpauth://totp/...
  };
  virtual Allowed<TotpEnrolment> begin_totp(const Principal& who) = 0;
  virtual Allowed<std::vector<std::string>> finish_totp(const Principal& who, std::string_view code,
                                                        const Origin& origin) = 0;  // recovery codes
  virtual Allowed<Done> remove_totp(const Principal& who, std::string_view user_id, const Origin& origin) = 0;

  // Users: those of the tenant of `who`, or with tenants.write of all. `version`: what the record must have.
  virtual Allowed<Page<User>> users(const Principal& who, std::string_view after,
                                    std::uint32_t limit) const = 0;
  virtual Allowed<User> user(const Principal& who, std::string_view id) const = 0;
  virtual Allowed<User> make_user(const Principal& who, const NewUser& user, const Origin& origin) = 0;
  // Changes name, display name, email, roles, locked; locking and changed roles end sessions.
  virtual Allowed<User> change_user(const Principal& who, const User& user, const Origin& origin) = 0;
  virtual Allowed<Done> remove_user(const Principal& who, std::string_view id, const Origin& origin) = 0;
  virtual Allowed<std::string> reset_password(const Principal& who, std::string_view id,
                                              const Origin& origin) = 0;  // a token, once, for 24 hours
  virtual Allowed<Done> set_password(std::string_view reset_token, std::string_view password,
                                     const Origin& origin) = 0;

  virtual Allowed<std::vector<Role>> roles(const Principal& who) const = 0;
  virtual Allowed<Role> put_role(const Principal& who, const Role& role, const Origin& origin) = 0;
  virtual Allowed<Done> remove_role(const Principal& who, std::string_view id, const Origin& origin) = 0;

  virtual Allowed<std::vector<Session>> sessions(const Principal& who, std::string_view user_id) const = 0;
  virtual Allowed<Done> end_session(const Principal& who, std::string_view id, const Origin& origin) = 0;

  struct MadeKey {
    ApiKey key;
    std::string token;  // "vdk_..."; shown once
  };
  virtual Allowed<MadeKey> make_key(const Principal& who, const ApiKey& key, const Origin& origin) = 0;
  virtual Allowed<std::vector<ApiKey>> keys(const Principal& who, bool of_everyone) const = 0;
  virtual Allowed<Done> remove_key(const Principal& who, std::string_view id, const Origin& origin) = 0;

  virtual Allowed<std::vector<Tenant>> tenants(const Principal& who) const = 0;
  virtual Allowed<Tenant> put_tenant(const Principal& who, const Tenant& tenant, const Origin& origin) = 0;

  const AccessOptions& options() const { return options_; }

 protected:
  explicit Access(AccessOptions options) : options_(std::move(options)) {}
  AccessOptions options_;
};

}  // namespace vedette::api
