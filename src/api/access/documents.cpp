#include "access/documents.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "access/crypto.hpp"
#include "vedette/base/case_fold.hpp"

namespace vedette::api::access {
namespace {

namespace json = boost::json;
using Strings = std::vector<std::string>;

base::Result<json::object> parse_document(const ports::StoredRecord& record) {
  json::error_code error;
  json::value value = json::parse(record.document, error);
  if (error || !value.is_object()) {
    return base::make_error(base::ErrorCode::corrupt, "record " + record.id + " is not a JSON object");
  }
  return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  return value->is_uint64() ? static_cast<std::int64_t>(value->get_uint64()) : 0;
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Strings strings_of(const json::object& object, std::string_view name) {
  Strings out;
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

json::array array_of(const Strings& strings) {
  json::array out;
  for (const std::string& text : strings) out.emplace_back(text);
  return out;
}

ports::RecordWrite put_record(std::string_view collection, const std::string& id,
                              const json::object& document, ports::Columns columns, std::uint64_t version) {
  ports::RecordWrite write;
  write.collection = collection;
  write.id = id;
  write.document = json::serialize(document);
  write.columns = std::move(columns);
  write.expected_version = version;
  return write;
}

}  // namespace

bool is_administrator(const UserDocument& user) {
  const Strings& roles = user.user.roles;
  return user.user.tenant.empty() && !user.user.locked &&
         (!user.password.empty() || !user.user.oidc_subject.empty()) &&
         std::find(roles.begin(), roles.end(), "administrator") != roles.end();
}

std::string role_column(const Strings& roles) {
  std::string out = " ";
  for (const std::string& role : roles) out += role + " ";
  return out;
}

base::Result<UserDocument> read_user(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  UserDocument out;
  User& user = out.user;
  user.id = record.id;
  user.name = text_of(object, "name");
  user.display_name = text_of(object, "display_name");
  user.email = text_of(object, "email");
  user.tenant = text_of(object, "tenant");
  user.roles = strings_of(object, "roles");
  user.locked = flag_of(object, "locked");
  user.must_change_password = flag_of(object, "must_change_password");
  user.oidc_subject = text_of(object, "oidc_subject");
  user.created = integer_of(object, "created");
  user.last_sign_in = integer_of(object, "last_sign_in");
  user.version = static_cast<std::uint64_t>(integer_of(object, "revision"));
  out.password = text_of(object, "password");
  out.totp = text_of(object, "totp");
  out.totp_pending = text_of(object, "totp_pending");
  out.totp_step = integer_of(object, "totp_step");
  out.recovery = strings_of(object, "recovery");
  out.networks = strings_of(object, "networks");
  out.record = record.version;
  user.has_password = !out.password.empty();
  user.has_totp = !out.totp.empty();
  return out;
}

ports::RecordWrite put_user(const UserDocument& document) {
  const User& user = document.user;
  json::object object;
  object["name"] = user.name;
  object["display_name"] = user.display_name;
  object["email"] = user.email;
  object["tenant"] = user.tenant;
  object["roles"] = array_of(user.roles);
  object["locked"] = user.locked;
  object["must_change_password"] = user.must_change_password;
  object["oidc_subject"] = user.oidc_subject;
  object["created"] = user.created;
  object["last_sign_in"] = user.last_sign_in;
  object["revision"] = user.version;
  object["password"] = document.password;
  object["totp"] = document.totp;
  object["totp_pending"] = document.totp_pending;
  object["totp_step"] = document.totp_step;
  object["recovery"] = array_of(document.recovery);
  object["networks"] = array_of(document.networks);
  return put_record(kUsers, user.id, object,
                    {{"tenant", user.tenant},
                     {"name", base::folded(user.name)},
                     {"roles", role_column(user.roles)},
                     {"administrator", std::int64_t{is_administrator(document) ? 1 : 0}}},
                    document.record);
}

base::Result<RoleDocument> read_role(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  RoleDocument out;
  Role& role = out.role;
  role.id = record.id;
  role.name = text_of(object, "name");
  role.description = text_of(object, "description");
  role.tenant = text_of(object, "tenant");
  role.permissions = strings_of(object, "permissions");
  role.rows.datasets = strings_of(object, "datasets");
  role.rows.filter_text = text_of(object, "filter");
  role.masked_fields = strings_of(object, "masked_fields");
  role.second_factor = flag_of(object, "second_factor");
  role.version = record.version;
  out.record = record.version;
  return out;
}

ports::RecordWrite put_role_document(const RoleDocument& document) {
  const Role& role = document.role;
  json::object object;
  object["name"] = role.name;
  object["description"] = role.description;
  object["tenant"] = role.tenant;
  object["permissions"] = array_of(role.permissions);
  object["datasets"] = array_of(role.rows.datasets);
  object["filter"] = role.rows.filter_text;
  object["masked_fields"] = array_of(role.masked_fields);
  object["second_factor"] = role.second_factor;
  return put_record(kRoles, role.id, object, {{"tenant", role.tenant}, {"name", base::folded(role.name)}},
                    document.record);
}

base::Result<SessionDocument> read_session(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  SessionDocument out;
  Session& session = out.session;
  session.id = record.id;
  session.user_id = text_of(object, "user_id");
  session.user_name = text_of(object, "user_name");
  session.address = text_of(object, "address");
  session.user_agent = text_of(object, "user_agent");
  session.created = integer_of(object, "created");
  session.last_used = integer_of(object, "last_used");
  session.expires = integer_of(object, "expires");
  out.token_hash = text_of(object, "token_hash");
  out.confirmed = integer_of(object, "confirmed");
  out.record = record.version;
  return out;
}

ports::RecordWrite put_session(const SessionDocument& document) {
  const Session& session = document.session;
  json::object object;
  object["user_id"] = session.user_id;
  object["user_name"] = session.user_name;
  object["address"] = session.address;
  object["user_agent"] = session.user_agent;
  object["created"] = session.created;
  object["last_used"] = session.last_used;
  object["expires"] = session.expires;
  object["token_hash"] = document.token_hash;
  object["confirmed"] = document.confirmed;
  return put_record(kSessions, session.id, object,
                    {{"user_id", session.user_id},
                     {"token_hash", document.token_hash},
                     {"created", session.created},
                     {"expires", session.expires}},
                    document.record);
}

base::Result<KeyDocument> read_key(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  KeyDocument out;
  ApiKey& key = out.key;
  key.id = record.id;
  key.name = text_of(object, "name");
  key.owner_id = text_of(object, "owner_id");
  key.owner_name = text_of(object, "owner_name");
  key.tenant = text_of(object, "tenant");
  key.prefix = text_of(object, "prefix");
  key.permissions = strings_of(object, "permissions");
  key.addresses = strings_of(object, "addresses");
  key.created = integer_of(object, "created");
  key.expires = integer_of(object, "expires");
  key.last_used = integer_of(object, "last_used");
  out.secret_hash = text_of(object, "secret_hash");
  out.record = record.version;
  return out;
}

ports::RecordWrite put_key(const KeyDocument& document) {
  const ApiKey& key = document.key;
  json::object object;
  object["name"] = key.name;
  object["owner_id"] = key.owner_id;
  object["owner_name"] = key.owner_name;
  object["tenant"] = key.tenant;
  object["prefix"] = key.prefix;
  object["permissions"] = array_of(key.permissions);
  object["addresses"] = array_of(key.addresses);
  object["created"] = key.created;
  object["expires"] = key.expires;
  object["last_used"] = key.last_used;
  object["secret_hash"] = document.secret_hash;
  return put_record(kApiKeys, key.id, object,
                    {{"owner_id", key.owner_id}, {"tenant", key.tenant}, {"expires", key.expires}},
                    document.record);
}

base::Result<TenantDocument> read_tenant(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  return TenantDocument{{record.id, text_of(object, "name"), record.version}, record.version};
}

ports::RecordWrite put_tenant_document(const TenantDocument& document) {
  json::object object;
  object["name"] = document.tenant.name;
  return put_record(kTenants, document.tenant.id, object, {{"name", base::folded(document.tenant.name)}},
                    document.record);
}

base::Result<TokenDocument> read_token(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  return TokenDocument{record.id,
                       text_of(object, "kind"),
                       text_of(object, "user_id"),
                       text_of(object, "token_hash"),
                       integer_of(object, "expires"),
                       record.version};
}

ports::RecordWrite put_token(const TokenDocument& token) {
  json::object object;
  object["kind"] = token.kind;
  object["user_id"] = token.user_id;
  object["token_hash"] = token.token_hash;
  object["expires"] = token.expires;
  return put_record(kAccessTokens, token.id, object, {{"user_id", token.user_id}, {"expires", token.expires}},
                    token.record);
}

ports::RecordWrite remove_record(std::string_view collection, std::string_view id, std::uint64_t version) {
  ports::RecordWrite write;
  write.kind = ports::RecordWrite::Kind::remove;
  write.collection = collection;
  write.id = id;
  write.expected_version = version;
  return write;
}

std::string name_id(std::string_view tenant, std::string_view name) {
  return "n_" + sha256_hex(std::string(tenant) + '\n' + base::folded(name));
}

std::string subject_id(std::string_view issuer_and_subject) {
  return "s_" + sha256_hex(issuer_and_subject);
}

ports::RecordWrite put_name(std::string id, std::string_view user_id) {
  json::object object;
  object["user_id"] = user_id;
  return put_record(kUserNames, id, object, {{"user_id", std::string(user_id)}}, 0);
}

base::Result<std::string> read_name(const ports::StoredRecord& record) {
  TRY_ASSIGN(const json::object object, parse_document(record));
  return text_of(object, "user_id");
}

}  // namespace vedette::api::access
