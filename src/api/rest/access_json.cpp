#include "rest/access_json.hpp"

namespace vedette::api {
namespace {

const Json* member(const Json& body, std::string_view name) {
  const auto* object = body.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

}  // namespace

boost::json::array json_of(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

boost::json::object json_of(const User& user) {
  boost::json::object out;
  out["id"] = user.id;
  out["name"] = user.name;
  out["display_name"] = user.display_name;
  out["email"] = user.email;
  out["tenant"] = user.tenant;
  out["roles"] = json_of(user.roles);
  out["locked"] = user.locked;
  out["has_password"] = user.has_password;
  out["has_totp"] = user.has_totp;
  out["must_change_password"] = user.must_change_password;
  out["single_sign_on"] = !user.oidc_subject.empty();
  out["created"] = time_json(user.created);
  out["last_sign_in"] = time_json(user.last_sign_in);
  out["version"] = user.version;
  return out;
}

boost::json::object json_of(const Role& role) {
  boost::json::object out;
  out["id"] = role.id;
  out["name"] = role.name;
  out["description"] = role.description;
  out["tenant"] = role.tenant;
  out["built_in"] = role.built_in;
  out["permissions"] = json_of(role.permissions);
  out["datasets"] = json_of(role.rows.datasets);
  out["filter"] = role.rows.filter_text;
  out["masked_fields"] = json_of(role.masked_fields);
  out["second_factor"] = role.second_factor;
  out["version"] = role.version;
  return out;
}

boost::json::object json_of(const Session& session, std::string_view current_id) {
  boost::json::object out;
  out["id"] = session.id;
  out["user_id"] = session.user_id;
  out["user_name"] = session.user_name;
  out["address"] = session.address;
  out["user_agent"] = session.user_agent;
  out["created"] = time_json(session.created);
  out["last_used"] = time_json(session.last_used);
  out["expires"] = time_json(session.expires);
  out["current"] = session.id == current_id;
  return out;
}

boost::json::object json_of(const ApiKey& key) {
  boost::json::object out;
  out["id"] = key.id;
  out["name"] = key.name;
  out["owner_id"] = key.owner_id;
  out["owner_name"] = key.owner_name;
  out["tenant"] = key.tenant;
  out["prefix"] = key.prefix;
  out["permissions"] = json_of(key.permissions);
  out["addresses"] = json_of(key.addresses);
  out["created"] = time_json(key.created);
  out["expires"] = time_json(key.expires);
  out["last_used"] = time_json(key.last_used);
  return out;
}

boost::json::object json_of(const Tenant& tenant) {
  boost::json::object out;
  out["id"] = tenant.id;
  out["name"] = tenant.name;
  out["version"] = tenant.version;
  return out;
}

boost::json::object json_of(const DataScope& scope) {
  boost::json::object out;
  out["tenant"] = scope.tenant;
  boost::json::array rows;
  for (const DataScope::Rows& some : scope.rows) {
    boost::json::object one;
    one["datasets"] = json_of(some.datasets);
    one["filter"] = some.filter_text;
    rows.push_back(std::move(one));
  }
  out["rows"] = std::move(rows);
  out["masked_fields"] = json_of(scope.masked_fields);
  return out;
}

std::string text_in(const Json& body, std::string_view name, std::string otherwise) {
  const Json* value = member(body, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::move(otherwise);
}

bool flag_in(const Json& body, std::string_view name, bool otherwise) {
  const Json* value = member(body, name);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::vector<std::string> texts_in(const Json& body, std::string_view name,
                                  std::vector<std::string> otherwise) {
  const Json* value = member(body, name);
  if (value == nullptr || !value->is_array()) return otherwise;
  std::vector<std::string> out;
  for (const Json& item : value->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

Reply versioned(int status, boost::json::object body, std::uint64_t version) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.etag = std::to_string(version);
  return reply;
}

Reply no_content() {
  Reply reply;
  reply.status = 204;
  return reply;
}

std::optional<Reply> check_version(const Call& call, std::uint64_t version) {
  const auto wanted = call.if_match();
  if (!wanted) return problem(428, "if-match-required", "Send If-Match with the ETag that was read.");
  if (*wanted == ports::RecordWrite::kAnyVersion || *wanted == version) return std::nullopt;
  return problem(412, "changed", "It was changed since it was read: read it again, then repeat the change.");
}

Reply change_refused(const Refusal& refusal) {
  if (refusal.kind != Refusal::Kind::conflict) return problem_of(refusal);
  return problem(409, "not-possible", refusal.message);
}

std::optional<Reply> check_step_up(const Access& access, const Principal& who) {
  if (access.confirmed_lately(who)) return std::nullopt;
  Refusal refusal;
  refusal.kind = Refusal::Kind::step_up;
  refusal.message = "Confirm it is you first: POST /session/confirm, then repeat this.";
  return problem_of(refusal);
}

}  // namespace vedette::api
