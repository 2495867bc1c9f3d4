#include "live/search_view.hpp"

#include "vedette/api/scoped_store.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::node {
namespace {

// "scheme rest"; the scheme in any case.
std::string_view after_scheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  if (!base::equals_ignore_case_ascii(header.substr(0, scheme.size()), scheme)) return {};
  return base::trim(header.substr(scheme.size()));
}

// What stands after the first colon of a base64 text.
std::string after_colon(std::string_view base64) {
  const auto text = base::base64_decode(base64);
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  return colon == std::string::npos ? std::string() : text->substr(colon + 1);
}

std::string key_of(const net::HttpRequest& request) {
  const std::string_view header = request.header("authorization");
  if (const auto token = after_scheme(header, "Bearer"); !token.empty()) return std::string(token);
  if (const auto key = after_scheme(header, "ApiKey"); !key.empty()) {
    return key.starts_with("vdk_") ? std::string(key) : after_colon(key);
  }
  if (const auto login = after_scheme(header, "Basic"); !login.empty()) return after_colon(login);
  return {};
}

// Differs where the scope does, so that nobody keeps searching with one they have lost.
std::string fingerprint_of(const api::DataScope& scope) {
  std::string text = scope.tenant;
  for (const api::DataScope::Rows& rows : scope.rows) {
    text += '\1' + rows.filter_text;
    for (const std::string& dataset : rows.datasets) text += '\2' + dataset;
  }
  for (const std::string& field : scope.masked_fields) text += '\3' + field;
  return base::hash128_hex(text);
}

}  // namespace

api::ElasticsearchViewOf search_view(api::Access& access, const ports::LogStore& events) {
  return [&access, &events](const net::HttpRequest& request) {
    api::ElasticsearchView view;
    const std::string key = key_of(request);
    const api::Origin origin{request.peer.address.to_string(), std::string(request.header("user-agent")), {}};
    auto principal =
        key.empty() ? api::Allowed<api::Principal>(api::Refusal{}) : access.principal_of(key, origin);
    if (!principal.ok()) {
      view.status = 401;
      view.reason = "searches need an API key of a user, or a login of the listener";
      return view;
    }
    if (!principal->permissions.has(api::Permission::events_read)) {
      view.status = 403;
      view.reason = "the permission events.read is missing";
      return view;
    }
    view.key = principal->user_id + principal->key_id + fingerprint_of(principal->scope);
    view.store = api::make_scoped_store(events, std::move(principal->scope));
    return view;
  };
}

}  // namespace vedette::node
