// The implementation of Access. Its parts: access.cpp (opening, set-up), lookup.cpp (records, reach),
// resolve.cpp (tokens to principals), sign_in.cpp, account.cpp (one's own password and codes), users.cpp,
// role_admin.cpp, keys.cpp, sessions.cpp, tenants.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/documents.hpp"
#include "access/passwords.hpp"
#include "access/roles.hpp"
#include "access/throttle.hpp"
#include "vedette/api/access.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {

using Writes = std::vector<ports::RecordWrite>;

inline Refusal refused(Refusal::Kind kind, std::string message, std::string field = {}) {
  return Refusal{kind, std::move(message), std::move(field), 0};
}
inline Refusal invalid(std::string field, std::string message) {
  return refused(Refusal::Kind::invalid, std::move(message), std::move(field));
}
inline Refusal forbidden(std::string message) {
  return refused(Refusal::Kind::forbidden, std::move(message));
}
inline Refusal not_there(std::string_view what) {
  return refused(Refusal::Kind::not_found, "there is no such " + std::string(what));
}
Refusal refusal_of(const base::Error& error);
template <typename T>
Refusal refusal_of(const base::Result<T>& result) {
  return refusal_of(result.error());
}
template <typename T>
Refusal refusal_of(const Allowed<T>& allowed) {
  return allowed.refusal();
}

// Binds the value of a Result or an Allowed, or returns the refusal.
#define ALLOW_ASSIGN(declaration, expression)                                           \
  auto VEDETTE_CONCAT(allow_result_, __LINE__) = (expression);                          \
  if (!VEDETTE_CONCAT(allow_result_, __LINE__).ok()) {                                  \
    return ::vedette::api::access::refusal_of(VEDETTE_CONCAT(allow_result_, __LINE__)); \
  }                                                                                     \
  declaration = std::move(*VEDETTE_CONCAT(allow_result_, __LINE__))
// Returns the refusal of an optional, if there is one.
#define ALLOW(expression)                                           \
  do {                                                              \
    if (auto allow_refusal_ = (expression)) return *allow_refusal_; \
  } while (false)

class AccessImpl final : public Access {
 public:
  AccessImpl(ports::RecordStore& records, AuditLog& audit, const ports::SecretStore& secrets,
             AccessOptions options, std::unique_ptr<PasswordRules> rules);

  bool needs_set_up() const override;
  base::Result<std::string> make_set_up_token() override;
  Allowed<SignedIn> set_up(std::string_view token, const NewUser& administrator,
                           const Origin& origin) override;

  Allowed<SignedIn> sign_in(const Credentials& credentials, const Origin& origin) override;
  Allowed<SignedIn> sign_in_subject(std::string_view issuer, std::string_view subject, const NewUser& user,
                                    bool create, const Origin& origin) override;
  Allowed<Done> sign_out(const Principal& who, const Origin& origin) override;
  Allowed<SignedIn> confirm(const Principal& who, std::string_view password, std::string_view code,
                            const Origin& origin) override;
  Allowed<Principal> principal_of(std::string_view token, const Origin& origin) override;

  Allowed<SignedIn> change_password(const Principal& who, std::string_view old_password,
                                    std::string_view new_password, const Origin& origin) override;
  Allowed<TotpEnrolment> begin_totp(const Principal& who) override;
  Allowed<std::vector<std::string>> finish_totp(const Principal& who, std::string_view code,
                                                const Origin& origin) override;
  Allowed<Done> remove_totp(const Principal& who, std::string_view user_id, const Origin& origin) override;

  Allowed<Page<User>> users(const Principal& who, std::string_view after, std::uint32_t limit) const override;
  Allowed<User> user(const Principal& who, std::string_view id) const override;
  Allowed<User> make_user(const Principal& who, const NewUser& user, const Origin& origin) override;
  Allowed<User> change_user(const Principal& who, const User& user, const Origin& origin) override;
  Allowed<Done> remove_user(const Principal& who, std::string_view id, const Origin& origin) override;
  Allowed<std::string> reset_password(const Principal& who, std::string_view id,
                                      const Origin& origin) override;
  Allowed<Done> set_password(std::string_view reset_token, std::string_view password,
                             const Origin& origin) override;

  Allowed<std::vector<Role>> roles(const Principal& who) const override;
  Allowed<Role> put_role(const Principal& who, const Role& role, const Origin& origin) override;
  Allowed<Done> remove_role(const Principal& who, std::string_view id, const Origin& origin) override;

  Allowed<std::vector<Session>> sessions(const Principal& who, std::string_view user_id) const override;
  Allowed<Done> end_session(const Principal& who, std::string_view id, const Origin& origin) override;

  Allowed<MadeKey> make_key(const Principal& who, const ApiKey& key, const Origin& origin) override;
  Allowed<std::vector<ApiKey>> keys(const Principal& who, bool of_everyone) const override;
  Allowed<Done> remove_key(const Principal& who, std::string_view id, const Origin& origin) override;

  Allowed<std::vector<Tenant>> tenants(const Principal& who) const override;
  Allowed<Tenant> put_tenant(const Principal& who, const Tenant& tenant, const Origin& origin) override;

 private:
  // --- lookup.cpp: what is there ---
  template <typename Document>
  using Reader = base::Result<Document> (*)(const ports::StoredRecord&);
  template <typename Document>
  base::Result<std::optional<Document>> load(std::string_view collection, std::string_view id,
                                             Reader<Document> read) const;
  template <typename Document>
  base::Result<std::vector<Document>> load_all(const ports::RecordQuery& query, std::size_t most,
                                               Reader<Document> read) const;
  base::Result<std::optional<UserDocument>> find_user(std::string_view id) const;
  base::Result<std::optional<UserDocument>> find_user_by(const std::string& unique_id) const;
  base::Result<std::optional<SessionDocument>> find_session(std::string_view id) const;
  base::Result<std::vector<SessionDocument>> sessions_of(std::string_view user_id) const;
  base::Result<std::vector<Role>> roles_named(const std::vector<std::string>& ids) const;
  base::Result<Reach> reach_of_user(const User& user) const;
  bool lacks_second_factor(const UserDocument& user, const Reach& reach) const;
  // The user of `who` as the records are now; a key or nobody is refused.
  Allowed<UserDocument> own_account(const Principal& who) const;
  // A user that `who` sees; and one that they may change, who may nothing that `who` may not.
  Allowed<UserDocument> visible_user(const Principal& who, std::string_view id) const;
  Allowed<UserDocument> managed_user(const Principal& who, std::string_view id) const;
  bool sees_tenant(const Principal& who, std::string_view tenant) const;
  bool may_hand_on(const Principal& who, const Reach& reach) const;

  // --- lookup.cpp: changes ---
  AuditEntry entry(const Principal& who, const Origin& origin, std::string_view action,
                   std::string_view target) const;
  // Writes and entry in one transaction; then what is cached is outdated.
  std::optional<Refusal> commit(const Writes& writes, const AuditEntry& entry);
  base::TimeNs now() const { return options_.now(); }
  void outdate() { generation_.fetch_add(1); }
  // Refuses if none could administer the node after the change.
  std::optional<Refusal> keep_an_administrator(const UserDocument& before, const UserDocument* after) const;
  base::Result<Writes> removals(std::string_view collection, std::string_view user_column,
                                std::string_view user_id, std::string_view except) const;
  std::optional<Refusal> check_roles(const Principal& who, const User& user) const;

  // --- sign_in.cpp ---
  struct Attempt {
    std::string account, network;  // as the throttle counts
    std::string tenant, name;      // as given
    std::string_view password, code;
    bool with_code = true;
  };
  using Lock = std::unique_lock<std::mutex>;
  // The user with password and code proven, read anew with `lock` held; steps, codes and a fresh hash are
  // changed in it for the write that follows. `user`: as it was; empty: there is none of that name.
  Allowed<UserDocument> prove(const Attempt& attempt, const std::optional<UserDocument>& user,
                              const Origin& origin, Lock& lock);
  Attempt attempt_of(const UserDocument& user, const Origin& origin) const;
  void audit_refusal(const Attempt& attempt, std::string_view why, const UserDocument* user,
                     const Origin& origin);
  enum class Code : std::uint8_t { right, wrong, missing, failed };
  Code check_code(UserDocument& user, std::string_view code) const;
  // With change_mutex_ held: a new session of `user`, who is written with `writes`.
  Allowed<SignedIn> start_session(UserDocument user, Writes writes, std::string_view action,
                                  const Origin& origin);
  // Likewise: a new token for the session of `who`.
  Allowed<SignedIn> rotate_session(const Principal& who, const UserDocument& user, Writes writes,
                                   std::string_view action, const Origin& origin);
  Allowed<SignedIn> signed_in(const SessionDocument& session, const UserDocument& user,
                              std::string token) const;
  // A new account, its password checked and hashed.
  Allowed<UserDocument> new_account(const NewUser& user) const;
  void sweep();

  // --- resolve.cpp ---
  struct Known;
  std::optional<Refusal> resolve_session(const std::string& hash, Known& known) const;
  std::optional<Refusal> resolve_key(std::string_view token, Known& known) const;
  Allowed<Principal> use(Known& known, const Origin& origin);
  void touch(Known& known);
  Principal principal_of_session(const SessionDocument& session, const UserDocument& user,
                                 const Reach& reach) const;

  ports::RecordStore& records_;
  AuditLog& audit_;
  const ports::SecretStore& secrets_;
  std::unique_ptr<PasswordRules> rules_;
  mutable PasswordHasher hasher_;
  Throttle throttle_;
  Quota refusals_{120};
  std::mutex change_mutex_;  // held from reading what a change depends on to writing it
  std::atomic<std::uint64_t> generation_{1};
  std::mutex known_mutex_;                                         // guards known_
  std::unordered_map<std::string, std::shared_ptr<Known>> known_;  // by the hash of the token
};

template <typename Document>
base::Result<std::optional<Document>> AccessImpl::load(std::string_view collection, std::string_view id,
                                                       Reader<Document> read) const {
  // What no id can be is not there.
  const bool possible = !id.empty() && id.size() <= ports::kMaxIdBytes && base::is_valid_utf8(id) &&
                        id.find('\0') == std::string_view::npos;
  if (!possible) return std::optional<Document>();
  TRY_ASSIGN(const std::optional<ports::StoredRecord> record, records_.get(collection, id));
  if (!record) return std::optional<Document>();
  TRY_ASSIGN(Document document, read(*record));
  return std::optional<Document>(std::move(document));
}

template <typename Document>
base::Result<std::vector<Document>> AccessImpl::load_all(const ports::RecordQuery& query, std::size_t most,
                                                         Reader<Document> read) const {
  std::vector<Document> out;
  ports::RecordQuery page_query = query;
  page_query.limit = 1000;
  do {
    TRY_ASSIGN(const ports::RecordPage page, records_.find(page_query));
    for (const ports::StoredRecord& record : page.records) {
      TRY_ASSIGN(Document document, read(record));
      out.push_back(std::move(document));
    }
    page_query.after = page.next;
  } while (!page_query.after.empty() && out.size() < most);
  return out;
}

inline ports::RecordQuery query_of(std::string_view collection, std::string_view column,
                                   std::string_view value) {
  ports::RecordQuery query;
  query.collection = collection;
  query.tests.push_back({std::string(column), ports::ColumnTest::Op::equals, {std::string(value)}});
  return query;
}

}  // namespace vedette::api::access
