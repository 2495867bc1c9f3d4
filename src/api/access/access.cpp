#include "vedette/api/access.hpp"

#include "access/crypto.hpp"
#include "access/impl.hpp"

namespace vedette::api {
namespace {

using ports::ColumnType;

}  // namespace

std::vector<ports::CollectionSchema> access_collections() {
  const auto collection = [](std::string_view name, std::vector<ports::ColumnSchema> columns) {
    return ports::CollectionSchema{std::string(name), std::move(columns)};
  };
  return {
      collection(access::kUsers, {{"tenant", ColumnType::text, true},
                                  {"name", ColumnType::text, true},
                                  {"roles", ColumnType::text, false},
                                  {"administrator", ColumnType::integer, true}}),
      collection(access::kUserNames, {{"user_id", ColumnType::text, true}}),
      collection(access::kRoles, {{"tenant", ColumnType::text, true}, {"name", ColumnType::text, true}}),
      collection(access::kSessions, {{"user_id", ColumnType::text, true},
                                     {"token_hash", ColumnType::text, true},
                                     {"created", ColumnType::integer, true},
                                     {"expires", ColumnType::integer, true}}),
      collection(access::kApiKeys, {{"owner_id", ColumnType::text, true},
                                    {"tenant", ColumnType::text, true},
                                    {"expires", ColumnType::integer, true}}),
      collection(access::kTenants, {{"name", ColumnType::text, true}}),
      collection(access::kAccessTokens,
                 {{"user_id", ColumnType::text, true}, {"expires", ColumnType::integer, true}}),
  };
}

base::Result<std::unique_ptr<Access>> Access::open(ports::RecordStore& records, AuditLog& audit,
                                                   const ports::SecretStore& secrets, AccessOptions options) {
  CHECK(options.now != nullptr);
  if (options.min_password < 8 || options.min_password > 128) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "the least length of passwords must be 8 to 128");
  }
  TRY_ASSIGN(auto rules, access::PasswordRules::create(options));
  return std::unique_ptr<Access>(
      std::make_unique<access::AccessImpl>(records, audit, secrets, std::move(options), std::move(rules)));
}

bool Access::confirmed_lately(const Principal& who) const {
  switch (who.kind) {
    case Principal::Kind::anonymous:
      return false;
    case Principal::Kind::user:
      return who.confirmed != 0 && options_.now() - who.confirmed < options_.step_up_age;
    case Principal::Kind::key:  // has no factors to prove
      return false;
    case Principal::Kind::system:
      return true;
  }
  return false;
}

namespace access {
namespace {

constexpr std::string_view kSetUpId = "setup";
constexpr base::TimeNs kSetUpAge = 24LL * 3600 * base::kNsPerSecond;

}  // namespace

AccessImpl::AccessImpl(ports::RecordStore& records, AuditLog& audit, const ports::SecretStore& secrets,
                       AccessOptions options, std::unique_ptr<PasswordRules> rules)
    : Access(std::move(options)),
      records_(records),
      audit_(audit),
      secrets_(secrets),
      rules_(std::move(rules)),
      hasher_(options_) {}

bool AccessImpl::needs_set_up() const {
  ports::RecordQuery query;
  query.collection = kUsers;
  query.limit = 1;
  const auto page = records_.find(query);
  return page.ok() && page->records.empty();
}

base::Result<std::string> AccessImpl::make_set_up_token() {
  const std::lock_guard lock(change_mutex_);
  if (!needs_set_up()) {
    return base::make_error(base::ErrorCode::unsupported, "there are users already: sign in as one of them");
  }
  TRY_ASSIGN(const std::optional<TokenDocument> old,
             load<TokenDocument>(kAccessTokens, kSetUpId, read_token));
  const std::string token = random_token("vst_");
  TokenDocument document;
  document.id = kSetUpId;
  document.kind = "setup";
  document.token_hash = sha256_hex(token);
  document.expires = now() + kSetUpAge;
  document.record = old ? old->record : 0;
  Principal node;
  node.kind = Principal::Kind::system;
  node.name = "node";
  const ports::RecordWrite write = put_token(document);
  const AuditEntry told = entry(node, {}, "auth.set_up_token", {});
  const auto done = audit_.apply(std::span(&write, 1), std::span(&told, 1));
  if (!done.ok()) return done.error();
  return token;
}

Allowed<SignedIn> AccessImpl::set_up(std::string_view token, const NewUser& administrator,
                                     const Origin& origin) {
  const auto check = [&]() -> Allowed<TokenDocument> {
    if (!needs_set_up()) return refused(Refusal::Kind::conflict, "this node is set up: sign in");
    ALLOW_ASSIGN(std::optional<TokenDocument> stored,
                 load<TokenDocument>(kAccessTokens, kSetUpId, read_token));
    if (!stored || now() >= stored->expires || !equal_secrets(stored->token_hash, sha256_hex(token))) {
      return refused(Refusal::Kind::credentials, "the set-up token is not valid: the node makes a new one");
    }
    return std::move(*stored);
  };
  ALLOW_ASSIGN(const TokenDocument early, check());
  NewUser wanted = administrator;
  wanted.tenant.clear();
  wanted.roles = {"administrator"};
  wanted.must_change_password = false;
  if (wanted.password.empty()) return invalid("/password", "the first administrator needs a password");
  ALLOW_ASSIGN(UserDocument user, new_account(wanted));
  const std::lock_guard lock(change_mutex_);
  ALLOW_ASSIGN(const TokenDocument stored, check());
  Writes writes{put_name(name_id({}, user.user.name), user.user.id),
                remove_record(kAccessTokens, kSetUpId, stored.record)};
  return start_session(std::move(user), std::move(writes), "setUp", origin);
}

}  // namespace access
}  // namespace vedette::api
