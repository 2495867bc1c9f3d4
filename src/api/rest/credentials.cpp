#include "rest/credentials.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::size_t kMaxTokenBytes = 512;

std::vector<std::string_view> headers_named(const net::HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : request.headers) {
    if (base::equals_ignore_case_ascii(key, name)) out.emplace_back(value);
  }
  return out;
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '~' || c == '+' || c == '/' ||
           c == '=';
  });
}

Reply bad_credentials(std::string_view detail) {
  return problem(401, "credentials", detail);
}

bool is_own(std::string_view origin, const net::HttpRequest& request,
            const std::vector<std::string>& origins) {
  if (!origins.empty()) {
    return std::any_of(origins.begin(), origins.end(), [origin](const std::string& own) {
      return base::equals_ignore_case_ascii(own, origin);
    });
  }
  const auto hosts = headers_named(request, "Host");
  if (hosts.size() != 1 || hosts.front().empty()) return false;
  constexpr std::string_view kSecure = "https://", kPlain = "http://";
  if (base::starts_with_ignore_case_ascii(origin, kSecure)) {
    return base::equals_ignore_case_ascii(origin.substr(kSecure.size()), hosts.front());
  }
  // A page that came in the clear says nothing about a server that speaks TLS.
  return !request.peer.tls && base::starts_with_ignore_case_ascii(origin, kPlain) &&
         base::equals_ignore_case_ascii(origin.substr(kPlain.size()), hosts.front());
}

}  // namespace

std::vector<std::string_view> cookies_named(const net::HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> out;
  for (const std::string_view header : headers_named(request, "Cookie")) {
    for (std::string_view pair : base::split(header, ';')) {
      pair = base::trim(pair);
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || base::trim(pair.substr(0, equals)) != name) continue;
      std::string_view value = base::trim(pair.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      out.push_back(value);
    }
  }
  return out;
}

std::optional<Reply> read_credentials(const net::HttpRequest& request, bool secure_cookies,
                                      RequestCredentials& out) {
  const auto authorizations = headers_named(request, "Authorization");
  const auto cookies = cookies_named(request, session_cookie_name(secure_cookies));
  if (authorizations.size() > 1 || cookies.size() > 1) {
    return problem(
        400, "credentials-twice",
        "The credentials are there more than once: send one Authorization header or one session cookie.");
  }
  if (!authorizations.empty() && !cookies.empty()) {
    return problem(400, "credentials-twice",
                   "There are an Authorization header and a session cookie: send one of them.");
  }
  if (!cookies.empty()) {
    if (!is_token(cookies.front())) return bad_credentials("The session cookie is malformed: sign in again.");
    out = {RequestCredentials::Kind::cookie, cookies.front()};
  }
  if (authorizations.empty()) return std::nullopt;
  constexpr std::string_view kBearer = "Bearer ";
  if (!base::starts_with_ignore_case_ascii(authorizations.front(), kBearer)) {
    return bad_credentials("Only `Authorization: Bearer <key>` is taken here.");
  }
  const std::string_view token = base::trim(authorizations.front().substr(kBearer.size()));
  if (!is_token(token)) return bad_credentials("The key or token of the Authorization header is malformed.");
  out = {RequestCredentials::Kind::bearer, token};
  return std::nullopt;
}

PageOrigin page_origin(const net::HttpRequest& request, const std::vector<std::string>& origins) {
  const auto senders = headers_named(request, "Origin");
  const auto sites = headers_named(request, "Sec-Fetch-Site");
  if (senders.size() > 1 || sites.size() > 1) return PageOrigin::foreign;
  if (!senders.empty() && !is_own(senders.front(), request, origins)) return PageOrigin::foreign;
  if (!sites.empty() && sites.front() != "same-origin" && sites.front() != "none") return PageOrigin::foreign;
  return senders.empty() && sites.empty() ? PageOrigin::unknown : PageOrigin::own;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace vedette::api
